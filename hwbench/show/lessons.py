"""The list of lessons by chapter, and a judged exercise, as text."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Final

from hwbench.show import grid, machine, words
from hwbench.show.grid import Row
from hwbench.show.lesson import READABLE
from hwbench.units import format_interval, format_time, significant

if TYPE_CHECKING:
    from hwbench.records import ExerciseRun, Grading, Interval, Lessons, ListedLesson
    from hwbench.show.machine import Page
    from hwbench.show.style import Colour

COLOURS: Final[dict[Grading, Colour]] = {"passed": "green", "failed": "red", "undecided": "yellow"}


def listing(lessons: Lessons, page: Page) -> str:
    """Return the lessons by chapter, with what is predicted here, or why one does not apply."""
    width = max((len(lesson.name) for lesson in lessons.lessons), default=0)
    parts = []
    for chapter, group in groupby(lessons.lessons, key=lambda lesson: lesson.chapter):
        rows = [_row(lesson, width, page) for lesson in group]
        parts.append("\n".join([page.paint(chapter, "bold"), *rows]))
    applying = sum(lesson.applies for lesson in lessons.lessons)
    parts.append(
        f"{len(lessons.lessons)} lessons, {applying} of them apply here. The factor is what this machine's profile foretells.\n"
        "hwbench learn NAME reads and runs one."
    )
    parts += [textwrap.fill(note, min(page.width, READABLE)) for note in lessons.notes]
    return machine.fit("\n\n".join(parts) + "\n", page)


def _row(lesson: ListedLesson, width: int, page: Page) -> str:
    foretold = "" if lesson.predicted is None else f"×{significant(lesson.predicted)}"
    line = f"  {lesson.name:<{width}}  {foretold:>7}  {lesson.title}"
    if lesson.applies:
        return line.rstrip()
    reason = textwrap.wrap(f"not here: {lesson.why_not}", min(page.width, READABLE) - width - 13)
    indent = " " * (width + 13)
    return "\n".join([page.paint(line.rstrip(), "dim"), *(page.paint(indent + part, "dim") for part in reason)])


def judgement(run: ExerciseRun, page: Page) -> str:
    """Return the grade of a solution, its times beside the twins', and the causes that remain."""
    head = page.paint(run.verdict.upper(), COLOURS[run.verdict]) + (
        f": {words.one_line(run.reason)}" if run.reason else ""
    )
    parts = [page.paint(f"{run.title}: {run.file}", "bold"), head]
    if run.slow_ns is not None:
        parts.append(_times(run, page))
    if run.share is not None:
        parts.append(
            f"share of the predicted gain: {words.percent_between(run.share.value, run.share.low, run.share.high)}"
        )
    parts += [
        f"what remains: {one.cause}, {format_time(one.ns)} for each unit of work; it {one.evidence}"
        for one in run.remaining
    ]
    parts += list(run.notes)
    return machine.fit("\n\n".join(textwrap.fill(p, page.width) if "\n" not in p else p for p in parts) + "\n", page)


def _times(run: ExerciseRun, page: Page) -> str:
    rows = [
        Row((name, _ns(interval)))
        for name, interval in (
            ("as it was (slow)", run.slow_ns),
            ("yours", run.solution_ns),
            ("ours (fast)", run.fast_ns),
        )
    ]
    goal = "" if run.goal_ns is None else format_time(run.goal_ns)
    foretold = f" (×{significant(run.predicted)})" if run.predicted is not None else ""
    return grid.draw(
        ("time for each unit of work", ""), [*rows, Row((f"predicted here{foretold}", goal))], page, right=(1,)
    )


def _ns(interval: Interval | None) -> str:
    return "" if interval is None else format_interval(interval.value, interval.low, interval.high, "ns")
