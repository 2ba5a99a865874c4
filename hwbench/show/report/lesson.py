"""The section of a lesson that was run: guess, prediction and measurement beside each other, every case, the bill, the curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from hwbench.records import Interval, LessonRun, Timed, Twin
from hwbench.records.lesson import LANGUAGE_TITLES
from hwbench.show import words
from hwbench.show.report import looks
from hwbench.show.report.lesson_bill import bill
from hwbench.show.report.looks import INK, MUTED
from hwbench.show.report.picture import Drawn, Missing, Picture, Section, Table
from hwbench.show.report.rows import Rows, beside, bounds, factor_between, middle, rows, thinned, ticks
from hwbench.show.report.sweep import sweep
from hwbench.units import format_interval, format_time, format_value

EFFECT: Final = "Guessed, predicted, measured"
CASES: Final = "Time of every case"
NO_EFFECT: Final = "no ratio is in the record: the lesson was not run"
NO_CASES: Final = "no times are in the record: the lesson was not run"
CONTROL: Final = "control_"
MOST: Final = 60  # samples that are drawn of a case
ROWS: Final = 60  # cases that are drawn, should there ever be so many
MOST_TOLD: Final = 6
KINDS: Final = ("guessed", "predicted", "measured", "control")
ROLES: Final = ("slow", "fast", "control", "other")
CASES_CAPTION: Final = (
    "A tick is a sample, the mark the middle of all, the bar its interval; equal distances are equal factors."
)
THINNED: Final = f" Of more than {MOST} samples, {MOST} are drawn, spread evenly from the fastest to the slowest."
UNEVEN: Final = "Marked: what the text says does not hold on this machine, or could not be told."


def section(run: LessonRun) -> Section:
    """Return the section of one run of a lesson: its verdict first."""
    drawn = [effect(run), *([sweep(run)] if run.sweep is not None else []), cases(run), bill(run)]
    return Section(
        kind="lesson",
        title=run.title or run.name,
        lead=_lead(run),
        facts={name: fact for name, fact in _facts(run) if fact},
        drawn=drawn,
        findings=tuple(note for note in run.notes if note),
        tables=(_claims(run), _spots(run)),
    )


def _lead(run: LessonRun) -> str:
    """Return the verdict in a sentence or two."""
    said = f"{run.verdict.capitalize()}: {run.reason}." if run.reason else f"{run.verdict.capitalize()}."
    if run.measured is None:
        return said
    language = f", in {LANGUAGE_TITLES[run.language]}" if run.language else ""
    said += f" The slow twin takes {_between(run.measured)} as long as the fast one{language}"
    if run.control is not None:
        cause = f" ({run.cause})" if run.cause else ""
        said += f"; with the cause{cause} taken away, {_between(run.control)}"
    return said + "."


def _facts(run: LessonRun) -> Iterator[tuple[str, str]]:
    yield "chapter", run.chapter
    yield "cause", run.cause or ""
    yield "you guessed", "" if run.guess is None else factor_between(run.guess)
    predicted = run.predicted
    yield (
        "predicted here",
        "" if predicted is None else factor_between(predicted, run.predicted_low, run.predicted_high),
    )
    yield "measured", "" if run.measured is None else _between(run.measured)
    yield "judged in", LANGUAGE_TITLES[run.language] if run.language else ""
    yield "machine", run.host.name if run.host else ""
    yield "taken", run.taken[:16].replace("T", " ")


def _between(ratio: Interval) -> str:
    return factor_between(ratio.value, ratio.low, ratio.high)


def _claims(run: LessonRun) -> Table:
    """Return what the lesson's text says that can be measured, and whether it holds here."""
    told = [claim for claim in run.claims if claim.says]
    holds = {True: "holds", False: "does NOT hold", None: "not known"}
    return Table(
        title="What the lesson says, and whether it holds here",
        headers=("the lesson says", "here", "seen on this machine"),
        rows=[(claim.says, holds[claim.holds], claim.here) for claim in told],
        marked=frozenset(number for number, claim in enumerate(told) if claim.holds is not True),
        mark=UNEVEN,
    )


def _spots(run: LessonRun) -> Table:
    """Return the prices that were taken again for this run."""
    return Table(
        title="Prices taken again for this run",
        headers=("price", "value", "between", "and", "samples"),
        rows=[
            (
                spot.name,
                *(format_value(value, spot.unit) for value in (spot.value, spot.low, spot.high)),
                str(len(spot.samples)),
            )
            for spot in run.spots
        ],
        right=frozenset((1, 2, 3, 4)),
        folded=True,
    )


# ── guessed, predicted, measured ──────────────────────────────────────────────────────────────────────────────────────


