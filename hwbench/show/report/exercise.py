"""The section of a judged exercise: the solution's time between the slow twin's and what was predicted for this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import altair as alt

from hwbench.records import ExerciseRun, Interval
from hwbench.records.lesson import LANGUAGE_TITLES
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.looks import INK
from hwbench.show.report.picture import Drawn, Missing, Picture, Section, Table
from hwbench.show.report.rows import bounds, factor_between
from hwbench.units import format_interval, format_time

TITLE: Final = "The solution between the slow twin and the goal"
KINDS: Final = ("slow", "yours", "goal", "ours")
NAMES: Final = {"slow": "as it was (slow)", "yours": "yours", "goal": "the goal here", "ours": "ours (fast)"}
ABSURD: Final = 1e6  # a share that is no share of anything
CAPTION: Final = (
    "Shaded is the gain that was predicted for this machine, from the slow twin's time to the goal: the share of it that a solution"
    " crosses, from right to left, is its grade. Bars are intervals."
)


def section(run: ExerciseRun) -> Section:
    """Return the section of one judged exercise: its grade first."""
    facts = {
        "file": run.file,
        "language": LANGUAGE_TITLES[run.language],
        "the answer is": {True: "right", False: "wrong", None: "not known"}[run.right],
        "share of the predicted gain": _share(run),
        "predicted here": "" if run.predicted is None else factor_between(run.predicted),
        "machine": run.host.name if run.host else "",
        "taken": run.taken[:16].replace("T", " "),
    }
    left = [
        f"What remains: {one.cause}, {format_time(one.ns)} for each unit of work; it {one.evidence}."
        for one in run.remaining
    ]
    return Section(
        kind="exercise",
        title=f"Exercise: {run.title or run.name}",
        lead=f"{run.verdict.capitalize()}{': ' * bool(run.reason)}{words.one_line(run.reason)}.",
        facts={name: fact for name, fact in facts.items() if fact},
        drawn=(judged(run),),
        findings=(*left, *(note for note in run.notes if note)),
    )


def _share(run: ExerciseRun) -> str:
    """Return the share of the predicted gain with its interval, or without where that is out of all bounds."""
    if run.share is None:
        return ""
    share = run.share
    if not all(abs(bound) < ABSURD for bound in (share.value, share.low, share.high)):
        return f"{share.value:.3g}"
    return words.percent_between(share.value, share.low, share.high)


def judged(run: ExerciseRun) -> Drawn:
    """Draw the times of the slow twin, the solution, the goal and our own solution on one axis from zero."""
    data = [row for row in _times(run) if looks.is_drawable(row["ns"])]
    if not data:
        return Missing(TITLE, f"the solution was not timed{': ' * bool(run.reason)}{run.reason}")
    share = _share(run)
    told = "; ".join(f"{row['name']}: {row['text']}" for row in data)
    return Picture(
        name="judged",
        title=TITLE,
        spec=looks.finished(alt.layer(*_layers(data)), 44 * len(data) + 8),
        alternative=f"Times for each unit of work. {told}."
        + (f" The share of the predicted gain is {share}." if share else ""),
        caption=CAPTION,
        table=Table(
            headers=("", "time for each unit of work"),
            rows=[
                *((row["name"], row["text"]) for row in data),
                *([("share of the predicted gain", share)] if share else []),
            ],
            right=frozenset((1,)),
        ),
    )


def _times(run: ExerciseRun) -> Iterator[dict[str, Any]]:
    """Yield the times that the record has, from top to bottom."""
    goal = None if run.goal_ns is None else Interval(value=run.goal_ns, low=run.goal_ns, high=run.goal_ns, unit="ns")
    for kind, time in zip(KINDS, (run.slow_ns, run.solution_ns, goal, run.fast_ns), strict=True):
        if time is None:
            continue
        name = NAMES[kind]
        low, high = bounds(time.value, time.low, time.high)
        label = f"{name}: {format_time(time.value)}"
        text = format_interval(time.value, time.low, time.high, "ns")
        if kind == "goal" and run.predicted is not None:
            text += f", {factor_between(run.predicted)} predicted"
        yield {"kind": kind, "name": name, "ns": time.value, "low": low, "high": high, "text": text, "label": label}


def _layers(data: list[dict[str, Any]]) -> list[Any]:
    """Return the gain as a shade, and each time as a mark with its interval and its name above it."""
    most = max(max(row["ns"], row["high"]) for row in data)
    x = alt.X(
        "ns:Q",
        title="time for each unit of work",
        scale=alt.Scale(domain=[0, most * 1.04], nice=False),
        axis=alt.Axis(labelExpr=looks.TIME_LABELS, tickCount=alt.ExprRef("width < 420 ? 4 : 8")),
    )
    y = alt.Y("kind:N", axis=None, scale=alt.Scale(type="band", domain=[row["kind"] for row in data], paddingInner=0))
    colour = alt.Color("kind:N", scale=looks.series(KINDS), legend=None)
    shape = alt.Shape("kind:N", scale=looks.series(KINDS, "shape"), legend=None)
    base = alt.Chart(looks.data(data)).encode(y=y, color=colour)
    told = looks.tips(name="what", text="time for each unit of work")
    right = base.transform_filter(f"datum.ns > {most / 2!r}").mark_text(align="right", dx=6, dy=-13)
    left = base.transform_filter(f"datum.ns <= {most / 2!r}").mark_text(align="left", dx=-6, dy=-13)
    return [
        *_gain(data),
        base.mark_rule(strokeWidth=3, yOffset=6).encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_point(size=110, opacity=1, yOffset=6).encode(x=x, shape=shape, tooltip=told),
        right.encode(x=alt.X("ns:Q"), text="label:N", color=alt.value(INK)),
        left.encode(x=alt.X("ns:Q"), text="label:N", color=alt.value(INK)),
    ]


def _gain(data: list[dict[str, Any]]) -> list[Any]:
    times = {row["kind"]: row["ns"] for row in data}
    if not times.keys() >= {"slow", "goal"}:
        return []
    ends = [{"from": times["goal"], "to": times["slow"], "text": "the gain that was predicted here"}]
    shade = alt.Chart(looks.data(ends)).mark_rect(color=looks.colour("better"), opacity=0.13)
    return [shade.encode(x=alt.X("from:Q"), x2="to:Q", tooltip=looks.tips(text="shaded"))]
