"""Recorded hosts: unpack one under a folder and read it as if it were this machine (see tests/hosts/README.md)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from hwbench.host import OwnFacts, read_host
from hwbench.host.text import parse_cpu_list
from hwbench.records import HostFacts

if TYPE_CHECKING:
    from hwbench.host.cpuid import ReadCpuid

FOLDER = Path(__file__).parent / "hosts"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/host.json"))


@dataclass(frozen=True)
class Recorded:
    """One recorded host, unpacked under `root`."""

    root: Path
    own: OwnFacts
    cpuid: ReadCpuid | None
    sysctl: str

    def read(self) -> HostFacts:
        return read_host(self.root, self.cpuid, self.sysctl, self.own)


def unpack(name: str, root: Path) -> Recorded:
    record: dict[str, Any] = json.loads((FOLDER / name / "host.json").read_text())
    for template, content in record.get("files", {}).items():
        text = content if isinstance(content, str) else "\n".join(content)
        braces = re.search(r"\{([0-9,-]+)\}", template)
        for cpu in parse_cpu_list(braces[1]) if braces else [None]:
            path = root / (template if braces is None else template.replace(braces[0], str(cpu)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{cpu}", str(cpu)) + "\n")
    own = msgspec.convert(record["own"], OwnFacts)
    return Recorded(
        root, own, make_cpuid(record["cpuid"]) if "cpuid" in record else None, "\n".join(record.get("sysctl", ()))
    )


def make_cpuid(leaves: dict[str, str]) -> ReadCpuid:
    """Return CPUID that answers from `leaf,subleaf -> eax ebx ecx edx`, all in hexadecimal."""
    table = {tuple(int(part, 16) for part in key.split(",")): value.split() for key, value in leaves.items()}

    def read(leaf: int, subleaf: int) -> tuple[int, int, int, int] | None:
        found = table.get((leaf, subleaf))
        if found is None:
            return None
        a, b, c, d = (int(register, 16) for register in found)
        return a, b, c, d

    return read


def expected(name: str) -> HostFacts:
    return msgspec.json.decode((FOLDER / name / "facts.json").read_bytes(), type=HostFacts)
