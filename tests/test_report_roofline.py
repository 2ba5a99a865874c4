"""The roofline of a report: roofs are what was measured, kernels stand where the record puts them, and each under its roof."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pyperf
import pytest
from pictures import drawn
from profiles import profile, quantity

from hwbench.records import Point
from hwbench.records.machine import BANDWIDTH_OPERATIONS, ROOFLINE_KERNELS
from hwbench.show.report import render
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Missing, Picture
from hwbench.show.report.roofline import roofline
from hwbench.show.report.roofs import Kernel, kernels_of


def stream(level: int, operation: str, rate: float, bits: int = 256, cores: int = 1) -> Point:
    number = BANDWIDTH_OPERATIONS.index(operation)
    place = {"level": float(level), "operation": float(number), "vector_bits": float(bits), "cores": float(cores)}
    return {**place, "bytes_per_second": rate, "low": rate * 0.9, "high": rate * 1.02}


def peak(bits: int, rate: float, element_bits: int = 64, cores: int = 1) -> Point:
    return {
        "vector_bits": float(bits),
        "cores": float(cores),
        "element_bits": float(element_bits),
        "flops_per_second": rate,
        "flops_per_cycle": rate / 4e9,
    }


BANDWIDTH = (
    stream(1, "load", 200e9),
    stream(1, "load", 500e9, cores=2),
    stream(1, "triad", 240e9),
    stream(1, "triad", 120e9, bits=128),
    stream(2, "load", 120e9),
    stream(4, "load", 30e9),
    stream(4, "add", 24e9),
    stream(4, "streaming_copy", 45e9),
)
FLOPS = (
    peak(64, 16e9),
    peak(128, 32e9),
    peak(256, 64e9),
    peak(512, 63.9e9),
    peak(256, 128e9, element_bits=32),
    peak(256, 120e9, cores=2),
)
PRODUCTS: tuple[Point, ...] = (
    {
        "kernel": 0.0,
        "flops_per_byte": 0.125,
        "flops_per_second": 0.75e9,
        "low": 0.7e9,
        "high": 0.8e9,
        "bytes": 6291456.0,
    },
    {"kernel": 1.0, "flops_per_byte": 0.125, "flops_per_second": 24e9, "low": 23e9, "high": 24e9, "bytes": 6291456.0},
)


def machine(
    bandwidth: Sequence[Point] = BANDWIDTH,
    flops: Sequence[Point] = FLOPS,
    products: Sequence[Point] = PRODUCTS,
    label: str = "here",
    **more: Any,
) -> Machine:
    curves = {"bandwidth": tuple(bandwidth), "flops": tuple(flops), "roofline": tuple(products)}
    return Machine(label, profile(curves={name: points for name, points in curves.items() if points}, **more))


def rows(picture: Picture, field: str) -> list[dict[str, Any]]:
    """Return the rows with that field in the data of a picture's layers, those that several share once."""
    found: list[dict[str, Any]] = []
    for part in picture.spec["layer"]:
        found += [row for row in part["data"]["values"] if field in row and row not in found]
    return found


def roofs(picture: Picture) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows(picture, "flat")}


def benchmark(name: str, seconds: Sequence[float] = (0.5, 1.0, 1.5), **metadata: Any) -> pyperf.Benchmark:
    return pyperf.Benchmark([pyperf.Run(list(seconds), metadata={"name": name, **metadata}, collect_metadata=False)])


def test_a_slanted_roof_is_the_best_of_a_level_by_loads_and_stores_but_not_around_the_caches() -> None:
    found = roofs(drawn(roofline([machine()])))
    assert {name: row["per_byte"] for name, row in found.items() if not row["flat"]} == {
        "L1": 240e9,
        "L2": 120e9,
        "memory": 30e9,
    }
    assert found["L1"]["how"] == "triad, 256 bits"
    for row in found.values():
        assert row["flat"] or row["y"] / row["x"] == pytest.approx(row["per_byte"]), (
            "flops per second by flops per byte"
        )


def test_roofs_meet_where_the_level_feeds_the_arithmetic() -> None:
    found = roofs(drawn(roofline([machine()])))
    assert (found["memory"]["x2"], found["memory"]["y2"]) == pytest.approx((64e9 / 30e9, 64e9))
    assert found["256 and 512 bits"]["x"] == pytest.approx(64e9 / 240e9)


def test_a_flat_roof_is_that_of_doubles_on_one_core_and_widths_that_are_alike_share_one() -> None:
    flats = {name: row for name, row in roofs(drawn(roofline([machine()]))).items() if row["flat"]}
    assert {name: (row["y"], row["lower"]) for name, row in flats.items()} == {
        "64 bits": (16e9, True),
        "128 bits": (32e9, True),
        "256 and 512 bits": (64e9, False),
    }


