"""An explanation as text: who against whom, the causes by share, the way from A to B, the bill, ten lines of prose.

All of it is drawn from the record alone, so a saved explanation prints the same on any machine. Narrow pages (from 60
columns) keep every cause and lose the intervals of the bill first.
"""

from __future__ import annotations

import shutil
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TextIO

from hwbench.show import bill, grid, machine, prose, waterfall, words
from hwbench.show.grid import Row
from hwbench.show.machine import Page
from hwbench.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hwbench.records import Check, Explanation, Side
    from hwbench.show.style import Colour

NARROWEST: Final = 60
GRADE_COLUMN_FROM: Final = 80
EVIDENCE_COLUMN_FROM: Final = 120
HEADERS: Final = ("\ncause", "share of\nlog ratio", "\nfactor", "\nevidence", "\ngrade", "time of B\nwithout it")
EVIDENCE_WIDEST: Final = 90
EVIDENCE_LEAST: Final = 30
EVIDENCE: Final = 3  # its place among the columns
READABLE: Final = 120
LEAST_SHARE: Final = 0.01
MUCH_UNEXPLAINED: Final = 0.15
VERDICT_COLOURS: Final[dict[str, Colour]] = {"explained": "green", "inconclusive": "yellow", "void": "red"}
# What a source that is not there could have said.
COULD_SAY: Final = {
    "perf_event": "instructions, cycles, misses and mispredicts of the real machine",
    "plugin": "instructions, misses by level and kind, page walks, mispredicts, vector operations",
    "cachegrind": "instructions and misses, to check the others by",
    "traced": "the exact stream of loads and stores",
    "os": "system and waiting time, faults, switches",
    "strace": "system calls by name, count and time",
    "scaling": "how time and counts grow",
    "perturbation": "what changes when pages are huge or a neighbour takes the cache",
}


def page_of(stream: TextIO) -> Page:
    """Return what a stream can show, terminals from 60 columns on."""
    page = machine.page_of(stream)
    if not stream.isatty():
        return page
    columns = shutil.get_terminal_size((machine.NARROWEST, 24)).columns
    return replace(page, width=max(columns, NARROWEST))


def report(explanation: Explanation, page: Page | None = None) -> str:
    """Return the whole explanation as text."""
    page = page or Page()
    body = {"explained": _explained, "inconclusive": _inconclusive, "void": _void}[explanation.verdict]
    parts = [heading(explanation, page), *body(explanation, page), missing(explanation, page), notes(explanation, page)]
    return machine.fit("\n\n".join(part for part in parts if part) + "\n", page)


def _explained(explanation: Explanation, page: Page) -> Iterator[str]:
    if explanation.top_cause != "none":
        yield table(explanation, page)
        yield waterfall.draw(explanation, page)
    yield bill.draw(explanation, page)
    yield prose.story(explanation, page)
    yield prose.advice(explanation, page)


def _inconclusive(explanation: Explanation, page: Page) -> Iterator[str]:
    yield prose.no_story(explanation, page)
    if explanation.causes:
        yield page.paint("Candidates, not a verdict:", "bold") + "\n" + table(explanation, page)
    yield bill.draw(explanation, page)


def _void(explanation: Explanation, page: Page) -> Iterator[str]:
    yield prose.no_story(explanation, page)


def heading(explanation: Explanation, page: Page) -> str:
    """Return who was compared with whom at what size, their times, the verdict with its reason, and the conditions."""
    at = f" at n = {words.size(explanation.n)}" if explanation.n is not None else ""
    times = [_time(explanation.a), _time(explanation.b)]
    names = [
        words.shortened(words.one_line(side.name), page.width - (4 if page.unicode else 6))
        for side in (explanation.a, explanation.b)
    ]
    widest = max(map(len, names))
    gap = "  " if widest + max(map(len, times)) + 6 <= page.width else "\n    "
    lines = [page.paint(f"Why is B slower than A{at}?", "bold")]
    for label, name, time in zip("AB", names, times, strict=True):
        lines.append(f"  {label} {name if gap.isspace() and len(gap) > 2 else name.ljust(widest)}{gap}{time}")
    verdict = textwrap.wrap(answer(explanation), min(page.width, READABLE))
    lines += [page.paint(line, VERDICT_COLOURS[explanation.verdict]) for line in verdict]
    lines += textwrap.wrap(conditions(explanation), min(page.width, READABLE))
    if explanation.incomplete and explanation.incomplete != explanation.reason:
        lines.append(page.paint(f"INCOMPLETE: {explanation.incomplete}", "red"))
    return "\n".join(lines)


