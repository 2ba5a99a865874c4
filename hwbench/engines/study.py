"""The study: engines by operations by sizes, each cell written as it is measured, so that a killed run goes on where it was.

A folder holds one run: `plan.json`, and for each cell a file a turn (our record) and one of pyperf's. What is compared is measured
in turns: at each size every engine in a process of its own, then every engine again. Sizes rise; a size that the growth so far says
would take much longer than a cell may is not tried, nor is what lies above one that failed: it is extrapolated and marked so.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from hwbench.engines import cells, folders, growing
from hwbench.engines.cells import Limits
from hwbench.engines.operations import BY_NAME, OPERATIONS, Operation, operation_named
from hwbench.engines.subjects import Subject
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.records import Record, files
from hwbench.records.study import Cell

TURNS: Final = 2
ENOUGH: Final = 10.0  # seconds of loading and samples: then one process is enough

Note = Callable[[str, float], None]  # what is measured now, and how much of the whole is done (0 to 1)


class Plan(Record, frozen=True, kw_only=True):
    """What a run measures: the same plan goes on with a run that was killed."""

    engines: tuple[str, ...]
    operations: tuple[str, ...]
    sizes: tuple[int, ...] = ()
    seconds: float = 1.0
    timeout: float = 60.0
    turns: int = TURNS
    weighed: tuple[int, ...] = ()  # sizes at which all sixteen variants are weighed
    bills: int = 0  # explanations of slow engines

    def sizes_of(self, operation: Operation) -> tuple[int, ...]:
        """Return the sizes of an operation, rising: those asked for, or its own."""
        return tuple(sorted(set(self.sizes))) if self.sizes else operation.sizes

    @property
    def limits(self) -> Limits:
        """What a cell may take."""
        return Limits(self.seconds, self.timeout)


@dataclass(frozen=True)
class Run:
    """A run in its folder."""

    folder: Path
    plan: Plan
    subjects: tuple[Subject, ...] = ()

    def path(self, engine: str, operation: str, n: int, ending: str) -> Path:
        """Return where something of a cell is kept."""
        return self.folder / f"{re.sub(r'[^A-Za-z0-9.@+-]', '_', engine)}-{operation}-{n}{ending}"

    def kept(self, path: Path) -> Cell | None:
        """Return a cell that was measured already."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=Cell)
        except (OSError, msgspec.DecodeError):
            return None


def begin(folder: Path, plan: Plan, subjects: Sequence[Subject]) -> Run:
    """Make the folder of a run, or go on with the one that is there; UsageError where that has another plan."""
    found = folders.plan_in(folder, Plan)
    if found is None:
        folder.mkdir(parents=True, exist_ok=True)
        folders.write(folder / folders.PLAN, files.encode(plan))
    elif found != plan:
        raise UsageError(f"{folder} holds a run with other engines, operations or sizes; choose another --folder")
    return Run(folder, plan, tuple(subjects))


@dataclass
class Ladder:
    """The sizes of one engine at one operation, as far as they were climbed."""

    subject: Subject
    cells: list[Cell] = field(default_factory=list)

    @property
    def timed(self) -> list[Cell]:
        """The cells that have a time, rising, of the operation as it is at larger sizes."""
        return [cell for cell in self.cells if cell.seconds is not None and growing.is_whole(cell)]

    def barred(self, operation: Operation, n: int, timeout: float) -> Cell | None:
        """Return the cell of a size that is not worth trying: a smaller one failed, or this one would take far too long."""
        over = next((cell for cell in self.cells if cell.result in {"timeout", "unavailable", "failed"}), None)
        if over is not None:
            reason = over.reason if over.result == "unavailable" else f"not tried: {over.n} rows: {over.reason}"
            return msgspec.structs.replace(_bare(over), n=n, reason=reason)
        hopeless = growing.is_hopeless(self.timed, n, timeout) if self.timed else ""
        if not hopeless:
            return None
        return Cell(engine=self.subject.name, operation=operation.name, n=n, result="timeout", reason=hopeless)


