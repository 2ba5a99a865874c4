"""Write combining: single stores all over memory, and the same stores line by line; keys dealt to partitions both ways."""

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Item,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
    longest,
    placed,
)
from hwbench.units import KIB, significant

PLACE_BYTES = 8
PAIR_BYTES = 8
LINE_PLACES = 8
LEAST_STORES = 100_000  # in a call, so that the call itself does not count
TURN_INSTRUCTIONS = 7  # two loads, a store, two additions, and the loop's own

LINE_KEYS = 16
PAGE_KEYS = mmap.PAGESIZE // 4
Words = NDArray[Any]


def scattered(order: Words, values: Words) -> Case:
    """Return the stores to all places in an order."""
    count = order.size
    pairs = array(2 * count, np.int32)
    pairs[::2], pairs[1::2] = order, values[order]
    times = -(-LEAST_STORES // count)
    return Case("scatter", (pairs, count, array(count), times), work=count * times, least_bytes=8 * count)


def orders(size: int, random: np.random.Generator) -> tuple[Case, ...]:
    """Return stores to `size` bytes of places: one here, one there; line after line; and all of a line, lines in any order."""
    count = size // PLACE_BYTES
    values = random.integers(0, 1 << 30, count, dtype=np.int32)
    lines = random.permutation(count // LINE_PLACES)
    together = (LINE_PLACES * lines[:, None] + np.arange(LINE_PLACES)).ravel()
    return tuple(scattered(order, values) for order in (random.permutation(count), np.arange(count), together))


def dealing(partitions: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the dealing of keys one by one, and by lines, a page of them for every partition."""
    count = partitions * PAGE_KEYS
    keys = placed(random.permuted(np.arange(count, dtype=np.uint32).reshape(-1, partitions), axis=1))
    room = PAGE_KEYS + LINE_KEYS  # not a power of two, so that partitions do not share their sets
    sizes = (partitions, partitions * LINE_KEYS, partitions * room)
    singly, by_lines = (
        Case(
            function,
            (keys, count, partitions, room, *(array(size, np.uint32) for size in sizes)),
            work=count,
            build="vector",
        )
        for function in ("deal_singly", "deal_by_lines")
    )
    return singly, by_lines


def many(here: Here) -> int:
    """Return a number of partitions that is at least twice that of the pages whose translations are kept."""
    return 1 << int(2 * here.prices["dtlb.l2.entries"] - 1).bit_length()


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: places that fit no cache; the control: places that fit the first level."""
    slow, fast, anywhere = orders(here.sizes.far // 2, random)
    control_slow, control_fast, _ = orders(here.sizes.l1 // 2, random)
    singly, by_lines = dealing(many(here), random)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "lines anywhere": anywhere,
        "dealt one by one": singly,
        "dealt by lines": by_lines,
    }


def line_fetched(here: Here) -> Item:
    """Return what a line takes that a store has to wait for: a miss of which as many overlap as can."""
    miss = here.prices.load(here.sizes.far // 2, "lines that have to come before a store can go")
    return miss.times(1 / here.prices["dram.mlp"])


def predict(here: Here) -> Prediction:
    """Every single store waits for a line; one after the other they take what lines take that come and go in order."""
    prices = here.prices
    rest = (
        *longest(prices.instructions(TURN_INSTRUCTIONS), prices.cycles("steps of a chain beside the stores", 2)),
        prices.item("bytes of the pairs, read", "dram.read_bandwidth", PAIR_BYTES, "bandwidth"),
    )
    return Prediction(
        slow=(line_fetched(here), *rest),
        fast=(prices.item("bytes of the places, written", "dram.write_bandwidth", PLACE_BYTES, "bandwidth"), *rest),
        how="all over memory a line is fetched for each store, and as many misses overlap as of independent loads; in order the "
        "lines come and go at the bandwidth of writing",
    )


def line_dear(seen: Seen) -> Claim:
    """A line for a store against the instructions around it."""
    line, turn = line_fetched(seen.here).ns, seen.prices.instructions(TURN_INSTRUCTIONS).ns
    return Claim(
        "fetching the line takes several times as long as the instructions of a store, however many misses overlap",
        f"{significant(line)} ns, and the instructions {significant(turn)} ns",
        line >= 3 * turn,
    )


def gathering_pays(seen: Seen) -> Claim:
    """Dealing by lines against dealing one by one."""
    singly, by_lines = seen.ns("dealt one by one"), seen.ns("dealt by lines")
    return Claim(
        "with thousands of partitions, dealing by lines is faster, although each key is written twice",
        f"{significant(singly)} ns a key one by one, {significant(by_lines)} ns by lines, to {many(seen.here)} partitions",
        by_lines < singly / 1.1,
    )


def together_pays(seen: Seen) -> Claim:
    """All stores to a line together, while the lines come in any order."""
    single, together = seen.ns("slow"), seen.ns("lines anywhere")
    return Claim(
        "it is enough that the stores to a line come together, in whatever order the lines come",
        f"{significant(single)} ns a store all over memory, {significant(together)} ns when those to a line come together",
        together < single / 1.25,
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """All three orders over a footprint."""
    single, in_order, together = orders(int(value), random)
    return {"single stores": single, "lines anywhere": together, "line after line": in_order}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some places other values."""
    pairs, count = arguments[:2]
    pairs[1 + 2 * random.integers(0, count, 64)] = random.integers(0, 1 << 30, 64, dtype=np.int32)


def not_in_order(seen: Seen) -> Claim:
    """Lines in any order against lines in order."""
    together, in_order = seen.ns("lines anywhere"), seen.ns("fast")
    return Claim(
        "lines in a random order do not reach the time of stores in order",
        f"{significant(together)} ns a store, {significant(in_order)} ns in order",
        together > 1.1 * in_order,
    )


LESSON = Lesson(
    title="Write combining: all stores to a line together",
    chapter="Caches",
    cause="cache",
    unit="store",
    cases=cases,
    predict=predict,
    claims={
        "line_dear": line_dear,
        "together_pays": together_pays,
        "not_in_order": not_in_order,
        "gathering_pays": gathering_pays,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a store, by the memory that is written to",
        values=lambda here: doubling(4 * KIB, here.sizes.far // 2),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Every place is written to once, in an order that goes all over memory. `arrange` gets the pairs of a place and a "
        "value and may write them in another order; `solve` then writes the values to their places, and only that is timed.",
        arrange=("keep", "by_place"),
        renew=renew,
    ),
    absent=lambda seen: (
        "a line that is fetched for a store costs hardly more here than the store: "
        f"{significant(line_fetched(seen.here).ns)} ns"
    ),
    machine_code={
        "scatter": ("loop", "scalar"),
        "deal_singly": ("loop",),
        "deal_by_lines": ("loop", "branch"),
        "numba:scatter": ("loop", "scalar"),
    },
    needs=("dram.mlp", "dtlb.l2.entries", "dram.read_bandwidth", "dram.write_bandwidth", "core.width"),
)
