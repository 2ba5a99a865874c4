"""Warm and cold: the first pass over data that is in no cache, and every pass after it."""

import functools
from collections.abc import Callable

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
    shuffled,
)
from hwbench.units import KIB, format_bytes, significant

NODE_WORDS = 16
NODE_BYTES = 8 * NODE_WORDS
MOST = 1009
EVICTED = 2  # times what fits no cache: some caches keep what they have against a single stream
LONG = 200


def ring(count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return nodes that lead round all of them in a random order, beginning with the first."""
    order = shuffled(count, random)
    nodes = array(count * NODE_WORDS).reshape(count, NODE_WORDS)
    nodes[order, 0] = np.roll(order, -1)
    nodes[:, 1] = random.integers(0, MOST, count)
    return nodes.ravel()


@functools.lru_cache(maxsize=2)
def other(size: int) -> NDArray[np.int64]:
    """Return so many bytes of something else, the same ones for all cases."""
    return array(max(size // 8, 1))


def reading(size: int, times: int = 1) -> Callable[[], object]:
    """Return what reads so many bytes of something else: if that fits no cache, it leaves the caches full of it."""
    return lambda: [other(size).sum() for _ in range(times)]


def near(here: Here, nodes: NDArray[np.int64], times: int = 1) -> Callable[[], object] | None:
    """Return what reads something small, then the nodes, twice; what Python has of them is only reached by calls."""
    read = reading(here.sizes.l1, times)
    return None if here.language == "python" else lambda: (read(), nodes.sum(), nodes.sum())


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: once round after everything was evicted, and after nothing was; the control: after other work."""
    count = here.sizes.l2 // NODE_BYTES
    nodes = ring(count, random)
    far = reading(EVICTED * here.sizes.far)
    ways = {
        "slow": ("visit", far),
        "fast": ("visit", near(here, nodes)),
        "control_slow": ("visit", near(here, nodes, LONG)),
        "control_fast": ("visit", near(here, nodes)),
        "read first": ("read_and_visit", far),
    }
    return {name: Case(function, (nodes, count), count, before=before) for name, (function, before) in ways.items()}


def predict(here: Here) -> Prediction:
    """Cold, a step waits for memory; warm, for the level that the nodes fit."""
    prices = here.prices
    return Prediction(
        slow=(prices.item("loads that wait for memory", "dram.latency", cause="cache"),),
        fast=(prices.load(here.sizes.l2, "loads that wait for the second level"),),
        how="a step is one load that waits for the one before; cold, every line is in memory, warm in the second level",
    )


def price(seen: Seen) -> Claim:
    """What memory costs over the second level."""
    ratio = seen.prices["dram.latency"] / seen.prices.load(seen.here.sizes.l2).price_ns
    return Claim(
        "a line from memory takes ten times as long as one from the caches close by, or more",
        f"×{significant(ratio)}",
        ratio >= 10,
    )


def read_first(seen: Seen) -> Claim:
    """Reading in order first pays."""
    ratio = seen.ns("slow", "c") / seen.ns("read first", "c")
    return Claim(
        "it is several times as fast to read all of the data in order first and to go round then, reading twice as much",
        f"×{significant(ratio)}",
        ratio >= 3,
    )


def python_too(seen: Seen) -> Claim:
    """Python is slower the first time as well."""
    ratio = seen.gain("python")
    return Claim("plain Python is slower in the first round, too", f"×{significant(ratio)}", ratio > 1.2)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """A first round and later ones over a footprint."""
    count = int(value) // NODE_BYTES
    arguments = ring(count, random), count
    return {
        "first round": Case("visit", arguments, work=count, before=reading(EVICTED * here.sizes.far)),
        "again": Case("visit", arguments, work=count),
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some nodes other values."""
    nodes = arguments[0].reshape(-1, NODE_WORDS)
    nodes[random.integers(0, len(nodes), 64), 1] = random.integers(0, MOST, 64)


LESSON = Lesson(
    title="Warm and cold: the first time is another program",
    chapter="Measuring",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"price": price, "read_first": read_first, "python_too": python_too},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a step through a ring, in the first round and later, by the memory that it lies in",
        values=lambda here: doubling(16 * KIB, 2 * (here.sizes.last or here.sizes.l2)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` goes once round a ring of nodes of which none is in any cache. Its result is the sum of all values in the order "
        "of the ring. The nodes also lie in an array, one after the other: use that to have them near before the walk needs them.",
        functions=("visit", "read_and_visit"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"a step through {format_bytes(seen.here.sizes.l2)} takes {significant(seen.ns('slow'))} ns after everything else was read, "
        "and no less when repeated"
    ),
    machine_code={"visit": ("loop", "dependent", "scalar"), "read_and_visit": ("loop", "dependent", "scalar")},
    needs=("dram.latency",),
)
