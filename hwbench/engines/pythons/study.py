"""The study of interpreters: benchmark by benchmark, each interpreter in turn, then why they differ.

A folder holds one run: `plan.json`, pyperf's own file for each benchmark and interpreter with its log, and an explanation for each
pair. What is there is not run again, so a run that was killed goes on where it was; what failed is tried again.
The interpreters take turns within a benchmark, since the machine's speed drifts; the explanation times them anew in closer turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hwbench import __version__
from hwbench.engines import folders, intervals
from hwbench.engines.pythons import benchmarks
from hwbench.engines.pythons.benchmarks import NotInstalled, Program, Timing
from hwbench.errors import CouldNotMeasure, HwbenchError, UsageError
from hwbench.host.folders import cache_folder
from hwbench.records import Explanation, Interval, Record, files
from hwbench.records.pythons import Interpreter, PythonCell, Pythons

if TYPE_CHECKING:
    from hwbench.experiment.messages import Report

HOOK_FOLDER: Final = "hook"
EXPLAINED: Final = "explained-"

Note = Callable[[str, int, int], None]  # what is measured now, which of how many it is


class Plan(Record, frozen=True, kw_only=True):
    """What a run measures; `budget` is in seconds for each explanation, 0 for none."""

    interpreters: tuple[Interpreter, ...]
    benchmarks: tuple[str, ...]
    is_fast: bool = False
    budget: float = 60.0

    def goes_on(self, other: Plan) -> bool:
        """Whether what was measured by the other plan may stand beside this one's."""
        return self.interpreters == other.interpreters and self.is_fast == other.is_fast


@dataclass(frozen=True)
class Run:
    """A run in its folder; `environments` is where pyperformance keeps its virtual environments, for all runs."""

    folder: Path
    plan: Plan
    environments: Path = field(default_factory=lambda: cache_folder() / "pythons")

    def timing(self, program: Program, interpreter: Interpreter) -> Path:
        """Return where pyperf's file is kept."""
        return self.folder / f"{program.name}-{interpreter.name}.json"

    def explanation(self, benchmark: str, interpreter: Interpreter) -> Path:
        """Return where the explanation of one interpreter beside the first is kept."""
        return self.folder / f"{EXPLAINED}{benchmark.replace('/', '_')}-{interpreter.name}.json"


def begin(folder: Path, plan: Plan) -> Run:
    """Make the folder of a run, or go on with the one that is there; UsageError where it is of other interpreters.

    With a larger budget than before, differences are explained anew.
    """
    found = folders.plan_in(folder, Plan)
    if found is not None and not plan.goes_on(found):
        raise UsageError(f"{folder} holds a run of other interpreters, or with other options; choose another --folder")
    folder.mkdir(parents=True, exist_ok=True)
    for explained in folder.glob(f"{EXPLAINED}*") if found is not None and found.budget < plan.budget else ():
        explained.unlink()
    folders.write(folder / folders.PLAN, files.encode(plan))
    return Run(folder, plan)


def record(run: Run, note: Note, report: Report) -> Pythons:
    """Carry out a run and return its record; CouldNotMeasure where nothing could be timed."""
    from hwbench.host import read_host  # noqa: PLC0415 - the record alone needs it
    from hwbench.native.cpu import cpuid  # noqa: PLC0415

    started = datetime.now(UTC)
    cells: list[PythonCell] = []
    programs = benchmarks.programs(run.plan.benchmarks)
    for number, program in enumerate(programs, 1):
        cells += measure(run, program, lambda text, at=number: note(text, at, len(programs)), report)  # type: ignore[misc]
    reasons = [cell.reason for cell in cells if cell.seconds is None]
    if len(reasons) == len(cells):
        raise CouldNotMeasure(reasons[0])
    if not reasons:
        folders.write(run.folder / folders.COMPLETE, b"")
    return Pythons(
        schema="hwbench.pythons/1",
        hwbench=__version__,
        taken=started.isoformat(timespec="seconds"),
        host=read_host(cpuid=cpuid),
        interpreters=run.plan.interpreters,
        is_fast=run.plan.is_fast,
        cells=tuple(cells),
        folder=str(run.folder),
    )


