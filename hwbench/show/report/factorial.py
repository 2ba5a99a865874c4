"""The pictures of the factorial: all sixteen variants, what each mistake weighs against what was explained, what mending brings.

The shares are Shapley's (https://en.wikipedia.org/wiki/Shapley_value), of the logarithm of the ratio of all four mistakes to none.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records.study import ALL_MISTAKES, MISTAKES, Study, Weighed, Weights
from hwbench.show import words
from hwbench.show.report import factors, looks
from hwbench.show.report.looks import INK, MUTED, SURFACE
from hwbench.show.report.picture import Drawn, Missing, Picture, Spec, Table

VARIANTS: Final = "The four mistakes: all sixteen variants"
SHARES: Final = "What each mistake weighs: measured, and as explained"
MENDED: Final = "What mending one mistake brings: measured, and as foretold"
NO_FACTORIAL: Final = (
    "the record has no factorial of the four mistakes: measure it with `hwbench engines run`, without --quick"
)
MOST_PANELS: Final = 24  # that are drawn; the tables have them all
ACROSS: Final = ((), ("algorithm",), ("memory",), ("algorithm", "memory"))
DOWN: Final = ((), ("abstraction",), ("system",), ("abstraction", "system"))
KINDS: Final = ("measured", "explained")
MOST_SHARE: Final = 10.0  # that can be drawn, either way
PERCENT_LABELS: Final = "format(datum.value * 100, ',.3~r') + '%'"


def pictures(study: Study) -> tuple[Drawn, ...]:
    """Return the pictures of the factorial; where the study has none, say so once."""
    if not study.factorial:
        return (Missing("The four mistakes", NO_FACTORIAL),)
    return factorial(study), shares(study), mended(study)


# ── all variants ──────────────────────────────────────────────────────────────────────────────────────────────────────


def factorial(study: Study) -> Drawn:
    """Draw how many times the time without a mistake each of the sixteen variants takes, an operation and size a panel."""
    weighed = [one for one in study.factorial[:MOST_PANELS] if looks.is_drawable(one.seconds.get("none"))]
    if not weighed:
        return Missing(VARIANTS, NO_FACTORIAL)
    limit = factors.limit_of(factor for one in weighed for factor in _times(one).values())
    rows = [row for one in weighed for row in _variants(one, limit)]
    tips = {"made": "mistakes made", "time": "time", "times": "against none"}
    narrow = "datum.label == 'algorithm' ? 'algor.' : datum.label == 'memory' ? 'mem.' : datum.label"
    label = f"child_width < {factors.NARROW} ? ({narrow}) : datum.label"
    axes = factors.Axes("mistakes", "times the time without a mistake", tips, column_label=label)
    return Picture(
        name="factorial",
        title=VARIANTS,
        spec=factors.grid(rows, axes, limit),
        alternative=" ".join(_told(one) for one in weighed),
        caption=(
            "Each cell is an engine with the mistakes of its column and of its row: how many times the time of the engine without any"
            " it takes. The outlined cell, with neither of either, has that engine's time. A mistake that costs by itself darkens its"
            " whole row or column; mistakes that cost only together darken the cells where they meet."
        ),
        table=_variant_table(study.factorial),
    )


def _variants(one: Weighed, limit: float) -> Iterator[dict[str, Any]]:
    times = _times(one)
    for below in DOWN:
        for across in ACROSS:
            made = _named((*across, *below))
            seconds, factor = one.seconds.get(made), times.get(made)
            if made == "none":
                drawn = factors.time_cell(one.seconds["none"])
            else:
                drawn = factors.cell(None, "–") if factor is None else factors.factor_cell(factor, limit)
            yield {
                "panel": _panel(one),
                "row": _labelled(below),
                "column": _labelled(across),
                "made": made.replace("+", ", "),
                "time": "not measured" if seconds is None else factors.seconds(seconds),
                "times": "" if factor is None else words.factor(factor),
                **drawn,
            }


def _labelled(mistakes: Sequence[str]) -> str:
    return "neither" if not mistakes else "both" if len(mistakes) > 1 else mistakes[0]


def _named(mistakes: Sequence[str]) -> str:
    """Return the variant's name: its mistakes in their order."""
    return "+".join(name for name in MISTAKES if name in mistakes) or "none"


