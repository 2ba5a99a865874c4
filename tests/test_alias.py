"""Store forwarding and straddling loads: what a chain through memory ends with, and which is dearer."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog.alias import LINE_END, PAGE_END, cells_with
from hwbench.probes.forwarding import PENALTIES, QUANTITIES, forwarding

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant
    from hwbench.records import Quantity


@pytest.fixture(scope="module")
def found(bench: Bench) -> dict[str, Quantity]:
    return {one.name: one.quantity for one in forwarding(bench, {}) if one.quantity is not None}


def test_the_value_is_put_at_each_place() -> None:
    cells = cells_with(7, 0, 100)
    assert cells.nonzero()[0].tolist() == [0, 100]


def test_cells_begin_on_a_page_and_hold_two() -> None:
    cells = cells_with(1)
    assert cells.ctypes.data % mmap.PAGESIZE == 0
    assert cells.nbytes >= 2 * mmap.PAGESIZE


@pytest.mark.parametrize("line", [64, 128, 256])
def test_the_split_place_straddles_lines_of_every_size(line: int) -> None:
    assert LINE_END // line != (LINE_END + 7) // line
    assert PAGE_END // mmap.PAGESIZE != (PAGE_END + 7) // mmap.PAGESIZE


def test_loads_and_stores_really_go_through_memory(variant: Variant) -> None:
    cells = cells_with(5, 64)
    assert variant.bind("alias_exact", (cells, 0, 64))(1) == 5
    assert cells[0] == 0
    assert variant.bind("alias_exact", (cells, 0, 64))(2) == 5
    assert cells[0] == 5


def test_a_spanning_load_finds_both_halves_as_stored(variant: Variant) -> None:
    cells = cells_with(9, 0)
    assert variant.bind("alias_spanning", (cells, 0, 0))(1) == 9
    assert cells[:8].view(np.uint32).tolist() == [9, 9]


def test_a_failed_forwarding_is_dearer_than_any_that_succeeds(found: dict[str, Quantity]) -> None:
    failed = found["store_forward.failed"].value
    assert failed is not None
    for name in ("store_forward.latency", "store_forward.renamed", "store_forward.contained"):
        assert failed > 1.2 * (found[name].value or 0)


def test_no_penalty_is_a_gain_beyond_noise(found: dict[str, Quantity]) -> None:
    for name in PENALTIES:
        assert (found[name].cycles_high or 0) > -1.0


def test_the_forwarding_probe_finds_all_that_it_declares_in_ns_and_cycles(found: dict[str, Quantity]) -> None:
    assert set(found) == {*QUANTITIES, *PENALTIES}
    assert all(
        quantity.value is not None and quantity.cycles is not None and quantity.method for quantity in found.values()
    )
