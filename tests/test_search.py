"""The look-ups: every layout finds the same keys, misses the same, and branches cost what they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from disassembly import count, needs_x86

from hwbench.catalog import kernels
from hwbench.catalog.search import (
    Layout,
    breadth_first,
    hashed,
    in_order,
    key_count,
    linked,
    nodes,
    sorted_keys,
)
from hwbench.catalog.twins import numba_twin

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwbench.catalog.rings import Words
    from hwbench.measure.bench import Bench
    from hwbench.native import Variant

LAYOUTS: dict[str, Callable[[Words], Layout]] = {
    "branchy": in_order,
    "branchless": in_order,
    "eytzinger": breadth_first,
    "eytzinger_prefetch": breadth_first,
    "btree_8": lambda keys: nodes(keys, 8),
    "btree_16": lambda keys: nodes(keys, 16),
    "hash": hashed,
    "list": linked,
}


def arguments(layout: Layout, queries: Words) -> tuple[object, ...]:
    return (*layout, queries, np.zeros(1, dtype=np.int64), queries.size)


@pytest.mark.parametrize("how", LAYOUTS)
@pytest.mark.parametrize("size", [3, 7, 15, 127, 1023])
def test_every_search_finds_the_present_keys_and_misses_the_absent(variant: Variant, how: str, size: int) -> None:
    keys = sorted_keys(size)
    ranks = {int(key): rank for rank, key in enumerate(keys)}
    queries = np.unique(np.concatenate([keys, keys + 1, keys - 1, [0, int(keys[-1]) + 10**9]]))
    layout = LAYOUTS[how](keys)
    kernel = kernels()[f"search.{how}"]
    for query in queries:
        one = np.array([query])
        assert variant.bind(f"search_{how}", arguments(layout, one))(1) == ranks.get(int(query), -1)
    expected = sum(ranks.get(int(query), -1) for query in queries)
    assert variant.bind(f"search_{how}", arguments(layout, queries))(queries.size) == expected
    assert numba_twin(kernel, arguments(layout, queries))(queries.size) == expected


def test_the_same_queries_give_the_same_checksum_in_every_layout(variant: Variant) -> None:
    prepared = {how: kernels()[f"search.{how}"].prepare(1 << 13) for how in LAYOUTS}
    assert len({variant.bind(f"search_{how}", p.arguments)(1000) for how, p in prepared.items()}) == 1


def test_a_second_call_goes_on_with_the_queries_where_the_first_ended(variant: Variant) -> None:
    keys = sorted_keys(63)
    first = variant.bind("search_branchy", arguments(in_order(keys), keys))
    assert first(10) == sum(range(10))
    assert first(10) == sum(range(10, 20))


def test_the_number_of_keys_is_one_less_than_a_power_of_two_and_fills_the_size() -> None:
    assert [key_count(size) for size in (8, 64, 4096, 5000, 1 << 20)] == [3, 7, 511, 511, (1 << 17) - 1]


def test_a_tree_of_nodes_holds_every_rank_once_and_its_nodes_in_order() -> None:
    layout = nodes(sorted_keys(1023), 8)
    assert sorted(rank for rank in layout.values if rank >= 0) == list(range(1023))
    assert (np.diff(layout.keys.reshape(-1, 8), axis=1) >= 0).all()
    assert layout.keys.ctypes.data % 64 == 0


def test_a_hash_table_is_at_most_half_full() -> None:
    layout = hashed(sorted_keys(1023))
    assert layout.slots >= 2 * 1023
    assert np.count_nonzero(layout.values >= 0) == 1023


@needs_x86
@pytest.mark.parametrize("width", ["scalar", "v128", "v256", "v512"])
def test_the_branchless_search_selects_by_a_conditional_move(width: str) -> None:
    assert count(r"^cmovl\s", "search_branchless", width) >= 1


@needs_x86
def test_a_node_is_compared_in_one_vector_where_there_are_vectors_of_a_line() -> None:
    assert count(r"vpcmp.*zmm", "search_btree_8", "v512") >= 1


def test_a_search_by_branches_is_slower_for_unforeseeable_keys(bench: Bench) -> None:
    keys = sorted_keys(key_count(1 << 13))
    random = keys[np.random.default_rng(1).integers(0, keys.size, 1 << 16)]
    same = np.full(1 << 16, keys[333])
    queries = {"random": random, "same": same}
    cases = [bench.c_case(name, "search_branchy", arguments(in_order(keys), q)) for name, q in queries.items()]
    taken = bench.sample(cases, 0.1)
    assert taken["random"].lower().value > 1.5 * taken["same"].lower().value


def test_a_walk_of_a_list_is_much_slower_than_a_hash_probe(bench: Bench) -> None:
    keys = sorted_keys(key_count(1 << 13))
    cases = [bench.c_case(how, f"search_{how}", arguments(LAYOUTS[how](keys), keys)) for how in ("list", "hash")]
    taken = bench.sample(cases, 0.1)
    assert taken["list"].lower().value > 5 * taken["hash"].lower().value
