"""Rings for the chase: orders in which lines are visited, and the array of absolute addresses that follows an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Words: TypeAlias = "NDArray[np.int64]"


class Ring(np.ndarray[Any, Any]):
    """An int64 array that holds absolute addresses of its own words (so it must not be copied to another place)."""


def link(words: Words, order: Words) -> Words:
    """Write into words[order[k]] the address of words[order[k+1]], the last leading back to the first; return `words`.

    `order` holds word indices without repetition. Words not named in it stay as they are.
    """
    addresses = words.ctypes.data + 8 * order
    words[order[:-1]] = addresses[1:]
    words[order[-1]] = addresses[0]
    return words


def random_order(count: int, stride_words: int, seed: int = 1, within: int | None = None) -> Words:
    """Return a random cycle over `count` places `stride_words` apart.

    With `within`, the places are shuffled only inside blocks of that many places, and the blocks among themselves: the
    next place then stays in the same block (a page, say) until it is used up.
    """
    generator = np.random.default_rng(seed)
    if within is None or within >= count:
        return generator.permutation(count).astype(np.int64) * stride_words
    blocks = generator.permutation(-(-count // within))
    places = np.concatenate([block * within + generator.permutation(within) for block in blocks])
    return places[places < count].astype(np.int64) * stride_words


def sequential_order(count: int, stride_words: int) -> Words:
    """Return the cycle that visits `count` places in order."""
    return np.arange(count, dtype=np.int64) * stride_words


def aligned_words(size: int, alignment: int = 4096) -> Words:
    """Return a zeroed int64 array of `size` bytes whose address is a multiple of `alignment`."""
    raw = np.zeros(size // 8 + alignment // 8, dtype=np.int64)
    skip = (-raw.ctypes.data % alignment) // 8
    return raw[skip : skip + size // 8]


def ring_of(size: int, order: Words) -> Words:
    """Return a page-aligned array of `size` bytes with a ring through `order`."""
    return link(aligned_words(size), order).view(Ring)


def scattered_order(count: int, line_words: int, block: int, rounds: int = 4, seed: int = 1) -> Words:
    """Return a cycle over `count` lines that neither a prefetcher nor a TLB miss can blur.

    The lines are visited in `rounds` passes; a pass visits every block of `block` lines in random order, and in a block, in
    random order, only every `rounds`-th line. So translations stay at hand, and a line that was fetched along with its
    neighbour is long gone when its own turn comes. (multichase's default, a stride of 256 bytes inside 64 pages, is one pass.)
    """
    generator = np.random.default_rng(seed)
    blocks = -(-count // block)
    pieces = []
    for first in range(rounds):
        for number in generator.permutation(blocks):
            lines = np.arange(number * block + first, min((number + 1) * block, count), rounds, dtype=np.int64)
            generator.shuffle(lines)
            pieces.append(lines)
    return np.concatenate(pieces) * line_words
