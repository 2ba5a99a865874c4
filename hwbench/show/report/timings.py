"""The section of timings in pyperf's format: every value of every benchmark, and how the files differ.

Read as `pyperf compare_to` and `pyperf check` do: the first file is what the others are compared with; what looks unstable is said.
Source: pyperf's documentation, "Analyze benchmark results".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.looks import INK
from hwbench.show.report.picture import Drawn, Missing, Picture, Section, Spec, Table
from hwbench.show.report.rows import Rows, bounds, legend, rows, thinned
from hwbench.show.report.timing import Files, Timing, deviation, doubts, labels, timings
from hwbench.show.report.timings_compared import compared, differences, ratios_of

DISTRIBUTIONS: Final = "Every value of every benchmark"
SPREAD: Final = "How the values scatter about their median"
POINTS: Final = 1500  # values that a picture draws: more would make the page heavy
FEW: Final = 6  # medians that are told one by one
MOST: Final = 400  # strips that are drawn
FURTHER: Final = f" The first {MOST} of them are drawn; the table has all."
DECADE: Final = 10.0
FEWER: Final = alt.ExprRef("width < 420 ? 3 : 7")  # ticks, as there is room
STEP: Final = 15  # pixels of a file's row
SAID: Final = 12  # benchmarks that are doubted by name


def section(files: Files) -> Section:
    """Return the section of one or several files of timings."""
    found = timings(files)
    names = labels(files)
    drawn = [distributions(files)]
    drawn += [spread(files)] if _is_wide(found) else []
    drawn += [differences(files)] if len(files) > 1 else []
    benchmarks = {one.benchmark for one in found}
    lead = (
        f"{words.plural(len(benchmarks), 'benchmark')}, {words.plural(sum(len(one.values) for one in found), 'value')}."
    )
    told = [compared(names[0], name, ratios_of(found, names[0], name)) for name in names[1:]]
    return Section(
        kind="timings",
        title=f"Timings: {words.listed(names)}",
        lead=" ".join([lead, *(text for text in told if text)]),
        facts=_facts(files),
        drawn=drawn,
        findings=_remarks(found, several=len(files) > 1),
    )


def _facts(files: Files) -> dict[str, str]:
    """Return what the first side of the files says of where it was taken, where all files say the same."""
    wanted = {"hostname": "machine", "cpu_model_name": "CPU", "python_version": "Python", "platform": "platform"}
    first = [sides[0].metadata if sides else {} for _, sides in files]
    said = {title: {str(metadata.get(key, "")) for metadata in first} for key, title in wanted.items()}
    return {title: values.pop() for title, values in said.items() if len(values) == 1 and "" not in values}


# ── every value ───────────────────────────────────────────────────────────────────────────────────────────────────────


def distributions(files: Files) -> Drawn:
    """Draw each benchmark's values, file under file, with the median and its interval, on one axis of time."""
    found = timings(files)
    if not found:
        return Missing(DISTRIBUTIONS, "the files hold no times")
    values = [value for one in found for value in one.values]
    marks = {"values": looks.decades(values)} if _is_wide(found) else {"tickCount": FEWER}
    axis = alt.Axis(labelExpr=looks.SECOND_LABELS, **marks)
    scale = looks.log_scale(values, room=1.1) if _is_wide(found) else alt.Scale(zero=False, nice=False, padding=14)
    return Picture(
        name="distributions",
        title=DISTRIBUTIONS,
        spec=_strips(found, labels(files), alt.X("value:Q", title="time", scale=scale, axis=axis), {}),
        alternative=_alternative(found),
        caption=_caption(found, "the wider apart the ticks, the less a single value says."),
        table=_table(found),
    )


def spread(files: Files) -> Drawn:
    """Draw each benchmark's values against its median in the first file that has it: how they scatter, and shift."""
    found = timings(files)
    if not found:
        return Missing(SPREAD, "the files hold no times")
    base: dict[str, float] = {}
    for one in found:
        base.setdefault(one.benchmark, one.median.value)
    parts = [value / base[one.benchmark] for one in found for value in one.values]
    wide = max(parts) > DECADE * min(parts)
    axis = alt.Axis(
        labelExpr=looks.FACTOR_LABELS, **({"values": looks.decades(parts)} if wide else {"tickCount": FEWER})
    )
    scale = looks.log_scale(parts, room=1.1) if wide else alt.Scale(zero=False, nice=False, padding=14)
    against = "the median of the first file" if len(files) > 1 else "the median"
    x = alt.X(
        "value:Q", title="times the first median" if len(files) > 1 else "times the median", scale=scale, axis=axis
    )
    return Picture(
        name="spread",
        title=SPREAD,
        spec=_strips(found, labels(files), x, base),
        alternative=_scatter_told(found, base),
        caption=_caption(found, f"each benchmark's values are divided by {against}, so that all can be compared."),
        table=_table(found),
    )


def _is_wide(found: Sequence[Timing]) -> bool:
    """Whether the values span more than a decade, so that a logarithmic axis is needed."""
    values = [value for one in found for value in one.values]
    return bool(values) and max(values) > DECADE * min(values)


