"""Latency under load in a report: the record's points in their order, from no load on, and what all cores read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pictures import drawn, rows
from profiles import profile, quantity

from hwbench.records import Point
from hwbench.show.report import render
from hwbench.show.report.loaded import loaded
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Missing

POINTS: tuple[Point, ...] = (
    {"bytes_per_second": 0.0, "ns": 100.0, "low": 98.0, "high": 103.0},
    {"bytes_per_second": 10e9, "ns": 110.0, "low": 108.0, "high": 112.0},
    {"bytes_per_second": 25e9, "ns": 180.0, "low": 170.0, "high": 195.0},
    {"bytes_per_second": 22e9, "ns": 250.0, "low": 230.0, "high": 260.0},
)
ALL_CORES = {"dram.read_bandwidth_all": quantity("B/s", 30e9)}


def machine(points: Sequence[Point] = POINTS, label: str = "here", **more: Any) -> Machine:
    return Machine(label, profile(curves={"loaded_latency": tuple(points)} if points else {}, **more))


def test_the_points_are_those_of_the_record_in_the_order_of_growing_load() -> None:
    found = [row for row in rows(drawn(loaded([machine()]))) if "ns" in row]
    assert [(row["order"], row["rate"], row["ns"], row["low"], row["high"]) for row in found] == [
        (0, 0.0, 100.0, 98.0, 103.0),
        (1, 10.0, 110.0, 108.0, 112.0),
        (2, 25.0, 180.0, 170.0, 195.0),
        (3, 22.0, 250.0, 230.0, 260.0),
    ]
    assert [row["load"] for row in found] == ["none", "10 GB/s", "25 GB/s", "22 GB/s"]


def test_the_table_and_the_words_say_the_same() -> None:
    picture = drawn(loaded([machine(quantities=ALL_CORES)]))
    assert picture.table is not None
    assert list(picture.table.rows)[2] == ("25 GB/s", "180 ns (170–195)")
    assert picture.alternative == (
        "100 ns (98–103) without load, 180 ns (170–195) (1.8 times) while they take 25 GB/s; all cores read 30 GB/s."
    )


def test_what_all_cores_read_is_marked_where_it_is_known() -> None:
    with_mark, without = drawn(loaded([machine(quantities=ALL_CORES)])), drawn(loaded([machine()]))
    assert [row["rate"] for row in rows(with_mark) if "ns" not in row] == [30.0]
    assert "dashed line" in with_mark.caption
    assert "dashed line" not in without.caption
    assert [row for row in rows(without) if "ns" not in row] == []


def test_axes_have_units_and_the_mark_its_name() -> None:
    svg = render.inline_svg(render.vega(drawn(loaded([machine(quantities=ALL_CORES)]))))
    for text in ("bandwidth that the other cores take (GB/s)", "time of a load (ns)", "all cores read 30 GB/s"):
        assert text in svg, text


def test_several_machines_have_a_line_each() -> None:
    picture = drawn(loaded([machine(), machine(POINTS[:2], "there")]))
    assert picture.table is not None
    assert [row[0] for row in picture.table.rows] == ["here"] * 4 + ["there"] * 2
    svg = render.inline_svg(render.vega(picture))
    assert "here" in svg
    assert "there" in svg


def test_what_is_missing_says_why() -> None:
    one = loaded([machine([])])
    assert isinstance(one, Missing)
    assert "second CPU" in one.reason
    assert isinstance(loaded([]), Missing)


def test_strange_points_are_left_out() -> None:
    strange: list[Point] = [
        {},
        {"ns": 5.0},
        {"bytes_per_second": -1.0, "ns": 5.0},
        {"bytes_per_second": 1e308, "ns": 5.0},
        {"bytes_per_second": 0.0, "ns": 0.0},
        {"bytes_per_second": 0.0, "ns": 7.0, "low": -3.0, "high": 1e308},
    ]
    picture = drawn(loaded([machine(strange, quantities={"dram.read_bandwidth_all": quantity("B/s", -4.0)})]))
    assert [(row["ns"], row["low"], row["high"]) for row in rows(picture)] == [(7.0, 7.0, 7.0)]
    assert isinstance(loaded([machine(strange[:-1])]), Missing)
    assert "<svg" in render.inline_svg(render.vega(picture))


def test_hostile_names_are_escaped_and_shortened() -> None:
    many = [{"bytes_per_second": 1e6 * number, "ns": 100.0 + number % 7} for number in range(3000)]
    svg = render.inline_svg(render.vega(drawn(loaded([machine(label="<script>" * 90), machine(many, "x" * 500)]))))
    assert "<script" not in svg
    assert "x" * 40 not in svg
