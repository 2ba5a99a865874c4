"""Search layouts: the same keys sorted, level by level, and in nodes of a line, searched from memory."""

import math
from collections.abc import Sequence
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
    placed,
)
from hwbench.units import KIB, format_bytes, significant

KEY_BYTES = 4
LINE_KEYS = 16
LINE_LEVELS = 4
FANOUT = LINE_KEYS + 1
LOOKUPS = 8_000
MOST_BYTES = 1 << 30  # keys of 32 bits, and no two alike
FILLED = 0.95  # a power of two of keys would make every search begin in the same sets
ABSENT = np.iinfo(np.int32).max
Words = NDArray[Any]


class Fresh:
    """New queries before each sample, the same for every case: what was searched last time must not lie near by now."""

    def __init__(self, most: int, seed: int) -> None:
        self.queries = array(LOOKUPS, np.int32)
        self._most = most
        self._random = np.random.default_rng(seed)
        self()

    def __call__(self) -> None:
        """Write the next queries into the array."""
        self.queries[:] = self._random.integers(0, self._most // 2, LOOKUPS, dtype=np.int32) * 2


def levels_of(size: int) -> int:
    """Return the levels of the binary tree that takes so many bytes."""
    return (min(size, MOST_BYTES) // KEY_BYTES).bit_length() - 1


def sorted_keys(size: int, random: np.random.Generator) -> tuple[Words, int]:
    """Return a power of two of words, of which the first ones are keys in order and the rest is filled up, and how many."""
    words = 1 << levels_of(size)
    count = int(words * FILLED) | 1
    keys = array(words, np.int32)
    np.cumsum(random.integers(1, (ABSENT - 1) // count, count, dtype=np.int32), out=keys[:count])
    keys[count:] = ABSENT
    return keys, count


def by_level(keys: Words) -> Words:
    """Return the keys level by level, as the C of that name writes them."""
    tree = array(keys.size, np.int32)
    for level in range(levels_of(keys.nbytes)):
        apart = keys.size >> level
        tree[1 << level : 2 << level] = keys[apart // 2 - 1 :: apart]
    return tree


def in_nodes(keys: Words, count: int) -> tuple[Words, Words]:
    """Return the keys as a tree of nodes of a line, from the root to the sorted keys themselves, and where levels start."""
    leaves = -(-count // LINE_KEYS)
    levels = [keys[: leaves * LINE_KEYS]]
    below, span = leaves, LINE_KEYS
    while below > 1:
        nodes = -(-below // FANOUT)
        ways = np.arange(nodes)[:, None] * FANOUT + np.arange(1, FANOUT)
        last = ways.ravel() * span - 1
        levels.insert(0, np.where(last < count, keys[np.minimum(last, count - 1)], ABSENT).astype(np.int32))
        below, span = nodes, span * FANOUT
    starts = np.concatenate(([0], np.cumsum([level.size for level in levels])[:-1]))
    return placed(np.concatenate(levels)), starts.astype(np.int64)


def look_ups(size: int, random: np.random.Generator, *, extra: bool = False) -> Cases:
    """Return look-ups in sorted keys and in the same level by level; with `extra` also by branches and in nodes."""
    keys, count = sorted_keys(size, random)
    most, seed = int(keys[count - 1]), int(random.integers(1 << 30))
    fresh = [Fresh(most, seed) for _ in range(4)]

    def case(function: str, number: int, layout: tuple[Argument, ...], build: Any = "plain") -> Case:
        own = fresh[number]
        return Case(
            function, (*layout, own.queries, LOOKUPS), work=LOOKUPS, before=own, build=build, least_bytes=8 * LOOKUPS
        )

    made = {
        "slow": case("find_sorted", 0, (keys, count)),
        "fast": case("find_eytzinger", 1, (by_level(keys), count)),
    }
    if extra:
        tree, starts = in_nodes(keys, count)
        made["branches"] = case("find_branchy", 2, (keys, count))
        made["nodes"] = case("find_btree", 3, (tree, starts, starts.size), "vector")
    return made


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: keys that fit no cache; the control: keys that fit the first."""
    control = look_ups(here.sizes.l1, random)
    return {
        **look_ups(here.sizes.far, random, extra=True),
        "control_slow": control["slow"],
        "control_fast": control["fast"],
    }


def touched(lines: float) -> float:
    """Return how many of so many lines the look-ups of a sample touch, if each touches one of them."""
    return lines * (1 - math.exp(-LOOKUPS / lines))


def loads(here: Here, keys_apart: float) -> list[float]:
    """Return the ns of each level's load in a layout whose keys of a level lie so far apart.

    The lines of the levels up to this one are what a look-up chooses from. The first touch of a line in a sample finds it
    as far away as all that was touched in the meantime, by each layout twice in a round.
    """
    levels, line = levels_of(here.sizes.far), here.sizes.line
    in_line = LINE_LEVELS if keys_apart >= line else 0  # the last levels are in the line of the one above them
    lines = [max(2.0**level * min(keys_apart, line) / line, 1.0) for level in range(levels - in_line)]
    meanwhile = 4 * line * sum(touched(each) for each in lines)
    found = []
    for each in lines:
        first = touched(each) / LOOKUPS
        again, afresh = (here.prices.load(size).ns for size in (2 * each * line, max(2 * each * line, meanwhile)))
        found.append((1 - first) * again + first * afresh)
    return found + [here.prices.load(0).ns] * in_line


def time_of(here: Here, waits: Sequence[float], ahead: int) -> float:
    """Return the ns of going down levels whose loads take so long, each asked for so many steps ahead."""
    choice = here.prices.cycles("", 2).ns
    started: list[float] = []
    now = 0.0
    for level, wait in enumerate(waits):
        asked = started[level - ahead] if level >= ahead > 0 else now
        started.append(now)
        now = max(now + here.prices.load(0).ns, asked + wait) + choice
    return now


def bill(here: Here, waits: Sequence[float], ahead: int) -> tuple[Item, Item]:
    """Return steps as they are in the first level, and the waiting for lines from further away."""
    levels = len(waits)
    step = here.prices.load(0, "steps: a load that hits, a comparison, a choice", levels)
    each = step.price_ns + here.prices.cycles("", 2).ns
    steps = Item(step.text, levels, each, each, each, step.quantity, "execution")
    trip = here.prices.load(here.sizes.far, "trips to memory that a look-up waits for")
    waiting = max(time_of(here, waits, ahead) - steps.ns, 0.0)
    return steps, trip.times(waiting / trip.price_ns)


def predict(here: Here) -> Prediction:
    """Level by level: how far away are its lines, and how many steps earlier could they be asked for?"""
    return Prediction(
        slow=bill(here, loads(here, float(here.sizes.line)), 0),
        fast=bill(here, loads(here, float(KEY_BYTES)), LINE_LEVELS),
        how="each step of a look-up waits for its load: a step among n lines costs a load out of n lines, or one from further "
        "away the first time that a line is needed; level by level the line is asked for four steps ahead",
    )


def few_from_memory(seen: Seen) -> Claim:
    """The steps that wait for memory against all the others."""
    here = seen.here
    steps, waits = predict(here).slow
    levels = levels_of(here.sizes.far)
    last = here.sizes.last or here.sizes.l2
    far_steps = levels - LINE_LEVELS - math.log2(last / here.sizes.line)
    each = loads(here, float(here.sizes.line))
    far = sum(wait for level, wait in enumerate(each[: levels - LINE_LEVELS]) if here.sizes.line * 2**level > last)
    share = far / (steps.ns + waits.ns)
    return Claim(
        "of all the steps only a few come from memory, and they take more than a third of the time",
        f"{significant(far_steps)} of {levels} steps in {format_bytes(here.sizes.far)} are beyond "
        f"{format_bytes(last)}; they take {significant(100 * share)} % of the time",
        0 < far_steps < levels / 3 < levels * share,
    )


def nodes_too(seen: Seen) -> Claim:
    """Nodes of a line against sorted keys."""
    slow, nodes = seen.ns("slow"), seen.ns("nodes")
    return Claim(
        "a tree with nodes of a line beats the sorted array as well",
        f"{significant(slow)} ns a look-up sorted, {significant(nodes)} ns in nodes",
        nodes < slow / 1.2,
    )


def guessing_helps(seen: Seen) -> Claim:
    """A search by branches from memory."""
    slow, branches = seen.ns("slow"), seen.ns("branches")
    return Claim(
        "from memory, guessing beats waiting: the search with branches is faster than the one without",
        f"{significant(branches)} ns with branches, {significant(slow)} ns without",
        branches < slow,
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """All four look-ups over a footprint."""
    made = look_ups(int(value), random, extra=True)
    return {
        "sorted": made["slow"],
        "sorted, branches": made["branches"],
        "level by level": made["fast"],
        "nodes of a line": made["nodes"],
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Ask for other keys."""
    keys, count, queries, lookups = arguments
    queries[:lookups] = random.integers(0, int(keys[count - 1]) // 2, lookups, dtype=np.int32) * 2


LESSON = Lesson(
    title="Search layouts: fewer trips to memory for a look-up",
    chapter="Caches",
    cause="cache",
    unit="look-up",
    cases=cases,
    predict=predict,
    claims={"few_from_memory": few_from_memory, "nodes_too": nodes_too, "guessing_helps": guessing_helps},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a look-up, by the memory that the keys take",
        values=lambda here: doubling(4 * KIB, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Lay out the keys so that a look-up makes fewer trips to memory, and search what you laid out. `arrange` gets the "
        "sorted keys, filled up to a power of two with the greatest number; `solve` must find the first key not less than each query.",
        arrange=("keep", "by_level"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"a load from {format_bytes(seen.here.sizes.far)} costs hardly more here than one from the first level"
    ),
    machine_code={
        "find_sorted": ("loop", "branchless"),
        "find_eytzinger": ("loop", "prefetch"),
        "find_branchy": ("loop", "branch"),
        "find_btree": ("loop",),
        "numba:find_eytzinger": ("loop", "prefetch"),
    },
)
