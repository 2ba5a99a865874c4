"""The section of a lesson: its pictures hold the record's ratios, times, bill and curve; what is missing says why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pictures import drawn

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from hwbench.records import BillLine, Curve, Interval, LessonClaim, LessonRun, Spot
from hwbench.records.lesson import Timed, Twin
from hwbench.show.report import lesson, lesson_bill, page, render, rows, sweep
from hwbench.show.report.picture import Missing, Picture

HOSTILE = "<script>alert(1)</script>" + "x" * 500


def interval(value: float, low: float, high: float, unit: str = "ratio") -> Interval:
    return Interval(value=value, low=low, high=high, unit=unit)


def timed(ns: float, *samples: float) -> Timed:
    return Timed(
        function="f", ns=interval(ns, ns * 0.9, ns * 1.1, "ns"), samples=samples or (ns * 0.9, ns, ns * 1.1), work=1
    )


def line(item: str, count: float, price: float) -> BillLine:
    seconds = count * price * 1e-9
    return BillLine(
        item=item, cause="branch", count=count, price_ns=price, seconds=seconds, low=seconds * 0.8, high=seconds * 1.2
    )


TWINS = (
    Twin(
        language="c",
        cases={"slow": timed(4.0), "fast": timed(0.5), "control_slow": timed(0.3), "control_fast": timed(0.3)},
        ratio=interval(8.0, 7.5, 8.5),
        control=interval(1.0, 0.95, 1.05),
        noise=1.2,
    ),
    Twin(language="numba", unavailable="numba is not installed"),
    Twin(
        language="python", cases={"slow": timed(40.0), "fast": timed(32.0)}, ratio=interval(1.25, 1.1, 1.4), noise=1.3
    ),
)
CURVE = Curve(
    axis="share",
    unit="%",
    title="a value, by the share of values that pass",
    points=tuple({"share": part / 4, "shuffled": 1.0 + part * (4 - part), "in order": 0.5} for part in range(5)),
    logarithmic=False,
)
FIELDS: dict[str, Any] = {
    "schema": "hwbench.lesson/1",
    "hwbench": "0",
    "taken": "2026-11-29T19:00:00+00:00",
    "name": "branches",
    "title": "Branches",
    "chapter": "Branches",
    "cause": "branch",
    "unit": "value",
    "guess": 5.0,
    "predicted": 9.0,
    "predicted_low": 6.5,
    "predicted_high": 9.5,
    "measured": interval(8.0, 7.5, 8.5),
    "control": interval(1.0, 0.95, 1.05),
    "verdict": "shown",
    "language": "c",
    "how": "a coin is guessed wrong half of the time",
    "bill": {
        "a": (line("jumps taken [branch.taken]", 1.25, 0.4),),
        "b": (line("jumps taken [branch.taken]", 1.25, 0.4), line("wrong guesses [branch.mispredict]", 0.5, 6.0)),
    },
    "twins": TWINS,
    "sweep": CURVE,
    "claims": (
        LessonClaim(name="a", says="a guess costs dozens of instructions", here="120", holds=True),
        LessonClaim(name="b", says="lines have 64 bytes", here="128 B", holds=False),
        LessonClaim(name="c", says="pages are small", here="not measured"),
        LessonClaim(name="d", says="", here="nothing is said"),
    ),
    "spots": (Spot(name="branch.mispredict", unit="ns", samples=(5.5, 6.5), low=5.5, high=6.5, value=6.0),),
    "notes": ("the machine was busy",),
}


def made(**changes: Any) -> LessonRun:
    return LessonRun(**(FIELDS | changes))


def layer_data(picture: Picture, *fields: str) -> list[dict[str, Any]]:
    """The first of the picture's data whose rows have all these fields."""
    sets = [one["data"]["values"] for one in (*picture.spec["layer"], picture.spec) if "data" in one]
    return next(rows for rows in sets if rows and all(field in rows[0] for field in fields))


def svg(picture: Picture) -> str:
    return render.inline_svg(render.vega(picture))


# ── guessed, predicted, measured ──────────────────────────────────────────────────────────────────────────────────────


