"""Layouts hold the same records: every way to keep them gives the same sums, at its own cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog import Prepared, kernels

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant

WAYS = ("structures", "arrays", "blocks")


def prepared(name: str, size: int) -> Prepared:
    made = kernels()[name].prepare(size)
    assert isinstance(made, Prepared)
    return made


@pytest.mark.parametrize("part", ["one", "all"])
def test_all_layouts_hold_the_same_values(variant: Variant, part: str) -> None:
    sums = {
        variant.bind(f"layout_{part}_of_{way}", prepared(f"layout.{part}_of_{way}", 1 << 16).arguments)(1)
        for way in WAYS
    }
    assert len(sums) == 1


@pytest.mark.parametrize("way", WAYS)
def test_each_field_is_found_where_the_layout_puts_it(variant: Variant, way: str) -> None:
    words, count, fields, _ = prepared(f"layout.one_of_{way}", 1 << 14).arguments
    sums = [variant.bind(f"layout_one_of_{way}", (words, count, fields, field))(1) for field in range(8)]
    table = np.arange(count * 8).reshape(-1, 8) % 1009
    assert sums == table.sum(axis=0).tolist()


def test_packed_records_take_nine_sixteenths_of_padded_ones() -> None:
    packed, padded = (prepared(f"layout.{name}", 1 << 16).arguments[0] for name in ("packed", "padded"))
    assert isinstance(packed, np.ndarray)
    assert isinstance(padded, np.ndarray)
    assert packed.nbytes / padded.nbytes == pytest.approx(9 / 16, abs=0.01)


def test_one_field_costs_less_from_an_array_of_its_own_than_from_structures(bench: Bench) -> None:
    cases = []
    for way in ("structures", "arrays"):
        made = prepared(f"layout.one_of_{way}", 64 << 20)
        cases.append(bench.c_case(way, f"layout_one_of_{way}", made.arguments, made.work.loads))
    taken = bench.sample(cases, 0.2)
    assert taken["structures"].lower().value > 1.5 * taken["arrays"].lower().value
