"""Chases over one piece of memory: rings in several orders, timed load by load.

Three orders, each for what it leaves out:
`dense` visits every line of a block of 64 pages in random order before it leaves the block: no TLB misses, all lines of a
footprint, so that a level's capacity shows; an adjacent-line prefetcher helps it beyond the second level.
`scattered` visits every fourth line of a block, in four passes: no TLB misses and nothing to prefetch, so that a level's
latency shows. `random` visits all lines at random: what a pointer-chasing program meets, TLB misses included.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench.catalog.rings import Words, link, random_order, scattered_order
from hwbench.measure.bench import MINIMUM_SAMPLES, Bench, Case, Samples
from hwbench.measure.buffers import Buffer, Pages, allocate
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from hwbench.native import Run

BLOCK_BYTES: Final = 64 * 4096
ROUNDS_BEFORE: Final = 12  # a shared level takes in for good only what comes again and again
Order = Callable[[int, int], Words]


def dense(size: int, line: int) -> Words:
    """Return the order that finishes a block of 64 pages, line by line at random, before the next."""
    return random_order(size // line, line // 8, within=BLOCK_BYTES // line)


def scattered(size: int, line: int) -> Words:
    """Return the order that no prefetcher follows and no TLB miss blurs."""
    return scattered_order(size // line, line // 8, BLOCK_BYTES // line)


def anywhere(size: int, line: int) -> Words:
    """Return a random order over all lines."""
    return random_order(size // line, line // 8)


@dataclass(frozen=True)
class Field:
    """A buffer to lay rings in."""

    bench: Bench
    buffer: Buffer
    line: int

    def run(self, order: Words) -> Run:
        """Lay a ring through word indices `order` and return the chase over it."""
        link(self.buffer.words, order)
        return self.bench.variant.bind("chase_one", (self.buffer.words, order[:1].copy()))

    def case(self, name: str, order: Words) -> Case:
        """Lay a ring and return the case that chases it."""
        return Case(name, self.run(order))

    def parallel(self, name: str, order: Words, chains: int) -> Case:
        """Lay a ring and return the case that follows it from so many places at once; a unit of work is one load."""
        link(self.buffer.words, order)
        shift = np.random.default_rng(chains).integers(order.size)  # no case starts where another has just been
        positions = order[(np.arange(chains) * order.size // chains + shift) % order.size].copy()
        return Case(name, self.bench.variant.bind("chase_many", (self.buffer.words, positions, chains)), work=chains)

    def time(self, order: Words, seconds: float = 0.02, stretch_ns: float = 200_000) -> Samples:
        """Lay a ring and time it at once, while what was just written is still near."""
        return self.bench.sample([self.case("chase", order)], seconds, stretch_ns)["chase"]

    def cold(self, order: Words, evict: Callable[[], object], samples: int = MINIMUM_SAMPLES) -> Samples:
        """Lay a ring and time whole rounds of it, each after `evict` has emptied the caches of it."""
        whole = Case("cold", self.run(order), before=evict)
        return self.bench.sample_whole(whole, order.size, samples)

    def sizes(self, order: Order, sizes: Sequence[int], seconds: float = 0.02) -> list[Samples]:
        """Time an order at each of the footprints."""
        return [self.time(order(size, self.line), seconds) for size in sizes]


def field(bench: Bench, size: int, pages: Pages = "base") -> Field | Unavailable:
    """Return a field of `size` bytes on pages of one kind, or why it cannot be had."""
    buffer = allocate(min(size, bench.memory_bytes), pages, bench.host.memory.huge_page_bytes or 2 << 20)
    return Field(bench, buffer, bench.host.line_size) if isinstance(buffer, Buffer) else buffer


def best_field(bench: Bench, size: int) -> Field | Unavailable:
    """Return a field on huge pages where they can be had, else on base pages."""
    huge = field(bench, size, "huge")
    return huge if isinstance(huge, Field) else field(bench, size, "base")


def evictor(bench: Bench, size: int) -> Callable[[], object] | Unavailable:
    """Return an act that reads `size` bytes line by line, so that nothing else is left in the caches."""
    buffer = allocate(min(size, bench.memory_bytes), "base")
    if isinstance(buffer, Unavailable):
        return buffer
    words, flags = buffer.words, np.zeros(2, dtype=np.int64)
    line_words = bench.host.line_size // 8
    read = bench.variant.bind("neighbour_read", (words, words.size, line_words, 0, flags[:1], flags[1:]))
    return functools.partial(read, words.size // line_words // 16)
