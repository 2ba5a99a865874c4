"""The section of interpreters beside each other: how many times the first one's time each takes, and the times themselves."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Explanation, Interval
from hwbench.records.pythons import PythonCell, Pythons
from hwbench.show import pythons as shown
from hwbench.show import words
from hwbench.show.report import factors, looks
from hwbench.show.report.looks import INK, MUTED, SURFACE
from hwbench.show.report.picture import Drawn, Missing, Picture, Section, Spec, Table

RATIOS: Final = "How many times the first interpreter's time each takes"
TIMES: Final = "Time of each benchmark"
MOST_BENCHMARKS, MOST_INTERPRETERS, MOST_SAMPLES = 30, 6, 100  # that are drawn; the tables have them all
LONGEST: Final = 60  # signs of a name in a table
NAMES: Final = 120  # pixels


# ── ratios ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def ratios(pythons: Pythons) -> Drawn:
    """Draw each benchmark's ratio to the first interpreter's time; cells without one say what became of them."""
    cells = _drawn(pythons.cells)
    first = _first(pythons)
    if not any(cell.ratio is not None for cell in cells):
        return Missing(RATIOS, "the record has no ratio: no benchmark was measured under two interpreters")
    found = {(cell.benchmark, cell.interpreter): cell for cell in cells}
    interpreters = _interpreters(cells, first)
    limit = factors.limit_of(cell.ratio.value for cell in cells if cell.ratio is not None)
    rows = [
        _ratio_row(found.get((benchmark, name)), (benchmark, name), first, limit)
        for benchmark in dict.fromkeys(cell.benchmark for cell in cells)
        for name in interpreters
    ]
    tips = {"row": "benchmark", "column": "interpreter", "time": "time", "ratio": "ratio", "why": "note"}
    axes = factors.Axes(
        column_title="benchmark",
        meaning=f"times the time of {words.shortened(first, 40)}",
        tips=tips,
        is_in_panels=False,
        names=NAMES,
        label_limit=f"(width - {NAMES}) / {len(interpreters)} - 4",
    )
    return Picture(
        name="ratios",
        title=RATIOS,
        spec=factors.grid(rows, axes, limit),
        alternative=_compared(pythons) or "No interpreter has a ratio.",
        caption=(
            "A row is a benchmark, a column an interpreter. Blue is faster than the first interpreter, orange slower; the outlined column"
            f" has the first one's own times. A dashed cell has no ratio, and its word says why.{_left_out(pythons, cells)}"
        ),
        table=_timing_table(pythons),
    )


def _drawn(cells: Sequence[PythonCell]) -> list[PythonCell]:
    """Return the cells that a picture has room for: those of the first benchmarks and interpreters."""
    benchmarks = list(dict.fromkeys(cell.benchmark for cell in cells))[:MOST_BENCHMARKS]
    interpreters = list(dict.fromkeys(cell.interpreter for cell in cells))[:MOST_INTERPRETERS]
    return [cell for cell in cells if cell.benchmark in benchmarks and cell.interpreter in interpreters]


def _left_out(pythons: Pythons, cells: Sequence[PythonCell]) -> str:
    missing = len(pythons.cells) - len(cells)
    return f" {words.plural(missing, 'cell')} more in the table alone." if missing > 0 else ""


def _first(pythons: Pythons) -> str:
    if pythons.interpreters:
        return pythons.interpreters[0].name
    return pythons.cells[0].interpreter if pythons.cells else ""


def _interpreters(cells: Sequence[PythonCell], first: str) -> list[str]:
    return sorted(dict.fromkeys(cell.interpreter for cell in cells), key=lambda name: name != first)


def _ratio_row(cell: PythonCell | None, place: tuple[str, str], first: str, limit: float) -> dict[str, Any]:
    return {
        "row": place[0],
        "column": place[1],
        "time": "" if cell is None or cell.seconds is None else _time(cell),
        "ratio": _ratio(cell, first),
        "why": _why(cell),
        **_drawn_cell(cell, first, limit),
    }


def _drawn_cell(cell: PythonCell | None, first: str, limit: float) -> dict[str, Any]:
    if cell is None:
        return factors.cell(None, "not measured", "–")
    if cell.result != "measured":
        return factors.cell(None, cell.result, "n/a" if cell.result == "unavailable" else cell.result)
    if cell.interpreter == first and cell.seconds is not None:
        return factors.time_cell(cell.seconds.value)
    return factors.cell(None, "no ratio", "–") if cell.ratio is None else factors.factor_cell(cell.ratio.value, limit)


def _ratio(cell: PythonCell | None, first: str) -> str:
    return "" if cell is None or cell.interpreter == first else _between(cell.ratio)


def _between(ratio: Interval | None) -> str:
    return "" if ratio is None else factors.between(ratio.value, ratio.low, ratio.high)


def _time(cell: PythonCell) -> str:
    """Return a cell's time with its interval, or what became of it."""
    return cell.result if cell.seconds is None else factors.seconds_between(cell.seconds)


