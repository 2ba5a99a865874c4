"""The pictures of engines at work: how many times the reference's time each takes, how its time grows, and what stood in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records.study import REFERENCE, Cell, Study
from hwbench.show import words
from hwbench.show.report import factorial, factors, looks
from hwbench.show.report.picture import Drawn, Missing, Picture, Section
from hwbench.show.report.study_tables import (
    LONGEST,
    claim_table,
    grouped,
    growth_table,
    growth_text,
    meant,
    memory_table,
    obstacle,
    operation_tables,
    ratio_table,
    ratio_text,
    time_text,
    why,
)

RATIOS: Final = f"How many times {REFERENCE}'s time each engine takes"
GROWTH: Final = "Time by number of rows"
MOST_ENGINES, MOST_OPERATIONS, MOST_SIZES = 30, 12, 6  # that are drawn; the tables have them all
SIZE_LABELS: Final = (
    f"child_width < {factors.NARROW} || datum.value >= 1e7 ? ({looks.COUNT_LABELS})"
    " : replace(format(datum.value, ',d'), /,/g, ' ')"
)
SHORT: Final = {"unavailable": "n/a", "not durable": "no sync", "not measured": "–", "no ratio": "–"}


# ── ratios ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def ratios(study: Study) -> Drawn:
    """Draw each engine's ratio to the reference's time, by operation and size; cells without one say what became of them."""
    cells = _drawn(study.cells)
    if not any(cell.ratio is not None or cell.engine == REFERENCE for cell in cells):
        return Missing(RATIOS, f"the record has no cell with a ratio to {REFERENCE}")
    tips = {"engine": "engine", "told": "operation", "rows": "rows", "time": "time", "ratio": "ratio", "why": "note"}
    limit = factors.limit_of(cell.ratio.value for cell in cells if cell.ratio is not None)
    axes = factors.Axes("rows", f"times {REFERENCE}'s time", tips, column_label=SIZE_LABELS)
    return Picture(
        name="ratios",
        title=RATIOS,
        spec=factors.grid(list(_ratio_rows(cells, limit)), axes, limit),
        alternative=_compared(cells) or "No engine has a ratio.",
        caption=(
            f"A row is an engine, a column a number of rows. Blue is faster than {REFERENCE} at the same work, orange slower; the outlined"
            f" row of {REFERENCE} has its own times. A dashed cell has no ratio, and its word says why.{_left_out(study, cells)}"
        ),
        table=ratio_table(study.cells),
    )


def _drawn(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells that a picture has room for: the reference first, the first engines and operations, the largest sizes."""
    engines = sorted(dict.fromkeys(cell.engine for cell in cells), key=lambda name: name != REFERENCE)[:MOST_ENGINES]
    operations = list(dict.fromkeys(cell.operation for cell in cells))[:MOST_OPERATIONS]
    sizes = {name: sorted({cell.n for cell in cells if cell.operation == name})[-MOST_SIZES:] for name in operations}
    chosen = [cell for cell in cells if cell.engine in engines and cell.n in sizes.get(cell.operation, ())]
    return sorted(chosen, key=lambda cell: (operations.index(cell.operation), engines.index(cell.engine), cell.n))


def _left_out(study: Study, cells: Sequence[Cell]) -> str:
    missing = len(study.cells) - len(cells)
    return f" {words.plural(missing, 'cell')} more in the table alone." if missing > 0 else ""


def _ratio_rows(cells: Sequence[Cell], limit: float) -> Iterator[dict[str, Any]]:
    """Yield every engine at every operation and size, also where the record has no such cell."""
    found = {(cell.engine, cell.operation, cell.n): cell for cell in cells}
    engines = sorted(dict.fromkeys(cell.engine for cell in cells), key=lambda name: name != REFERENCE)
    for operation in dict.fromkeys(cell.operation for cell in cells):
        for engine in engines:
            for n in sorted({cell.n for cell in cells if cell.operation == operation}):
                cell = found.get((engine, operation, n))
                yield {
                    "panel": operation,
                    "row": engine,
                    "column": n,
                    "engine": engine,
                    "told": meant(operation),
                    "rows": words.size(n),
                    "time": time_text(cell),
                    "ratio": ratio_text(cell),
                    "why": why(cell),
                    **_drawn_cell(cell, limit),
                }


