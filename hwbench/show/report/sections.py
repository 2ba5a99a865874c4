"""Which record makes which section, and in which order: a comparison first where machines or timings can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from hwbench.errors import UsageError
from hwbench.records import (
    ExerciseRun,
    Explanation,
    LessonRun,
    Lessons,
    MachineComparison,
    MachineProfile,
    Study,
)
from hwbench.records.pythons import Pythons
from hwbench.show.report import (
    comparison,
    exercise,
    explanation,
    lesson,
    lessons,
    machine,
    pythons,
    study,
    study_bills,
    timings,
)
from hwbench.show.report.picture import Reportable, Section, Timings
from hwbench.show.report.roofs import kernels_of

ONE_A_RECORD: Final[dict[type, Callable[[Any], Section]]] = {
    MachineComparison: comparison.section,
    Explanation: explanation.section,
    Pythons: pythons.section,
    LessonRun: lesson.section,
    Lessons: lessons.section,
    ExerciseRun: exercise.section,
}


def sections_of(records: Sequence[Reportable]) -> list[Section]:
    """Return the sections of a report, in the order of the records; UsageError for a record that has no pictures."""
    profiles = [record for record in records if isinstance(record, MachineProfile)]
    files = [record for record in records if isinstance(record, Timings)]
    kernels = [kernel for file in files for kernel in kernels_of(file.benchmarks)]
    made = [machine.comparison(profiles, kernels)] if len(profiles) > 1 else []
    for record in records:
        if isinstance(record, MachineProfile):
            made.append(machine.section(record, kernels if len(profiles) == 1 else ()))
        elif isinstance(record, Timings):
            if record is files[0]:
                made.append(timings.section([(file.file, file.sides) for file in files]))
        elif isinstance(record, Study):
            made += [study.section(record), *([study_bills.section(record)] if record.bills else [])]
        elif type(record) in ONE_A_RECORD:
            made.append(ONE_A_RECORD[type(record)](record))
        else:
            raise UsageError(f"there are no pictures of a {type(record).__name__}")
    return made
