"""The section of the lessons: what this machine's profile foretells of each, by chapter, and which do not apply here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Lessons, ListedLesson
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.picture import Drawn, Missing, Picture, Section, Table
from hwbench.show.report.rows import Rows, factor_between, rows

TITLE: Final = "What each lesson is worth on this machine"
CAPTION: Final = (
    "How many times as long the slow twin of a lesson takes as the fast one, as the machine's price list foretells it; equal distances are"
    " equal factors. Within a chapter the largest stands first. `hwbench learn NAME` predicts it item by item, and runs it."
)
ROOM: Final = 0.3  # of the axis's span, for the value of the largest
MOST: Final = 200  # lessons that are drawn, should there ever be so many
LARGEST: Final = 3  # that are told first


def section(lessons: Lessons) -> Section:
    """Return the section of a list of lessons."""
    applying = sum(lesson.applies for lesson in lessons.lessons)
    lead = f"{words.plural(len(lessons.lessons), 'lesson')}, {applying} of them apply here."
    found = sorted(_foretold(lessons.lessons), key=lambda lesson: -(lesson.predicted or 0.0))[:LARGEST]
    if found:
        told = [f"{lesson.name} ({factor_between(lesson.predicted or 0.0)})" for lesson in found]
        lead += f" The largest effects are foretold of {words.listed(told)}."
    facts = {
        "machine": lessons.host.name if lessons.host else "",
        "price list": lessons.profile,
        "taken": lessons.taken[:16].replace("T", " "),
    }
    return Section(
        kind="lessons",
        title="Lessons",
        lead=lead,
        facts={name: fact for name, fact in facts.items() if fact},
        drawn=(predicted(lessons),),
        findings=tuple(note for note in lessons.notes if note),
        tables=(_left_out(lessons.lessons),),
    )


def predicted(lessons: Lessons) -> Drawn:
    """Draw the predicted ratio of every lesson that has one, by chapter, the largest first."""
    found = sorted(_foretold(lessons.lessons), key=lambda lesson: -(lesson.predicted or 0.0))[:MOST]
    if not found:
        return Missing(TITLE, "the list has no predictions: measure the machine with `hwbench characterize`")
    order = [lesson.chapter for lesson in lessons.lessons]
    chapters = _by_chapter(found, order)
    lines = rows({chapter: [lesson.name for lesson in group] for chapter, group in chapters})
    return Picture(
        name="predicted",
        title=TITLE,
        spec=looks.finished(alt.layer(*_layers(found, lines)), lines.height(19)),
        alternative=_alternative(chapters),
        caption=CAPTION,
        table=_table(lessons.lessons),
    )


def _foretold(lessons: Sequence[ListedLesson]) -> list[ListedLesson]:
    return [lesson for lesson in lessons if lesson.predicted is not None and looks.is_drawable(lesson.predicted)]


def _by_chapter(lessons: Sequence[ListedLesson], order: Iterable[str]) -> list[tuple[str, list[ListedLesson]]]:
    """Return the chapters in this order, each with its lessons, the largest prediction first."""
    chapters: dict[str, list[ListedLesson]] = {chapter: [] for chapter in order}
    for lesson in sorted(lessons, key=lambda lesson: -(lesson.predicted or 0.0)):
        chapters.setdefault(lesson.chapter, []).append(lesson)
    return [(chapter, group) for chapter, group in chapters.items() if group]


def _layers(lessons: Sequence[ListedLesson], lines: Rows) -> list[Any]:
    """Return the layers: a line from no difference to the prediction, the prediction, its value."""
    data = [
        {
            "row": lines.key(lesson.chapter, lesson.name),
            "predicted": lesson.predicted,
            "one": 1.0,
            "text": factor_between(lesson.predicted or 0.0),
            "name": words.shortened(words.one_line(lesson.name), 60),
            "title": words.shortened(words.one_line(lesson.title), 120),
            "cause": lesson.cause or "",
        }
        for lesson in lessons
    ]
    values = [1.0, *(lesson.predicted or 1.0 for lesson in lessons)]
    room = (max(values) / min(values)) ** ROOM * 1.02
    x = alt.X(
        "predicted:Q",
        title="predicted: slow / fast",
        scale=looks.log_scale([min(values) * room / 1.1, max(values)], room=room),
        axis=alt.Axis(values=looks.decades(values, least=3), labelExpr=looks.FACTOR_LABELS),
    )
    base = alt.Chart(looks.data(data)).encode(y=lines.y())
    told = looks.tips(name="lesson", title="about", cause="cause", text="predicted: slow / fast")
    line = alt.Chart(looks.data([{"one": 1.0}])).mark_rule(color=INK, strokeDash=[4, 3])
    return [
        line.encode(x="one:Q"),
        base.mark_rule(color=MUTED, opacity=0.6).encode(x="one:Q", x2="predicted:Q"),
        base.mark_point(size=65, opacity=1, color=looks.SERIES[0]).encode(x=x, tooltip=told),
        base.mark_text(align="left", dx=8).encode(x=x, text="text:N", color=alt.value(INK)),
    ]


def _alternative(chapters: Sequence[tuple[str, Sequence[ListedLesson]]]) -> str:
    """Say what is foretold between which bounds, chapter by chapter."""
    told = []
    for chapter, group in chapters:
        ends = [f"{lesson.name} {factor_between(lesson.predicted or 0.0)}" for lesson in (group[-1], group[0])]
        told.append(f"{chapter}: {' to '.join(dict.fromkeys(ends))}")
    number = words.plural(sum(len(group) for _, group in chapters), "lesson")
    return f"Predicted ratios of {number}. {'; '.join(told)}."


def _table(lessons: Sequence[ListedLesson]) -> Table:
    return Table(
        headers=("lesson", "chapter", "about", "cause", "predicted"),
        rows=[
            (
                lesson.name,
                lesson.chapter,
                lesson.title,
                lesson.cause or "",
                factor_between(lesson.predicted) if lesson.predicted is not None else "not known here",
            )
            for lesson in lessons
            if lesson.applies
        ],
        right=frozenset((4,)),
    )


def _left_out(lessons: Sequence[ListedLesson]) -> Table:
    return Table(
        title="Lessons that do not apply here",
        headers=("lesson", "chapter", "about", "why not"),
        rows=[(one.name, one.chapter, one.title, one.why_not) for one in lessons if not one.applies],
    )