def taken_up(run: Run) -> list[str]:
    """Return what must be said of a run of which a part was measured already."""
    kept = sum(1 for _ in run.folder.glob("*-[0-9]*.[0-9].json"))
    said = f"taken up again: {kept} measurements were kept already; the seconds and loads at the top are of the others"
    return [said] if kept else []


def _bare(cell: Cell) -> Cell:
    return Cell(engine=cell.engine, version=cell.version, operation=cell.operation, n=cell.n, result=cell.result)


def carry_out(run: Run, tell: Callable[[str], None]) -> list[Cell]:
    """Measure what is not measured yet and return every cell, with growths and ratios; `tell` hears of each."""
    measured: list[Cell] = []
    for operation in map(operation_named, run.plan.operations):
        for ladder in climb(run, run.subjects, operation, run.plan.sizes_of(operation), tell):
            measured += growing.with_growth(ladder.cells)
    return growing.with_ratios(measured)


def climb(
    run: Run, subjects: Iterable[Subject], operation: Operation, sizes: Iterable[int], tell: Callable[[str], None]
) -> list[Ladder]:
    """Measure the subjects at rising sizes, in turns at each, and return their ladders."""
    ladders = [Ladder(subject) for subject in subjects]
    for n in sizes:
        barred = {ladder.subject: ladder.barred(operation, n, run.plan.timeout) for ladder in ladders}
        tried = [ladder for ladder in ladders if barred[ladder.subject] is None]
        turns = _turns(run, [ladder.subject for ladder in tried], operation, n, tell)
        for ladder in ladders:
            cell = barred[ladder.subject] or cells.merged(turns[ladder.subject])
            ladder.cells.append(cell)
            _write_pyperf(run, cell, turns.get(ladder.subject, []))
    return ladders


def _turns(
    run: Run, subjects: Sequence[Subject], operation: Operation, n: int, tell: Callable[[str], None]
) -> dict[Subject, list[Cell]]:
    """Measure each subject once, then each again, but for those that went wrong."""
    taken: dict[Subject, list[Cell]] = {subject: [] for subject in subjects}
    for turn in range(run.plan.turns):
        for subject in subjects:
            if turn and not _is_worth_another(taken[subject][0]):
                continue
            if not turn:
                tell(f"{operation.name} of {n} rows by {subject.name}")
            path = run.path(subject.name, operation.name, n, f".{turn + 1}.json")
            cell = run.kept(path)
            if cell is None:
                cell = cells.run_cell(subject, operation, n, run.plan.limits, run.folder, turn)
                folders.write(path, files.encode(cell))
            taken[subject].append(cell)
    return taken


def _is_worth_another(cell: Cell) -> bool:
    """Whether another process is worth its time: what takes long has outlasted the machine's moods within one."""
    seconds = sum(cell.samples) * BY_NAME[cell.operation].parts + (cell.load_seconds or 0.0)
    return cell.result == "right" and seconds < ENOUGH


def _write_pyperf(run: Run, cell: Cell, turns: Sequence[Cell]) -> None:
    """Write a cell's times in pyperf's format, a run for each process: `pyperf show`, `hist` and `compare_to` read it."""
    path = run.path(cell.engine, cell.operation, cell.n, ".pyperf.json")
    timed = [turn for turn in turns if turn.samples]
    if not timed or path.exists():
        return
    import pyperf  # noqa: PLC0415 - not needed where nothing is written

    common = {"name": f"{cell.operation} n={cell.n}", "unit": "second", "loops": 1, "hwbench_engine": cell.engine}
    common |= {"hwbench_version_of_engine": cell.version} if cell.version else {}
    runs = [pyperf.Run(list(turn.samples), metadata=dict(common), collect_metadata=False) for turn in timed]
    partial = path.with_name(f".{path.name}")
    try:
        pyperf.BenchmarkSuite([pyperf.Benchmark(runs)]).dump(str(partial), replace=True)
        partial.replace(path)
    except OSError as error:
        raise CouldNotMeasure(f"{path} cannot be written ({error.strerror}); make room and run it again") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def all_operations() -> tuple[str, ...]:
    """Return the names of the study's operations."""
    return tuple(operation.name for operation in OPERATIONS)
