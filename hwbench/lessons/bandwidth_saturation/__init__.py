"""Bandwidth: four passes over memory against four passes over each block of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Missing,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
    placed,
)
from hwbench.units import KIB, significant

PASSES = 4
NUMBER_BYTES = 4
LEAST_NUMBERS = 100_000  # read in a call, so that the call itself does not count
VALUE = 7
Words = NDArray[Any]


def questions(size: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the four questions about `size` bytes of numbers, in passes and in blocks."""
    numbers = placed(random.integers(-1_000_000, 1_000_000, size // NUMBER_BYTES, dtype=np.int32))
    times = -(-LEAST_NUMBERS // numbers.size)
    passes, blocks = (
        Case(
            function,
            (numbers, numbers.size, times),
            work=numbers.size * times,
            build="vector",
            least_bytes=numbers.nbytes if times == 1 else 0.0,
        )
        for function in ("in_passes", "in_blocks")
    )
    return passes, blocks


def fills(size: int) -> tuple[Case, Case]:
    """Return the overwriting of `size` bytes, through the caches and past them."""
    numbers = array(size // NUMBER_BYTES, np.int32)
    usual, past = (
        Case(function, (numbers, numbers.size, VALUE), work=numbers.size, build="vector", least_bytes=numbers.nbytes)
        for function in ("fill", "fill_past_caches")
    )
    return usual, past


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: numbers that fit no cache; the control: numbers that fit the first level."""
    slow, fast = questions(here.sizes.far, random)
    control_slow, control_fast = questions(here.sizes.l1, random)
    usual, past = fills(here.sizes.far)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "fill": usual,
        "fill past the caches": past,
    }


def predict(here: Here) -> Prediction:
    """A pass over memory takes its bytes over the pipe's bandwidth; a pass over a block runs at the first level's."""
    prices = here.prices
    through = prices.item("bytes through the pipe from memory", "dram.read_bandwidth", NUMBER_BYTES, "bandwidth")
    near = prices.item("bytes out of the first level", "l1d.read_bandwidth", NUMBER_BYTES, "instructions")
    return Prediction(
        slow=(through.times(PASSES),),
        fast=(through, near.times(PASSES - 1)),
        how="four passes carry each number through the pipe four times; in blocks it comes through once, and three more "
        "times out of the first level while the pipe stands still",
    )


def pipe_limits(seen: Seen) -> Claim:
    """The first level against memory."""
    ratio = seen.prices["l1d.read_bandwidth"] / seen.prices["dram.read_bandwidth"]
    return Claim(
        "the first level delivers several times as many bytes a second as memory does",
        f"×{significant(ratio)}",
        ratio >= 3,
    )


def less_than_passes(seen: Seen) -> Claim:
    """The gain against the number of passes."""
    return Claim(
        "blocks win less than the number of passes",
        f"×{significant(seen.ratio.value)} with {PASSES} passes",
        seen.ratio.value < PASSES,
    )


def pipe_is_shared(seen: Seen) -> Claim:
    """All cores together against one."""
    together, alone = seen.prices["dram.read_bandwidth_all"], seen.prices["dram.read_bandwidth"]
    cores = max((int(point.get("cores", 1)) for point in seen.prices.profile.curves.get("bandwidth", ())), default=1)
    if cores < 2:
        raise Missing("only one core was measured")
    return Claim(
        "all cores together do not read as many times as much as there are of them",
        f"{cores} cores read ×{significant(together / alone)}",
        together / alone < 0.9 * cores,
    )


def fetch_saved(seen: Seen) -> Claim:
    """Stores past the caches over memory."""
    ratio = seen.prices["dram.streaming_write_bandwidth"] / seen.prices["dram.write_bandwidth"]
    return Claim(
        "over memory, stores past the caches are faster than those through them",
        f"×{significant(ratio)}",
        ratio > 1.05,
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """The questions in passes and in blocks, and both fills, over a footprint."""
    passes, blocks = questions(int(value), random)
    usual, past = fills(int(value))
    return {"in passes": passes, "in blocks": blocks, "fill": usual, "fill past the caches": past}


LESSON = Lesson(
    title="Bandwidth: the pipe that every pass goes through",
    chapter="Caches",
    cause="bandwidth",
    unit="number",
    cases=cases,
    predict=predict,
    claims={
        "pipe_limits": pipe_limits,
        "less_than_passes": less_than_passes,
        "pipe_is_shared": pipe_is_shared,
        "fetch_saved": fetch_saved,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="four questions about a number, and overwriting it, by the memory that all numbers take",
        values=lambda here: doubling(64 * KIB, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The numbers come through the pipe from memory four times, once for each question. Change `solve` so that they come "
        "once, without asking less of them.",
    ),
    absent=lambda seen: (
        "memory delivers as many bytes a second here as the loops can take: "
        f"{significant(seen.prices['dram.read_bandwidth'] / 1e9)} GB/s, and the first level "
        f"{significant(seen.prices['l1d.read_bandwidth'] / 1e9)} GB/s"
    ),
    machine_code={
        "in_passes": ("loop",),
        "in_blocks": ("loop",),
        "fill": ("loop",),
        "fill_past_caches": ("loop", "streaming"),
    },
    needs=("dram.read_bandwidth", "l1d.read_bandwidth"),
)