def _why(cell: PythonCell | None) -> str:
    """Return what is to be known of a cell; empty where nothing is."""
    if cell is None:
        return "the record has no such cell"
    told = ("" if cell.result == "measured" else cell.result, cell.reason, shown.moved_text(cell))
    return ": ".join(part for part in told if part)


def _compared(pythons: Pythons) -> str:
    """Say how each interpreter compares with the first: the geometric mean of its ratios, the least and the largest."""
    first, told = _first(pythons), []
    others = dict.fromkeys(cell.interpreter for cell in pythons.cells if cell.interpreter != first)
    for name in list(others)[:MOST_INTERPRETERS]:
        known = {
            cell.benchmark: cell.ratio.value
            for cell in pythons.cells
            if cell.interpreter == name and cell.ratio is not None and looks.is_drawable(cell.ratio.value)
        }
        if known:
            mean = statistics.geometric_mean(known.values())
            least, most = min(known, key=lambda one: known[one]), max(known, key=lambda one: known[one])
            text = f"{words.shortened(name, LONGEST)} takes {factors.times(mean)} the time of {words.shortened(first, LONGEST)}"
            text += f" over {words.plural(len(known), 'benchmark')} (geometric mean)"
            ends = (f"{factors.times(known[one])} at {words.shortened(one, LONGEST)}" for one in (least, most))
            told.append(f"{text}, from {' to '.join(ends)}." if len(known) > 1 else f"{text}.")
    return " ".join(told)


# ── times ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def times(pythons: Pythons) -> Drawn:
    """Draw each benchmark's time under each interpreter with its interval and samples, a benchmark a panel."""
    cells = _drawn(pythons.cells)
    first = _first(pythons)
    order = _interpreters(cells, first)
    cells.sort(key=lambda cell: order.index(cell.interpreter))
    rows = [row for cell in cells for row in _time_rows(cell, first)]
    if not any(row["kind"] == "time" for row in rows):
        return Missing(TIMES, "the record has no time")
    return Picture(
        name="times",
        title=TIMES,
        spec=_dots(rows, list(dict.fromkeys(cell.benchmark for cell in cells)), order),
        alternative=" ".join(_told(cells)),
        caption=(
            "Dots: the time of one loop; bars: its interval; strokes: the means of pyperf's processes. The dashed line stands at the first"
            " interpreter's time, so dots left of it are faster. Each panel has its own scale, and it does not begin at zero."
        ),
        table=_timing_table(pythons),
    )


def _time_rows(cell: PythonCell, first: str) -> Iterator[dict[str, Any]]:
    shared = {"panel": cell.benchmark, "row": cell.interpreter, "why": _why(cell)}
    taken = cell.seconds
    if taken is None or not looks.is_drawable(taken.value):
        yield {**shared, "kind": "none", "name": cell.interpreter, "text": "no time" if taken else cell.result}
        return
    low, high = (taken.low, taken.high) if looks.is_drawable(taken.low, taken.high) else (taken.value, taken.value)
    yield {
        **shared,
        "kind": "time",
        "name": cell.interpreter,
        "seconds": taken.value,
        "low": low,
        "high": high,
        "is_first": cell.interpreter == first,
        "time": _time(cell),
        "ratio": _ratio(cell, first),
    }
    yield from (
        {**shared, "kind": "sample", "name": "", "seconds": sample, "time": factors.seconds(sample)}
        for sample in cell.samples[:MOST_SAMPLES]
        if looks.is_drawable(sample)
    )


def _dots(rows: Sequence[dict[str, Any]], benchmarks: Sequence[str], order: Sequence[str]) -> Spec:
    axis = alt.Axis(labelExpr=looks.SECOND_LABELS, tickCount=4, labelFlush=False)
    scale = alt.Scale(zero=False, nice=False, padding=10, range=factors.after_names(room=12, names=NAMES))
    x = alt.X("seconds:Q", title="time of one loop", axis=axis, scale=scale)
    base = alt.Chart().encode(y=alt.Y("row:N", sort=list(order), axis=None))
    tips = looks.tips(panel="benchmark", row="interpreter", time="time", ratio="ratio", why="note")
    start = alt.value(alt.ExprRef(factors.name_width(names=NAMES)))
    is_time = "datum.kind == 'time'"
    layers = alt.layer(
        alt.Chart().mark_rule(strokeDash=[4, 3], color=MUTED).encode(x=x).transform_filter("datum.is_first"),
        base.mark_tick(color=MUTED, opacity=0.6, thickness=1, size=6, yOffset=9).encode(x=x).transform_filter("datum.kind == 'sample'"),
        base.mark_rule(color=looks.colour("c1"), strokeWidth=3).encode(x=alt.X("low:Q", axis=axis), x2="high:Q").transform_filter(is_time),
        base.mark_point(size=60, opacity=1, fill=looks.colour("c1"), stroke=SURFACE, strokeWidth=1)
        .encode(x=x, tooltip=tips)
        .transform_filter(is_time),
        base.mark_text(align="left", dx=4, color=INK).encode(x=start, text="text:N", tooltip=tips).transform_filter("datum.kind == 'none'"),
        factors.name_layer(base, names=NAMES),
        data=looks.data(rows),
    )  # fmt: skip
    return factors.panels(layers, benchmarks, 28 * len(order) + 8, is_x_shared=False)


