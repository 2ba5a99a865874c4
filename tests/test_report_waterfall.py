"""The waterfall: the steps of the record, the boxes to tick, and what Vega makes of a ticked one."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from typing import Any

import explanations
import msgspec
import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

import vl_convert

from hwbench.records import Explanation, Interval
from hwbench.show import words
from hwbench.show.report import looks, render
from hwbench.show.report.picture import Missing, Picture, Tick, WhatIf
from hwbench.show.report.waterfall import waterfall
from hwbench.show.waterfall import steps_of

changed = msgspec.structs.replace


def drawn(explanation: Explanation) -> Picture:
    picture = waterfall(explanation)
    assert isinstance(picture, Picture), picture
    return picture


def rows_of(picture: Picture) -> list[dict[str, Any]]:
    return [row for row in picture.spec["data"]["values"] if row["kind"] != "others"]


def texts(picture: Picture, *ticked: str) -> list[str]:
    """Return the texts of the picture with these boxes ticked, as Vega writes them."""
    spec = copy.deepcopy(picture.spec)
    (parameter,) = [one for one in spec["params"] if one["name"] == "without"]
    parameter["value"] = list(ticked)
    svg = render.inline_svg(render.compiled(spec))
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def interval_of_b(picture: Picture, *ticked: str) -> tuple[float, float]:
    """Return from where to where B's interval is drawn with these boxes ticked, in pixels; the same twice where it is not."""
    spec = copy.deepcopy(picture.spec)
    spec["params"][0]["value"] = list(ticked)
    seen = [
        item for item in items(vl_convert.vega_to_scenegraph(render.compiled(spec))) if item.get("strokeWidth") == 4
    ]
    lowest = max(seen, key=lambda item: item["y"])
    assert lowest["stroke"] == looks.SURFACE
    ends = (lowest["x"], lowest.get("x2", lowest["x"]))
    return (min(ends), max(ends)) if lowest.get("opacity", 1) else (ends[0], ends[0])


