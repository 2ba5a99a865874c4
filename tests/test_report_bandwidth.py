"""Bandwidth in a report: the figures of the record stand in the data and in the table, under the roof that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pictures import drawn, rows
from profiles import profile, quantity

from hwbench.records import Point
from hwbench.records.machine import BANDWIDTH_OPERATIONS
from hwbench.show.report import render
from hwbench.show.report.bandwidth import bandwidth
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Missing
from hwbench.show.report.together import together


def point(level: int, operation: str, bits: int, rate: float, cores: int = 1) -> Point:
    number = BANDWIDTH_OPERATIONS.index(operation)
    return {
        "level": float(level),
        "operation": float(number),
        "vector_bits": float(bits),
        "cores": float(cores),
        "bytes_per_second": rate,
        "low": rate * 0.9,
        "high": rate * 1.05,
        "bytes_per_cycle": rate / 4e9,
    }


POINTS = (
    point(1, "load", 64, 80e9),
    point(1, "load", 256, 220e9),
    point(1, "triad", 256, 330e9),
    point(1, "read", 256, 210e9),
    point(2, "load", 256, 120e9),
    point(4, "load", 256, 30e9),
    point(4, "read", 256, 31e9),
    point(4, "streaming_copy", 256, 41e9),
    point(1, "load", 256, 440e9, cores=2),
    point(4, "load", 256, 36e9, cores=2),
    point(4, "copy", 256, 33e9, cores=2),
)


def machine(points: Sequence[Point] = POINTS, label: str = "here", **more: Any) -> Machine:
    return Machine(label, profile(curves={"bandwidth": tuple(points)} if points else {}, **more))


def test_each_operation_and_width_stands_in_the_panel_of_its_level_with_its_interval() -> None:
    found = [row for row in rows(drawn(bandwidth([machine()]))) if "rate" in row]
    triad = next(row for row in found if row["operation"] == "triad")
    assert (triad["level"], triad["series"], triad["rate"]) == ("L1", "256 bits", 330.0)
    assert (triad["low"], triad["high"]) == pytest.approx((297.0, 346.5))
    assert triad["text"] == "330 GB/s (297–346)"
    assert triad["cycles"] == "82.5 B"
    assert len(found) == 8, "one core alone"


def test_the_roof_is_the_most_that_was_measured_of_a_level_on_one_core() -> None:
    roofs = {row["level"]: row for row in rows(drawn(bandwidth([machine()]))) if "roof" in row}
    assert {level: roof["roof"] for level, roof in roofs.items()} == {"L1": 330.0, "L2": 120.0, "memory": 41.0}
    assert roofs["memory"]["how"] == "streaming copy, 256 bits"
    assert roofs["L1"]["panel"] == "L1: roof 330 GB/s"


def test_the_table_holds_the_same_values() -> None:
    table = drawn(bandwidth([machine()])).table
    assert table is not None
    assert tuple(table.headers) == ("one core", "64 bits", "256 bits")
    assert ("L1 load", "80 GB/s (72–84), 20 B/cycle", "220 GB/s (198–231), 55 B/cycle") in table.rows
    assert ("L2 load", "", "120 GB/s (108–126), 30 B/cycle") in table.rows


def test_what_the_record_doubts_is_marked_in_the_table() -> None:
    doubted = {"l2.read_bandwidth": quantity("B/s", 120e9, caution="another program may have filled it")}
    table = drawn(bandwidth([machine(quantities=doubted)])).table
    assert table is not None
    assert [table.rows[number][0] for number in table.marked] == ["L2 load"]
    assert table.mark == "L2: another program may have filled it"


def test_of_several_machines_each_has_its_best_width_and_to_load_and_to_sum_are_one() -> None:
    faster = [{**one, "bytes_per_second": 2 * one["bytes_per_second"]} for one in POINTS]
    picture = drawn(bandwidth([machine(), machine(faster, "there")]))
    found = {(row["series"], row["level"], row["operation"]): row["rate"] for row in rows(picture) if "rate" in row}
    assert found["here", "memory", "read"] == 31.0, "the sum was faster than the load"
    assert found["there", "L1", "read"] == 440.0
    assert ("here", "memory", "streaming copy") not in found
    assert {row["series"] for row in rows(picture) if "roof" in row} == {"here", "there"}


def test_all_cores_stand_beside_one_with_their_factor() -> None:
    picture = drawn(together([machine()]))
    found = {row["row"]: row for row in rows(picture)}
    assert (found["L1 read"]["one"], found["L1 read"]["many"], found["L1 read"]["factor"]) == (220.0, 440.0, "×2")
    assert found["memory read"]["one"] == 31.0
    assert "one" not in found["memory copy"], "one core was not measured alone"
    assert picture.table is not None
    assert picture.table.rows[0] == (
        "L1 read", "here, 2 cores", "220 GB/s (198–231)", "440 GB/s (396–462)", "×2", "256 bits"
    )  # fmt: skip
    assert "(×2)" in picture.alternative
    assert "×2" in render.inline_svg(render.vega(picture))


def test_units_levels_and_widths_are_in_the_drawing() -> None:
    svg = render.inline_svg(render.vega(drawn(bandwidth([machine()]))))
    for text in ("GB/s, one core", "L1: roof 330 GB/s", "memory: roof 41 GB/s", "64 bits", "256 bits", "triad"):
        assert text in svg, text


def test_what_is_missing_says_why() -> None:
    for one in (bandwidth([machine([])]), together([machine([])]), together([machine(POINTS[:8])])):
        assert isinstance(one, Missing)
        assert "hwbench characterize" in one.reason


def test_strange_points_are_left_out_and_nothing_is_raised() -> None:
    strange: list[Point] = [
        {},
        {"level": 1.0},
        {**POINTS[0], "level": 7.0},
        {**POINTS[0], "operation": -1.0},
        {**POINTS[0], "operation": 1e300},
        {**POINTS[0], "operation": 0.5},
        {**POINTS[0], "bytes_per_second": 0.0},
        {**POINTS[0], "bytes_per_second": -5.0},
        {**POINTS[0], "bytes_per_second": 1e308},
        {**POINTS[0], "vector_bits": 1e308},
        {**POINTS[0], "low": -1.0, "bytes_per_cycle": 0.0},
    ]
    found = [row for row in rows(drawn(bandwidth([machine(strange)]))) if "rate" in row]
    assert [(row["rate"], row["low"], row["cycles"]) for row in found] == [(80.0, 80.0, "")]
    assert isinstance(bandwidth([machine(strange[:-1])]), Missing)
    assert isinstance(bandwidth([]), Missing)


def test_hostile_names_and_many_points_are_drawn_and_short() -> None:
    names = ["<script>alert(1)</script>" * 20, "b" * 500]
    many = [point(4, "load", bits, 1e9 + bits) for bits in range(1, 2000)]
    svg = render.inline_svg(render.vega(drawn(bandwidth([machine(label=name) for name in names]))))
    assert "<script" not in svg
    assert "b" * 40 not in svg
    assert len(rows(drawn(bandwidth([machine(many)])))) < 10
    render.inline_svg(render.vega(drawn(together([machine(label=name) for name in names]))))