def _times(one: Weighed) -> dict[str, float]:
    """Return the variants' times as factors to the time without a mistake, those that can be drawn."""
    least = one.seconds.get("none", 0.0)
    factors_by_name = (
        {name: seconds / least for name, seconds in one.seconds.items()} if looks.is_drawable(least) else {}
    )
    return {name: factor for name, factor in factors_by_name.items() if looks.is_drawable(factor)}


def _panel(one: Weighed) -> str:
    return f"{words.shortened(one.operation, 40)}, {words.size(one.n)} rows"


def _told(one: Weighed) -> str:
    times = {name: factor for name, factor in _times(one).items() if name in MISTAKES}
    worst = max(times, key=lambda name: times[name], default=None)
    alone = "" if worst is None else f"; alone, {worst} costs most ({words.factor(times[worst])})"
    return f"{_panel(one)}: all four mistakes take {words.factor(one.ratio)} the time of none{alone}."


def _variant_table(weighed: Sequence[Weighed]) -> Table:
    rows = []
    for one in weighed:
        times = _times(one)
        names = [_named((*across, *below)) for below in DOWN for across in ACROSS]
        rows += [
            (_panel(one), name.replace("+", ", "), factors.seconds(one.seconds[name]), words.factor(times[name]) if name in times else "")
            for name in names
            if name in one.seconds
        ]  # fmt: skip
    return Table(("operation", "mistakes made", "time", "times none"), rows, right=frozenset({2, 3}))


# ── shares ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def shares(study: Study) -> Drawn:
    """Draw the share of each mistake, measured over all variants, beside the one that was explained without being told."""
    weighed = study.factorial[:MOST_PANELS]
    rows = [row for one in weighed for row in _share_rows(one)]
    if not rows:
        return Missing(SHARES, NO_FACTORIAL)
    return Picture(
        name="shares",
        title=SHARES,
        spec=_share_bars(rows),
        alternative=f"{nearness(study)} {' '.join(_share_told(one) for one in weighed)}".strip(),
        caption=(
            "Bars: the share of a mistake in the logarithm of the slowdown. Measured: by Shapley, over the order in which the mistakes"
            " are mended. Explained: what `hwbench explain` said of the two engines without being told. Diamonds: measured, but with the"
            " algorithm mended first, as an explanation does it. A share below zero: the mistake hid some of the others' cost."
        ),
        table=_share_table(study.factorial),
    )


def _share_rows(one: Weighed) -> Iterator[dict[str, Any]]:
    verdict = "" if one.explained is not None else f": {one.verdict or 'not explained'}"
    for kind, weights in (("measured", one.truth), ("explained", one.explained), ("ordered", one.ordered)):
        for name in MISTAKES:
            share = None if weights is None else _weight(weights, name)
            if share is not None and abs(share) <= MOST_SHARE:
                yield {
                    "panel": f"{_panel(one)}{verdict}",
                    "row": name,
                    "name": name if kind == "measured" else "",
                    "kind": "measured" if kind == "ordered" else kind,
                    "legend": "algorithm mended first" if kind == "ordered" else kind,
                    "share": share,
                    "text": factors.percent(share),
                }


def _weight(weights: Weights, name: str) -> float:
    return float(getattr(weights, name))