def _most(found: Sequence[Timing]) -> int:
    """Return how many values of a strip are drawn."""
    return max(POINTS // min(len(found), MOST), 2)


def _strips(whole: Sequence[Timing], names: Sequence[str], x: alt.X, base: Mapping[str, float]) -> Spec:
    """Return strips of values, each with its median and interval; divided by the benchmark's `base` where there is one."""
    found, most = whole[:MOST], _most(whole)
    lines = rows({"": [one.benchmark for one in found]})
    strips = [_strip(one, lines, base.get(one.benchmark, 1.0)) for one in found]
    points = [
        {key: strip[key] for key in ("row", "file", "benchmark")}
        | {"value": value / base.get(one.benchmark, 1.0)}
        | {"text": words.seconds(value)}
        for one, strip in zip(found, strips, strict=True)
        for value in thinned(one.values, most)
    ]
    beside = (
        list(names) if len(lines.keys) < len(found) else []
    )  # no benchmark in two files: each has its row for itself
    place: dict[str, Any] = {"y": lines.y()}
    if beside:
        place["yOffset"] = alt.YOffset("file:N", scale=alt.Scale(domain=beside, paddingInner=0.1))
    shown = legend() if len(names) > 1 else None
    colour = alt.Color("file:N", scale=looks.series(names), legend=shown)
    shape = alt.Shape("file:N", scale=looks.series(names, "shape"), legend=shown)
    strokes = alt.Chart(looks.data(points)).mark_tick(thickness=1.3, opacity=0.5)
    middles = alt.Chart(looks.data(strips)).encode(**place)
    told = looks.tips(benchmark="benchmark", file="file", text="median", values="values", ends="from, to")
    chart = alt.layer(
        strokes.encode(
            x=x,
            color=colour,
            tooltip=looks.tips(benchmark="benchmark", file="file", text="a value"),
            **place,
        ),
        middles.mark_rule(strokeWidth=2.5, color=INK).encode(x=alt.X("low:Q"), x2="high:Q"),
        middles.mark_point(size=50, opacity=1, stroke=looks.SURFACE, strokeWidth=1).encode(
            x=x, color=colour, shape=shape, tooltip=told
        ),
    )
    return looks.finished(chart, lines.height(STEP * max(len(beside), 1) + 5))


def _strip(one: Timing, lines: Rows, base: float) -> dict[str, Any]:
    low, high = bounds(*one.median)
    return {
        "row": lines.key("", one.benchmark),
        "file": one.file,
        "benchmark": words.shortened(one.benchmark, 100),
        "value": one.median.value / base,
        "low": low / base,
        "high": high / base,
        "text": one.text,
        "values": str(len(one.values)),
        "ends": f"{words.seconds(min(one.values))}, {words.seconds(max(one.values))}",
    }


def _caption(found: Sequence[Timing], more: str) -> str:
    is_thinned = any(len(one.values) > _most(found) for one in found)
    few = (
        " There are more values than are drawn: those shown are spread evenly from the least to the greatest."
        * is_thinned
    )
    return f"A tick is a value, the mark their median, the bar through it its interval (95%); {more}{few}{FURTHER * (len(found) > MOST)}"


def _alternative(found: Sequence[Timing]) -> str:
    ordered = sorted(found, key=lambda one: one.median.value)
    ends = [f"{one.benchmark} in {one.file} {one.text}" for one in (ordered[0], ordered[-1])]
    if len(found) <= FEW:
        ends = [f"{one.benchmark} in {one.file} {one.text}" for one in found]
        return f"Median times: {'; '.join(ends)}."
    return f"{len(found)} medians, from {ends[0]} to {ends[1]}."


def _scatter_told(found: Sequence[Timing], base: Mapping[str, float]) -> str:
    def width(one: Timing) -> float:
        return (max(one.values) - min(one.values)) / base[one.benchmark]

    widest, narrowest = max(found, key=width), min(found, key=width)
    told = [
        f"{one.benchmark} in {one.file} (from {words.seconds(min(one.values))} to {words.seconds(max(one.values))})"
        for one in (widest, narrowest)
    ]
    return f"The values of {told[0]} scatter most, those of {told[1]} least."


def _table(found: Sequence[Timing]) -> Table:
    return Table(
        headers=("benchmark", "file", "median", "least", "greatest", "deviation", "values"),
        rows=[
            (
                one.benchmark,
                one.file,
                one.text,
                words.seconds(min(one.values)),
                words.seconds(max(one.values)),
                "" if len(one.values) < 2 else words.percent(deviation(one.values)),
                str(len(one.values)),
            )
            for one in found
        ],
        right=frozenset((2, 3, 4, 5, 6)),
    )


# ── how stable they are ───────────────────────────────────────────────────────────────────────────────────────────────


def _remarks(found: Sequence[Timing], *, several: bool) -> list[str]:
    """Return what makes a benchmark's values doubtful, as `pyperf check` does; the rest only counted."""
    doubted = [(one, list(doubts(one))) for one in found]
    said = [f"{one.benchmark}{f' in {one.file}' * several}: {'; '.join(why)}" for one, why in doubted if why]
    more = len(said) - SAID
    return said[:SAID] + ([f"and {words.plural(more, 'further benchmark')} with such remarks"] if more > 0 else [])
