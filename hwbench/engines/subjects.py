"""An engine as the study measures it: in this Python or in another one, with the plausible engine's mistakes named or not.

In another Python nothing of ours need be installed: the worker and the adapters are packed into one file (zipapp) that any Python
from 3.10 on can carry out, and they need nothing but the engine.
Source: PEP 441, zipapp; zipimport.
"""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from hwbench.engines.known import Known
from hwbench.engines.protocol import version_of
from hwbench.errors import UsageError
from hwbench.measure import processes
from hwbench.records import Command, Unavailable

PACKED: Final = (
    "",
    "errors",
    "regions",
    "engines",
    *(f"engines.{n}" for n in ("data", "operations", "protocol", "worker", "work")),
)
ENTRY: Final = """import runpy, sys
name = sys.argv.pop(1)
runpy.run_module(f"hwbench.engines.{name}", run_name="__main__", alter_sys=True)
"""
SECONDS: Final = 30.0  # within which an engine must say which version it is


@dataclass(frozen=True)
class Subject:
    """An engine to be measured.

    `adapter` is its `module:class`; `python` carries it out; `label` tells it from the same engine elsewhere; `packed` is the
    file with our part of the program, for a Python that has none; `mistakes` are those that the plausible engine makes.
    """

    engine: str
    adapter: str
    python: str = sys.executable
    label: str = ""
    packed: str = ""
    mistakes: str | None = None

    @property
    def name(self) -> str:
        """What the study calls it: `turso`, or `turso@0.3.2` of another Python."""
        return f"{self.engine}@{self.label}" if self.label else self.engine

    def words(self, module: str, *more: str) -> tuple[str, ...]:
        """Return the command that has one of our modules (`worker`, `work`) ask this engine something."""
        start = (self.packed, module) if self.packed else ("-P", "-m", f"hwbench.engines.{module}")
        mistakes = () if self.mistakes is None else ("--mistakes", self.mistakes)
        return (self.python, *start, self.adapter, *more, *mistakes)


def about(subject: Subject) -> dict[str, Any]:
    """Return what an engine says of itself, `unavailable` among it where it is not installed."""
    ended = processes.run(processes.resolve(Command(argv=subject.words("worker"), timeout=SECONDS)), reads_output=True)
    told: dict[str, Any] = {}
    for line in ended.output.decode(errors="replace").splitlines():
        try:
            told.update(json.loads(line))
        except ValueError:
            continue
    return told or {"unavailable": ended.trouble}


def elsewhere(known: Known, python: str, packed: Path) -> Subject | None:
    """Return an engine as it is in another Python, named by its version; None where it is not there, or the same
    version is here.

    UsageError, one line, where there is no such Python.
    """
    found = shutil.which(python)
    if found is None:
        raise UsageError(f"there is no Python {python}: name a command, or the path of one")
    subject = Subject(known.name, known.adapter, python=found, packed=str(packed))
    told = about(subject)
    if told.get("what") != "engine":
        return None
    label = told.get("version") or Path(found).parent.parent.name
    here = known.load()
    is_same = not isinstance(here, Unavailable) and version_of(here) == told.get("version")
    return None if is_same else replace(subject, label=label)


def pack(path: Path) -> Path:
    """Write our part of a worker into one file that any Python can carry out, and return it."""
    root = resources.files("hwbench")
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("__main__.py", ENTRY)
        for name in PACKED:
            parts = name.split(".") if name else []
            source = root.joinpath(*parts)
            inside = "/".join(("hwbench", *parts))
            if source.is_dir():
                packed.writestr(f"{inside}/__init__.py", source.joinpath("__init__.py").read_bytes())
            else:
                packed.writestr(f"{inside}.py", root.joinpath(*parts[:-1], f"{parts[-1]}.py").read_bytes())
        for adapter in root.joinpath("engines", "adapters").iterdir():
            if adapter.name.endswith(".py"):
                packed.writestr(f"hwbench/engines/adapters/{adapter.name}", adapter.read_bytes())
    return path
