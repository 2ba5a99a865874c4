"""A whole study: the cells, the factorial of the four mistakes, the bills of slow engines, and the record of it all.

What takes long is kept in the run's folder as soon as it is there, explanations too, so that nothing is measured twice.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hwbench import __version__
from hwbench.engines import article, folders, study, weighing
from hwbench.engines.growing import is_comparable
from hwbench.engines.known import OWN, known_engine
from hwbench.engines.operations import BY_NAME, Operation, operation_named
from hwbench.engines.study import Note, Run
from hwbench.engines.subjects import Subject
from hwbench.errors import HwbenchError
from hwbench.experiment.messages import Doing, Message
from hwbench.experiment.request import Request
from hwbench.experiment.run import explain_request
from hwbench.host import read_host
from hwbench.native.cpu import cpuid
from hwbench.profile import noise
from hwbench.records import Explanation
from hwbench.records.study import ALL_MISTAKES, REFERENCE, Bill, Cell, Study, Weighed
from hwbench.units import time_stamp

COUNTED: Final = 0.15  # seconds that the slower one's work should last: counting makes it many times as long
MOST_ASKED: Final = 1000
PARTS: Final = (16, 4, 1)  # an explanation sees these parts of the size
SMALLEST: Final = 64  # rows
BUDGET: Final = 60.0  # seconds of an explanation
LONGEST: Final = 3.0  # seconds of one call that is explained
LONGEST_LOAD: Final = 0.5  # seconds of loading: each run loads anew, and each count, which is many times slower
SLOW: Final = 2.0  # times as long as the reference
EXPLAINED_STEPS: Final = 25  # an explanation takes as long as so many cells


@dataclass
class Progress:
    """Tells what is being done, and how much of the whole is done."""

    note: Note
    whole: float
    done: float = 0.0

    def step(self, text: str, steps: float = 1) -> None:
        """Begin something that takes so many steps."""
        self.note(text, min(self.done / max(self.whole, 1), 1.0))
        self.done += steps


def carry_out(run: Run, note: Note) -> Study:
    """Carry out a run, or what is left of it, and return its record."""
    before, started = noise.read(), time_stamp()
    notes = study.taken_up(run)
    progress = Progress(note, steps_of(run))
    cells = study.carry_out(run, progress.step)
    weighed = weigh_all(run, progress, notes)
    bills = bill_all(run, cells, progress, notes)
    folders.write(run.folder / folders.COMPLETE, b"")
    return Study(
        schema="hwbench.study/1",
        hwbench=__version__,
        taken=started,
        host=read_host(cpuid=cpuid),
        conditions=noise.conditions(started, before),
        profile=next((bill.explanation.profile for bill in bills), ""),
        cells=tuple(cells),
        factorial=tuple(weighed),
        bills=tuple(bills),
        claims=article.claims(cells),
        notes=tuple(notes),
    )


def steps_of(run: Run) -> int:
    """Return roughly how many cells' time a run takes."""
    plan = run.plan
    cells = sum(len(plan.sizes_of(operation_named(name))) for name in plan.operations) * len(run.subjects)
    weighed = len(plan.weighed) * len(plan.operations) * (16 + EXPLAINED_STEPS)
    return cells + weighed + plan.bills * max(len(run.subjects) - 1, 0) * EXPLAINED_STEPS


# ── the factorial ─────────────────────────────────────────────────────────────────────────────────────────────────────


def variant(mistakes: str) -> Subject:
    """Return the plausible engine with these mistakes."""
    return Subject("plausible", known_engine("plausible").adapter, label=mistakes, mistakes=mistakes)


def weigh_all(run: Run, progress: Progress, notes: list[str]) -> list[Weighed]:
    """Weigh the four mistakes at every operation and size of the plan; what cannot be weighed is noted."""
    found = []
    for operation in map(operation_named, run.plan.operations):
        for n in sorted({min(n, operation.weighed) for n in run.plan.weighed}):
            weighed = weigh(run, operation, n, progress, notes)
            found += [weighed] if weighed is not None else []
    return found


