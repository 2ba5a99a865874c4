"""The roofline's kernels: the names that records keep, the bytes that their instructions ask for, the order that locality gives."""

from __future__ import annotations

import numpy as np
import pytest

from hwbench.catalog.loops import PRODUCT_TILE
from hwbench.measure.bench import Bench
from hwbench.probes import bandwidth, roofline
from hwbench.records.machine import BANDWIDTH_OPERATIONS, ROOFLINE_KERNELS


def test_the_names_that_records_keep_are_those_of_the_operations_in_their_order() -> None:
    functions = [operation.function.removeprefix("stream_") for operation in bandwidth.OPERATIONS]
    named = [name.removeprefix("streaming_") for name in BANDWIDTH_OPERATIONS]
    assert [name.removesuffix("_around") for name in functions] == named
    assert [operation.around for operation in bandwidth.OPERATIONS] == [
        name.startswith("streaming_") for name in BANDWIDTH_OPERATIONS
    ]


def test_every_kernel_of_the_curve_says_what_its_steps_move() -> None:
    assert set(roofline.BYTES_A_STEP) == set(ROOFLINE_KERNELS)


@pytest.mark.parametrize("kernel", ROOFLINE_KERNELS)
def test_the_kernels_make_the_product(bench: Bench, kernel: str) -> None:
    side = 2 * PRODUCT_TILE
    a, b, c = (np.arange(side * side, dtype=np.float64) % number for number in (13, 11, 7))
    tile = (PRODUCT_TILE,) if kernel == "product_tiled" else ()
    bench.variant.bind(f"loops_{kernel}", (a, b, c, side, *tile))(1)
    assert np.array_equal(c.reshape(side, side), a.reshape(side, side) @ b.reshape(side, side))


def test_rows_that_are_added_up_are_done_faster_than_columns_that_are_jumped_through(bench: Bench) -> None:
    (found,) = roofline.roofline(bench, {})
    assert found.curve is not None
    rates = {ROOFLINE_KERNELS[int(point["kernel"])]: point for point in found.curve}
    assert list(rates) == list(ROOFLINE_KERNELS)
    assert rates["product_ikj"]["flops_per_second"] > 1.5 * rates["product_ijk"]["flops_per_second"]
    assert all(point["low"] <= point["flops_per_second"] <= point["high"] for point in found.curve)
    assert {name: point["flops_per_byte"] for name, point in rates.items()} == {
        "product_ijk": 2 / 16,
        "product_ikj": 2 / 24,
        "product_tiled": 2 / 24,
    }


def test_where_there_is_no_memory_for_three_matrices_nothing_is_measured(bench: Bench) -> None:
    small = Bench(bench.variant, bench.ruler, bench.host, memory_bytes=1 << 20)
    assert list(roofline.roofline(small, {})) == []
