"""The order of access: the same look-ups in the same array, in order, by a stride and at random."""

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

WORD = 8
PLACE = 4
LEAST_LOADS = 100_000  # of a call: enough for the clock


def looked_up(values: NDArray[np.int64], places: NDArray[np.int64]) -> Case:
    """Return the sum of the values at all places, in that order, often enough for the clock."""
    rounds = -(-LEAST_LOADS // places.size)
    work = places.size * rounds
    arguments = (placed(places.astype(np.int32)), places.size, values, rounds)
    return Case("sum_at", arguments, work=work, least_bytes=(WORD + PLACE) * work)


def data(size: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return small numbers that fill `size` bytes."""
    values = array(size // WORD)
    values[:] = random.integers(0, 1009, values.size)
    return values


def stepping(count: int, stride: int) -> NDArray[np.int64]:
    """Return all places, `stride` apart: as many passes as the stride is long."""
    return np.arange(count).reshape(-1, stride).T.ravel()


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: every place of an array that fits no cache, at random; fast: in order. The control fits the first level."""
    far, near = data(here.sizes.far // 2, random), data(here.sizes.l1 // 2, random)
    line = here.sizes.line // WORD
    return {
        "slow": looked_up(far, random.permutation(far.size)),
        "fast": looked_up(far, np.arange(far.size)),
        "control_slow": looked_up(near, random.permutation(near.size)),
        "control_fast": looked_up(near, np.arange(near.size)),
        "a line apart": looked_up(far, stepping(far.size, line)),
    }


def miss(here: Here) -> Item:
    """Return a look-up that misses, as many of them under way as this core holds."""
    waiting = here.prices.load(here.sizes.far // 2, "loads that wait for memory, side by side")
    return waiting.times(1 / here.prices["dram.mlp"])


def predict(here: Here) -> Prediction:
    """Misses side by side, or their translations where those take longer; in order, the bytes or the core."""
    read = here.prices.item("bytes of a value and its place from memory", "dram.read_bandwidth", WORD + PLACE, "cache")
    walk = here.prices.item("walks of the page tables, side by side", "page_walk.throughput", cause="tlb")
    core = here.prices.cycles("additions, one after the other")
    return Prediction(
        slow=longest(miss(here), walk),
        fast=longest(read, core),
        how="look-ups do not wait for each other: at random, as many misses overlap as this core can keep under way; in "
        "order, lines come as fast as memory gives them",
    )


def overlap(seen: Seen) -> Claim:
    """A look-up at random against the latency of one."""
    alone, took = seen.prices.load(seen.here.sizes.far // 2).price_ns, seen.ns("slow")
    return Claim(
        "a look-up at random takes a small part of a miss's latency, since many are under way at a time",
        f"{significant(took)} ns a look-up, {significant(alone)} ns a miss alone",
        took < alone / 3,
    )


def between(seen: Seen) -> Claim:
    """The stride between order and chance."""
    order, stride, chance = seen.ns("fast"), seen.ns("a line apart"), seen.ns("slow")
    return Claim(
        "a stride of a line lies between: each look-up takes a line, but a prefetcher sees which",
        f"{significant(order)} ns in order, {significant(stride)} ns a line apart, {significant(chance)} ns at random",
        order * 1.2 < stride < chance / 1.2,
    )


def numpy_hides(seen: Seen) -> Claim:
    """The array in between takes a part of the ratio."""
    there = seen.gain("python")
    native = seen.gain("c")
    return Claim(
        "in numpy the ratio is smaller, since what is looked up is written to memory and read again",
        f"×{significant(there)} in numpy, ×{significant(native)} in C",
        there < native,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Look up every place of an array, by its size."""
    values = data(int(value), random)
    return {
        "at random": looked_up(values, random.permutation(values.size)),
        "a line apart": looked_up(values, stepping(values.size, here.sizes.line // WORD)),
        "in order": looked_up(values, np.arange(values.size)),
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Have some places be read twice, and others not at all."""
    places = arguments[0]
    some = random.permutation(len(places))[:64]
    places[some] = places[random.integers(0, len(places), len(some))]


LESSON = Lesson(
    title="The order of access: in order, by a stride, at random",
    chapter="Caches",
    cause="cache",
    unit="look-up",
    cases=cases,
    predict=predict,
    claims={"overlap": overlap, "between": between, "numpy_hides": numpy_hides},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a look-up in an array, by the array's size",
        values=lambda here: doubling(8 * KIB, here.sizes.far // 2),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="A sum does not depend on the order of its terms. `arrange` gets the places that will be looked up, and may put "
        "them in any order; `solve` then looks up what `arrange` wrote. They need not be sorted to the end.",
        arrange=("keep", "group"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"with {significant(seen.prices['dram.mlp'])} misses under way at a time, a look-up at random costs only "
        f"{significant(miss(seen.here).ns)} ns here"
    ),
    machine_code={"sum_at": ("loop", "dependent", "scalar"), "numba:sum_at": ("loop", "dependent", "scalar")},
    needs=("dram.read_bandwidth", "dram.mlp", "page_walk.throughput"),
)