def measure(run: Run, program: Program, say: Callable[[str], None], report: Report) -> list[PythonCell]:
    """Time one benchmark under each interpreter, then explain each beside the first; return its cells."""
    failed: list[PythonCell] = []
    timed: dict[str, tuple[Timing, ...]] = {}
    for interpreter in run.plan.interpreters:
        found = time_one(run, program, interpreter, say)
        if isinstance(found, PythonCell):
            failed.append(found)
        else:
            timed[interpreter.name] = found
    cells = []
    for name in dict.fromkeys(timing.name for found in timed.values() for timing in found):
        sides = {who: timing for who, found in timed.items() for timing in found if timing.name == name}
        cells += [
            cell_of(run, program, interpreter, sides, say, report)
            for interpreter in run.plan.interpreters
            if interpreter.name in sides
        ]
    return cells + failed


def time_one(
    run: Run, program: Program, interpreter: Interpreter, say: Callable[[str], None]
) -> tuple[Timing, ...] | PythonCell:
    """Return the timings of a benchmark under an interpreter, measured now or before, or a cell that says why there are none.

    Where pip fails although the benchmark needs nothing but pyperf, the whole run ends: nothing would go better.
    """
    path = run.timing(program, interpreter)
    base = PythonCell(benchmark=program.name, interpreter=interpreter.name, result="failed")
    if found := benchmarks.kept(path):
        return found
    if not program.runs_under(interpreter):
        return msgspec.structs.replace(base, result="unavailable", reason=f"it needs Python {program.python}")
    say(f"{program.name} under {interpreter.name}")
    try:
        benchmarks.run(interpreter, program, path, run.environments, fast=run.plan.is_fast)
        return benchmarks.read(path)
    except NotInstalled as error:
        if not program.needs_packages:
            raise
        return msgspec.structs.replace(base, result="unavailable", reason=str(error))
    except HwbenchError as error:
        return msgspec.structs.replace(base, reason=str(error))


def cell_of(
    run: Run,
    program: Program,
    interpreter: Interpreter,
    sides: dict[str, Timing],
    say: Callable[[str], None],
    report: Report,
) -> PythonCell:
    """Return the cell of a benchmark under an interpreter, with its ratio to the first one's time and why they differ."""
    timing, first = sides[interpreter.name], sides.get(run.plan.interpreters[0].name)
    cell = PythonCell(
        benchmark=timing.name,
        interpreter=interpreter.name,
        result="measured",
        seconds=intervals.seconds(timing.samples),
        samples=timing.samples,
        file=run.timing(program, interpreter).name,
    )
    if first is None or first is timing:
        return cell
    cell = msgspec.structs.replace(cell, ratio=intervals.ratio(timing.samples, first.samples))
    if run.plan.budget <= 0:
        return cell
    path, other = run.explanation(timing.name, interpreter), run.plan.interpreters[0].name
    if not path.exists():
        say(f"why {timing.name} differs: {interpreter.name} and {other}")
    try:
        explanation = _explain(run, program, {interpreter.name: timing, other: first}, path, report)
    except HwbenchError as error:
        return msgspec.structs.replace(cell, not_explained=str(error))
    turns = in_turns(explanation, interpreter)
    return msgspec.structs.replace(cell, explanation=explanation, explained=path.name, ratio_in_turns=turns)


def _explain(run: Run, program: Program, sides: dict[str, Timing], path: Path, report: Report) -> Explanation:
    from hwbench.engines.pythons import explaining  # noqa: PLC0415 - heavy
    from hwbench.experiment.run import explain_request  # noqa: PLC0415

    hook = explaining.write_hook(run.folder / HOOK_FOLDER)
    names, request = explaining.asked(program, sides, hook, run.plan.budget)
    return folders.explained(path, lambda: explain_request(request, report), names)


def in_turns(explanation: Explanation, interpreter: Interpreter) -> Interval | None:
    """Return an explanation's ratio as that of this interpreter's time to the other's."""
    ratio = explanation.ratio
    if ratio is None or explanation.b.name.endswith(f" {interpreter.name}"):
        return ratio
    return Interval(value=1 / ratio.value, low=1 / ratio.high, high=1 / ratio.low, unit=ratio.unit)