def test_without_the_curve_the_peak_is_the_roof() -> None:
    one = machine(flops=(), quantities={"flops.peak.f64": quantity("FLOP/s", 50e9)})
    assert roofs(drawn(roofline([one])))["fastest width"]["y"] == 50e9


def test_the_kernels_of_the_record_stand_where_it_puts_them_under_the_roof_they_do_not_pass() -> None:
    found = {(row["kernel"], row["note"]): row for row in rows(drawn(roofline([machine()])), "kernel")}
    slow, fast = found["product ijk", "6 MiB"], found["product ikj", "6 MiB"]
    assert (slow["x"], slow["y"], slow["low"], slow["high"]) == (0.125, 0.75e9, 0.7e9, 0.8e9)
    assert (slow["roof"], slow["part"]) == ("memory, 3.75 GFLOP/s", "20%")
    assert (fast["roof"], fast["part"]) == ("L1, 30 GFLOP/s", "80%")
    triad, add = found["triad", "in L1, 256 bits"], found["add", "in memory, 256 bits"]
    assert (triad["x"], triad["y"]) == pytest.approx((1 / 12, 20e9))
    assert (triad["roof"], triad["part"]) == ("L1, 20 GFLOP/s", "100%")
    assert (add["y"], add["roof"], add["part"]) == (1e9, "memory, 1.25 GFLOP/s", "80%")


def test_a_kernel_stands_under_no_level_beyond_that_which_holds_its_data() -> None:
    capacities = {"l1d.capacity": quantity("B", 32768.0), "l2.capacity": quantity("B", 8388608.0)}
    found = {row["kernel"]: row for row in rows(drawn(roofline([machine(quantities=capacities)])), "kernel")}
    assert (found["product ijk"]["roof"], found["product ijk"]["part"]) == ("L2, 15 GFLOP/s", "5.0%")
    assert found["product ikj"]["roof"] == "L1, 30 GFLOP/s", "it passes the second level's"
    small = {"l1d.capacity": quantity("B", 32768.0), "l2.capacity": quantity("B", 1048576.0)}
    beyond = {row["kernel"]: row for row in rows(drawn(roofline([machine(quantities=small)])), "kernel")}
    assert beyond["product ijk"]["roof"] == "memory, 3.75 GFLOP/s"


def test_a_kernel_with_many_flops_a_byte_stands_under_the_arithmetic() -> None:
    guest = Kernel("dense", 10.0, 32e9, 31e9, 33e9)
    (row,) = [row for row in rows(drawn(roofline([machine()], [guest])), "kernel") if row["kernel"] == "dense"]
    assert (row["roof"], row["part"], row["rate"]) == ("256 and 512 bits, 64 GFLOP/s", "50%", "32 GFLOP/s (31–33)")


def test_the_table_and_the_words_hold_the_figures() -> None:
    picture = drawn(roofline([machine()]))
    assert picture.table is not None
    assert ("roof: L2", "", "120 GB/s (108–122)", "", "", "load, 256 bits") in picture.table.rows
    assert (
        "product ijk", "0.125", "750 MFLOP/s (700–800)", "memory, 3.75 GFLOP/s", "20%", "6 MiB"
    ) in picture.table.rows  # fmt: skip
    assert "L1 240 GB/s" in picture.alternative
    assert "product ijk reaches 20% of its roof (memory, 3.75 GFLOP/s)" in picture.alternative


def test_axes_roofs_and_kernels_are_named_in_the_drawing() -> None:
    svg = render.inline_svg(render.vega(drawn(roofline([machine()]))))
    for text in (
        "flops per byte", "flops per second", "GFLOP/s", "L1: 240 GB/s", "memory: 30 GB/s", "64 bits: 16 GFLOP/s", "product ijk",
        "triad",
    ):  # fmt: skip
        assert text in svg, text


def test_names_that_would_touch_are_moved_apart() -> None:
    crowd = [Kernel(f"kernel {number}", 0.5, 2e9 * (1 + number / 1000)) for number in range(10)]
    picture = drawn(roofline([machine(products=())], crowd))
    axis = next(part["encoding"]["y"]["scale"] for part in picture.spec["layer"] if "y" in part["encoding"])
    decade = picture.spec["height"] / math.log10(axis["domain"][1] / axis["domain"][0])
    heights = sorted(
        math.log10(row["y"]) * decade for row in rows(picture, "name") if row["name"].startswith("kernel ")
    )
    assert len(heights) == 10
    assert min(above - below for below, above in pairwise(heights)) >= 12, "pixels between lines of text"
    assert max(heights) - min(heights) < 150, "as near to their points as can be"