def _share_bars(rows: Sequence[dict[str, Any]]) -> Spec:
    least, most = min(0.0, *(row["share"] for row in rows)), max(1.0, *(row["share"] for row in rows))
    least -= 0.04 if least < 0 else 0
    scale = alt.Scale(domain=[least, most], nice=False, range=factors.after_names(room=10))
    axis = alt.Axis(labelExpr=PERCENT_LABELS, tickCount=5, labelFlush=False)
    x = alt.X("share:Q", title="share of the logarithm of the slowdown", scale=scale, axis=axis)
    y = alt.Y("row:N", sort=list(MISTAKES), axis=None, scale=alt.Scale(paddingInner=0.3, paddingOuter=0.15))
    beside = alt.YOffset("kind:N", sort=list(KINDS), scale=alt.Scale(domain=list(KINDS), paddingInner=0.08))
    legend = _legend()
    colour = alt.Color(
        "legend:N", scale=alt.Scale(domain=list(KINDS), range=[looks.colour("c1"), looks.colour("c2")]), legend=legend
    )
    shape = alt.Shape("legend:N", scale=alt.Scale(domain=["algorithm mended first"], range=["diamond"]), legend=legend)
    tips = looks.tips(row="mistake", legend="how", text="share")
    base = alt.Chart().encode(y=y)
    placed = base.encode(yOffset=beside, tooltip=tips)
    is_bar = "datum.legend == datum.kind"
    layers = alt.layer(
        alt.Chart().mark_rule(color=MUTED).encode(x=alt.datum(0, type="quantitative")),
        placed.mark_bar().encode(x=x, x2=alt.datum(0), color=colour).transform_filter(is_bar),
        placed.mark_point(filled=True, size=55, opacity=1, fill=SURFACE, stroke=INK, strokeWidth=1.5)
        .encode(x=x, shape=shape)
        .transform_filter(f"!({is_bar})"),
        factors.name_layer(base),
        data=looks.data(rows),
    )
    return factors.panels(layers, list(dict.fromkeys(row["panel"] for row in rows)), 150)


def _legend() -> alt.Legend:
    """Return a legend of a few long names: in one column where a panel is narrow."""
    return alt.Legend(title=None, columns=alt.ExprRef(f"child_width < {factors.NARROW - 60} ? 1 : 3"))


def _share_told(one: Weighed) -> str:
    top = _top(one.truth)
    text = f"{_panel(one)}: measured, {top} weighs most ({factors.percent(_weight(one.truth, top))})"
    if one.explained is None:
        return f"{text}; {one.verdict or 'not explained'}."
    said = _top(one.explained)
    return f"{text}; explained, {said} ({factors.percent(_weight(one.explained, said))})."


def _top(weights: Weights) -> str:
    return max(MISTAKES, key=lambda name: _weight(weights, name))


def nearness(study: Study) -> str:
    """Say how near the explanations came to what was measured: the heaviest mistake, and the median error of a share."""
    told = [(one.truth, one.explained) for one in study.factorial if one.explained is not None]
    if not told:
        return ""
    same = sum(_top(truth) == _top(explained) for truth, explained in told)
    text = f"Of the four mistakes, the explanation names the heaviest in {same} of {len(told)} cases"
    off = statistics.median(
        abs(_weight(truth, name) - _weight(said, name)) for truth, said in told for name in MISTAKES
    )
    if not off <= MOST_SHARE:
        return f"{text}."
    return f"{text}, and half of its shares are within {100 * off:.3g} points of the measured ones."


def _share_table(weighed: Sequence[Weighed]) -> Table:
    rows = []
    for one in weighed:
        told = {"measured (Shapley)": one.truth, "measured, algorithm mended first": one.ordered}
        rows += [(_panel(one), how, *_percents(weights)) for how, weights in told.items()]
        said = ("",) * len(MISTAKES) if one.explained is None else _percents(one.explained)
        rows.append((_panel(one), f"explained: {one.verdict or 'not at all'}", *said))
    return Table(("operation", "how", *MISTAKES), rows, right=frozenset(range(2, 2 + len(MISTAKES))))


def _percents(weights: Weights) -> tuple[str, ...]:
    return tuple(factors.percent(_weight(weights, name)) for name in MISTAKES)


def interactions(study: Study) -> Table:
    """Return by what factor two mistakes cost more together than one by one, a pair a column."""
    pairs = list(dict.fromkeys(pair for one in study.factorial for pair in one.interactions))
    rows = [
        (_panel(one), *(_as_factor(one.interactions.get(pair)) for pair in pairs))
        for one in study.factorial
        if one.interactions
    ]
    title = "Interactions: by what factor two mistakes cost more together than one by one"
    headers = ("operation", *(pair.replace("+", " + ") for pair in pairs))
    return Table(headers, rows, title=title, right=frozenset(range(1, 1 + len(pairs))))


def _as_factor(logarithm: float | None) -> str:
    if logarithm is None:
        return ""
    return words.factor(math.exp(logarithm)) if abs(logarithm) < 500 else f"e^{logarithm:.3g}"