def _told(cells: Sequence[PythonCell]) -> Iterator[str]:
    for benchmark in dict.fromkeys(cell.benchmark for cell in cells):
        texts = [
            f"{words.shortened(cell.interpreter, LONGEST)} {_time(cell)}"
            for cell in cells
            if cell.benchmark == benchmark
        ]
        yield f"{words.shortened(benchmark, LONGEST)}: {words.listed(texts)}."


# ── the section ───────────────────────────────────────────────────────────────────────────────────────────────────────


def section(pythons: Pythons) -> Section:
    """Return the section of interpreters, without their explanations, which are records of their own."""
    facts = {
        "measured": pythons.taken[:16].replace("T", " "),
        "first interpreter": words.shortened(_first(pythons), LONGEST),
    }
    if pythons.host is not None:
        facts["host"] = f"{pythons.host.name}: {pythons.host.cpu.model}"
        facts["system"] = f"{pythons.host.system} {pythons.host.release}".strip()
    facts |= {"times are": "rough (--fast)"} if pythons.is_fast else {}
    return Section(
        kind="pythons",
        title=f"Python interpreters, {pythons.taken[:10]}",
        lead=_compared(pythons) or "No two interpreters can be compared.",
        facts={name: fact for name, fact in facts.items() if fact},
        drawn=(ratios(pythons), times(pythons)),
        findings=pythons.notes,
        tables=[table for table in (_difference_table(pythons), _interpreter_table(pythons)) if table.rows],
    )


def _interpreter_table(pythons: Pythons) -> Table:
    rows = [
        (one.name, one.implementation, one.version, ", ".join(one.build) or "plain", one.path)
        for one in pythons.interpreters
    ]
    return Table(("interpreter", "implementation", "version", "build", "path"), rows, title="The interpreters")


def _timing_table(pythons: Pythons) -> Table:
    first = _first(pythons)
    rows = [
        (
            words.shortened(cell.benchmark, LONGEST),
            words.shortened(cell.interpreter, LONGEST),
            _time(cell),
            _ratio(cell, first),
            _why(cell),
        )
        for cell in pythons.cells
    ]
    marked = frozenset(number for number, cell in enumerate(pythons.cells) if _why(cell))
    headers = ("benchmark", "interpreter", "time", "times the first", "note")
    return Table(headers, rows, right=frozenset({2, 3}), marked=marked, mark="Marked: see the note.")


def _shares(explanation: Explanation | None) -> str:
    """Return the largest shares in the difference; empty where one of them cannot be a share."""
    if explanation is None or not all(abs(cause.share) < 1e6 for cause in explanation.causes):
        return ""
    left = explanation.unexplained
    return shown.shares_text(explanation) if left is None or abs(left.share) < 1e6 else ""


def _difference_table(pythons: Pythons) -> Table:
    """Return what makes the difference to the first interpreter, where it was explained or should have been."""
    told = [cell for cell in pythons.cells if cell.explanation is not None or cell.not_explained]
    rows = [
        (
            words.shortened(cell.benchmark, LONGEST),
            words.shortened(cell.interpreter, LONGEST),
            _between(cell.ratio),
            _between(cell.ratio_in_turns),
            shown.cause_text(cell),
            _shares(cell.explanation),
            "\n".join(
                part for part in (cell.not_explained, shown.undecided_text(cell), shown.moved_text(cell)) if part
            ),
        )
        for cell in told
    ]
    return Table(
        headers=("benchmark", "interpreter", "ratio", "taken in turns", "difference chiefly", "shares", "note"),
        rows=rows,
        title=f"What makes the difference to {words.shortened(_first(pythons), LONGEST)}",
        right=frozenset({2, 3}),
        marked=frozenset(number for number, cell in enumerate(told) if shown.moved_text(cell)),
        mark="Marked: the two ratios disagree.",
    )
