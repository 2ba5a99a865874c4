"""The load-latency curve in a report: its points, capacities and plateaus are the record's, and it says which is which."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from pictures import drawn
from profiles import host, profile, quantity

from hwbench.records import Point, Quantity
from hwbench.show.report import render
from hwbench.show.report.latency import latency
from hwbench.show.report.machines import Machine, labelled, told
from hwbench.show.report.picture import Missing, Picture

KIB, MIB = 1024.0, 1024.0 * 1024.0


def point(size: float, ns: float) -> Point:
    return {"bytes": size, "ns": ns, "low": ns * 0.9, "high": ns * 1.2, "cycles": ns * 3}


BASE = (point(4 * KIB, 1.0), point(256 * KIB, 4.0), point(8 * MIB, 20.0), point(64 * MIB, 160.0))
HUGE = (point(4 * KIB, 1.0), point(64 * MIB, 120.0))
LEVELS: dict[str, Quantity] = {
    "l1d.capacity": quantity("B", 32 * KIB, 31 * KIB, 34 * KIB),
    "l2.capacity": quantity("B", MIB),
    "l3.capacity": quantity("B", 16 * MIB),
    "l1d.latency": quantity("ns", 1.0),
    "l2.latency": quantity("ns", 4.0, 3.9, 4.2),
    "l3.latency": quantity("ns", 12.0),
    "dram.latency": quantity("ns", 110.0),
}


def machine(
    base: Sequence[Point] = BASE,
    huge: Sequence[Point] = HUGE,
    label: str = "here",
    quantities: dict[str, Quantity] | None = None,
    **curves: Sequence[Point],
) -> Machine:
    every = {
        "latency_base": tuple(base),
        "latency_huge": tuple(huge),
        **{key: tuple(one) for key, one in curves.items()},
    }
    found = LEVELS if quantities is None else quantities
    return Machine(label, profile(found, curves={name: points for name, points in every.items() if points}))


def rows(picture: Picture, field: str) -> list[dict[str, Any]]:
    """Return the rows with that field in the data of a picture's layers, those that several share once."""
    found: list[dict[str, Any]] = []
    for part in (picture.spec, *picture.spec["layer"]):
        found += [row for row in part.get("data", {}).get("values", []) if field in row and row not in found]
    return found


def test_both_curves_have_the_points_of_the_record_with_their_intervals() -> None:
    found = rows(drawn(latency([machine()])), "series")
    assert [(row["series"], row["bytes"], row["ns"], row["low"], row["high"]) for row in found] == [
        (name, one["bytes"], one["ns"], one["low"], one["high"])
        for name, points in (("base pages", BASE), ("huge pages", HUGE))
        for one in points
    ]
    assert (found[2]["footprint"], found[2]["time"], found[2]["cycles"]) == ("8 MiB", "20 ns (18–24)", "60")


def test_the_capacities_are_marked_where_they_were_measured_and_name_their_levels() -> None:
    found = [row for row in rows(drawn(latency([machine()])), "level") if "bytes" in row]
    assert [(row["level"], row["bytes"], row["text"]) for row in found] == [
        ("L1", 32 * KIB, "L1 32 KiB"), ("L2", MIB, "L2 1 MiB"), ("L3", 16 * MIB, "L3 16 MiB"),
    ]  # fmt: skip
    assert found[0]["told"] == "32 KiB (31–34)"


def test_a_plateau_lies_at_its_levels_latency_from_the_capacity_before_to_its_own() -> None:
    found = rows(drawn(latency([machine()])), "begin")
    assert [(row["level"], row["begin"], row["end"], row["ns"]) for row in found] == [
        ("L1", 4 * KIB, 32 * KIB, 1.0),
        ("L2", 32 * KIB, MIB, 4.0),
        ("L3", MIB, 16 * MIB, 12.0),
        ("memory", 16 * MIB, 64 * MIB, 110.0),
    ]
    assert (found[1]["text"], found[1]["told"]) == ("L2 4 ns", "4 ns (3.9–4.2)")
    assert sum(row["share"] for row in found) == pytest.approx(1.0)


def test_beyond_a_level_of_unknown_capacity_no_plateau_is_drawn_but_that_of_memory() -> None:
    without_second = {name: one for name, one in LEVELS.items() if name != "l2.capacity"}
    found = rows(drawn(latency([machine(quantities=without_second)])), "begin")
    assert [(row["level"], row["begin"]) for row in found] == [("L1", 4 * KIB), ("memory", 16 * MIB)]
    nothing_known = drawn(latency([machine(quantities={"dram.latency": LEVELS["dram.latency"]})]))
    assert rows(nothing_known, "begin") == []


