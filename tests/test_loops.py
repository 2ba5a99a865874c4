"""Loops in another order give the same result, and the compiler has left them in the order that was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog import Prepared, kernels

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant


def prepared(name: str, size: int) -> Prepared:
    made = kernels()[name].prepare(size)
    assert isinstance(made, Prepared)
    return made


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 50), (50, 3), (64, 64)])
def test_rows_and_columns_give_the_same_sum(variant: Variant, rows: int, columns: int) -> None:
    matrix = np.arange(rows * columns, dtype=np.int64)
    sums = [variant.bind(f"loops_by_{order}", (matrix, rows, columns))(2) for order in ("rows", "columns")]
    assert sums == [2 * matrix.sum()] * 2


@pytest.mark.parametrize("tile", [1, 4, 32, 100])
@pytest.mark.parametrize("side", [1, 5, 32, 50])
def test_a_transpose_in_tiles_is_the_transpose_whatever_the_tile(variant: Variant, side: int, tile: int) -> None:
    origin = np.arange(side * side, dtype=np.float64)
    naive, tiled = np.zeros_like(origin), np.zeros_like(origin)
    variant.bind("loops_transpose", (origin, naive, side))(1)
    variant.bind("loops_transpose_tiled", (origin, tiled, side, tile))(1)
    expected = origin.reshape(side, side).T.ravel()
    np.testing.assert_array_equal(naive, expected)
    np.testing.assert_array_equal(tiled, expected)


@pytest.mark.parametrize("side", [1, 5, 33])
def test_the_three_products_are_equal_to_the_last_bit(variant: Variant, side: int) -> None:
    generator = np.random.default_rng(3)
    a, b = generator.random(side * side), generator.random(side * side)
    made = [np.zeros(side * side) for _ in range(3)]
    variant.bind("loops_product_ijk", (a, b, made[0], side))(2)
    variant.bind("loops_product_ikj", (a, b, made[1], side))(2)
    variant.bind("loops_product_tiled", (a, b, made[2], side, 4))(2)
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[0], made[2])
    np.testing.assert_allclose(made[0], (a.reshape(side, side) @ b.reshape(side, side)).ravel())


def test_columns_cost_more_than_rows(bench: Bench) -> None:
    cases = []
    for order in ("rows", "columns"):
        made = prepared(f"loops.by_{order}", 32 << 20)
        cases.append(bench.c_case(order, f"loops_by_{order}", made.arguments, made.work.loads))
    taken = bench.sample(cases, 0.2)
    assert taken["columns"].lower().value > 2 * taken["rows"].lower().value
