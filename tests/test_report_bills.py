"""The two bills side by side: a row an item, both sides' seconds with their intervals, and what is left over."""

from __future__ import annotations

import re
from typing import Any

import explanations
import msgspec
import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from hwbench.records import BillLine, Explanation, Interval
from hwbench.show.bill import left_over
from hwbench.show.report import bills, render
from hwbench.show.report.picture import Missing, Picture

changed = msgspec.structs.replace


def drawn(explanation: Explanation) -> Picture:
    picture = bills.bills(explanation)
    assert isinstance(picture, Picture), picture
    return picture


def marks(picture: Picture) -> list[dict[str, Any]]:
    """Return the marks of A and of B: every row of data that says where it stands, once."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for rows in (layer["data"]["values"] for layer in picture.spec["layer"] if "values" in layer.get("data", {})):
        found.update({(row["row"], row["side"]): row for row in rows if "seconds" in row})
    return [found[key] for key in sorted(found)]


def texts(picture: Picture) -> set[str]:
    return set(re.findall(r"<text[^>]*>([^<]*)</text>", render.inline_svg(render.vega(picture))))


def test_every_line_of_both_bills_has_its_mark_with_its_interval() -> None:
    explanation = explanations.shuffled_list()
    shown = {(mark["item"], mark["side"]): mark for mark in marks(drawn(explanation))}
    for side, lines in explanation.bill.items():
        for line in lines:
            mark = shown[line.item, side.upper()]
            assert (mark["seconds"], mark["low"], mark["high"]) == (line.seconds, line.low, line.high)
            assert mark["grade"] == line.grade
            assert mark["is_modelled"] == (line.grade == "simulated")


def test_the_measured_times_come_first_and_what_is_left_over_last() -> None:
    explanation = explanations.shuffled_list()
    shown = marks(drawn(explanation))
    assert [mark["item"] for mark in shown[:2]] == ["measured", "measured"]
    assert [mark["seconds"] for mark in shown[:2]] == [side.seconds.value for side in (explanation.a, explanation.b)]  # type: ignore[union-attr]
    last = {mark["side"]: mark for mark in shown if mark["item"] == "left over"}
    billed = sum(line.seconds for line in explanation.bill["b"])
    assert last["B"]["seconds"] == pytest.approx(0.0521 - billed)
    assert last["B"]["row"] == max(mark["row"] for mark in shown)


def test_what_is_left_over_is_hatched_and_modelled_lines_are_hollow() -> None:
    svg = render.inline_svg(render.vega(drawn(explanations.shuffled_list())))
    assert svg.count('fill="url(#hatch)"') == 2
    walks = {mark["side"]: mark for mark in marks(drawn(explanations.shuffled_list())) if mark["item"] == "page walks"}
    assert "surface" in walks["B"]["fill"]
    assert "surface" not in walks["A"]["fill"]


def test_a_bill_that_says_too_much_is_told_as_that() -> None:
    explanation = explanations.shuffled_list()
    more = (*explanation.bill["b"], explanations.item("waiting", "system", 1, 1e9))
    picture = drawn(changed(explanation, bill=explanation.bill | {"b": more}))
    left = [mark for mark in marks(picture) if mark.get("is_left") and mark["side"] == "B"]
    assert [mark["over"] for mark in left] == ["billed too much"]
    assert "of B: that its bill says too much" in picture.caption
    assert "997 ms billed too much" in picture.alternative
    assert picture.table is not None
    assert picture.table.rows[-1][2] == "997 ms too much"


def test_items_with_units_sides_and_grades_are_written() -> None:
    shown = texts(drawn(explanations.shuffled_list()))
    assert {
        "A",
        "B",
        "time",
        "measured",
        "L3 misses, dependent · counted",
        "page walks · A counted, B simulated",
    } <= shown
    assert {"A 3.58 ms · B 52.1 ms", "10 ms"} <= shown


def test_a_ratio_of_twenty_thousand_stays_on_the_axis() -> None:
    shown = marks(drawn(explanations.quadratic()))
    assert all(mark["x"] == mark["seconds"] for mark in shown)
    assert max(mark["x"] for mark in shown) / min(mark["x"] for mark in shown) > 20_000


def test_what_costs_nothing_stands_at_the_edge_as_an_arrowhead() -> None:
    explanation = explanations.shuffled_list()
    nothing = BillLine(item="fsync", cause="system", count=0.0, price_ns=0.0, seconds=0.0, low=0.0, high=0.0)
    some = explanations.item("fsync", "system", 10, 1e6)
    bill = {"a": (*explanation.bill["a"], nothing), "b": (*explanation.bill["b"], some)}
    picture = drawn(changed(explanation, bill=bill))
    (mark,) = [mark for mark in marks(picture) if mark["item"] == "fsync" and mark["side"] == "A"]
    assert mark["is_edge"]
    assert mark["x"] == min(one["x"] for one in marks(picture))
    assert "◂ A" in texts(picture)


def test_items_under_a_thousandth_of_both_are_counted_and_left_out() -> None:
    explanation = explanations.shuffled_list()
    small = tuple(explanations.item(f"small {number}", "system", 1, 1.0) for number in range(3))
    picture = drawn(changed(explanation, bill=explanation.bill | {"b": (*explanation.bill["b"], *small)}))
    assert not any(mark["item"].startswith("small") for mark in marks(picture))
    assert "3 items under 0.1% of both bills" in picture.caption


def test_the_whole_bill_is_a_table_of_counts_prices_and_seconds() -> None:
    table = bills.table(explanations.shuffled_list())
    row = dict(zip(table.headers, table.rows[0], strict=True))
    assert row == {
        "item": "L3 misses, dependent",
        "price": "165 ns / 154 ns",
        "count of A": "18",
        "time of A": "2.97 µs (2.76–3.15)",
        "count of B": "300 k",
        "time of B": "46.2 ms (43–49)",
        "grade": "counted",
    }
    assert [row[0] for row in table.rows[-3:]] == ["sum of all items", "measured", "left over"]
    assert table.rows[-2][5] == "52.1 ms (50.5–54.2)"


@pytest.mark.parametrize(
    ("made", "why"), [(explanations.void, "void"), (explanations.mispredicted, "nothing was billed")]
)
def test_what_is_not_drawn_says_why(made: Any, why: str) -> None:
    missing = bills.bills(made())
    assert isinstance(missing, Missing)
    assert why in missing.reason
    assert not bills.table(explanations.mispredicted()).rows


def test_a_bill_of_one_side_is_drawn_alone() -> None:
    picture = drawn(explanations.seeds_story())
    assert {mark["side"] for mark in marks(picture) if "grade" in mark} == {"B"}
    assert "A: 90 µs measured; nothing billed." in picture.alternative


@pytest.mark.parametrize("value", [0.0, -1.0, 5e-324, 1e308])
def test_absurd_seconds_do_not_raise(value: float) -> None:
    explanation = explanations.shuffled_list()
    line = changed(explanation.bill["b"][0], seconds=value, low=-value, high=value, count=value, price_ns=value)
    for lines in ((line,), (line, *explanation.bill["b"])):
        picture = bills.bills(changed(explanation, bill={"a": lines, "b": lines}))
        if isinstance(picture, Picture):
            svg = render.inline_svg(render.vega(picture))
            assert "NaN" not in svg
            assert "Infinity" not in svg


def test_many_items_with_hostile_names_stay_readable() -> None:
    explanation = explanations.shuffled_list()
    many = tuple(explanations.item(f"<script>{number} {'W' * 500}", "cache", 1e6, 50.0) for number in range(300))
    picture = drawn(changed(explanation, bill={"a": many, "b": many}))
    assert max(mark["row"] for mark in marks(picture)) == bills.MOST_ROWS + 1
    assert "260 further items, in the table" in picture.caption
    assert all(len(mark["item"]) <= bills.LONGEST for mark in marks(picture))
    assert "<script" not in render.inline_svg(render.vega(picture))


def test_what_rounding_leaves_of_a_fitted_bill_is_nothing() -> None:
    explanation = explanations.shuffled_list()
    billed = sum(line.seconds for line in explanation.bill["b"])

    def left(measured: float) -> float | None:
        interval = Interval(value=measured, low=measured, high=measured, unit="s")
        return left_over(changed(explanation, b=changed(explanation.b, seconds=interval)), "b")

    assert left(billed * (1 + 1e-13)) == 0.0
    assert left(billed * 1.5) == pytest.approx(0.5 * billed)


def test_what_stands_at_the_edge_is_not_joined_to_the_other_mark() -> None:
    explanation = explanations.shuffled_list()
    first, *others = explanation.bill["b"]
    free = changed(first, seconds=0.0, low=0.0, high=0.0)
    picture = drawn(changed(explanation, bill={"a": (free,), "b": (first, *others)}))
    row = next(mark["row"] for mark in marks(picture) if mark["item"] == first.item)
    (joined,) = (layer for layer in picture.spec["layer"] if layer["mark"]["type"] == "line")
    assert [mark["side"] for mark in joined["data"]["values"] if mark["row"] == row] == ["B"]