def _time(side: Side) -> str:
    if side.seconds is None:
        return "not timed"
    return words.seconds_between(side.seconds.value, side.seconds.low, side.seconds.high)


def answer(explanation: Explanation) -> str:
    """Return the answer in one sentence: the ratio, the verdict and its reason."""
    reason = f": {explanation.reason}" if explanation.reason and explanation.top_cause != "none" else ""
    verdict = explanation.verdict.upper() if explanation.verdict != "explained" else _top(explanation)
    return f"{_ratio(explanation)}{verdict}{reason}."


def _ratio(explanation: Explanation) -> str:
    ratio = explanation.ratio
    if ratio is None or explanation.verdict == "void":
        return ""
    value, low, high = (_times(number) for number in (ratio.value, ratio.low, ratio.high))
    between = f" ({low}–{high})" if low != high else ""
    return f"B takes {value} times as long{between}. "


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if 0.1 <= ratio < 10 else significant(ratio)


def _top(explanation: Explanation) -> str:
    if explanation.top_cause == "none":
        return "No difference beyond noise"
    if explanation.top_cause == "unexplained":
        return "Most of it is unexplained"
    share = next((cause.share for cause in explanation.causes if cause.cause == explanation.top_cause), None)
    part = f" ({words.percent(share)})" if share is not None else ""
    return f"Explained, chiefly by {explanation.top_cause}{part}"


def conditions(explanation: Explanation) -> str:
    """Say how it was measured: pinned or not, the noise floor, steal, the profile whose prices were used, the sources."""
    told = []
    if (under := explanation.conditions) is not None:
        told.append(f"pinned to CPU {under.pinned_cpu}" if under.pinned_cpu is not None else "not pinned")
        if under.steal_share is not None:
            told.append(f"steal {words.percent(under.steal_share)}")
        if under.other_load:
            told.append(f"other load {words.percent(under.other_load)}")
        told.append(f"{words.seconds(under.seconds)} in all")
    floor = [check for check in explanation.checks if check.held and "noise" in check.name.lower()]
    told += [f"{check.name}: {check.seen}" for check in floor]
    startup = [words.seconds(side.startup) if side.startup else "nothing" for side in (explanation.a, explanation.b)]
    if explanation.a.startup or explanation.b.startup:
        told.append(f"start-up taken off: {startup[0]} of A, {startup[1]} of B")
    if explanation.profile:
        told.append(f"profile {explanation.profile}")
    told.append(f"counted by {', '.join(explanation.sources)}" if explanation.sources else "timing alone")
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}."


def table(explanation: Explanation, page: Page) -> str:
    """Return the causes by share with their factor, evidence, grade and the time without each; the unexplained last."""
    headers = _placed(HEADERS, page)
    rows: list[Row] = []
    for intervals in (2, 1, 0):
        rows = _rows(explanation, page, intervals)
        if _least_width(headers, rows, page) <= page.width:
            break
    if page.width >= EVIDENCE_COLUMN_FROM:
        room = min(max(page.width - grid.width_without(EVIDENCE, headers, rows), EVIDENCE_LEAST), EVIDENCE_WIDEST)
        rows = [_folded(row, room) for row in rows]
    if explanation.verdict != "explained":  # what is only a candidate promises nothing
        headers, rows = headers[:-1], [replace(row, cells=row.cells[:-1]) for row in rows]
    return grid.draw(headers, rows, page)


def _least_width(headers: Sequence[str], rows: Sequence[Row], page: Page) -> int:
    """Return how narrow the table can be: the evidence, where it has a column, can be folded."""
    if page.width < EVIDENCE_COLUMN_FROM:
        return grid.width(headers, rows)
    return grid.width_without(EVIDENCE, headers, rows) + EVIDENCE_LEAST


