"""Loads that meet an earlier store, or that straddle a line or a page.

Places are chosen to hold on any machine: the last 4 bytes before a multiple of 256 straddle lines of 64, 128 and 256
bytes.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import KIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALUE = 40
"""What goes round in the chains: any number that fits half a word."""
ALIAS_BYTES = 4096
"""Loads and stores whose addresses differ by a multiple of this look alike to a core that compares the low 12 bits."""
PLACE = 1024
LINE_END = 252
PAGE_END = mmap.PAGESIZE - 4
LOADS = Work(loads=1, bytes=8)
ROUND_TRIP = Work(loads=1, stores=1, bytes=16)


def cells_with(value: int, *places: int, size: int = 0) -> NDArray[Any]:
    """Return page-aligned bytes, two pages of any kind or more, with the value as 8 bytes at each place."""
    cells: NDArray[Any] = aligned_words(max(size, 2 * mmap.PAGESIZE, 4 * ALIAS_BYTES), mmap.PAGESIZE).view(np.uint8)
    for place in places:
        cells[place : place + 8] = np.frombuffer(value.to_bytes(8, "little"), dtype=np.uint8)
    return cells


def _meeting(size: int, work: Work = ROUND_TRIP) -> Prepared:
    return Prepared((cells_with(VALUE, PLACE, size=size), PLACE, PLACE), work, checksum=lambda repeats: VALUE)


@kernel("alias.exact", function="exact", unit="loads", size=16 * KIB)
def exact(size: int) -> Prepared:
    """Load what was just stored, same place and width, by two address registers: forwarded from the store queue."""
    return _meeting(size)


@kernel("alias.renamed", function="renamed", unit="loads", size=16 * KIB)
def renamed(size: int) -> Prepared:
    """Load what was just stored, by the same address register: free where the core renames memory."""
    return Prepared((cells_with(VALUE, PLACE, size=size), PLACE), ROUND_TRIP, checksum=lambda repeats: VALUE)


@kernel("alias.contained", function="contained", unit="loads", size=16 * KIB)
def contained(size: int) -> Prepared:
    """Load the upper half of what was just stored: forwarded from the store queue, and shifted."""
    cells = cells_with(VALUE << 32, PLACE, size=size)
    # The upper half is VALUE once, then the half above that: zero.
    return Prepared(
        (cells, PLACE, PLACE + 4), Work(loads=1, stores=1, bytes=12), checksum=lambda repeats: VALUE * (repeats == 1)
    )


@kernel("alias.spanning", function="spanning", unit="loads", size=16 * KIB)
def spanning(size: int) -> Prepared:
    """Load what two stores wrote in halves: no one store has it, so it waits for the cache."""
    return _meeting(size, Work(loads=1, stores=2, bytes=16))


@kernel("alias.wider", function="wider", unit="loads", size=16 * KIB)
def wider(size: int) -> Prepared:
    """Load more than was just stored: the store has only a part of it, so it waits for the cache."""
    return _meeting(size, Work(loads=1, stores=1, bytes=12))


def _beside(size: int, distance: int) -> Prepared:
    """Store at a place of the first page, load `distance` bytes from it."""
    load_at = PLACE + distance
    return Prepared((cells_with(VALUE, load_at, size=size), PLACE, load_at), ROUND_TRIP, checksum=lambda repeats: VALUE)


@kernel("alias.same_low_bits", function="beside", unit="loads", size=16 * KIB)
def same_low_bits(size: int) -> Prepared:
    """Load 4 KiB away from the store before it: the low 12 bits of the addresses are the same."""
    return _beside(size, ALIAS_BYTES)


@kernel("alias.other_low_bits", function="beside", unit="loads", size=16 * KIB)
def other_low_bits(size: int) -> Prepared:
    """Load 4 KiB and two lines away from the store before it: nothing in common."""
    return _beside(size, ALIAS_BYTES + 512)


def _straddle(size: int, place: int) -> Prepared:
    return Prepared((cells_with(VALUE, place, size=size), place), LOADS, checksum=lambda repeats: VALUE)


@kernel("alias.aligned", function="straddle", unit="loads", size=16 * KIB)
def aligned(size: int) -> Prepared:
    """Load 8 bytes inside a line."""
    return _straddle(size, PLACE)


@kernel("alias.split_line", function="straddle", unit="loads", size=16 * KIB)
def split_line(size: int) -> Prepared:
    """Load 8 bytes of which 4 lie on the next line."""
    return _straddle(size, LINE_END)


@kernel("alias.split_page", function="straddle", unit="loads", size=16 * KIB)
def split_page(size: int) -> Prepared:
    """Load 8 bytes of which 4 lie on the next page."""
    return _straddle(size, PAGE_END)
