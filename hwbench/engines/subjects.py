"""An engine as the study measures it: in this Python or in another one, with the plausible engine's mistakes named or not.

In another Python nothing of ours need be installed: the worker and the adapters are packed into one file (zipapp) that any Python
from 3.10 on can carry out, and they need nothing but the engine.
Source: PEP 441, zipapp; zipimport.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final

from hwbench.engines.known import Known, lacking
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


def lines_of(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that a worker wrote, one a line; a last line that was cut off is left out."""
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines


def about(subject: Subject) -> dict[str, Any] | Unavailable:
    """Return what an engine says of itself (`version`, `meaning`), or why it is not there, with the command that installs it.

    It is asked in a process of its own: what it loads stays there, and so does a crash.
    """
    ended = processes.run(processes.resolve(Command(argv=subject.words("worker"), timeout=SECONDS)), reads_output=True)
    told = next(iter(lines_of(ended.output.decode(errors="replace"))), {})
    if told.get("what") == "engine":
        return told
    if told.get("what") == "unavailable":
        return lacking(subject.engine, told["reason"], subject.python)
    return Unavailable(reason=f"it cannot be asked: {ended.trouble or 'it says nothing'}")


def ask(subjects: Sequence[Subject]) -> list[dict[str, Any] | Unavailable]:
    """Return what each of several engines says of itself; as many are asked at once as there are CPUs."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(about, subjects))


def here(known: Iterable[Known]) -> list[Subject]:
    """Return engines as they are in this Python."""
    return [Subject(each.name, each.adapter) for each in known]


def elsewhere(known: Sequence[Known], python: str, packed: Path) -> list[Subject]:
    """Return those engines that are in another Python, named by their versions; the same version as here is no other engine.

    UsageError, one line, where there is no such Python, or it has none of them at all.
    """
    found = shutil.which(python)
    if found is None:
        raise UsageError(f"there is no Python {python}: name a command, or the path of one")
    foreign = [each for each in known if not each.is_ours]
    others = [Subject(each.name, each.adapter, python=found, packed=str(packed)) for each in foreign]
    told = ask([*others, *here(foreign)])
    there, own = told[: len(others)], told[len(others) :]
    if all(isinstance(one, Unavailable) for one in there):
        names = ", ".join(each.name for each in foreign) or "none is asked for"
        raise UsageError(f"{python} has none of these engines: {names}")
    subjects = []
    for subject, one, other in zip(others, there, own, strict=True):
        if isinstance(one, Unavailable) or (not isinstance(other, Unavailable) and other["version"] == one["version"]):
            continue
        subjects.append(replace(subject, label=one["version"] or Path(found).parent.parent.name))
    return subjects


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