# ── mending ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def mended(study: Study) -> Drawn:
    """Draw the time that is left with one mistake mended, as a part of that with all four: measured, and as foretold."""
    weighed = study.factorial[:MOST_PANELS]
    rows = [row for one in weighed for row in _mended_rows(one)]
    if not rows:
        return Missing(MENDED, NO_FACTORIAL if not study.factorial else "no time with one mistake mended was measured")
    return Picture(
        name="mended",
        title=MENDED,
        spec=_dumbbells(rows),
        alternative=" ".join(_mended_told(one) for one in weighed if list(_mended_rows(one))),
        caption=(
            "The time that is left when one mistake of the four is mended: the dashed line stands at all four. Further left: mending brings"
            " more. The shorter the line between the marks, the better it was foretold."
        ),
        table=_mended_table(study.factorial),
    )


def _without(one: Weighed, name: str) -> float | None:
    return one.seconds.get(_named([other for other in MISTAKES if other != name]))


def _mended_rows(one: Weighed) -> Iterator[dict[str, Any]]:
    whole = one.seconds.get(ALL_MISTAKES)
    if whole is None or not looks.is_drawable(whole):
        return
    for name in MISTAKES:
        found = {"measured": _without(one, name), "foretold": one.mended.get(name)}
        parts = {kind: seconds / whole for kind, seconds in found.items() if seconds is not None}
        parts = {kind: part for kind, part in parts.items() if looks.is_drawable(part)}
        for number, (kind, part) in enumerate(parts.items()):
            yield {
                "panel": _panel(one),
                "row": name,
                "name": "" if number else name,
                "kind": kind,
                "part": part,
                "to": list(parts.values())[-1],
                "left": factors.percent(part),
                "time": factors.seconds(part * whole),
            }


def _dumbbells(rows: Sequence[dict[str, Any]]) -> Spec:
    parts = [1.0, *(row["part"] for row in rows)]
    kinds = ["measured", "foretold"]
    legend = _legend()
    scale = looks.log_scale(parts, room=1.4)
    scale.range = factors.after_names(room=6)
    axis = alt.Axis(values=looks.decades(parts), labelExpr=PERCENT_LABELS, labelFlush=False)
    x = alt.X("part:Q", title="time left, of that with all four", scale=scale, axis=axis)
    base = alt.Chart().encode(y=alt.Y("row:N", sort=list(MISTAKES), axis=None))
    colour = alt.Color(
        "kind:N", scale=alt.Scale(domain=kinds, range=[looks.colour("c1"), looks.colour("c2")]), legend=legend
    )
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "diamond"]), legend=legend)
    tips = looks.tips(row="without", kind="how", time="time", left="of all four")
    layers = alt.layer(
        alt.Chart().mark_rule(strokeDash=[3, 3], color=MUTED).encode(x=alt.datum(1.0, type="quantitative")),
        base.mark_rule(strokeWidth=2, color=MUTED).encode(x=x, x2="to:Q"),
        base.mark_point(filled=True, size=75, opacity=1).encode(x=x, color=colour, shape=shape, tooltip=tips),
        factors.name_layer(base),
        data=looks.data(rows),
    )
    return factors.panels(layers, list(dict.fromkeys(row["panel"] for row in rows)), 120)


def _mended_told(one: Weighed) -> str:
    left = {name: _without(one, name) for name in MISTAKES}
    known = {name: seconds for name, seconds in left.items() if seconds is not None}
    if not known:
        return ""
    best = min(known, key=lambda name: known[name])
    text = f"{_panel(one)}: without {best}, {factors.seconds(known[best])} is left of {factors.seconds(one.seconds[ALL_MISTAKES])}"
    return text + (f" (foretold {factors.seconds(one.mended[best])})." if best in one.mended else ".")


def _mended_table(weighed: Sequence[Weighed]) -> Table:
    rows = [
        (_panel(one), _time(one.seconds.get(ALL_MISTAKES)), *(_pair(one, name) for name in MISTAKES)) for one in weighed
    ]
    headers = ("operation", "all four", *(f"without {name}: measured (foretold)" for name in MISTAKES))
    return Table(headers, rows, right=frozenset(range(1, len(headers))))


def _time(seconds: float | None) -> str:
    return "" if seconds is None else factors.seconds(seconds)


def _pair(one: Weighed, name: str) -> str:
    measured = _time(_without(one, name)) or "not measured"
    return f"{measured} ({factors.seconds(one.mended[name])})" if name in one.mended else measured
