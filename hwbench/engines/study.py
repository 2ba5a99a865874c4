"""The study: engines by operations by sizes, each cell written as it is measured, so that a killed run goes on where it was.

A folder holds one run: `plan.json`, and a file a cell. Sizes rise; a size that the fitted growth says would take longer than the
time a cell may have is not tried, and one that took longer ends the ladder: what is above is extrapolated and marked so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from hwbench import __version__
from hwbench.engines import cells
from hwbench.engines.cells import Subject
from hwbench.engines.operations import OPERATIONS, Operation, operation_named
from hwbench.errors import UsageError
from hwbench.host import read_host
from hwbench.native.cpu import cpuid
from hwbench.profile.store import host_folder, this_host
from hwbench.records import Record, files
from hwbench.records.study import Cell, Study

PLAN: Final = "plan.json"
COMPLETE: Final = "complete"
QUICK_SIZES: Final = (1_000, 10_000)
QUICK_SECONDS: Final = 0.2

Note = Callable[[str, int, int], None]  # what is measured now, which of how many it is


class Plan(Record, frozen=True, kw_only=True):
    """What a run measures: the same plan goes on with a run that was killed."""

    engines: tuple[str, ...]
    operations: tuple[str, ...]
    sizes: tuple[int, ...] = ()
    seconds: float = 1.0
    timeout: float = 60.0

    def sizes_of(self, operation: Operation) -> tuple[int, ...]:
        """Return the sizes of an operation, rising: those asked for, or its own."""
        return tuple(sorted(set(self.sizes))) if self.sizes else operation.sizes


@dataclass(frozen=True)
class Run:
    """A run in its folder."""

    folder: Path
    plan: Plan

    def path(self, engine: str, operation: str, n: int) -> Path:
        """Return where a cell is kept."""
        return self.folder / f"{re.sub(r'[^A-Za-z0-9.@-]', '_', engine)}-{operation}-{n}.json"

    def kept(self, engine: str, operation: str, n: int) -> Cell | None:
        """Return a cell that was measured already."""
        try:
            return msgspec.json.decode(self.path(engine, operation, n).read_bytes(), type=Cell)
        except (OSError, msgspec.DecodeError):
            return None

    def keep(self, cell: Cell) -> None:
        """Write a cell, whole or not at all."""
        files.write_bytes(files.encode(cell), self.path(cell.engine, cell.operation, cell.n))


def begin(folder: Path, plan: Plan) -> Run:
    """Make the folder of a run, or go on with the one that is there; UsageError where that has another plan."""
    path = folder / PLAN
    if path.exists():
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Plan)
        except msgspec.DecodeError as error:
            raise UsageError(f"{path} is damaged: {error}; choose another --folder") from error
        if found != plan:
            raise UsageError(f"{folder} holds a run with other engines, operations or sizes; choose another --folder")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        files.write_bytes(files.encode(plan), path)
    return Run(folder, plan)


def carry_out(run: Run, note: Note) -> list[Cell]:
    """Measure what is not measured yet and return every cell, with growths and ratios."""
    ladders = [(engine, operation_named(name)) for name in run.plan.operations for engine in run.plan.engines]
    measured: list[Cell] = []
    for number, (engine, operation) in enumerate(ladders, 1):
        note(f"{operation.name} by {engine}", number, len(ladders))
        measured += cells.with_growth(list(climb(run, Subject(engine), operation)))
    return cells.with_ratios(measured)


def climb(run: Run, subject: Subject, operation: Operation) -> Iterator[Cell]:
    """Yield the cells of one engine and operation, from the smallest size on, until the time that a cell may have is out."""
    over: Cell | None = None
    for n in run.plan.sizes_of(operation):
        cell = run.kept(subject.name, operation.name, n)
        if cell is None:
            cell = measure(run, subject, operation, n) if over is None else skipped(over, n)
            run.keep(cell)
        if cell.result in ("timeout", "unavailable", "failed"):
            over = over or cell
        yield cell


def measure(run: Run, subject: Subject, operation: Operation, n: int) -> Cell:
    """Measure one cell."""
    return cells.run_cell(subject, operation, n, run.plan.seconds, run.plan.timeout)


def skipped(over: Cell, n: int) -> Cell:
    """Return the cell of a size that is not tried, since a smaller one failed."""
    reason = over.reason if over.result == "unavailable" else f"not tried: {over.n} rows: {over.reason}"
    return Cell(engine=over.engine, version=over.version, operation=over.operation, n=n, result=over.result, reason=reason)


def quick_plan(engines: Sequence[str], operations: Sequence[str]) -> Plan:
    """Return a plan of small sizes."""
    return Plan(
        engines=tuple(engines), operations=tuple(operations), sizes=QUICK_SIZES, seconds=QUICK_SECONDS, timeout=5.0
    )


def all_operations() -> tuple[str, ...]:
    """Return the names of the study's operations."""
    return tuple(operation.name for operation in OPERATIONS)


def default_folder(plan: Plan) -> Path:
    """Return where a run of this plan is kept: the same plan goes on in the same folder until it is complete."""
    digest = hashlib.blake2b(msgspec.json.encode(plan), digest_size=4).hexdigest()
    parent = host_folder("studies", this_host())
    for number in range(10_000):
        folder = parent / f"{digest}-{number}"
        if not (folder / COMPLETE).exists():
            return folder
    raise UsageError(f"{parent} is full of runs; name another --folder")


def record(run: Run, note: Note) -> Study:
    """Carry out a run and return its record."""
    started = datetime.now(UTC)
    measured = carry_out(run, note)
    (run.folder / COMPLETE).touch()
    return Study(hwbench=__version__, taken=started.isoformat(timespec="seconds"), host=read_host(cpuid=cpuid), cells=tuple(measured))