def test_the_effect_has_guess_prediction_and_each_languages_ratio_and_control_with_their_intervals() -> None:
    picture = drawn(lesson.effect(made()))
    found = {
        (one["group"], one["name"]): (one["value"], one["low"], one["high"])
        for one in layer_data(picture, "value", "name")
    }
    assert found == {
        ("", "guessed"): (5.0, 5.0, 5.0),
        ("", "predicted"): (9.0, 6.5, 9.5),
        ("C", "measured"): (8.0, 7.5, 8.5),
        ("C", "control"): (1.0, 0.95, 1.05),
        ("Python", "measured"): (1.25, 1.1, 1.4),
    }
    assert picture.table is not None
    assert ("C", "measured", "×8 (7.5–8.5)") in picture.table.rows
    assert ("not run", "numba: numba is not installed", "") in picture.table.rows
    assert "numba is not installed" in picture.caption
    assert "measured in C ×8 (7.5–8.5)" in picture.alternative


def test_the_noise_is_shaded_about_no_difference_in_its_languages_rows() -> None:
    picture = drawn(lesson.effect(made()))
    shaded = layer_data(picture, "from", "to")
    assert [(one["from"], one["to"]) for one in shaded] == [
        pytest.approx((1 / 1.2, 1.2)),
        pytest.approx((1 / 1.2, 1.2)),
        pytest.approx((1 / 1.3, 1.3)),
    ]


def test_the_effect_as_drawn_has_its_line_its_rows_and_its_axis() -> None:
    text = svg(drawn(lesson.effect(made())))
    for label in ("no difference", "×5", "times as long as the fast twin", "guessed", "predicted", "control", "Python"):
        assert f">{label}<" in text, label


@pytest.mark.parametrize(("measured", "side"), [(8.0, "center"), (0.02, "right")])
def test_the_line_of_no_difference_has_its_name_where_there_is_room(measured: float, side: str) -> None:
    ratio = Interval(value=measured, low=measured, high=measured, unit="×")
    run = made(twins=(), guess=None, predicted=None, measured=ratio, control=None)
    layers = drawn(lesson.effect(run)).spec["layer"]
    (name,) = [
        one["mark"]
        for one in layers
        if one["mark"]["type"] == "text" and one["data"]["values"][0]["text"] == "no difference"
    ]
    assert name["align"] == side


def test_a_kept_run_without_twins_shows_what_was_measured() -> None:
    picture = drawn(lesson.effect(made(twins=(), guess=None, predicted=None)))
    assert [(one["group"], one["value"]) for one in layer_data(picture, "value", "name")] == [("C", 8.0), ("C", 1.0)]


def test_a_lesson_that_was_only_read_has_a_prediction_and_says_what_is_missing() -> None:
    read = made(measured=None, control=None, twins=(), guess=None, sweep=None, language=None, verdict="inconclusive")
    assert [one["name"] for one in layer_data(drawn(lesson.effect(read)), "value", "name")] == ["predicted"]
    assert lesson.cases(read) == Missing(lesson.CASES, lesson.NO_CASES)
    assert isinstance(lesson.effect(msgspec.structs.replace(read, predicted=None)), Missing)


# ── every case ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_case_has_its_samples_its_middle_and_its_interval() -> None:
    picture = drawn(lesson.cases(made()))
    middles = {
        (one["group"], one["name"]): (one["ns"], one["low"], one["high"]) for one in layer_data(picture, "ns", "low")
    }
    assert middles["C", "slow"] == pytest.approx((4.0, 3.6, 4.4))
    assert ("C", "slow, control") in middles
    assert len(middles) == 6
    samples = [one["ns"] for one in layer_data(picture, "ns") if (one["group"], one["name"]) == ("C", "slow")]
    assert samples == pytest.approx([3.6, 4.0, 4.4])
    assert picture.table is not None
    assert ("Python", "fast", "32 ns (28.8–35.2)", "28.8 ns", "35.2 ns", "3") in picture.table.rows
    assert ">time for each value<" in svg(picture)


