"""Dependent loads: rings in random, sequential and strided order, one or several followed at once."""

from __future__ import annotations

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import random_order, ring_of, sequential_order
from hwbench.units import KIB

LINE_WORDS = 8
PAGE_WORDS = 512
ONE_LOAD = Work(loads=1, bytes=8)


def _walk(size: int, order: np.ndarray) -> Prepared:
    ring = ring_of(size, order)
    position = order[:1].copy()
    return Prepared((ring, position), ONE_LOAD, checksum=lambda repeats: int(order[repeats % order.size]) * 8)


@kernel("chase.random", function="one", unit="loads", size=256 * KIB)
def random(size: int) -> Prepared:
    """Follow a random cycle through every line: no prefetcher can."""
    return _walk(size, random_order(size // 64, LINE_WORDS))


@kernel("chase.sequential", function="one", unit="loads", size=256 * KIB)
def sequential(size: int) -> Prepared:
    """Follow every word in order: the same chain of loads, which a prefetcher follows."""
    return _walk(size, sequential_order(size // 8, 1))


@kernel("chase.lines", function="one", unit="loads", size=256 * KIB)
def lines(size: int) -> Prepared:
    """Follow every line in order."""
    return _walk(size, sequential_order(size // 64, LINE_WORDS))


@kernel("chase.strided", function="one", unit="loads", size=4096 * KIB)
def strided(size: int) -> Prepared:
    """Follow every eighth line in order: a constant stride, which a prefetcher may follow or not."""
    return _walk(size, sequential_order(size // 512, 8 * LINE_WORDS))


@kernel("chase.pages", function="one", unit="loads", size=4096 * KIB)
def pages(size: int) -> Prepared:
    """Follow a random cycle of one line a page, the line's place changed from page to page: translation is what it costs."""
    count = size // 4096
    order = random_order(count, PAGE_WORDS)
    return _walk(size, order + (order // PAGE_WORDS % 64) * LINE_WORDS)


@kernel("chase.set", function="one", unit="loads", size=64 * KIB)
def one_set(size: int) -> Prepared:
    """Follow lines a page apart, all in one set of the first-level cache: conflicts beyond its ways."""
    return _walk(size, random_order(size // 4096, PAGE_WORDS))


@kernel("chase.in_pages", function="one", unit="loads", size=1024 * KIB)
def in_pages(size: int) -> Prepared:
    """Follow a cycle that is random inside each page and visits page after page: misses without address translation."""
    return _walk(size, random_order(size // 64, LINE_WORDS, within=64))


def _parallel(size: int, chains: int) -> Prepared:
    order = random_order(size // 64, LINE_WORDS)
    positions = order[np.arange(chains) * order.size // chains].copy()
    starts = np.arange(chains) * order.size // chains
    return Prepared(
        (ring_of(size, order), positions, chains),
        Work(loads=chains, bytes=8 * chains),
        checksum=lambda repeats: int(order[(starts + repeats) % order.size].sum()) * 8,
    )


for _chains in (1, 2, 4, 8, 16, 32):

    def _prepare(size: int, chains: int = _chains) -> Prepared:
        return _parallel(size, chains)

    _prepare.__doc__ = f"Follow a random cycle from {_chains} places at once: loads that do not wait for each other."
    kernel(f"chase.parallel_{_chains}", function="many", unit="loads", size=4096 * KIB)(_prepare)