def _drawn_cell(cell: Cell | None, limit: float) -> dict[str, Any]:
    if cell is not None and cell.engine == REFERENCE and cell.seconds is not None and cell.result == "right":
        return factors.time_cell(cell.seconds.value)
    if cell is not None and cell.ratio is not None and not obstacle(cell):
        return factors.factor_cell(cell.ratio.value, limit)
    word = "not measured" if cell is None else obstacle(cell) or "no ratio"
    return factors.cell(None, word, SHORT.get(word))


def _known(cells: Sequence[Cell]) -> list[tuple[float, Cell]]:
    """Return the ratios that may be compared, each with its cell."""
    return [
        (cell.ratio.value, cell)
        for cell in cells
        if cell.ratio is not None
        and cell.engine != REFERENCE
        and not obstacle(cell)
        and looks.is_drawable(cell.ratio.value)
    ]


def _compared(cells: Sequence[Cell]) -> str:
    """Say of each operation, at its largest size with a ratio, which engine is fastest and which slowest."""
    told = []
    for operation, mine in grouped(cells, "operation").items():
        known = _known(mine)
        n = max((cell.n for _, cell in known), default=0)
        at = sorted(((ratio, cell.engine) for ratio, cell in known if cell.n == n), key=lambda pair: pair[0])
        ends = dict.fromkeys((at[0], at[-1])) if at else ()
        if ends:
            texts = (f"{words.shortened(engine, LONGEST)} {factors.times(ratio)}" for ratio, engine in ends)
            told.append(f"{words.shortened(operation, LONGEST)}, {words.size(n)} rows: {' to '.join(texts)}.")
    return f"Times {REFERENCE}'s time, fastest to slowest. {' '.join(told)}" if told else ""


def extremes(study: Study) -> str:
    """Say which engine is slowest against the reference, by how much and at what, and which is fastest."""
    known = _known(study.cells)
    if not known:
        return ""
    slowest, fastest = max(known, key=lambda pair: pair[0]), min(known, key=lambda pair: pair[0])
    text = f"Slowest: {_at(slowest[1])} takes {factors.times(slowest[0])} the time of {REFERENCE}."
    return text + f" Fastest: {_at(fastest[1])} takes {factors.times(fastest[0])}." if fastest != slowest else text


def _at(cell: Cell) -> str:
    return f"{words.shortened(cell.engine, LONGEST)} at {words.shortened(cell.operation, LONGEST)} with {words.size(cell.n)} rows"


# ── growth ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def growth_of_cells(study: Study) -> Drawn:
    """Draw the time of each engine by the number of rows, an operation a panel; hollow where it may not be compared."""
    cells = _drawn(study.cells)
    rows = [row for cell in cells for row in _point(cell)]
    if not rows:
        return Missing(GROWTH, "the record has no time")
    rows += list(_extensions(rows))
    return Picture(
        name="growth",
        title=GROWTH,
        spec=_lines(rows),
        alternative=_grown(study),
        caption=(
            "Both axes are logarithmic: a line that rises one decade a decade is work in proportion to the rows, a flat one does not"
            " feel them. Hollow: extrapolated by its own growth, or an insert that did not wait for the disk (the tip says which). Bars:"
            " the interval, where it is wider than the mark."
        ),
        table=growth_table(study.cells),
    )


def _point(cell: Cell) -> Iterator[dict[str, Any]]:
    taken = cell.seconds or cell.extrapolated
    if taken is None or not looks.is_drawable(taken.value, cell.n) or cell.result in ("wrong", "failed", "unavailable"):
        return
    low, high = (taken.low, taken.high) if looks.is_drawable(taken.low, taken.high) else (taken.value, taken.value)
    yield {
        "panel": cell.operation,
        "engine": cell.engine,
        "n": cell.n,
        "seconds": taken.value,
        "low": low,
        "high": high,
        "kind": "measured" if cell.seconds is not None and not obstacle(cell) else "hollow",
        "is_extrapolated": cell.seconds is None,
        "rows": words.size(cell.n),
        "time": time_text(cell),
        "why": why(cell),
        "grows": growth_text(cell.growth),
    }