def test_of_many_samples_some_are_drawn_with_the_least_and_the_greatest_and_it_says_so() -> None:
    many = timed(50.0, *(float(number) for number in range(1, 5001)))
    picture = drawn(lesson.cases(made(twins=(Twin(language="c", cases={"slow": many}),))))
    samples = [one["ns"] for one in layer_data(picture, "ns")]
    assert len(samples) == lesson.MOST
    assert (min(samples), max(samples)) == (1.0, 5000.0)
    assert "60 are drawn" in picture.caption
    assert "60 are drawn" not in drawn(lesson.cases(made())).caption


# ── the bill ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_items_of_the_bill_follow_each_other_up_to_their_sum() -> None:
    picture = drawn(lesson_bill.bill(made()))
    slow = [one for one in layer_data(picture, "twin") if one["twin"] == "slow"]
    assert [one["kind"] for one in slow] == ["heading", "slow", "slow", "together", "measured"]
    assert [(one["from"], one["to"]) for one in slow[1:]] == [
        pytest.approx((0.0, 0.5)),
        pytest.approx((0.5, 3.5)),
        pytest.approx((0.0, 3.5)),
        pytest.approx((0.0, 4.0)),
    ]
    assert (slow[2]["low"], slow[2]["high"]) == pytest.approx((0.5 + 2.4, 0.5 + 3.6))
    assert slow[2]["paid"] == "0.5 × 6 ns"
    assert slow[2]["whole"] == "wrong guesses [branch.mispredict]"
    assert picture.table is not None
    assert (
        "slow",
        "wrong guesses [branch.mispredict]",
        "branch",
        "0.5",
        "6 ns",
        "3 ns (2.4–3.6)",
    ) in picture.table.rows
    assert ("slow", "measured", "", "", "", "4 ns (3.6–4.4)") in picture.table.rows
    assert "A coin is guessed wrong half of the time." in picture.caption


def test_the_items_past_the_first_dozen_stand_together() -> None:
    lines = tuple(line(f"item {number}", 1, 2.0) for number in range(20))
    picture = drawn(lesson_bill.bill(made(bill={"b": lines})))
    assert "8 further items 16 ns" in picture.alternative
    assert "together 40 ns" in picture.alternative


def test_a_record_without_a_bill_says_so() -> None:
    assert isinstance(lesson_bill.bill(made(bill={})), Missing)


# ── the curve ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_curve_has_a_line_a_case_and_its_axis_in_its_unit() -> None:
    picture = drawn(sweep.sweep(made()))
    points = layer_data(picture, "case")
    assert {(one["case"], one["x"], one["ns"]) for one in points} == {
        (name, point["share"], point[name]) for point in CURVE.points for name in ("shuffled", "in order")
    }
    assert picture.table is not None
    assert picture.table.headers == ("share", "shuffled", "in order")
    assert ("50%", "5 ns", "0.5 ns") in picture.table.rows
    assert "furthest apart at 50%: shuffled takes ×10 as long as in order" in picture.alternative
    text = svg(picture)
    for label in ("shuffled", "in order", "share", "time of a unit of work", "1 ns", "100%"):
        assert f">{label}<" in text, label


def test_a_curve_over_sizes_is_logarithmic_and_leaves_out_what_cannot_stand_there() -> None:
    points = (
        {"bytes": 0.0, "a": 1.0},
        {"bytes": 1024.0, "a": 1.0},
        {"bytes": 4096.0, "a": -1.0},
        {"bytes": 65536.0, "a": 9.0},
    )
    picture = drawn(sweep.curve(Curve(axis="bytes", unit="B", title="t", points=points)))
    kept = layer_data(picture, "case")
    assert [(one["x"], one["at"]) for one in kept] == [(1024.0, "1 KiB"), (65536.0, "64 KiB")]
    assert ">64 KiB<" in svg(picture)


@pytest.mark.parametrize(
    "points", [(), ({"n": 1.0},), ({"other": 1.0, "a": 1.0},), ({"n": 0.0, "a": 1.0},), ({"n": 1.0, "a": 0.0},)]
)
def test_a_curve_that_has_nothing_to_draw_says_so(points: tuple[dict[str, float], ...]) -> None:
    assert isinstance(sweep.curve(Curve(axis="n", unit="", title="t", points=points)), Missing)