def items(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every item of a scene."""
    if isinstance(node, dict):
        if "stroke" in node:
            yield node
        for value in node.values():
            yield from items(value)
    elif isinstance(node, list):
        for value in node:
            yield from items(value)


def lengths(picture: Picture) -> list[float]:
    return [row["length"] for row in rows_of(picture)]


@pytest.mark.parametrize(
    "made", [explanations.shuffled_list, explanations.quadratic, explanations.mispredicted, explanations.inconclusive]
)
def test_rows_are_the_steps_of_the_text(made: Any) -> None:
    explanation = made()
    steps, rows = steps_of(explanation), rows_of(drawn(explanation))
    assert [row["kind"] for row in rows] == [step.kind for step in steps]
    assert [row["seconds"] for row in rows] == [step.end for step in steps]
    assert [row["label"] for row in rows[1:-1]] == [step.label for step in steps[1:-1]]
    assert rows[0]["label"].startswith("A: ")
    assert rows[-1]["label"].startswith("B: ")


def test_the_lengths_of_all_steps_add_up_to_the_ratio() -> None:
    explanation = explanations.shuffled_list()
    assert explanation.a.seconds is not None
    assert explanation.b.seconds is not None
    ratio = explanation.b.seconds.value / explanation.a.seconds.value
    assert sum(lengths(drawn(explanation))) == pytest.approx(math.log(ratio))


def test_a_box_s_factor_is_the_counterfactual_over_the_time_of_b() -> None:
    explanation = explanations.shuffled_list()
    what_if = drawn(explanation).what_if
    assert what_if is not None
    assert explanation.b.seconds is not None
    assert explanation.a.seconds is not None
    assert (what_if.seconds, what_if.against) == (explanation.b.seconds.value, explanation.a.seconds.value)
    assert [tick.name for tick in what_if.ticks] == ["cache", "tlb"]
    for tick, cause in zip(what_if.ticks, explanation.causes, strict=False):
        assert what_if.seconds * tick.factor == pytest.approx(cause.counterfactual_s)
        assert cause.grade in tick.note


def test_a_ticked_cause_is_taken_out_and_b_stands_at_its_counterfactual() -> None:
    """The counterfactual is not B over the cause's factor: without it, the others weigh more."""
    explanation = explanations.shuffled_list()
    cache = changed(
        explanation.causes[0], counterfactual_s=0.0123, counterfactual_low_s=0.01, counterfactual_high_s=0.02
    )
    picture = drawn(changed(explanation, causes=(cache, *explanation.causes[1:])))
    before, after = texts(picture), texts(picture, "cache")
    assert words.factor(cache.factor) in before
    assert "52.1 ms" in before
    assert not {"taken out", "others weigh more"} & set(before)
    assert {"taken out", "others weigh more", "12.3 ms"} <= set(after)
    assert words.factor(cache.factor) not in after
    others = 0.0123 / (explanation.b.seconds.value / cache.factor)  # type: ignore[union-attr]
    assert f"×{others:.3g}" in after


def test_what_several_ticked_causes_save_adds_up() -> None:
    explanation = explanations.shuffled_list()
    causes = [
        changed(cause, counterfactual_s=0.05, counterfactual_low_s=0.048, counterfactual_high_s=0.051)
        if cause.cause == "tlb"
        else cause
        for cause in explanation.causes
    ]
    picture = drawn(changed(explanation, causes=tuple(causes)))
    assert picture.what_if is not None
    cache, tlb = (next(tick for tick in picture.what_if.ticks if tick.name == name) for name in ("cache", "tlb"))
    whole = picture.what_if.seconds
    left = whole - whole * (1 - cache.factor) - whole * (1 - tlb.factor)
    assert picture.what_if.left(["cache", "tlb"]) == pytest.approx(left)
    assert words.seconds(left) in texts(picture, "cache", "tlb")
    assert "adds up" in picture.caption
    assert "estimate" in picture.caption


def test_less_work_shrinks_what_other_causes_leave() -> None:
    picture = drawn(explanations.quadratic())
    assert picture.what_if is not None
    algorithm, *others = picture.what_if.ticks
    assert algorithm.name == "algorithm"
    assert algorithm.multiplies
    assert others
    assert not any(tick.multiplies for tick in others)
    left = picture.what_if.seconds * algorithm.factor * (1 - sum(1 - tick.factor for tick in others))
    names = [tick.name for tick in picture.what_if.ticks]
    assert picture.what_if.left(names) == pytest.approx(left)
    assert words.seconds(left) in texts(picture, *names)


def test_savings_that_overlap_leave_something() -> None:
    boxes = WhatIf(
        seconds=10.0, against=1.0, ticks=[Tick("cache", 0.3), Tick("tlb", 0.2), Tick("algorithm", 0.5, multiplies=True)]
    )
    assert boxes.left([]) == 10.0
    assert boxes.left(["cache"]) == pytest.approx(3.0)
    assert boxes.left(["cache", "tlb"]) == pytest.approx(0.1)
    assert boxes.left(["cache", "algorithm"]) == pytest.approx(1.5)


def test_the_interval_of_b_is_that_of_its_counterfactual_and_several_boxes_have_none() -> None:
    explanation = explanations.shuffled_list()
    doubled = changed(
        explanation.causes[0], counterfactual_s=0.02, counterfactual_low_s=0.01, counterfactual_high_s=0.04
    )
    picture = drawn(changed(explanation, causes=(doubled, *explanation.causes[1:])))
    low, high = interval_of_b(picture, "cache")
    measured_low, measured_high = interval_of_b(picture)
    assert measured_low < measured_high
    assert explanation.b.seconds is not None
    measured = math.log(explanation.b.seconds.high / explanation.b.seconds.low)
    assert (high - low) / (measured_high - measured_low) == pytest.approx(math.log(4.0) / measured, rel=0.01)
    assert len(set(interval_of_b(picture, "cache", "tlb"))) == 1


def test_every_mark_has_its_values_when_hovered_as_one_without_hides_those_beneath() -> None:
    picture = drawn(explanations.shuffled_list())
    assert all(layer["encoding"].get("tooltip") for layer in picture.spec["layer"])


def test_a_word_that_is_no_cause_changes_nothing() -> None:
    picture = drawn(explanations.shuffled_list())
    assert texts(picture, "unexplained", "A") == texts(picture)


def test_candidates_have_no_boxes_and_no_times_without_them() -> None:
    picture = drawn(explanations.inconclusive())
    assert picture.what_if is None
    assert "candidates" in picture.caption
    assert picture.table is not None
    assert not any("without" in header for header in picture.table.headers)
    assert not any("alone" in row for row in rows_of(picture))


def test_a_cause_whose_mending_gains_nothing_has_no_box() -> None:
    picture = drawn(explanations.quadratic())
    assert picture.what_if is not None
    assert [tick.name for tick in picture.what_if.ticks] == ["algorithm", "instructions"]


@pytest.mark.parametrize(("made", "why"), [(explanations.void, "void"), (explanations.none, "noise")])
def test_what_is_not_drawn_says_why(made: Any, why: str) -> None:
    missing = waterfall(made())
    assert isinstance(missing, Missing)
    assert why in missing.reason


def test_the_axis_is_logarithmic_from_a_ratio_of_three() -> None:
    def scale(picture: Picture) -> str:
        return next(one["type"] for one in found(picture.spec, "scale") if one.get("clamp"))

    assert scale(drawn(explanations.shuffled_list())) == "log"
    assert scale(drawn(explanations.mispredicted())) == "linear"


def found(value: Any, key: str) -> list[Any]:
    """Return every value under a key, however deep."""
    if isinstance(value, dict):
        return [one for name, part in value.items() for one in ([part] if name == key else found(part, key))]
    return [one for part in value for one in found(part, key)] if isinstance(value, list) else []


def test_the_unexplained_is_hatched_and_times_and_factors_are_written() -> None:
    picture = drawn(explanations.shuffled_list())
    svg = render.inline_svg(render.vega(picture))
    assert 'fill="url(#hatch)"' in svg
    shown = texts(picture)
    assert {"time", "cache", "tlb", "unexplained", "makes B slower", "measured", "3.58 ms", "52.1 ms", "10 ms"} <= set(
        shown
    )
    assert {"×9.23", "×1.34"} <= set(shown)


def test_the_intervals_of_both_times_are_in_the_data() -> None:
    explanation = explanations.shuffled_list()
    first, *_, last = rows_of(drawn(explanation))
    for row, side in ((first, explanation.a), (last, explanation.b)):
        assert side.seconds is not None
        assert (row["low"], row["high"]) == (side.seconds.low, side.seconds.high)


def test_the_table_holds_the_figures_of_each_step() -> None:
    picture = drawn(explanations.shuffled_list())
    assert picture.table is not None
    label, factor, share, _, grade, evidence, alone = picture.table.rows[1]
    assert (label, factor, share, grade) == ("cache", "×9.23", "83% (77–88)", "toggled")
    assert "299 954 dependent L3 misses" in evidence
    assert alone == "5.64 ms (5.08–6.32)"
    assert "cache ×9.23 (83%)" in picture.alternative


def test_causes_too_small_for_a_step_are_told_beside_the_unexplained() -> None:
    picture = drawn(explanations.shuffled_list())  # shares of 0.83, 0.11 and 0.056: 0.004 is of the smallest
    assert picture.table is not None
    assert "0.4% of small causes" in picture.table.rows[-2][2]


def test_hostile_words_are_text_in_the_drawing() -> None:
    explanation = explanations.shuffled_list()
    hostile = changed(explanation.a, name="<script>alert(1)</script>" * 30)
    picture = drawn(changed(explanation, a=hostile))
    svg = render.inline_svg(render.vega(picture))
    assert "<script" not in svg
    assert "&lt;script" in svg
    assert all(len(row["label"]) < 40 for row in rows_of(picture))


@pytest.mark.parametrize("share", [1e308, -1e308, 400.0, -400.0])
@pytest.mark.parametrize("left", [0.0, -1.0, 1e308])
def test_absurd_shares_and_counterfactuals_do_not_raise(share: float, left: float) -> None:
    explanation = explanations.shuffled_list()
    cause = changed(
        explanation.causes[0], share=share, low=-share, high=share, counterfactual_s=left, counterfactual_low_s=left
    )
    picture = waterfall(changed(explanation, causes=(cause,), unexplained=None))
    if isinstance(picture, Picture):
        assert math.isfinite(sum(row["length"] for row in rows_of(picture)))


@pytest.mark.parametrize("value", [0.0, -1.0, 1e308, 5e-324])
def test_times_that_are_none_are_not_drawn(value: float) -> None:
    explanation = explanations.shuffled_list()
    seconds = Interval(value=value, low=value, high=value, unit="s")
    assert isinstance(waterfall(changed(explanation, a=changed(explanation.a, seconds=seconds))), Missing)


def test_a_file_is_drawn_with_its_hatching() -> None:
    drawing = render.file(drawn(explanations.shuffled_list()), "svg").decode()
    assert '<pattern id="hatch"' in drawing
    assert "var(--" not in drawing