def _folded(row: Row, room: int) -> Row:
    """Return the row with its evidence on as many lines as it takes."""
    evidence = textwrap.fill(row.cells[EVIDENCE], room)
    return replace(row, cells=(*row.cells[:EVIDENCE], evidence, *row.cells[EVIDENCE + 1 :]))


def _rows(explanation: Explanation, page: Page, intervals: int) -> list[Row]:
    """Return the table's rows with the intervals of the shares (from 1 on) and of the times (from 2 on)."""
    shown = [cause for cause in explanation.causes if abs(cause.share) >= LEAST_SHARE]
    rows = []
    for cause in sorted(shown, key=lambda cause: -cause.share):
        bounds = (cause.counterfactual_low_s, cause.counterfactual_high_s) if intervals > 1 else (None, None)
        time = words.seconds_between(cause.counterfactual_s, *bounds)
        share = words.percent_between(cause.share, cause.low, cause.high) if intervals else words.percent(cause.share)
        cells = (cause.cause, share, words.factor(cause.factor), "; ".join(cause.evidence), cause.grade, time)
        rows.append(_row(cells, page, is_top=cause.cause == explanation.top_cause))
    return [*rows, _unexplained(explanation, page, intervals)]


def _placed(cells: Sequence[str], page: Page) -> tuple[str, ...]:
    """Return the cells (cause, share, factor, evidence, grade, time) for which the page has columns."""
    if page.width >= EVIDENCE_COLUMN_FROM:
        return tuple(cells)
    return (*cells[:3], *cells[4:]) if page.width >= GRADE_COLUMN_FROM else (*cells[:3], cells[5])


def _row(cells: tuple[str, ...], page: Page, *, is_top: bool) -> Row:
    """Return a row; what has no column on this page stands beneath it."""
    *_, evidence, grade, _ = cells
    beneath = [evidence] if page.width >= GRADE_COLUMN_FROM else [grade, evidence]
    below = ": ".join(part for part in beneath if part) if page.width < EVIDENCE_COLUMN_FROM else ""
    return Row(_placed(cells, page), below=(below,) if below else (), colour="bold" if is_top else None)


def _unexplained(explanation: Explanation, page: Page, intervals: int) -> Row:
    left = explanation.unexplained
    if left is None:
        return Row(_placed(("unexplained", "unknown", "", "", "", ""), page))
    ratio = explanation.ratio.value if explanation.ratio else 0.0
    factor = words.factor(ratio**left.share) if ratio > 0 else ""
    share = words.percent_between(left.share, left.low, left.high) if intervals else words.percent(left.share)
    cells = _placed(("unexplained", share, factor, "", "", ""), page)
    return Row(cells, colour="yellow" if abs(left.share) > MUCH_UNEXPLAINED else None)


def missing(explanation: Explanation, page: Page) -> str:
    """Return which sources were not there, what they could have said, and the command that would mend it."""
    lines = [page.paint("Not available here:", "bold")] if explanation.missing else []
    for source, reason in explanation.missing.items():
        said = f" (could say: {COULD_SAY[source]})" if source in COULD_SAY else ""
        lines += _bullet(f"{source}{said}: {reason}", page)
    return "\n".join(lines)


def notes(explanation: Explanation, page: Page) -> str:
    """Return the notes, for an explained comparison with the checks that nonetheless failed or merely warn."""
    failed: list[Check] = []
    if explanation.verdict == "explained":
        failed = [check for check in explanation.checks if not check.held]
    texts = [f"{check.name}: {check.seen}" for check in failed] + list(explanation.notes)
    if explanation.verdict == "explained":
        texts += [f"Undecided: {text}" for text in explanation.undecided]
    lines = [line for text in texts for line in _bullet(text, page)]
    return "\n".join([page.paint("Worth knowing:", "bold"), *lines]) if lines else ""


def _bullet(text: str, page: Page) -> list[str]:
    return textwrap.wrap(
        text, min(page.width, READABLE), initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
