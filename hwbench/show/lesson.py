"""A lesson as text: its Markdown, what is predicted, and the reconciliation of guess, prediction and measurement.

All of it is drawn from records, so a kept run prints the same on any machine.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final

from hwbench.records.lesson import LANGUAGE_TITLES
from hwbench.show import curve, grid, machine
from hwbench.show.grid import Row
from hwbench.show.words import NANO, count, factor
from hwbench.units import format_bytes, format_interval, format_time, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hwbench.records import BillLine, Curve, Interval, LessonClaim, LessonRun, LessonVerdict, Timed, Twin
    from hwbench.show.machine import Page
    from hwbench.show.style import Colour

READABLE: Final = 100
COLOURS: Final[dict[LessonVerdict, Colour]] = {"shown": "green", "not shown": "yellow", "inconclusive": "red"}
CONTROL: Final = "control_"
FIGURES: Final = 38  # columns of the bill beside what an item is called
NARROW: Final = 30
GOOD: Final = 1.5  # a prediction within this factor of the measurement counts as right
BULLET: Final = re.compile(r"^(\s*(?:[-*]|\d+\.)\s+)(.*)$", re.DOTALL)
EMPHASIS: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
ANSWER: Final = re.compile(r"\*(\((?:here:|see the run).+?\))\*", re.DOTALL)


def prose(title: str, markdown: str, page: Page) -> str:
    """Return a lesson's text as a terminal shows it: headings in bold, paragraphs wrapped, drawings as they are."""
    width = min(page.width, READABLE)
    parts = [page.paint(title, "bold"), page.paint("=" * len(title), "bold")]
    parts += [_block(block, width, page) for block in _blocks(markdown)]
    return machine.fit("\n".join(parts) + "\n", page)


def _blocks(markdown: str) -> Iterator[str]:
    """Yield paragraphs and fenced drawings, blank lines between them left out; a drawing keeps its fence."""
    fenced: list[str] = []
    paragraph: list[str] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("```"):
            if fenced:
                yield "\n".join(fenced)
                fenced = []
            else:
                fenced = [line]
        elif fenced:
            fenced.append(line)
        elif line.strip() and not (paragraph and BULLET.match(line)):
            paragraph.append(line)
        else:
            if paragraph:
                yield "\n".join(paragraph)
            paragraph = [line] if line.strip() else []


def _block(block: str, width: int, page: Page) -> str:
    if block.startswith("```"):
        return "\n" + "\n".join(block.splitlines()[1:])
    if block.startswith("#"):
        return "\n" + page.paint(block.lstrip("# "), "bold")
    bullet = BULLET.match(block)
    first, text = (bullet[1], bullet[2]) if bullet else ("", block)
    filled = textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )
    painted = EMPHASIS.sub(lambda found: page.paint(found[1], "yellow"), filled)
    painted = ANSWER.sub(lambda found: page.paint(found[1], "green"), painted)
    return painted if bullet else "\n" + painted


def prediction(run: LessonRun, page: Page) -> str:
    """Return what this machine's price list foretells, item by item."""
    if run.predicted is None:
        return ""
    ratio = format_interval(run.predicted, run.predicted_low, run.predicted_high, "")
    head = page.paint(f"Predicted for this machine: ×{ratio}", "bold")
    how = textwrap.fill(run.how, min(page.width, READABLE))
    return machine.fit("\n".join((head, how, "", _bill(run, page))) + "\n", page)


def _bill(run: LessonRun, page: Page) -> str:
    rows: list[Row] = []
    for side, title in (("b", "slow"), ("a", "fast")):
        lines = run.bill.get(side, ())
        rows += [_bill_row(title if number == 0 else "", line, page) for number, line in enumerate(lines)]
        rows.append(_sum(run, side, lines))
    headers = (f"a {run.unit}", "what", "count", "price", "ns")
    return grid.draw(headers, rows, page, right=(2, 3, 4))


def _bill_row(title: str, line: BillLine, page: Page) -> Row:
    item = textwrap.fill(line.item, max(min(page.width, READABLE) - FIGURES, NARROW))
    return Row((title, item, count(line.count), format_time(line.price_ns), significant(line.seconds * NANO)))


def _sum(run: LessonRun, side: str, lines: Sequence[BillLine]) -> Row:
    total = sum(line.seconds for line in lines) * NANO
    seen = _case(run, "slow" if side == "b" else "fast")
    measured = f"; measured {significant(seen)}" if seen is not None else ""
    return Row(("", f"together{measured}", "", "", significant(total)))


def _case(run: LessonRun, name: str) -> float | None:
    twin = _judged(run)
    return None if twin is None or name not in twin.cases else twin.cases[name].ns.value


def _judged(run: LessonRun) -> Twin | None:
    return next((twin for twin in run.twins if twin.language == run.language), None)


