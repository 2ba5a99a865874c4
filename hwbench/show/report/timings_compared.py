"""How files of timings differ: each shared benchmark's median as a multiple of the first file's, as `pyperf compare_to` has it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from hwbench import stats
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.looks import INK
from hwbench.show.report.picture import Drawn, Missing, Picture, Spec, Table
from hwbench.show.report.rows import beside, factor_between, legend, rows, ticks
from hwbench.show.report.timing import Files, Timing, labels, timings

DIFFERENCES: Final = "How the files differ"
STEP: Final = 15  # pixels of a file's mark
MOST: Final = 200  # benchmarks that are drawn
FURTHER: Final = f" Only the {MOST} benchmarks that differ most are drawn; the table has all."
SIDE: Final = 0.4  # of the longer side of the line at ×1 that the shorter one has at least: room for the values
FURTHEST: Final = 60.0  # the logarithm of what an axis can show
NONE: Final = "no difference shown"


def differences(files: Files) -> Drawn:
    """Draw, of each benchmark that the first file shares with another, the other's median as a multiple of the first's."""
    found, names = timings(files), labels(files)
    if len(names) < 2:
        return Missing(DIFFERENCES, "there is one file: give another to compare it with")
    ratios = {name: ratios_of(found, names[0], name) for name in names[1:]}
    data: list[dict[str, Any]] = [
        {"benchmark": benchmark, "file": name, "value": ratio.value, "low": ratio.low, "high": ratio.high}
        | {"text": factor_between(*ratio), "short": factor_between(ratio.value), "told": _told(ratio)}
        | {"left": min(ratio.low, 1.0), "right": max(ratio.high, 1.0)}
        for name, mine in ratios.items()
        for benchmark, ratio in mine.items()
    ]
    if not data:
        return Missing(DIFFERENCES, f"no benchmark of {names[0]} is in another of the files")
    data.sort(key=lambda row: (names.index(row["file"]), -row["value"]))  # the first comparison's largest on top
    return Picture(
        name="differences",
        title=f"{DIFFERENCES} from {names[0]}",
        spec=_dots(_furthest(data), names[1:]),
        alternative=" ".join(text for name, mine in ratios.items() if (text := compared(names[0], name, mine))),
        caption=f"Right of the line at ×1 a benchmark takes longer than in {names[0]}. Bars are intervals (95%); a hollow mark is a"
        f" difference that they do not tell from none.{FURTHER * (len(data) > len(_furthest(data)))}",
        table=_differences(data),
    )


def _furthest(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those that are drawn, in their order: all, or the ones that differ most."""
    names = sorted({row["benchmark"]: abs(math.log(row["value"])) for row in data}.items(), key=lambda one: -one[1])
    kept = {name for name, _ in names[:MOST]}
    return [row for row in data if row["benchmark"] in kept]


def ratios_of(found: Sequence[Timing], first: str, other: str) -> dict[str, stats.Estimate]:
    """Return the ratio of each shared benchmark's medians, the other's to the first's."""
    before = {one.benchmark: one.values for one in found if one.file == first}
    after = {one.benchmark: one.values for one in found if one.file == other}
    return {
        name: ratio
        for name, values in after.items()
        if name in before and looks.is_drawable(*(ratio := _ratio(values, before[name])))
    }


def _ratio(values: Sequence[float], before: Sequence[float]) -> stats.Estimate:
    draws = min(2000, max(200, 200_000 // max(len(values), len(before))))
    return stats.ratio_of_medians(values, before, resamples=draws)


def _told(ratio: stats.Estimate) -> str:
    if ratio.low == ratio.high:  # a value on each side tells nothing of noise
        return NONE
    if ratio.low > 1:
        return "slower"
    return "faster" if ratio.high < 1 else NONE


def compared(first: str, other: str, ratios: Mapping[str, stats.Estimate]) -> str:
    """Say of a file how it compares with the first: the geometric mean, as pyperf gives it, and how many differ."""
    if not ratios:
        return ""
    mean = math.exp(statistics.fmean(math.log(ratio.value) for ratio in ratios.values()))
    verdicts = [_told(ratio) for ratio in ratios.values()]
    counts = ", ".join(f"{verdicts.count(said)} {said}" for said in ("slower", "faster", NONE) if said in verdicts)
    shared = words.plural(len(ratios), "shared benchmark")
    return f"{other} takes {factor_between(mean)} as long as {first} (geometric mean of {shared}: {counts})."


def _dots(data: list[dict[str, Any]], names: Sequence[str]) -> Spec:
    lines = rows({"": [row["benchmark"] for row in data]})
    values = _ends([1.0, *(row[key] for row in data for key in ("low", "value", "high"))])
    x = alt.X(
        "value:Q",
        title="times the first file",
        scale=looks.log_scale(values),
        axis=alt.Axis(labelExpr=looks.FACTOR_LABELS, values=ticks(values)),
    )
    y, offset = lines.y(), alt.YOffset("file:N", scale=alt.Scale(domain=list(names)))
    shown = legend() if len(names) > 1 else None
    colours, shapes = (_others(names, channel) for channel in ("colour", "shape"))
    colour = alt.Color("file:N", scale=colours, legend=shown)
    shape = alt.Shape("file:N", scale=shapes, legend=shown)
    keyed = [
        row | {"row": lines.key("", row["benchmark"]), "benchmark": words.shortened(row["benchmark"], 100)}
        for row in data
    ]
    base = alt.Chart(looks.data(keyed)).encode(y=y, yOffset=offset, color=colour)
    told = looks.tips(benchmark="benchmark", file="file", text="times the first file", told="which is")
    is_hollow = f"datum.told == '{NONE}'"
    points = base.mark_point(size=70, opacity=1, strokeWidth=1.8).encode(
        x=x,
        shape=shape,
        tooltip=told,
        stroke=alt.Stroke("file:N", scale=colours, legend=None),
        fill=alt.condition(is_hollow, alt.value(looks.SURFACE), "file:N", scale=colours, legend=None),
    )
    chart = alt.layer(
        alt.Chart(looks.data([{"one": 1.0}])).mark_rule(strokeDash=[4, 3], color=INK).encode(x=alt.X("one:Q")),
        base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q"), x2="high:Q"),
        points,
        *(beside(base, "datum.value > 1", "left", "right") if len(names) == 1 else ()),
    )
    return looks.finished(chart, lines.height(max(STEP * len(names) + 5, 22)))


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the axis: on either side of ×1 there is room for a value, as it stands across from its mark."""
    below, above = max(-math.log(min(values)), 0.01), max(math.log(max(values)), 0.01)
    room = 0.18 * (below + above)
    low, high = -max(below + room, SIDE * above), max(above + room, SIDE * below)
    return math.exp(max(low, -FURTHEST)), math.exp(min(high, FURTHEST))


def _others(names: Sequence[str], channel: str) -> alt.Scale:
    """Return the scale of the files but the first, as they are in the other pictures."""
    whole = looks.series(["", *names], channel).to_dict()
    return alt.Scale(domain=whole["domain"][1:], range=whole["range"][1:])


def _differences(data: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        headers=("benchmark", "file", "times the first file", "which is"),
        rows=[tuple(row[key] for key in ("benchmark", "file", "text", "told")) for row in data],
        right=frozenset((2,)),
        marked=frozenset(number for number, row in enumerate(data) if row["told"] != NONE),
        mark="Marked: the interval of the ratio does not hold ×1.",
    )
