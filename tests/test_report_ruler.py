"""The ruler shows the prices of the record, each in its place, with its interval, named and in order."""

from __future__ import annotations

from typing import Any

import pytest
from profiles import profile, quantity

from hwbench.records import MachineProfile, Quantity
from hwbench.show.report import render
from hwbench.show.report.machines import Machine, labelled
from hwbench.show.report.picture import Missing, Picture
from hwbench.show.report.ruler import SUBJECTS, ruler

PRICES = {
    "fsync.cost": quantity("ns", 2e5, 1.9e5, 2.5e5, cycles=7e5),
    "l1d.latency": quantity("ns", 1.08, 1.07, 1.1, cycles=4.0, cycles_low=3.9, cycles_high=4.1),
    "branch.mispredict_cost": quantity("ns", 5.5, 4.75, 6.0, caution="a neighbour was there"),
    "add.latency.i64": quantity("ns", 0.27),
    "flops.peak.f64": quantity("FLOP/s", 5e10),
}


def drawn(*profiles: MachineProfile) -> Picture:
    picture = ruler(labelled(profiles))
    assert isinstance(picture, Picture), picture
    return picture


def rows(picture: Picture) -> list[dict[str, Any]]:
    """Return the rows of the picture's main data."""
    values = picture.spec.get("data", {}).get("values") or picture.spec["layer"][1]["data"]["values"]
    assert isinstance(values, list)
    return values


def test_each_price_of_the_record_stands_on_the_ruler_with_its_interval() -> None:
    found = {row["quantity"]: row for row in rows(drawn(profile(PRICES)))}
    assert set(found) == set(PRICES) - {"flops.peak.f64"}
    l1 = found["l1d.latency"]
    assert (l1["ns"], l1["low"], l1["high"]) == (1.08, 1.07, 1.1)
    assert (l1["interval"], l1["cycles"], l1["event"]) == ("1.08 ns (1.07–1.1)", "4 cycles (3.9–4.1)", "load from L1")


def test_rows_are_sorted_by_price_in_the_picture_and_in_the_table() -> None:
    picture = drawn(profile(PRICES))
    order = ["integer addition", "load from L1", "mispredicted branch", "fsync"]
    assert picture.spec["layer"][1]["encoding"]["y"]["sort"] == order
    assert picture.table is not None
    assert [row[0] for row in picture.table.rows] == order
    assert picture.table.rows[1] == (
        "load from L1",
        "memory",
        "1.08 ns (1.07–1.1)",
        "4 cycles (3.9–4.1)",
        "l1d.latency",
    )
    assert picture.table.marked == {2}


def test_the_ruler_spans_at_least_a_third_of_a_nanosecond_to_ten_milliseconds() -> None:
    low, high = drawn(profile(PRICES)).spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low <= 0.3
    assert high >= 1e7


def test_ticks_have_units_subjects_a_legend_and_marks_their_prices() -> None:
    svg = render.inline_svg(render.vega(drawn(profile(PRICES))))
    for text in (
        "1 ns",
        "100 ns",
        "10 µs",
        "1 ms",
        "time (logarithmic)",
        "load from L1",
        "1.08 ns",
        "200 µs",
        "arithmetic",
        "system",
    ):
        assert f">{text}<" in svg
    assert ">between cores<" not in svg


def test_several_machines_have_a_mark_each_in_every_row() -> None:
    slower = {name: quantity("ns", (price.value or 1.0) * 2) for name, price in PRICES.items()}
    picture = drawn(profile(PRICES), msgspec_with_id(profile(slower)))
    found = rows(picture)
    assert {row["series"] for row in found} == {"here 0123456789ab", "here 111111111111"}
    pairs = {row["machine"]: row["ns"] for row in found if row["event"] == "fsync"}
    assert list(pairs.values()) == [2e5, 4e5]
    assert picture.table is not None
    assert picture.table.headers[2] == "here 0123456789ab: price"
    assert render.inline_svg(render.vega(picture)).count(">here 111111111111<") == 1


def msgspec_with_id(made: MachineProfile) -> MachineProfile:
    import msgspec

    return msgspec.structs.replace(made, id="1" * 12)


def test_what_costs_nothing_is_named_and_not_drawn() -> None:
    picture = drawn(
        profile({**PRICES, "call.direct": quantity("ns", -0.1), "malloc.cost": Quantity(unit="ns", value=0.0)})
    )
    assert "call in C, malloc and free" in picture.caption
    assert "call.direct" not in {row["quantity"] for row in rows(picture)}


def test_a_bound_below_zero_is_drawn_at_the_value_and_told_as_it_is() -> None:
    picture = drawn(profile({"call.direct": Quantity(unit="ns", value=0.7, low=-0.1, high=1.0)}))
    (row,) = rows(picture)
    assert (row["low"], row["high"], row["interval"]) == (0.7, 1.0, "0.7 ns (-0.1–1)")


def test_no_price_is_missing_with_the_reason() -> None:
    missing = ruler(labelled([profile({"fsync.cost": Quantity(unit="ns", unavailable="no disk")})]))
    assert isinstance(missing, Missing)
    assert "hwbench characterize" in missing.reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308, -1e308, 1e-300, 0.0, 1e29])
def test_absurd_values_do_not_raise(value: float) -> None:
    odd = {
        name: Quantity(unit="ns", value=value, low=-value, high=value, caution="<script>")
        for name in ("l2.latency", "fsync.cost")
    }
    picture = ruler([Machine("<script>" * 60, profile({**odd, "l1d.latency": PRICES["l1d.latency"]}))])
    assert isinstance(picture, Picture)
    if value in (1e308, 1e29):
        assert "<script>" not in render.inline_svg(render.vega(picture))


def test_the_ruler_has_about_thirty_prices_with_short_titles_that_differ() -> None:
    titles = [title for events in SUBJECTS.values() for title in events.values()]
    assert 25 <= len(titles) <= 32
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) <= 20