# ── the section ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_section_begins_with_the_verdict_and_marks_the_claims_that_do_not_hold() -> None:
    section = lesson.section(made())
    assert section.lead == (
        "Shown. The slow twin takes ×8 (7.5–8.5) as long as the fast one, in C;"
        " with the cause (branch) taken away, ×1 (0.95–1.05)."
    )
    assert [one.name for one in section.pictures] == ["effect", "sweep", "cases", "bill"]
    claims, spots = section.tables
    assert claims.rows == [
        ("a guess costs dozens of instructions", "holds", "120"),
        ("lines have 64 bytes", "does NOT hold", "128 B"),
        ("pages are small", "not known", "not measured"),
    ]
    assert claims.marked == {1, 2}
    assert spots.rows == [("branch.mispredict", "6 ns", "5.5 ns", "6.5 ns", "2")]
    assert section.findings == ("the machine was busy",)
    assert section.facts["predicted here"] == "×9 (6.5–9.5)"


def test_a_run_without_a_curve_leaves_it_out_and_does_not_call_it_missing() -> None:
    section = lesson.section(made(sweep=None))
    assert [one.name for one in section.pictures] == ["effect", "cases", "bill"]
    assert section.missing == []


def test_a_verdict_with_a_reason_gives_it() -> None:
    section = lesson.section(made(verdict="inconclusive", reason="too much noise", measured=None))
    assert section.lead == "Inconclusive: too much noise."


@pytest.mark.parametrize("value", [0.0, -1.0, 1e308, 1e-300, 1e29, 1.0])
def test_absurd_figures_never_break_the_page(value: float) -> None:
    """Values of no sense, everywhere at once; what can still be drawn is, and Vega takes it."""
    odd = Timed(function="f", ns=interval(value, value, value), samples=(value, -value, 0.0), work=value)
    bad = BillLine(item=HOSTILE, cause="cache", count=value, price_ns=value, seconds=value, low=-value, high=value)
    ratio = interval(value, -value, value)
    run = made(
        guess=value,
        predicted=value,
        measured=ratio,
        control=ratio,
        bill={"a": (bad,), "b": (bad,) * 40},
        twins=(Twin(language="c", cases={"slow": odd, HOSTILE: odd}, ratio=ratio, control=ratio, noise=value), *TWINS),
        sweep=Curve(
            axis=HOSTILE, unit="'\\<", title=HOSTILE, points=({HOSTILE: value, "a": value}, {HOSTILE: 2.0, "a": 2.0})
        ),
        title=HOSTILE,
        unit=HOSTILE,
    )
    whole = page.page([lesson.section(run)], is_live=False)
    assert "<script>" not in whole
    assert "NaN" not in whole


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_stand_under_their_headings_in_their_order() -> None:
    made_rows = rows.rows({"": ["one"], "Group": ["two", "one"]})
    assert list(made_rows.keys.values()) == ["00000 one", "00001#Group", "00002 two", "00003 one"]
    assert made_rows.key("Group", "one") == "00003 one"
    assert made_rows.height(20) == 80


def test_factors_are_written_with_their_intervals_or_as_powers_of_ten() -> None:
    assert rows.factor_between(7.567, 7.38, 7.7) == "×7.57 (7.38–7.7)"
    assert rows.factor_between(2.0) == "×2"
    assert rows.factor_between(1e9, 1.0, 1e300) == "×1.0e+09"
    assert len(rows.factor_between(5.0, 1.0, 1e300)) < 20


def test_ticks_of_a_short_axis_are_even_and_of_a_long_one_powers() -> None:
    assert rows.ticks([0.8, 1.3]) == [0.8, 0.9, 1.0, 1.1, 1.2, 1.3]
    assert rows.ticks([1.0, 1.0]) == [1.0]
    assert rows.ticks([1.0, 1000.0, 50000.0]) == [1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0]