def report(run: LessonRun, page: Page) -> str:
    """Return the reconciliation: guessed, predicted, measured, the control, the verdict, the bill, every twin, every claim."""
    parts = [
        page.paint(f"{run.title}: what this machine says", "bold"),
        verdict(run, page),
        _reconciled(run),
        _bill(run, page),
        _twins(run, page),
        _claims(run.claims, page),
        "" if run.sweep is None else sweep(run.sweep, page),
        "\n".join(textwrap.fill(note, min(page.width, READABLE)) for note in run.notes),
    ]
    return machine.fit("\n\n".join(part for part in parts if part) + "\n", page)


def verdict(run: LessonRun, page: Page) -> str:
    """Return the verdict in a line, with its reason."""
    text = page.paint(run.verdict.upper(), COLOURS[run.verdict])
    return f"{text}: {run.reason}" if run.reason else text


def _reconciled(run: LessonRun) -> str:
    lines = []
    if run.guess is not None:
        lines.append(f"guessed    ×{significant(run.guess)}{_off(run.guess, run.measured)}")
    if run.predicted is not None:
        between = format_interval(run.predicted, run.predicted_low, run.predicted_high, "")
        lines.append(f"predicted  ×{between}{_off(run.predicted, run.measured)}")
    if run.measured is not None:
        lines.append(
            f"measured   ×{_between(run.measured)}, slow over fast, in {LANGUAGE_TITLES[run.language] if run.language else ''}"
        )
    if run.control is not None:
        lines.append(f"control    ×{_between(run.control)}, the same with the cause ({run.cause}) taken away")
    return "\n".join(lines)


def _between(interval: Interval) -> str:
    return format_interval(interval.value, interval.low, interval.high, "")


def _off(value: float, measured: Interval | None) -> str:
    """Say how far a figure is from what was measured."""
    if measured is None or measured.value <= 0 or value <= 0:
        return ""
    gap = max(value / measured.value, measured.value / value)
    if gap <= 1.1:
        return ", as measured"
    return f", off by {factor(gap)}" if gap > GOOD else f", within {factor(gap)}"


def _twins(run: LessonRun, page: Page) -> str:
    """Return a table of every case in every language, in ns for each unit of work."""
    rows: list[Row] = []
    for twin in run.twins:
        name = LANGUAGE_TITLES[twin.language]
        if twin.unavailable:
            rows.append(Row((name, "–", "", "", ""), below=(twin.unavailable,)))
            continue
        rows.append(Row((name, *_times(twin.cases), _ratio(twin.ratio), _ratio(twin.control))))
        others = [case for case in twin.cases if case not in ("slow", "fast") and not case.startswith(CONTROL)]
        rows += [Row(("", f"{case}: {format_time(twin.cases[case].ns.value)}", "", "", "")) for case in others]
    headers = (f"time of a {run.unit}", "slow", "fast", "slow / fast", "control")
    return grid.draw(headers, rows, page, right=(2, 3, 4))


def _times(cases: Mapping[str, Timed]) -> tuple[str, str]:
    slow, fast = (format_time(cases[name].ns.value) if name in cases else "" for name in ("slow", "fast"))
    return slow, fast


def _ratio(interval: Interval | None) -> str:
    return "" if interval is None else f"×{_between(interval)}"


def _claims(claims: Sequence[LessonClaim], page: Page) -> str:
    told = [claim for claim in claims if claim.says]
    if not told:
        return ""
    rows = []
    for claim in told:
        mark = {True: "holds", False: "does NOT hold", None: "not told"}[claim.holds]
        colour: Colour = "green" if claim.holds else "yellow"
        text = textwrap.fill(f"{claim.says}: {claim.here}", min(page.width, READABLE) - 16, subsequent_indent="  ")
        rows.append(Row((mark, text), colour=colour))
    return grid.draw(("here", "what the text says"), [*rows], page)


def sweep(swept: Curve, page: Page) -> str:
    """Return a lesson's curve, drawn, with its points beneath."""
    names = [name for name in swept.points[0] if name != swept.axis] if swept.points else []
    curves = {name: _points(swept, name) for name in names}
    drawable = {name: points for name, points in curves.items() if len(points) > 1}
    if not drawable:
        return ""
    signs = curve.UNICODE if page.unicode else curve.ASCII
    axis = curve.Axis(f"{swept.title}   ", lambda value: written(value, swept.unit), swept.logarithmic)
    rows = [
        Row((written(point[swept.axis], swept.unit), *(format_time(point[name]) for name in names if name in point)))
        for point in swept.points
    ]
    table = grid.draw((swept.axis, *names), rows, page, right=tuple(range(len(names) + 1)))
    return f"{curve.draw(drawable, {}, min(page.width, curve.WIDEST), signs, axis)}\n\n{table}"


def _points(swept: Curve, name: str) -> list[tuple[float, float]]:
    least = 0.0 if swept.logarithmic else float("-inf")
    found = [(point[swept.axis], point[name]) for point in swept.points if name in point]
    return sorted((value, ns) for value, ns in found if value > least and ns > 0)


def written(value: float, unit: str) -> str:
    """Write a value of a sweep's axis in its unit."""
    if unit == "B":
        return format_bytes(value)
    if unit == "%":
        return f"{100 * value:.0f}%"
    if unit == "ns":
        return format_time(value)
    return f"{significant(value, 4)} {unit}".rstrip()
