"""The way from A's time to B's: a step a cause, what is unexplained hatched, and what is left without the causes that are ticked.

The steps are those of the text (`hwbench.show.waterfall`): each multiplies the time by its cause's part of the ratio. What
mending a cause takes off B is another figure: the explanation's counterfactual, the time of B were this cause no worse than in
A. Times add up, so without one cause all others weigh more than they did beside it: a row that is there only while a box is
ticked says by how much. The sums are made inside Vega, from the signal `without`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import altair as alt

from hwbench.records import CauseShare, Explanation
from hwbench.show import waterfall as steps
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.believable import believable
from hwbench.show.report.looks import INK, MUTED, SURFACE
from hwbench.show.report.picture import Drawn, Missing, Picture, Table, Tick, WhatIf

TITLE: Final = "From A's time to B's"
SIGNAL: Final = "without"
ROW: Final = 34  # pixels
THICK: Final = 0.66  # of a row
NAME: Final = 26  # signs of A's and B's names
OTHERS: Final = "others weigh more"
OTHERS_LESS: Final = "others weigh less"
KINDS: Final = {
    "total": ("measured", looks.colour("total")),
    "loss": ("makes B slower", looks.colour("worse")),
    "gain": ("makes B faster", looks.colour("better")),
    "left": ("unexplained", looks.HATCH),
    "others": (OTHERS, looks.GRID),
}
NO_GAIN: Final = 0.999  # of B's time: a cause whose mending leaves more has no box
BORDERED: Final = "!datum.off && (datum.kind == 'left' || datum.kind == 'others')"
SHRINKING: Final = ("algorithm",)  # fewer steps take less of everything; what other causes save are parts of B's time
SMALL: Final = 0.001  # of the log ratio: so much in causes without a step is said
INSIDE: Final = 0.35  # of the axis: a bar as long as that holds its text
ROOM: Final = 64  # pixels right of the bars, for the factors
FARTHEST: Final = 10.0  # how far below the least of the steps the axis may reach for what is ticked
HEADERS: Final = ("step", "factor", "share of log ratio", "time after it", "grade", "evidence", "time of B without it")
CAPTION: Final = "Each row multiplies the time so far by its factor, and begins where the row above ends."
ON_LOG: Final = " The axis is logarithmic: equal lengths are equal factors."
WITH_BOXES: Final = (
    " Tick a cause to see B's time were it no worse in B than in A: the explanation's own figure, with its interval; what was measured"
    " is dashed. It is not the row's factor, since times add up and factors multiply: one more row says by how much more, or less, the"
    " others then weigh. What several boxes save adds up; less work (algorithm) shrinks all that is left: an estimate."
)
CANDIDATES: Final = (
    " The verdict is “inconclusive”: these causes are candidates, so nothing is promised of the time without them."
)


def waterfall(explanation: Explanation) -> Drawn:
    """Draw the way from A to B; what can be mended has boxes to tick, unless the verdict is no explanation."""
    explanation = believable(explanation)
    if explanation.verdict == "void":
        return Missing(
            TITLE, f"the comparison is void, and a ratio means nothing: {explanation.reason or 'see the checks'}"
        )
    if explanation.top_cause == "none":
        return Missing(TITLE, "there is no difference beyond noise, so there is no way to draw")
    way = _way(explanation)
    if len(way) < 3 or not looks.is_drawable(*(step.end for step in way)):
        return Missing(TITLE, "the two times, or their difference, are not known")
    rows = list(_rows(explanation, way))
    what_if = _what_if(explanation, rows)
    is_log = max(step.end for step in way) / min(step.end for step in way) >= steps.LOG_FROM
    caption = CAPTION + (ON_LOG if is_log else "")
    if explanation.verdict != "explained":
        caption += CANDIDATES
    return Picture(
        name="waterfall",
        title=TITLE,
        spec=_spec(rows, what_if, is_log=is_log),
        alternative=_alternative(rows),
        caption=caption + (WITH_BOXES if what_if else ""),
        table=_table(rows, with_times=explanation.verdict == "explained"),
        what_if=what_if,
    )


def _way(explanation: Explanation) -> list[steps.Step]:
    """Return the steps; none where a share is beyond what floats can hold."""
    try:
        return steps.steps_of(explanation)
    except OverflowError:
        return []


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(explanation: Explanation, way: Sequence[steps.Step]) -> Iterator[dict[str, Any]]:
    """Return a row a step: its label, its length in the natural logarithm, and its values as text."""
    causes: dict[str, CauseShare] = {cause.cause: cause for cause in explanation.causes}
    whole = math.log(way[-1].end / way[0].end)
    for number, step in enumerate(way):
        row: dict[str, Any] = {
            "order": number,
            "label": step.label,
            "kind": step.kind,
            "meaning": KINDS[step.kind][0],
            "from": step.start,
            "seconds": step.end,
        }
        if step.kind == "total":
            yield row | _total(explanation, step)
            continue
        length = math.log(step.end / step.start) if step.start else 0.0
        cause = causes.get(step.label)
        told = _left(explanation, length / whole) if cause is None else _cause(explanation, cause)
        yield (
            row | {"length": length, "factor": words.factor(math.exp(length)), "after": words.seconds(step.end)} | told
        )


def _total(explanation: Explanation, step: steps.Step) -> dict[str, Any]:
    side = explanation.a if step.label == "A" else explanation.b
    name = words.shortened(words.one_line(side.name), NAME)
    row: dict[str, Any] = {"label": f"{step.label}: {name}" if name else step.label, "length": 0.0}
    if side.seconds is not None:
        low, high = side.seconds.low, side.seconds.high
        row |= {"after": words.seconds_between(step.end, low, high)}
        row |= {"low": low, "high": high} if looks.is_drawable(low, high) else {}
    return row


def _cause(explanation: Explanation, cause: CauseShare) -> dict[str, Any]:
    row: dict[str, Any] = {
        "share": words.percent_between(cause.share, cause.low, cause.high),
        "said": words.percent(cause.share),
        "grade": cause.grade,
        "evidence": "; ".join(cause.evidence),
    }
    if explanation.verdict != "explained" or explanation.b.seconds is None:
        return row
    whole, times = (
        explanation.b.seconds.value,
        (cause.counterfactual_s, cause.counterfactual_low_s, cause.counterfactual_high_s),
    )
    row["alone"] = words.seconds_between(*times)
    if cause.share >= steps.LEAST_SHARE and all(0 <= time < math.inf for time in times) and times[0] < NO_GAIN * whole:
        value, low, high = (math.log(max(time / whole, 1e-12)) for time in times)
        row |= {"kept": value, "kept_low": low, "kept_high": high, "part": times[0] / whole}
        row |= {"shrunk": value} if cause.cause in SHRINKING else {"saved": 1 - times[0] / whole}
    return row


def _left(explanation: Explanation, part: float) -> dict[str, Any]:
    """Return what is told of the last step, which makes up `part` of the log ratio: the unexplained, and causes too small for a step."""
    left = explanation.unexplained
    if left is None:
        return {"share": "unknown", "said": "unknown"}
    small = part - left.share
    beside = f", with {words.percent(small)} of small causes" if abs(small) >= SMALL else ""
    return {
        "share": words.percent_between(left.share, left.low, left.high) + beside,
        "said": words.percent(left.share) + beside,
        "evidence": "what no line of the bill accounts for",
    }


def _what_if(explanation: Explanation, rows: Sequence[dict[str, Any]]) -> WhatIf | None:
    """Return the boxes: a cause's factor is its counterfactual over B's time, so that one box gives the counterfactual."""
    a, b = explanation.a.seconds, explanation.b.seconds
    ticks = [
        Tick(row["label"], row["part"], f"{row['grade']}, leaves {row['alone']}", multiplies=row["label"] in SHRINKING)
        for row in rows
        if "part" in row
    ]
    if not ticks or a is None or b is None:
        return None
    return WhatIf(seconds=b.value, against=a.value, ticks=ticks)


# ── the drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _spec(rows: Sequence[dict[str, Any]], what_if: WhatIf | None, *, is_log: bool) -> dict[str, Any]:
    domain = _domain(rows, what_if, is_log=is_log)
    others = {"order": len(rows) - 1.5, "label": OTHERS, "kind": "others", "meaning": OTHERS, "length": 0.0}
    layers = (*_bars(rows, domain, is_log=is_log), *_marks())
    chart = alt.layer(*layers, data=looks.data([*rows[:-1], others, rows[-1]]))
    chart = _placed(_summed(chart.add_params(alt.param(name=SIGNAL, value=[]))), rows, domain, is_log=is_log)
    sized = chart.properties(
        width=looks.WIDTH, height=alt.Step(ROW), autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    return looks.specification(sized)


def _domain(rows: Sequence[dict[str, Any]], what_if: WhatIf | None, *, is_log: bool) -> tuple[float, float]:
    """Return the bounds of the axis: from zero, or with room left of the least step and of what may be ticked."""
    ends = [row[key] for row in rows for key in ("seconds", "low", "high") if key in row]
    low, high = min(ends), max(ends)
    if not is_log:
        return 0.0, high
    if what_if is not None:
        all_ticked = what_if.left([tick.name for tick in what_if.ticks])
        low = min(low, max(all_ticked, low / FARTHEST))
    return low / (high / low) ** steps.LEFT_ROOM, high


def _summed(chart: Any) -> Any:
    """Add the sums that follow the boxes, all in natural logarithms.

    `length` is that of a step's factor, `all_kept` that of what is left of B without the ticked causes, as `WhatIf.left` has it;
    `sum` is the way so far.
    """
    order = [alt.SortField("order")]
    taken = ("shrunk", "saved", "kept_low", "kept_high", "length")
    chart = chart.transform_calculate(off=f"isValid(datum.kept) && indexof({SIGNAL}, datum.label) >= 0")
    off = {f"off_{name}": f"datum.off ? datum.{name} || 0 : 0" for name in taken}
    chart = chart.transform_calculate(box="datum.off ? 1 : 0", **off)
    chart = chart.transform_joinaggregate(boxes="sum(box)", **{f"all_{name}": f"sum(off_{name})" for name in taken})
    chart = chart.transform_calculate(
        all_kept=f"datum.all_shrunk + (datum.all_saved ? log(max(1 - datum.all_saved, {WhatIf.least_left})) : 0)"
    )
    chart = chart.transform_calculate(more="datum.all_length + datum.all_kept")
    chart = chart.transform_filter("datum.kind != 'others' || abs(datum.more) > 0.005")
    chart = chart.transform_calculate(
        now="datum.off ? 0 : datum.kind == 'others' ? datum.more : datum.length",
        label=f"datum.kind == 'others' && datum.more < 0 ? '{OTHERS_LESS}' : datum.label",
    )
    chart = chart.transform_window(sum="sum(now)", sort=order, frame=[None, 0])
    chart = chart.transform_window(lead="lead(label)", sort=order)
    return chart.transform_calculate(next="isValid(datum.lead) ? datum.lead : datum.label")


def _placed(chart: Any, rows: Sequence[dict[str, Any]], domain: tuple[float, float], *, is_log: bool) -> Any:
    """Add where everything stands: bars, what was measured behind them, intervals, and the text of each row."""
    first, last = (math.log(rows[end]["seconds"]) for end in (0, -1))
    is_b = f"datum.order == {rows[-1]['order']}"
    left_without = f"exp({last!r} + datum.all_kept)"
    chart = chart.transform_calculate(
        end=f"{is_b} ? {left_without} : exp({first!r} + datum.sum)",
        start=f"datum.kind == 'total' ? {domain[0]!r} : exp({first!r} + datum.sum - datum.now)",
        behind=f"datum.kind == 'total' ? {domain[0]!r} : datum.from",
        is_ghost=f"datum.off || {is_b} && datum.boxes > 0",
        is_sure=f"isValid(datum.low) && (!({is_b}) || datum.boxes < 2)",
    )
    moved = f"{is_b} && datum.boxes == 1"
    part = (
        f"log(datum.least / {domain[0]!r}) / {math.log(domain[1] / domain[0])!r}"
        if is_log
        else f"datum.least / {domain[1]!r}"
    )
    chart = chart.transform_calculate(
        least=f"!datum.is_sure ? datum.end : {moved} ? exp({last!r} + datum.all_kept_low) : datum.low",
        most=f"!datum.is_sure ? datum.end : {moved} ? exp({last!r} + datum.all_kept_high) : datum.high",
    )
    chart = chart.transform_calculate(
        is_inside=f"datum.kind == 'total' && {part} > {INSIDE}",
        written=(
            f"datum.kind == 'total' ? ({looks.SECOND_LABELS.replace('datum.value', 'datum.end')}) : datum.off ? 'taken out' :"
            f" datum.kind == 'others' ? '×' + format(exp(datum.now), '.3~r') : datum.factor"
        ),
    )
    return chart.transform_calculate(
        at="datum.is_inside ? datum.least : datum.kind == 'total' ? datum.most :"
        " datum.off ? max(datum.from, datum.seconds) : max(datum.start, datum.end)"
    )


def _bars(rows: Sequence[dict[str, Any]], domain: tuple[float, float], *, is_log: bool) -> list[Any]:
    """Return the layers of the bars: dashed what was measured where a box has changed it, and the steps as they are."""
    base = alt.Chart().encode(y=_y(), tooltip=_told())
    bars = base.mark_bar(
        height={"band": THICK}, stroke=alt.ExprRef(f"{BORDERED} ? '{looks.colour('left')}' : 'transparent'")
    )
    ghost = base.mark_bar(
        height={"band": THICK},
        fill="transparent",
        stroke=MUTED,
        strokeDash=[3, 3],
        opacity=alt.ExprRef("datum.is_ghost ? 1 : 0"),
    )
    return [
        ghost.encode(x="behind:Q", x2="seconds:Q"),
        bars.encode(x=_x(domain, is_log=is_log), x2="end:Q", fill=_fill(rows)),
    ]


def _told() -> list[alt.Tooltip]:
    """Return what hovering over a row shows; every mark needs it, as one without would hide what lies beneath it."""
    return looks.tips(
        label="step", factor="factor", share="share of the log ratio", after="time, no box ticked", grade="grade", evidence="evidence",
        alone="B without it, alone",
    )  # fmt: skip


def _y() -> alt.Y:
    labels = "width < 420 && indexof(datum.label, ': ') == 1 ? slice(datum.label, 0, 1) : datum.label"
    axis = alt.Axis(labelExpr=labels, labelColor=INK, ticks=False, domain=False)
    return alt.Y("label:N", title=None, sort=alt.SortField("order"), axis=axis)


def _x(domain: tuple[float, float], *, is_log: bool) -> alt.X:
    ticks = [tick for tick in looks.decades(domain) if domain[0] <= tick <= domain[1]]
    axis = alt.Axis(labelExpr=looks.SECOND_LABELS, **({"values": ticks} if is_log else {"tickCount": 5}))
    kind: Literal["log", "linear"] = "log" if is_log else "linear"
    scale = alt.Scale(type=kind, domain=domain, range=[0, alt.ExprRef(f"width - {ROOM}")], clamp=True, nice=False)
    return alt.X("start:Q", title="time", scale=scale, axis=axis)


def _fill(rows: Sequence[dict[str, Any]]) -> alt.Fill:
    """Return what bars are filled with; the legend tells of what is there before any box is ticked."""
    names, colours = zip(*KINDS.values(), strict=True)
    shown = list(dict.fromkeys(row["meaning"] for row in rows))
    legend = looks.legend(values=shown, symbolType="square", symbolStrokeWidth=0)
    return alt.Fill("meaning:N", scale=alt.Scale(domain=names, range=colours), legend=legend)


def _marks() -> list[Any]:
    """Return the layers over the bars: what joins the steps, the intervals of A and B, and the text of each row."""
    base = alt.Chart().encode(y=alt.Y("label:N", sort=alt.SortField("order")), tooltip=_told())
    joined = base.mark_rule(color=MUTED, strokeWidth=1, opacity=0.6).encode(x="end:Q", y2="next:N")
    sure = [
        base.mark_rule(color=colour, strokeWidth=width, opacity=alt.ExprRef("datum.is_sure ? 1 : 0")).encode(
            x="least:Q", x2="most:Q"
        )
        for colour, width in ((SURFACE, 4), (INK, 1.5))
    ]
    text = base.mark_text(
        align=alt.ExprRef("datum.is_inside ? 'right' : 'left'"),
        dx=alt.ExprRef("datum.is_inside ? -6 : 6"),
        fontSize=12,
        color=alt.ExprRef(f"datum.is_inside ? '{SURFACE}' : datum.off ? '{MUTED}' : '{INK}'"),
    ).encode(x="at:Q", text="written:N")
    return [joined, *sure, text]


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _alternative(rows: Sequence[dict[str, Any]]) -> str:
    """Say the way: from A's time by which factors to B's."""
    a, *between, b = rows
    told = [f"{row['label']} {row['factor']}" + (f" ({row['said']})" if "said" in row else "") for row in between]
    return f"From A, {a.get('after', '')}, to B, {b.get('after', '')}, by {words.listed(told)}; in brackets the shares of the log ratio."


def _table(rows: Sequence[dict[str, Any]], *, with_times: bool) -> Table:
    fields = ("label", "factor", "share", "after", "grade", "evidence", "alone")
    columns = len(fields) if with_times else len(fields) - 1
    body = [tuple(str(row.get(field, "")) for field in fields[:columns]) for row in rows]
    return Table(headers=HEADERS[:columns], rows=body, right=frozenset({1, 2, 3, 6} & set(range(columns))))