def effect(run: LessonRun) -> Drawn:
    """Draw how many times as long the slow twin takes: guessed, predicted, and measured in each language with its control."""
    marks = list(_ratios(run))
    if not marks:
        return Missing(EFFECT, NO_EFFECT)
    lines = _lines(marks)
    reasons = [f"{LANGUAGE_TITLES[twin.language]}: {twin.unavailable}" for twin in run.twins if twin.unavailable]
    return Picture(
        name="effect",
        title=EFFECT,
        spec=looks.finished(alt.layer(*_effect_layers(run, marks, lines)), lines.height(28)),
        alternative=_effect_told(marks),
        caption=_effect_caption(run, reasons),
        table=Table(
            headers=("", "what", "slow / fast"),
            rows=[
                *((mark["group"] or "before the run", mark["name"], mark["text"]) for mark in marks),
                *(("not run", reason, "") for reason in reasons),
            ],
            right=frozenset((2,)),
        ),
    )


def _ratios(run: LessonRun) -> Iterator[dict[str, Any]]:
    """Yield the ratios that can be drawn."""
    found: list[tuple[str, str, float | None, float | None, float | None]] = [
        ("", "guessed", run.guess, None, None),
        ("", "predicted", run.predicted, run.predicted_low, run.predicted_high),
    ]
    kept = [(LANGUAGE_TITLES[twin.language], twin.ratio, twin.control) for twin in run.twins]
    if not any(ratio or control for _, ratio, control in kept):
        kept = [(LANGUAGE_TITLES[run.language] if run.language else "measured here", run.measured, run.control)]
    for group, *both in kept:
        for name, ratio in zip(KINDS[2:], both, strict=True):
            if ratio is not None:
                found.append((group, name, ratio.value, ratio.low, ratio.high))
    for group, name, value, low, high in found:
        if value is not None and looks.is_drawable(value):
            least, most = bounds(value, low, high)
            told = {"text": factor_between(value, low, high), "short": factor_between(value)}
            yield {"group": group, "name": name, "value": value, "low": least, "high": most, **told}


def _lines(marks: Sequence[dict[str, Any]]) -> Rows:
    groups: dict[str, list[str]] = {}
    for mark in marks:
        groups.setdefault(mark["group"], []).append(mark["name"])
    return rows(groups)


def _effect_layers(run: LessonRun, marks: list[dict[str, Any]], lines: Rows) -> list[Any]:
    values = [1.0, *(mark[key] for mark in marks for key in ("low", "value", "high"))]
    room, turn = (max(values) / min(values)) ** 0.12 * 1.05, middle(values)
    x = alt.X(
        "value:Q",
        title="times as long as the fast twin",
        scale=looks.log_scale(values, room=room),
        axis=alt.Axis(values=ticks(values), labelExpr=looks.FACTOR_LABELS),
    )
    y = lines.y()
    data = [mark | {"row": lines.key(mark["group"], mark["name"])} for mark in marks]
    told = looks.tips(name="what", group="language", text="slow / fast")
    base = alt.Chart(looks.data(data)).encode(y=y, color=_kinds("name", KINDS))
    shape = alt.Shape("name:N", scale=looks.series(KINDS, "shape"), legend=None)
    return [
        *_noise(run, data, min(values) / room, max(values) * room, y),
        *_no_difference(is_left=turn < 1),
        base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_point(size=90, opacity=1).encode(x=x, shape=shape, tooltip=told),
        *beside(base, f"datum.value > {turn!r}"),
    ]


def _kinds(field: str, names: Sequence[str]) -> alt.Color:
    """Return the colours of rows that are named beside them, and so need no legend."""
    return alt.Color(f"{field}:N", scale=looks.series(names), legend=None)


def _noise(run: LessonRun, data: list[dict[str, Any]], least: float, most: float, y: alt.Y) -> list[Any]:
    """Return the layer that shades, in each language's rows, what the same code differs from itself."""
    noise = {LANGUAGE_TITLES[twin.language]: twin.noise for twin in run.twins}
    shaded = []
    for row in data:
        factor = noise.get(row["group"])
        if factor is not None and looks.is_drawable(factor) and factor > 1:
            bar = {"row": row["row"], "from": max(1 / factor, least), "to": min(factor, most)}
            shaded.append(bar | {"text": f"the same code differs from itself by {words.factor(factor)}"})
    if not shaded:
        return []
    bars = alt.Chart(looks.data(shaded)).mark_bar(
        color=MUTED, opacity=0.25, cornerRadius=0, height=alt.RelativeBandSize(band=1)
    )
    return [bars.encode(x=alt.X("from:Q"), x2="to:Q", y=y, tooltip=looks.tips(text="noise"))]


def _no_difference(*, is_left: bool) -> list[Any]:
    """Return the layers of the line at ×1; its name goes to the left where the line stands far to the right."""
    base = alt.Chart(looks.data([{"value": 1.0, "text": "no difference"}]))
    return [
        base.mark_rule(strokeDash=[4, 3], color=INK).encode(x=alt.X("value:Q")),
        base.mark_text(align="right" if is_left else "center", baseline="bottom", dy=-3, color=INK).encode(
            x=alt.X("value:Q"), y=alt.value(0), text="text:N"
        ),
    ]


def _effect_told(marks: Sequence[dict[str, Any]]) -> str:
    told = [f"{mark['name']}{' in ' * bool(mark['group'])}{mark['group']} {mark['text']}" for mark in marks]
    return f"How many times as long the slow twin takes: {'; '.join(told)}."