def test_capacities_outside_the_curve_are_not_drawn() -> None:
    wide = {**LEVELS, "l3.capacity": quantity("B", 64 * MIB), "l1d.capacity": quantity("B", 4 * KIB)}
    assert [row["level"] for row in rows(drawn(latency([machine(quantities=wide)])), "level")] == ["memory", "L2"]


def test_the_words_and_the_table_hold_the_figures() -> None:
    picture = drawn(latency([machine()]))
    assert picture.alternative == (
        "base pages: 1 ns (0.9–1.2) at 4 KiB, 160 ns (144–192) at 64 MiB."
        " huge pages: 1 ns (0.9–1.2) at 4 KiB, 120 ns (108–144) at 64 MiB."
        " Levels: L1 1 ns, L2 4 ns, L3 12 ns, memory 110 ns."
    )
    assert picture.table is not None
    assert picture.table.headers == ("footprint", "base pages", "huge pages")
    assert list(picture.table.rows[1]) == ["256 KiB", "4 ns (3.6–4.8)", ""]


def test_the_caption_explains_only_what_is_drawn() -> None:
    whole, bare = drawn(latency([machine()])).caption, drawn(latency([machine(quantities={})])).caption
    assert "Dashed" in whole
    assert "Grey bars" in whole
    assert "Dashed" not in bare
    assert "Grey bars" not in bare
    assert "base pages" in drawn(latency([machine(), machine(label="there")])).caption


def test_axes_have_titles_and_units_and_the_legend_whole_shapes() -> None:
    vega = render.vega(drawn(latency([machine()])))
    (legend,) = vega["legends"]
    assert {"fill", "shape"} <= legend.keys()
    assert "strokeDash" not in legend, "a dashed outline frays so small a shape"
    svg = render.inline_svg(vega)
    for text in ("footprint", "time of a load", "64 KiB", "10 ns", "base pages", "huge pages", "L2 1 MiB", "L3 12 ns"):
        assert text in svg, text


def test_of_several_machines_each_has_its_curve_on_base_pages_and_no_level_is_marked() -> None:
    picture = drawn(latency([machine(), machine(BASE[:2], label="there")]))
    assert {row["series"]: row["bytes"] for row in rows(picture, "series")} == {"here": 64 * MIB, "there": 256 * KIB}
    assert rows(picture, "level") == []
    assert picture.table is not None
    assert picture.table.headers == ("footprint", "here", "there")


def test_of_several_a_machine_without_base_pages_has_its_scattered_curve() -> None:
    both = [machine(), machine((), HUGE, "there", latency=BASE[:1])]
    assert [row["bytes"] for row in rows(drawn(latency(both)), "series") if row["series"] == "there"] == [4 * KIB]


def test_what_is_missing_says_why() -> None:
    one = latency([machine((), ())])
    assert isinstance(one, Missing)
    assert "hwbench characterize" in one.reason
    assert isinstance(latency([]), Missing)


def test_strange_points_and_names_are_left_out_or_escaped() -> None:
    strange: list[Point] = [{}, {"bytes": 0.0, "ns": 1.0}, {"bytes": KIB, "ns": -1.0}, {"bytes": KIB, "ns": 1e308}]
    odd = {
        name: quantity(one.unit, number)
        for (name, one), number in zip(LEVELS.items(), [1e308, -1.0, 0.0, 1e308, 0.0, -1.0, 5.0], strict=True)
    }
    kept: Point = {"bytes": 2 * KIB, "ns": 3.0, "low": -1.0, "high": math.inf}
    picture = drawn(latency([machine([*strange, kept], (), quantities=odd)]))
    assert [(row["ns"], row["low"], row["high"]) for row in rows(picture, "series")] == [(3.0, 3.0, 3.0)]
    assert "<svg" in render.inline_svg(render.vega(picture))
    hostile = latency([machine(label="<script>alert(1)</script>"), machine(label="m" * 500)])
    svg = render.inline_svg(render.vega(drawn(hostile)))
    assert "<script" not in svg
    assert "m" * 40 not in svg


def test_labels_that_would_be_alike_when_cut_have_numbers() -> None:
    long = [profile(facts=host(f"{'n' * 300}{number}")) for number in (1, 2)]
    names = [one.name for one in labelled(long)]
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 36


def test_of_many_machines_the_words_tell_the_first_and_count_the_rest() -> None:
    assert told(["a.", "", "b."]) == "a. b."
    assert told(f"{number}." for number in range(7)) == "0. 1. 2. 3. 3 more machines in the table."
    assert told(f"{number}." for number in range(5)).endswith("1 more machine in the table.")
