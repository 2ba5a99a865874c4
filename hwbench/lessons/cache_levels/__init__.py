"""The levels of the cache: the same walk through a ring that fits the first level, or the second, or none."""

from itertools import pairwise

import numpy as np

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
    longest,
)
from hwbench.units import KIB, format_bytes, significant

NODE_WORDS = 8
NODE_BYTES = 8 * NODE_WORDS
PERIOD = (
    32  # values repeat along the ring: so many steps have the same sum in a ring of any length, wherever they begin
)
STEPS = 1 << 17
LIMITS = 8


def walked(size: int, random: np.random.Generator, steps: int = STEPS) -> Case:
    """Return a walk of so many steps through a ring of lines that is scattered over `size` bytes."""
    count = size // NODE_BYTES // PERIOD * PERIOD
    order = random.permutation(count)
    nodes = array(count * NODE_WORDS).reshape(count, NODE_WORDS)
    nodes[order, 0] = NODE_WORDS * np.roll(order, -1)
    nodes[order, 1] = 1 + np.arange(count) % PERIOD
    return Case("walk", (nodes.ravel(), NODE_WORDS * order[:1], steps), work=steps)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: a ring that fits no cache; fast: one that fits the first level. The control: two that do."""
    found = {
        "slow": walked(here.sizes.far, random),
        "fast": walked(here.sizes.l1, random),
        "control_slow": walked(here.sizes.l1, random),
        "control_fast": walked(here.sizes.l1 // 4, random),
        "second level": walked(here.sizes.l2, random, 2 * STEPS),
    }
    if here.sizes.last is not None:
        found["last level"] = walked(here.sizes.last, random, 4 * STEPS)
    return found


def predict(here: Here) -> Prediction:
    """A step takes what a load does from where the ring lies."""
    return Prediction(
        slow=(here.prices.load(here.sizes.far, "loads that wait for memory"),),
        fast=(here.prices.item("loads from the first level", "l1d.latency", cause="cache"),),
        how="a step is one load that waits for the one before; nothing else in the loop takes as long",
    )


def first_level(seen: Seen) -> Claim:
    """Even a hit has a latency."""
    cycles = seen.prices["l1d.latency"] / seen.prices["add.latency.i64"]
    return Claim(
        "even a load that hits the first level takes three to six times as long as an addition",
        f"{significant(cycles)} cycles",
        2.5 <= cycles <= 6.5,
    )


def apart(seen: Seen) -> Claim:
    """Each level against the one before it."""
    names = [name for name in ("fast", "second level", "last level", "slow") if seen.twin and name in seen.twin.cases]
    took = [seen.ns(name) for name in names or ("fast", "slow")]
    return Claim(
        "each level takes at least twice as long to answer as the one before it",
        " → ".join(f"{significant(each)} ns" for each in took),
        all(outer > 2 * inner for inner, outer in pairwise(took)),
    )


def _capacity(seen: Seen, level: str, says: str, least: float, most: float) -> Claim:
    quantity = seen.prices.profile.quantities.get(f"{level}.capacity")
    if quantity is None or quantity.value is None or not quantity.nominal:
        return Claim(says, "the system does not say how large it is", None)
    share = quantity.value / quantity.nominal
    here = (
        f"{format_bytes(int(quantity.value))} measured, {format_bytes(int(quantity.nominal))} by what the system says"
    )
    return Claim(says, here, least <= share <= most)


def first_size(seen: Seen) -> Claim:
    """The first level's size as measured and as stated."""
    return _capacity(
        seen, "l1d", "where the first step ends, the first level does: as large as the system says it is", 0.9, 1.1
    )


def last_size(seen: Seen) -> Claim:
    """The last level's size as measured and as stated."""
    level = "l3" if seen.prices.has("l3.capacity") else "l2"
    return _capacity(seen, level, "of the last level a program often gets less than the system says there is", 0.0, 0.9)


def exercise_inputs(here: Here, random: np.random.Generator) -> Cases:
    """Nodes to be counted against several limits: in memory, and for the control in the first level."""
    found = {}
    for name, size, rounds in (("", here.sizes.far // 2, 1), ("control_", here.sizes.l1 // 4, 64)):
        count = size // NODE_BYTES
        nodes = array(count * NODE_WORDS)
        nodes[1::NODE_WORDS] = random.integers(0, 1009, count)
        limits = random.integers(1, 1009, LIMITS * rounds)
        arguments = (nodes, count, limits, limits.size)
        for side, function in (("slow", "count_by_limits"), ("fast", "count_by_blocks")):
            found[name + side] = Case(function, arguments, work=count * limits.size)
    return found


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some nodes other values."""
    nodes = arguments[0].reshape(-1, NODE_WORDS)
    nodes[random.integers(0, len(nodes), 256), 1] = random.integers(1, 1009, 256)


def predict_exercise(here: Here) -> Prediction:
    """A pass fetches every line from memory, or one pass in so many does."""
    prices, line = here.prices, here.sizes.line
    compared = longest(prices.cycles("counts, one after the other"), prices.instructions(5))
    fetched = prices.item("bytes of a line from memory", "dram.read_bandwidth", line, "cache")
    return Prediction(
        slow=longest(fetched, *compared),
        fast=(fetched.times(1 / LIMITS), *compared),
        how=f"every pass fetches all lines, or one in {LIMITS} does and the others find them near",
    )


LESSON = Lesson(
    title="The levels of the cache: a staircase of latencies",
    chapter="Caches",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"first_level": first_level, "apart": apart, "first_size": first_size, "last_size": last_size},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a step of a scattered walk, by the memory that it goes through",
        values=lambda here: doubling(4 * KIB, here.sizes.far),
        cases=lambda here, value, random: {"scattered walk": walked(int(value), random, STEPS // 4)},
    ),
    exercise=Exercise(
        task="`solve` counts the values below each of several limits, a pass over all nodes for each, and every pass fetches "
        "them all from memory. Do the same counting so that nearly all loads hit the first or the second level.",
        functions=("count_by_limits", "count_by_blocks"),
        inputs=exercise_inputs,
        predict=predict_exercise,
        renew=renew,
    ),
    absent=lambda seen: (
        f"a load from {format_bytes(seen.here.sizes.far)} costs hardly more here than one from the first level"
    ),
    machine_code={"walk": ("loop", "dependent", "scalar"), "numba:walk": ("loop", "dependent", "scalar")},
    needs=("l1d.latency",),
)