def _effect_caption(run: LessonRun, reasons: Sequence[str]) -> str:
    cause = f" ({run.cause})" if run.cause else ""
    read = (
        f"Right of the dashed line the slow twin takes longer. The control is the same pair with the cause{cause} taken away:"
        " it should stand on that line. Bars are intervals; shaded is what the same code differs from itself."
    )
    parts = [
        read,
        f"The verdict is that of {LANGUAGE_TITLES[run.language]}." if run.language else "",
        f"Not run: {'; '.join(reasons)}." if reasons else "",
    ]
    return " ".join(part for part in parts if part)


# ── every case ────────────────────────────────────────────────────────────────────────────────────────────────────────


def cases(run: LessonRun) -> Drawn:
    """Draw the time of a unit of work of each case in each language: every sample, the middle and its interval."""
    found = [row for twin in run.twins for row in _timed(twin)][:ROWS]
    if not found:
        return Missing(CASES, NO_CASES)
    lines, unit = _lines(found), words.shortened(words.one_line(run.unit), 40)
    for row in found:
        row["row"] = lines.key(row["group"], row["name"])
    samples = [
        {"row": row["row"], "role": row["role"], "ns": ns, "group": row["group"], "name": row["name"]}
        | {"text": format_time(ns)}
        for row in found
        for ns in row["samples"]
    ]
    is_thinned = any(row["taken"] > MOST for row in found)
    return Picture(
        name="cases",
        title=CASES,
        spec=looks.finished(alt.layer(*_case_layers(unit, found, samples, lines)), lines.height(24)),
        alternative=_cases_told(found, unit),
        caption=CASES_CAPTION + (THINNED if is_thinned else ""),
        table=Table(
            headers=("language", "case", f"time for each {unit}", "fastest", "slowest", "samples"),
            rows=[
                (row["group"], row["name"], row["text"], row["fastest"], row["slowest"], str(row["taken"]))
                for row in found
            ],
            right=frozenset((2, 3, 4, 5)),
        ),
    )


def _timed(twin: Twin) -> Iterator[dict[str, Any]]:
    for name, case in twin.cases.items():
        if looks.is_drawable(case.ns.value):
            yield _case(LANGUAGE_TITLES[twin.language], name, case)


def _case(group: str, name: str, case: Timed) -> dict[str, Any]:
    """Return a case as a row: the role that gives it its colour and shape, its time, and the samples that are drawn."""
    low, high = bounds(case.ns.value, case.ns.low, case.ns.high)
    is_control = name.startswith(CONTROL)
    title = words.shortened(words.one_line(name.removeprefix(CONTROL).replace("_", " ")), 40)
    return {
        "group": group,
        "name": f"{title}, control" if is_control else title,
        "role": "control" if is_control else name if name in ROLES else "other",
        "ns": case.ns.value,
        "low": low,
        "high": high,
        "text": format_interval(case.ns.value, case.ns.low, case.ns.high, "ns"),
        "samples": thinned(case.samples, MOST),
        "taken": len(case.samples),
        "fastest": format_time(min(case.samples)) if case.samples else "",
        "slowest": format_time(max(case.samples)) if case.samples else "",
    }


def _case_layers(unit: str, found: list[dict[str, Any]], samples: list[dict[str, Any]], lines: Rows) -> list[Any]:
    times = [row[key] for row in found for key in ("low", "ns", "high")] + [sample["ns"] for sample in samples]
    x = alt.X(
        "ns:Q",
        title=f"time for each {unit}",
        scale=looks.log_scale(times, room=1.1),
        axis=alt.Axis(values=ticks(times), labelExpr=looks.TIME_LABELS),
    )
    colour, y = _kinds("role", ROLES), lines.y()
    middles = [{key: value for key, value in row.items() if key != "samples"} for row in found]
    base = alt.Chart(looks.data(middles)).encode(y=y, color=colour)
    shape = alt.Shape("role:N", scale=looks.series(ROLES, "shape"), legend=None)
    one = looks.tips(group="language", name="case", text="a sample")
    told = looks.tips(group="language", name="case", text=f"time for each {unit}", fastest="fastest", slowest="slowest")
    return [
        alt.Chart(looks.data(samples))
        .mark_tick(thickness=1.5, opacity=0.45, bandSize=16)
        .encode(x=x, y=y, color=colour, tooltip=one),
        base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q"), x2="high:Q", color=alt.value(INK)),
        base.mark_point(size=70, opacity=1, stroke=looks.SURFACE, strokeWidth=1.5).encode(
            x=x, shape=shape, tooltip=told, color=alt.value(INK)
        ),
    ]


def _cases_told(found: Sequence[dict[str, Any]], unit: str) -> str:
    chosen = [row for row in found if row["name"] in ("slow", "fast")] or found[:MOST_TOLD]
    told = [f"{row['group']}, {row['name']}: {row['text']}" for row in chosen]
    return f"Time for each {unit}. {'; '.join(told)}."
