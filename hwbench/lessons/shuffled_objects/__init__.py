"""Shuffled objects: the same list of objects, in the order in which they lie in memory and shuffled."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
    placed,
)
from hwbench.units import KIB, significant

OBJECT_WORDS = 4
VALUE = 3
OBJECT_BYTES = 8 * (OBJECT_WORDS + 1)  # and its place in the list
PRICED = 1_000_000  # objects in the lists by which python.list_walk is priced
LEAST, MOST = 1000, 1 << 20  # none of the small integers that Python makes once and shares


def heap_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return objects one after the other: a count, a type, a size, and the value."""
    heap = array(values.size * OBJECT_WORDS)
    objects = heap.reshape(-1, OBJECT_WORDS)
    objects[:, 0] = 1
    objects[:, VALUE] = values
    return heap


def pair(count: int, random: np.random.Generator, least_work: int = 0) -> tuple[Case, Case]:
    """Return the walk through a list of so many objects in random order, and in the order in which they lie."""
    heap = heap_of(random.integers(LEAST, MOST, count))
    rounds = -(-max(least_work, 1) // count)
    orders = random.permutation(count), np.arange(count)
    slow, fast = (
        Case("walk", (placed(order), count, heap, rounds), work=count * rounds, least_bytes=8 * count)
        for order in orders
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: objects that fit no cache; the control: some that fit the first."""
    slow, fast = pair(here.in_python(here.sizes.far // OBJECT_BYTES, PRICED), random)
    control_slow, control_fast = pair(here.sizes.l1 // OBJECT_BYTES, random, least_work=50_000)
    found = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language == "python":
        found["sorted"] = Case("walk_sorted", fast.arguments, work=fast.work)
    return found


def predict(here: Here) -> Prediction:
    """Both walks have prices of their own in the profile."""
    return Prediction(
        slow=(here.prices.item("objects in random order", "python.list_walk_shuffled", cause="cache"),),
        fast=(here.prices.item("objects in the order they lie in", "python.list_walk", cause="cache"),),
        how="the same objects, the same built-in sum: in order the prefetcher is ahead of it, shuffled it has to wait",
    )


def costs_more(seen: Seen) -> Claim:
    """The two prices."""
    slow, fast = seen.prices["python.list_walk_shuffled"], seen.prices["python.list_walk"]
    return Claim(
        "an object of a large shuffled list takes several times as long as one of a list in order",
        f"{significant(slow)} ns against {significant(fast)} ns",
        slow >= 3 * fast,
    )


def sorting_shuffles(seen: Seen) -> Claim:
    """A list sorted by value against the same one in the order of allocation."""
    ratio = seen.ns("sorted", "python") / seen.ns("fast", "python")
    return Claim("sorting a list by its values shuffles its objects", f"×{significant(ratio)}", ratio > 1.5)


def first_level_flat(seen: Seen) -> Claim:
    """The control."""
    ratio = seen.ns("control_slow", "python") / seen.ns("control_fast", "python")
    return Claim("a short list does not mind its order", f"×{significant(ratio)}", 0.8 < ratio < 1.25)


def overlapped(seen: Seen) -> Claim:
    """What a shuffled object costs in C against the latency of memory."""
    ns = seen.ns("slow", "c")
    latency = seen.prices["dram.latency_random"]
    return Claim(
        "in C a shuffled object costs a fraction of the latency of memory, since the misses overlap",
        f"{significant(ns)} ns of {significant(latency)} ns",
        ns < latency / 2,
    )


def pays_more(seen: Seen) -> Claim:
    """What the shuffling adds to an object, in Python and in C."""
    here, there = (seen.ns("slow", language) - seen.ns("fast", language) for language in ("python", "c"))
    return Claim(
        "Python pays more for each miss than C does",
        f"{significant(here)} ns against {significant(there)} ns more for an object",
        here > there,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both walks over so many objects."""
    slow, fast = pair(int(value) // OBJECT_BYTES, random, least_work=20_000)
    return {"shuffled": slow, "in order": fast}


def exercise_cases(here: Here, random: np.random.Generator) -> Cases:
    """As many objects as the lesson has in C; for the control some that fit the first level."""
    slow, fast = pair(here.sizes.far // OBJECT_BYTES, random)
    control_slow, control_fast = pair(here.sizes.l1 // OBJECT_BYTES, random, least_work=50_000)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some objects other values."""
    objects = arguments[2].reshape(-1, OBJECT_WORDS)
    objects[random.integers(0, len(objects), 64), VALUE] = random.integers(LEAST, MOST, 64)


LESSON = Lesson(
    title="Shuffled objects: a list is only as good as its memory",
    chapter="Python",
    cause="cache",
    unit="object",
    cases=cases,
    predict=predict,
    claims={
        "costs_more": costs_more,
        "sorting_shuffles": sorting_shuffles,
        "first_level_flat": first_level_flat,
        "overlapped": overlapped,
        "pays_more": pays_more,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="an object of a list, by the memory that list and objects take",
        values=lambda here: doubling(4 * KIB, here.in_python(here.sizes.far, PRICED * OBJECT_BYTES)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="A sum does not depend on the order. `arrange` gets the list, as numbers of objects in random order, and writes a "
        "list of the same objects; lay it out so that `solve` walks through memory in order. Values change between calls.",
        arrange=("keep", "by_address"),
        inputs=exercise_cases,
        renew=renew,
    ),
    absent=lambda seen: (
        f"an object of a shuffled list costs {significant(seen.prices['python.list_walk_shuffled'])} ns here, one of a list in "
        f"order {significant(seen.prices['python.list_walk'])} ns"
    ),
    machine_code={"walk": ("loop", "dependent", "scalar")},
    needs=("python.list_walk", "python.list_walk_shuffled"),
    language="python",
)
