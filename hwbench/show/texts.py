"""Any record as the terminal shows it: the text of the verb that made it, its drawing in text included."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TextIO

from hwbench import stats
from hwbench.records import ExerciseRun, Explanation, LessonRun, Lessons, MachineComparison, MachineProfile, Study
from hwbench.records.pythons import Pythons
from hwbench.show import comparison, explanation, lesson, lessons, machine, pythons, study, words

if TYPE_CHECKING:
    from hwbench.show.machine import Page
    from hwbench.show.report.picture import Reportable, Timings

TEXTS: Final[dict[type, Callable[[Any, Page], str]]] = {
    MachineProfile: machine.report,
    MachineComparison: comparison.report,
    Explanation: explanation.report,
    Study: study.report,
    Pythons: pythons.report,
    LessonRun: lesson.report,
    Lessons: lessons.listing,
    ExerciseRun: lessons.judgement,
}


def text(record: Reportable, stream: TextIO) -> str:
    """Return a record as text for a stream."""
    page = machine.page_of(stream) if isinstance(record, MachineProfile) else explanation.page_of(stream)
    shown = TEXTS.get(type(record), _timings)(record, page)
    return shown if shown.endswith("\n") else shown + "\n"


def _timings(timings: Timings, page: Page) -> str:
    """Return the benchmarks of a pyperf file: how many values, their median and its interval."""
    from tabulate import tabulate

    rows = []
    for side in timings.sides:
        for sized in side.sizes:
            values = [run.wall for run in sized.runs]
            name = side.name.removeprefix(timings.file).strip() or str(side.metadata.get("name", timings.file))
            told = words.seconds_between(*stats.median(values)) if values else "no value"
            rows.append((name, words.size(sized.n), len(values), told))
    head = ("benchmark", "n", "values", "median")
    return machine.fit(f"{timings.file}\n{tabulate(rows, head, disable_numparse=True)}\n", page)