def weigh(run: Run, operation: Operation, n: int, progress: Progress, notes: list[str]) -> Weighed | None:
    """Measure the sixteen variants at one operation and size, explain all against none, and weigh."""
    subjects = {made: variant(weighing.name_of(made)) for made in weighing.variants()}
    cells = {
        ladder.subject: ladder.cells[0]
        for ladder in study.climb(run, subjects.values(), operation, (n,), progress.step)
    }
    wrong = [cell for cell in cells.values() if cell.seconds is None]
    if wrong:
        also = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        notes.append(f"{operation.name} of {n} rows is not weighed: {wrong[0].engine}{also}: {wrong[0].reason}")
        return None
    seconds = {made: cells[subject].seconds.value for made, subject in subjects.items()}  # type: ignore[union-attr]
    pair = variant("none"), variant(ALL_MISTAKES)
    explanation = explain(run, pair, cells[pair[1]], progress, notes)
    return weighing.weigh(operation.name, n, seconds, explanation)


# ── explanations ──────────────────────────────────────────────────────────────────────────────────────────────────────


def bill_all(run: Run, cells: Sequence[Cell], progress: Progress, notes: list[str]) -> list[Bill]:
    """Explain each slow engine, ours excepted, where it is slowest beside the reference."""
    subjects = {subject.name: subject for subject in run.subjects}
    found = []
    for cell in slowest(cells, run.plan.bills):
        against = subjects[REFERENCE]
        explanation = explain(run, (against, subjects[cell.engine]), cell, progress, notes)
        if explanation is not None:
            made = Bill(
                engine=cell.engine, against=REFERENCE, operation=cell.operation, n=cell.n, explanation=explanation
            )
            found.append(made)
    return found


def slowest(cells: Sequence[Cell], most: int) -> list[Cell]:
    """Return the cells in which each engine is slowest beside the reference, one an operation, the worst first."""
    able = [cell for cell in cells if cell.ratio is not None and cell.ratio.value >= SLOW and is_comparable(cell)]
    able = [cell for cell in able if cell.engine not in (REFERENCE, *OWN) and _is_explicable(cell)]
    able.sort(key=lambda cell: -(cell.ratio.value if cell.ratio else 0.0))
    chosen: list[Cell] = []
    for engine in dict.fromkeys(cell.engine for cell in cells):
        mine = {cell.operation: cell for cell in reversed(able) if cell.engine == engine}
        chosen += sorted(mine.values(), key=able.index)[:most]
    return chosen


def _is_explicable(cell: Cell) -> bool:
    return _call(cell) <= LONGEST and (cell.load_seconds or 0.0) <= LONGEST_LOAD


def _call(cell: Cell) -> float:
    return (cell.seconds.value if cell.seconds else 0.0) * BY_NAME[cell.operation].parts


def explain(
    run: Run,
    pair: tuple[Subject, Subject],
    cell: Cell,
    progress: Progress,
    notes: list[str],
    *,
    budget: float = BUDGET,
) -> Explanation | None:
    """Return why the second subject is slower than the first at a cell's work, kept in the run's folder; None, noted, if not."""
    path = run.path(pair[1].name, cell.operation, cell.n, ".explained.json")
    progress.step(f"explaining {cell.operation} of {cell.n} rows by {pair[1].name}", EXPLAINED_STEPS)
    names = [f"{subject.name}: {cell.operation}, n = {cell.n}" for subject in pair]
    try:
        asked = request(run.folder, pair, cell, budget)
        return folders.explained(path, lambda: explain_request(asked, _told(progress)), names)
    except HwbenchError as error:
        notes.append(f"{cell.operation} of {cell.n} rows by {pair[1].name} is not explained: {error}")
        return None


def request(folder: Path, pair: tuple[Subject, Subject], cell: Cell, budget: float) -> Request:
    """Return what `hwbench explain` would be asked of a pair of engines at a cell's work."""
    times = round(min(max(COUNTED / max(_call(cell), 1e-9), 1), MOST_ASKED))
    options = (cell.operation, "{n}", "--times", str(times), "--folder", str(folder))
    a, b = (shlex.join(subject.words("work", *options)).replace("'{n}'", "{n}") for subject in pair)
    sizes = sorted({float(max(cell.n // part, min(SMALLEST, cell.n))) for part in PARTS})
    return Request(a, b, tuple(sizes), seconds=budget)


def _told(progress: Progress) -> Callable[[Message], None]:
    def tell(message: Message) -> None:
        if isinstance(message, Doing):
            progress.note(message.text, min(progress.done / max(progress.whole, 1), 1.0))

    return tell
