"""Pointer chasing: the same list, its nodes in order and shuffled."""

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
    hidden_in_python,
    shuffled,
)
from hwbench.units import KIB, format_bytes, significant

NODE_WORDS = 8
WORD = 8
NODE_BYTES = WORD * NODE_WORDS


def ring(count: int, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the nodes of a list that goes through all of them, in that order, and comes back to the first."""
    nodes = array(count * NODE_WORDS).reshape(count, NODE_WORDS)
    nodes[order, 0] = np.roll(order, -1)
    nodes[:, 1] = np.arange(count) % 1009
    return nodes.ravel()


def pair(size: int, random: np.random.Generator, least_steps: int = 0) -> tuple[Case, Case]:
    """Return the walk through a shuffled list and through one in order, over `size` bytes, every node as often."""
    count = size // NODE_BYTES
    steps = count * -(-max(least_steps, 1) // count)
    orders = shuffled(count, random), np.arange(count)
    slow, fast = (Case("walk", (ring(count, order), steps), work=steps, least_bytes=WORD * count) for order in orders)
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a list that fits no cache; the control: one that fits the first."""
    slow, fast = pair(here.in_python(here.sizes.far, here.sizes.far // 8), random)
    control_slow, control_fast = pair(here.in_python(here.sizes.l1, 4 * KIB), random, least_steps=50_000)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A shuffled step waits for memory; one in order finds its line fetched ahead."""
    return Prediction(
        slow=(here.prices.load(here.sizes.far, "loads that wait for memory"),),
        fast=(here.prices.item("loads that a prefetcher ran ahead of", "prefetch.sequential_latency", cause="cache"),),
        how="a step is one load that waits for the one before; nothing else in the loop takes as long",
    )


def far_ratio(seen: Seen) -> Claim:
    """A step through memory against one through the first level."""
    ratio = seen.prices.load(seen.here.sizes.far).price_ns / seen.prices["l1d.latency"]
    return Claim(
        "a step that misses every cache takes tens to hundreds of times as long as one that hits the first",
        f"×{significant(ratio)} at {format_bytes(seen.here.sizes.far)}",
        ratio >= 20,
    )


def parallel(seen: Seen) -> Claim:
    """Independent loads overlap."""
    many = seen.prices["dram.mlp"]
    return Claim("independent misses overlap, ten or more at a time", f"{significant(many)} at a time", many >= 10)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both walks over a footprint."""
    slow, fast = pair(int(value), random, least_steps=20_000)
    return {"shuffled": slow, "in order": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some nodes other values."""
    nodes = arguments[0].reshape(-1, NODE_WORDS)
    nodes[random.integers(0, len(nodes), 64), 1] = random.integers(0, 1009, 64)


LESSON = Lesson(
    title="Pointer chasing: memory one step at a time",
    chapter="Caches",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={
        "far_ratio": far_ratio,
        "parallel": parallel,
        "python_hides": hidden_in_python("in plain Python the ratio is smaller, since each step does much else"),
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a step through a list, by the memory that it takes",
        values=lambda here: doubling(4 * KIB, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Lay out the nodes so that a walk goes through memory in order. `arrange` gets the list as it is and writes it "
        "anew; `solve` walks what `arrange` wrote. The walk must still follow the numbers in the nodes.",
        arrange=("keep", "sort"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"a load from {format_bytes(seen.here.sizes.far)} costs hardly more here than one from the first level"
    ),
    machine_code={"walk": ("loop", "dependent", "scalar")},
    needs=("prefetch.sequential_latency",),
)