def test_of_several_machines_each_has_its_roofs_and_kernels() -> None:
    picture = drawn(roofline([machine(), machine(BANDWIDTH[:5], label="there")], [Kernel("guest", 1.0, 1e9)]))
    assert {row["machine"] for row in rows(picture, "flat")} == {"here", "there"}
    assert {row["machine"] for row in rows(picture, "kernel")} == {"here", "there", "other"}
    assert picture.table is not None
    assert picture.table.headers[0] == "machine"
    assert "guest" in render.inline_svg(render.vega(picture))
    assert picture.alternative.startswith(
        "here: L1 240 GB/s, L2 120 GB/s, memory 30 GB/s, 256 and 512 bits 64 GFLOP/s."
    )


def test_roofs_that_lie_on_each_other_have_one_name() -> None:
    picture = drawn(roofline([machine(products=()), machine(products=(), label="there")]))
    svg = render.inline_svg(render.vega(picture))
    assert [svg.count(f">{name}<") for name in ("L1", "L2", "memory", "64 GFLOP/s")] == [2] * 4, (
        "the outline and the name"
    )


def test_kernels_come_from_benchmarks_that_declare_their_flops_and_bytes() -> None:
    kernels = kernels_of(
        [
            benchmark("triad", work_flops=2e9, work_bytes=24e9, work_loads=1.0),
            benchmark("product", work_flops=4e9, work_loads=1e9, work_stores=1e9),
            benchmark("read", work_bytes=24e9),
            benchmark("sums", work_flops=1e9),
            benchmark("odd", work_flops="many", work_bytes=-1),
            benchmark("plain"),
        ]
    )
    assert [(one.name, one.flops_per_byte, one.flops_per_second) for one in kernels] == [
        ("triad", pytest.approx(2 / 24), 2e9),
        ("product", 0.25, 4e9),
    ]
    assert (kernels[0].low, kernels[0].high) == (pytest.approx(2e9 / 1.5), 4e9)
    assert [one.note for one in kernels] == ["", "8 bytes a load or store"]
    assert "8 bytes a load or store" in drawn(roofline([machine()], kernels)).caption


def test_benchmarks_of_one_name_are_told_apart_by_their_variant() -> None:
    work = {"work_flops": 1e9, "work_bytes": 1e9}
    kernels = kernels_of([benchmark("add", variant="v128", **work), benchmark("add", variant="v512", **work)])
    assert [one.name for one in kernels] == ["add v128", "add v512"]


def test_what_is_missing_says_why() -> None:
    one = roofline([machine((), ())])
    assert isinstance(one, Missing)
    assert "hwbench characterize" in one.reason
    assert isinstance(roofline([]), Missing)


@pytest.mark.parametrize("left_out", ["bandwidth", "flops", "products"])
def test_what_is_there_is_drawn_without_the_rest(left_out: str) -> None:
    picture = drawn(roofline([machine(**{left_out: ()})]))
    assert "<svg" in render.inline_svg(render.vega(picture))
    assert bool([row for row in rows(picture, "flat") if row["flat"]]) == (left_out != "flops")


def test_strange_points_are_left_out_and_nothing_is_raised() -> None:
    strange: list[Point] = [
        {},
        {**PRODUCTS[0], "kernel": float(len(ROOFLINE_KERNELS))},
        {**PRODUCTS[0], "kernel": 0.5},
        {**PRODUCTS[0], "kernel": -1.0},
        {**PRODUCTS[0], "flops_per_byte": 0.0},
        {**PRODUCTS[0], "flops_per_second": 1e308},
        {**PRODUCTS[0], "low": -1.0},
    ]
    flops = [*FLOPS, {}, {**FLOPS[0], "flops_per_second": -1.0}, {**FLOPS[0], "vector_bits": 1e308}]
    guests = [Kernel("nothing", 0.0, 1.0), Kernel("too much", 1e308, 1e308), Kernel("far", 1e20, 1e-20, -1.0, 1e308)]
    picture = drawn(roofline([machine(flops=flops, products=strange)], guests))
    found = [row for row in rows(picture, "kernel") if row["kernel"] not in ("add", "triad")]
    assert [(row["kernel"], row["low"]) for row in found] == [("product ijk", 0.75e9), ("far", 1e-20)]
    assert "<svg" in render.inline_svg(render.vega(picture))


def test_hostile_names_are_escaped_and_shortened() -> None:
    guests = [Kernel("<script>alert(1)</script>", 1.0, 1e9), *(Kernel("k" * 500, 0.1, 1e9 + n) for n in range(2000))]
    svg = render.inline_svg(render.vega(drawn(roofline([machine(label="m" * 500)], guests))))
    assert "<script" not in svg
    assert "k" * 40 not in svg
    assert len(svg) < 500_000
