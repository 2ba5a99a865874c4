"""Calls of the allocator: how many allocations and frees, how many bytes, counted by a small library loaded ahead of it.

The library (c_src/counting/malloc_count.c) is built on demand and loaded by LD_PRELOAD; each process of the program adds a
line of counts at its end. The counts are exact; their price is the machine profile's `malloc.cost`.
Fooled by: a statically linked program (nothing is loaded ahead of it: said so); allocators of a program's own, CPython's
small objects among them (what they take at once is one call: said so for Python); processes that are killed.
Source: ld.so(8), LD_PRELOAD.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from hwbench.evidence.building import build
from hwbench.evidence.tools import WHOLE_PROGRAM, attempt, nothing
from hwbench.records import Command, Count, Evidence, Limits, MachineProfile, Unavailable

FILE_VARIABLE: Final = "HWBENCH_MALLOC"
SOURCE: Final = "malloc_count.c"
LARGE: Final = "128 KiB"
FIELDS: Final = 4


def missing() -> Unavailable | None:
    """Return why calls of the allocator cannot be counted here, or None; builds the library where it is not there yet."""
    library = _library()
    return library if isinstance(library, Unavailable) else None


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Count a command's allocations, frees and bytes, over all its processes."""
    library = _library()
    if isinstance(library, Unavailable):
        return nothing("os", library.reason, library.remedy)
    before = command.env.get("LD_PRELOAD", os.environ.get("LD_PRELOAD", ""))
    with tempfile.TemporaryDirectory(prefix="hwbench-malloc-") as folder:
        file = Path(folder) / "counts"
        variables = {FILE_VARIABLE: str(file), "LD_PRELOAD": " ".join(filter(None, (str(library), before)))}
        ended = attempt(command, limits, environment=variables)
        rows = parse(file.read_text("ascii", "replace")) if file.is_file() else ()
    if isinstance(ended, Unavailable):
        return nothing("os", ended.reason, ended.remedy)
    if not rows:
        return nothing("os", "no library could be loaded ahead of it (it is statically linked, or was killed)")
    return _evidence(command, rows, ended.run.wall)


def parse(text: str) -> tuple[tuple[int, ...], ...]:
    """Return the rows of a file of counts, one a process: allocations, frees, bytes, large ones."""
    rows = (line.split() for line in text.splitlines())
    return tuple(
        tuple(int(word) for word in row)
        for row in rows
        if len(row) == FIELDS and all(word.isascii() and word.isdecimal() for word in row)
    )


def _evidence(command: Command, rows: Sequence[Sequence[int]], seconds: float) -> Evidence:
    allocations, frees, sizes, large = (sum(column) for column in zip(*rows, strict=True))
    notes = [WHOLE_PROGRAM] if command.region else []
    if len(rows) > 1:
        notes.append(f"{len(rows)} processes were added up")
    if large:
        notes.append(f"{large} allocations were of {LARGE} or more: these may be mapped and unmapped each time")
    if "python" in Path(command.argv[0]).name and "PYTHONMALLOC" not in command.env:
        notes.append("CPython takes small objects from arenas of its own, which are not counted here")
    counts = {"malloc.calls": allocations, "malloc.frees": frees, "malloc.bytes": sizes}
    return Evidence(
        source="os",
        counts={name: Count(value=float(value)) for name, value in counts.items()},
        seconds=seconds,
        notes=tuple(notes),
    )


def _library() -> Path | Unavailable:
    if sys.platform != "linux":
        return Unavailable(reason=f"{platform.system()} loads nothing ahead of a program's own libraries as Linux does")
    source = Path(str(resources.files("hwbench.counting") / SOURCE))
    return build("malloc_count", [source], libraries=["-ldl", "-pthread"])
