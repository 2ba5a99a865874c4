"""Simple instructions by the cycle: mixes of additions, loads and stores, branches, and two misses with work between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words, random_order, ring_of
from hwbench.units import KIB

if TYPE_CHECKING:
    from hwbench.catalog.rings import Words

IN_ASSEMBLY: Final = "written in assembly: which instructions stand there, and how many, is what is measured"
WORDS: Final = 16
ACCESSES: Final = 96
BRANCHES: Final = 64
MOST_FILLERS: Final = 1023
LINE_WORDS: Final = 8


class Mix(NamedTuple):
    """Simple independent instructions of a repeat: all of them, and of these the integer additions, loads and stores."""

    instructions: int
    adds: int
    loads: int
    stores: int
    text: str


MIXES: Final = {
    "adds": Mix(192, 192, 0, 0, "additions alone"),
    "adds_3_loads_2_stores_1": Mix(192, 96, 64, 32, "three additions to two loads and a store"),
    "adds_4_loads_2": Mix(180, 120, 60, 0, "four additions to two loads"),
    "adds_5_loads_2_stores_1": Mix(192, 120, 48, 24, "five additions to two loads and a store"),
    "adds_4_loads_2_vectors_2": Mix(192, 96, 48, 0, "four additions to two loads and two vector additions"),
}
FILLERS: Final = {
    "adds": "integer additions",
    "mixed": "integer and vector additions by turns",
    "loads": "loads that hit",
    "stores": "stores",
    "waiting": "additions that wait for the miss before them",
}


def mix_prepared(mix: Mix) -> Prepared:
    """Return the inputs of a mix."""
    work = Work(operations=mix.instructions, loads=mix.loads, stores=mix.stores, bytes=8 * (mix.loads + mix.stores))
    return Prepared((aligned_words(8 * WORDS),), work, checksum=lambda repeats: mix.adds * repeats)


def _register_mix(name: str, mix: Mix) -> None:
    def prepare(_size: int) -> Prepared:
        return mix_prepared(mix)

    prepare.__doc__ = f"Do simple instructions that do not wait for each other: {mix.text}."
    kernel(f"pipeline.{name}", function=name, unit="operations", size=8 * WORDS, only_c=IN_ASSEMBLY)(prepare)


for _name, _mix in MIXES.items():
    _register_mix(_name, _mix)


@kernel("pipeline.loads", function="loads", unit="loads", size=8 * WORDS, only_c=IN_ASSEMBLY)
def loads(_size: int) -> Prepared:
    """Load words of two lines, none waiting for another."""
    words = aligned_words(8 * WORDS)
    words[:] = np.arange(WORDS) ** 2
    total = int(words[8:].sum())
    return Prepared((words,), Work(loads=ACCESSES, bytes=8 * ACCESSES), checksum=lambda _repeats: total)


@kernel("pipeline.stores", function="stores", unit="stores", size=8 * WORDS, only_c=IN_ASSEMBLY)
def stores(_size: int) -> Prepared:
    """Store to words of two lines."""
    return Prepared((aligned_words(8 * WORDS),), Work(stores=ACCESSES, bytes=8 * ACCESSES), checksum=lambda _repeats: 8)


@kernel("pipeline.untaken", function="untaken", unit="branches", size=8, only_c=IN_ASSEMBLY)
def untaken(_size: int) -> Prepared:
    """Come to conditional branches of which none is ever taken."""
    return Prepared((), Work(branches=BRANCHES), checksum=lambda repeats: repeats)


@kernel("pipeline.taken", function="taken", unit="branches", size=8, only_c=IN_ASSEMBLY)
def taken(_size: int) -> Prepared:
    """Take conditional branches that are always taken, each to the next 16 bytes."""
    return Prepared((), Work(branches=BRANCHES), checksum=lambda repeats: repeats)


def starts(order: Words) -> Words:
    """Return the places at which the two walks over a ring begin: half of it apart."""
    return order[[0, order.size // 2]].copy()


def _window(size: int, fillers: int) -> Prepared:
    order = random_order(size // 64, LINE_WORDS)
    half = order.size // 2

    def checksum(repeats: int) -> int:
        return 8 * int(order[repeats % order.size] + order[(half + repeats) % order.size])

    work = Work(operations=2 * fillers, loads=2, bytes=16)
    return Prepared((ring_of(size, order), starts(order), fillers), work, checksum=checksum)


def _register_window(name: str, text: str, fillers: int) -> None:
    def prepare(size: int) -> Prepared:
        return _window(size, fillers)

    prepare.__doc__ = f"Follow two random cycles in turn, with {fillers} other instructions after each load: {text}."
    whole = f"pipeline.window_{name}_{fillers}"
    kernel(whole, function=f"window_{name}", unit="loads", size=4096 * KIB, only_c=IN_ASSEMBLY)(prepare)


for _name, _text in FILLERS.items():
    for _count in (0, 100, MOST_FILLERS):
        _register_window(_name, _text, _count)
