"""What threads on cores of their own do to one another: one line written by two, atomics, ping-pong.

Each is what one thread runs; `partners` is what the thread on the other core runs meanwhile.
"""

from __future__ import annotations

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import Words, aligned_words
from hwbench.units import KIB

FAR_WORDS = 128
"""1 KiB: beyond the lines that an adjacent-line prefetcher brings along."""
PATIENCE = 1 << 24
"""Looks at the line before a player of ping-pong gives up: tens of milliseconds."""
INCREMENT = Work(loads=1, stores=1, operations=1, bytes=16)
ROUND = Work(loads=1, stores=1, operations=2, bytes=16)


def cells_of(size: int) -> Words:
    """Return page-aligned zeroed words, at least a page of them."""
    return aligned_words(max(size, 4 * KIB))


def _counter(size: int, partner_place: int | None) -> Prepared:
    cells = cells_of(size)
    partners = () if partner_place is None else ((cells, partner_place),)
    return Prepared((cells, 0), INCREMENT, partners, checksum=lambda repeats: repeats)


@kernel("share.apart", function="increment", unit="operations", size=4 * KIB, needs=("two cores",))
def apart(size: int) -> Prepared:
    """Increment a counter while another core increments one on another line."""
    return _counter(size, FAR_WORDS)


@kernel("share.same_line", function="increment", unit="operations", size=4 * KIB, needs=("two cores",))
def same_line(size: int) -> Prepared:
    """Increment a counter while another core increments its own on the same line: false sharing."""
    return _counter(size, 1)


@kernel("share.atomic", function="add", unit="operations", size=4 * KIB)
def atomic(size: int) -> Prepared:
    """Increment a counter atomically that nobody else wants."""
    return _counter(size, None)


@kernel(
    "share.atomic_contended", function="add", unit="operations", size=4 * KIB, needs=("two cores",), repeatable=False
)
def atomic_contended(size: int) -> Prepared:
    """Increment a counter atomically that another core increments too."""
    return _counter(size, 0)


def players(size: int = 4 * KIB, patience: int = PATIENCE) -> tuple[tuple[Words, Words, int, int], ...]:
    """Return the arguments of both players of ping-pong, the one who begins first, on a line never used before."""
    cells = cells_of(size)
    return tuple((cells, cells[k : k + 1], parity, patience) for parity, k in enumerate((FAR_WORDS, 2 * FAR_WORDS)))


@kernel(
    "share.ping_pong", function="ping_pong", unit="operations", size=4 * KIB, needs=("two cores",), repeatable=False
)
def ping_pong(size: int) -> Prepared:
    """Pass a line to another core and wait until it comes back: two ways a round."""
    first, second = players(size)
    return Prepared(first, ROUND, (second,))