def _extensions(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the lines from the last measured point of an engine to its extrapolated ones."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:  # an engine's points follow one another, from few rows to many
        place = (row["panel"], row["engine"])
        if not row["is_extrapolated"]:
            last[place] = row
        elif place in last:
            yield {**last[place], "kind": "extension", "n_to": row["n"], "seconds_to": row["seconds"]}


def _lines(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(row["engine"] for row in rows))
    sizes, times = [row["n"] for row in rows], [row[key] for row in rows for key in ("low", "seconds", "high")]
    legend = alt.Legend(title=None, columns=alt.ExprRef("child_width < 280 ? 3 : 6"), symbolSize=110, labelLimit=120)
    ticks = sorted(set(sizes)) if len(set(sizes)) <= MOST_SIZES else looks.decades(sizes)
    x_axis = alt.Axis(values=ticks, labelExpr=looks.COUNT_LABELS, grid=False)
    y_axis = alt.Axis(values=looks.decades(times), labelExpr=looks.SECOND_LABELS)
    x = alt.X("n:Q", title="rows", scale=looks.log_scale(sizes, room=1.25), axis=x_axis)
    y = alt.Y("seconds:Q", title="time of one operation", scale=looks.log_scale(times, room=1.3), axis=y_axis)
    colour = alt.Color("engine:N", scale=looks.series(names), legend=legend)
    shape = alt.Shape("engine:N", scale=looks.series(names, "shape"), legend=legend)
    dash = looks.dash("engine", names)
    tips = looks.tips(engine="engine", rows="rows", time="time", grows="grows as", why="note")
    base = alt.Chart().encode(x=x, y=y, color=colour)
    points = base.encode(shape=shape, tooltip=tips)
    layers = alt.layer(
        base.mark_line(strokeWidth=1.5).encode(strokeDash=dash).transform_filter("!datum.is_extrapolated && !datum.n_to"),
        base.mark_rule(strokeDash=[1, 3], strokeWidth=1.5).encode(x2="n_to:Q", y2="seconds_to:Q").transform_filter("isValid(datum.n_to)"),
        base.mark_rule().encode(y=alt.Y("low:Q", axis=y_axis), y2="high:Q").transform_filter("!datum.n_to"),
        points.mark_point(filled=True, size=34, opacity=1).transform_filter("datum.kind == 'measured'"),
        points.mark_point(filled=False, size=40, opacity=1, fill=looks.SURFACE).transform_filter("datum.kind == 'hollow'"),
        data=looks.data(rows),
    )  # fmt: skip
    return factors.panels(layers, list(dict.fromkeys(row["panel"] for row in rows)), 230)


def _grown(study: Study) -> str:
    """Say which engine's time grows most, at each operation."""
    told = []
    for operation, cells in list(grouped(study.cells, "operation").items())[:MOST_OPERATIONS]:
        known = ((cell.growth.exponent, cell.engine) for cell in cells if cell.growth is not None)
        exponents = [
            (exponent, name) for exponent, name in known if exponent is not None and looks.is_drawable(exponent)
        ]
        if exponents:
            exponent, name = max(exponents)
            text = f"{words.shortened(operation, LONGEST)}: {words.shortened(name, LONGEST)} grows most"
            told.append(f"{text}, as n^{exponent:.2f}.")
    return " ".join(told) or "The record tells no growth; the table has the times."


# ── the section ───────────────────────────────────────────────────────────────────────────────────────────────────────


def section(study: Study) -> Section:
    """Return the section of a study, without its bills, which are explanations."""
    lead = " ".join(part for part in (extremes(study), factorial.nearness(study)) if part)
    tables = [*operation_tables(study), memory_table(study), factorial.interactions(study), claim_table(study)]
    return Section(
        kind="study",
        title=f"Engines at the same work, {study.taken[:10]}",
        lead=lead or "Nothing in this study can be compared.",
        facts=_facts(study),
        drawn=(ratios(study), growth_of_cells(study), *factorial.pictures(study)),
        findings=study.notes,
        tables=[table for table in tables if table.rows],
    )


def _facts(study: Study) -> dict[str, str]:
    facts = {"measured": study.taken[:16].replace("T", " "), "engines": str(len({cell.engine for cell in study.cells}))}
    if study.host is not None:
        host = study.host
        facts["host"] = f"{host.name}: {host.cpu.model}, {words.plural(len(host.usable_cpus), 'CPU')}"
        facts["system"] = f"{host.system} {host.release}".strip()
    seen = study.conditions
    if seen is not None:
        minutes = seen.seconds / 60
        facts["took"] = f"{minutes:.0f} min" if 1 <= minutes < 1e6 else factors.seconds(seen.seconds)
        facts |= (
            {} if seen.steal_share is None else {"time stolen by the hypervisor": factors.percent(seen.steal_share)}
        )
        facts |= {} if seen.other_load is None else {"other load": factors.percent(seen.other_load)}
    return facts
