"""Look-ups of many keys: the same keys and queries in every layout, so that every kernel finds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import KIB

if TYPE_CHECKING:
    from hwbench.catalog.rings import Words

QUERIES: Final = 1 << 16  # long enough that no branch predictor learns them
GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplicative hash
HASH_SHIFT: Final = np.uint64(20)
LOWEST, HIGHEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
NODE_WORDS: Final = 4


class Layout(NamedTuple):
    """A set of keys as one search wants it: the keys, the values at the same places, and the count it is told."""

    keys: Words
    values: Words
    count: int


def key_count(size: int) -> int:
    """Return how many keys fill about `size` bytes: one less than a power of two, so that a binary tree of them is full."""
    return max(1 << ((size // 8).bit_length() - 1), 4) - 1


def sorted_keys(count: int, seed: int = 1) -> Words:
    """Return `count` distinct keys in order, with random gaps."""
    return np.cumsum(np.random.default_rng(seed).integers(1, 1000, count)).astype(np.int64)


def in_order(keys: Words) -> Layout:
    """Lay the keys out in order: the value of a key is its rank."""
    return Layout(_aligned(keys), _aligned(np.arange(keys.size)), keys.size)


def breadth_first(keys: Words) -> Layout:
    """Lay 2^m - 1 keys out as a full binary tree (Eytzinger): the children of k at 2k and 2k + 1, the root at 1."""
    levels = int(keys.size).bit_length()
    ranks = np.concatenate([(2 * np.arange(1 << d) + 1) * (1 << levels - 1 - d) - 1 for d in range(levels)])
    return Layout(_aligned(np.concatenate([[0], keys[ranks]])), _aligned(np.concatenate([[-1], ranks])), keys.size)


def nodes(keys: Words, width: int) -> Layout:
    """Lay the keys out as an implicit tree of nodes of `width` keys, `width` + 1 children each; the last slots are free."""
    blocks = -(-keys.size // width)
    ranks = _node_ranks(blocks, width)
    padded = np.concatenate([keys, np.full(blocks * width - keys.size, HIGHEST)])
    values = np.where(ranks < keys.size, ranks, -1)
    return Layout(_aligned(padded[ranks]), _aligned(values), blocks * width)


def _node_ranks(blocks: int, width: int) -> Words:
    """Return the rank of every slot: a walk from the left, in which a child stands before the key to its right."""
    ranks = np.empty((blocks, width), dtype=np.int64)
    sizes = np.zeros(blocks * (width + 1) + width + 2, dtype=np.int64)
    for node in range(blocks - 1, -1, -1):
        sizes[node] = width + sizes[node * (width + 1) + 1 : node * (width + 1) + width + 2].sum()
    starts = np.zeros_like(sizes)
    for node in range(blocks):
        first = node * (width + 1) + 1
        ends = starts[node] + np.cumsum(sizes[first : first + width + 1]) + np.arange(width + 1)
        ranks[node] = ends[:-1]
        starts[first] = starts[node]
        starts[first + 1 : first + width + 1] = ends[:-1] + 1
    return ranks.reshape(-1)


def hashed(keys: Words) -> Layout:
    """Lay the keys out in a hash table at most half full, each in the first free slot from its own on."""
    slots = 1 << (2 * keys.size).bit_length()
    table, values = np.full(slots, LOWEST), np.full(slots, -1)
    home = ((keys.astype(np.uint64) * GOLDEN) >> HASH_SHIFT).astype(np.int64) & (slots - 1)
    pending = np.arange(keys.size)
    while pending.size:
        free = pending[table[home[pending]] == LOWEST]
        _, first = np.unique(home[free], return_index=True)
        winners = free[first]
        table[home[winners]], values[home[winners]] = keys[winners], winners
        pending = np.setdiff1d(pending, winners, assume_unique=True)
        home[pending] = (home[pending] + 1) & (slots - 1)
    return Layout(_aligned(table), _aligned(values), slots)


def linked(keys: Words, seed: int = 2) -> Layout:
    """Lay the keys out as a list in their order, its nodes (key, value, next, nothing) in random places."""
    places = np.random.default_rng(seed).permutation(keys.size) * NODE_WORDS
    words = np.zeros(keys.size * NODE_WORDS, dtype=np.int64)
    words[places], words[places + 1] = keys, np.arange(keys.size)
    words[places + 2] = np.concatenate([places[1:], [-1]])
    return Layout(_aligned(words), _aligned(places[:1]), keys.size)


def _aligned(words: Words) -> Words:
    """Return a copy that starts at a page: a node of one line must not lie across two."""
    copy = aligned_words(-(-words.size // 8) * 64)[: words.size]
    copy[:] = words
    return copy


def _prepared(size: int, layout: Layout, loads: float) -> Prepared:
    count = key_count(size)
    wanted = np.random.default_rng(3).integers(0, count, QUERIES)
    arguments = (*layout, sorted_keys(count)[wanted], np.zeros(1, dtype=np.int64), QUERIES)

    def checksum(repeats: int) -> int:
        whole, rest = divmod(repeats, QUERIES)
        return int(whole * wanted.sum() + wanted[:rest].sum())

    return Prepared(arguments, Work(operations=1, loads=loads + 2), checksum=checksum)


def _levels(size: int, width: int = 1) -> float:
    return float(np.ceil(np.log(key_count(size) + 1) / np.log(width + 1)))


@kernel("search.branchy", function="branchy", unit="operations", size=1024 * KIB)
def branchy(size: int) -> Prepared:
    """Binary search of sorted keys, a branch for each comparison: half of them are guessed wrong."""
    return _prepared(size, in_order(sorted_keys(key_count(size))), _levels(size))


@kernel("search.branchless", function="branchless", unit="operations", size=1024 * KIB)
def branchless(size: int) -> Prepared:
    """Binary search of sorted keys, a conditional move for each comparison: each load waits for the one before."""
    return _prepared(size, in_order(sorted_keys(key_count(size))), _levels(size))


@kernel("search.eytzinger", function="eytzinger", unit="operations", size=1024 * KIB)
def eytzinger(size: int) -> Prepared:
    """Search of keys in breadth-first order: the first levels share lines."""
    return _prepared(size, breadth_first(sorted_keys(key_count(size))), _levels(size))


@kernel("search.eytzinger_prefetch", function="eytzinger_prefetch", unit="operations", size=1024 * KIB)
def eytzinger_prefetch(size: int) -> Prepared:
    """Search of keys in breadth-first order, the descendants four levels down asked for in advance."""
    return _prepared(size, breadth_first(sorted_keys(key_count(size))), _levels(size))


@kernel("search.btree_8", function="btree_8", unit="operations", size=1024 * KIB)
def btree_8(size: int) -> Prepared:
    """Search of a tree of nodes of eight keys, one line: a third of the levels."""
    return _prepared(size, nodes(sorted_keys(key_count(size)), 8), 8 * _levels(size, 8))


@kernel("search.btree_16", function="btree_16", unit="operations", size=1024 * KIB)
def btree_16(size: int) -> Prepared:
    """Search of a tree of nodes of sixteen keys, two lines: a quarter of the levels."""
    return _prepared(size, nodes(sorted_keys(key_count(size)), 16), 16 * _levels(size, 16))


@kernel("search.hash", function="hash", unit="operations", size=1024 * KIB)
def hash_probe(size: int) -> Prepared:
    """Look-up in a hash table of open addressing: one line, mostly."""
    return _prepared(size, hashed(sorted_keys(key_count(size))), 1.5)


@kernel("search.list", function="list", unit="operations", size=16 * KIB)
def linked_list(size: int) -> Prepared:
    """Walk of a linked list in order of its keys: half of the nodes, one after the other."""
    return _prepared(size, linked(sorted_keys(key_count(size))), key_count(size))
