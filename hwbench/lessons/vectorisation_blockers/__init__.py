"""What stops the vectoriser: a loop that may be left in the middle, and the same sum in blocks."""

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
    longest,
)
from hwbench.units import significant

WORD = 4
BLOCK = 256  # as in the twins
BOUND = 1000
SHORT = 24  # readings: no block
LEAST_READINGS = 500_000


def case(function: str, count: int, seed: int) -> Case:
    """Return the sum of so many readings, of which the last is out of bounds, again and again."""
    passes = max(1, LEAST_READINGS // count)
    readings = array(count, np.int32)
    readings[:] = np.random.default_rng(seed).integers(0, BOUND, count)
    readings[-1] = BOUND
    return Case(function, (readings, count, passes, BOUND), count * passes, "vector", least_bytes=WORD * count)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: long rows; the control: rows that end before a vector would have been of use."""
    seed = int(random.integers(1 << 32))
    count = here.sizes.l1 // WORD // BLOCK * BLOCK - BLOCK + SHORT
    return {
        "slow": case("sum_to", count, seed),
        "fast": case("sum_to_in_blocks", count, seed),
        "control_slow": case("sum_to", SHORT, seed),
        "control_fast": case("sum_to_in_blocks", SHORT, seed),
        "no exit": case("sum_below", count, seed),
        "a call": case("sum_called", count, seed),
    }


def predict(here: Here) -> Prediction:
    """One by one a reading takes its instructions; in blocks it shares them with the others of its vector."""
    prices = here.prices
    lanes = here.lanes(WORD)
    return Prediction(
        slow=longest(
            prices.instructions(5, "instructions: load, compare and jump, add, step, jump"),
            prices.item("jumps that are taken", "branch.taken.throughput", 1, "instructions"),
            prices.cycles("additions one after another", 1, "execution"),
        ),
        fast=longest(
            prices.item("bytes from the first level", "l1d.read_bandwidth", 2 * WORD, "bandwidth"),
            prices.instructions(
                4 / lanes + 24 / BLOCK, f"instructions, each for {lanes} readings, and at a block's end"
            ),
        ),
        how="a vector of readings is loaded twice, once to be added and once to be compared with the largest so far; at the end of "
        "a block some twenty instructions bring the lanes together",
    )


def no_exit(seen: Seen) -> Claim:
    """The exit is the obstacle, not the comparison."""
    ratio = seen.ns("slow", "c") / seen.ns("no exit", "c")
    return Claim(
        "the same comparison without the exit is no obstacle: that loop is several times as fast",
        f"×{significant(ratio)}",
        ratio > 2,
    )


def call(seen: Seen) -> Claim:
    """A call is as bad as an exit, and worse."""
    ratio = seen.ns("a call", "c") / seen.ns("fast", "c")
    return Claim(
        "a call for each reading takes several times as long as the loop on vectors",
        f"×{significant(ratio)}",
        ratio > 2,
    )


def call_price(seen: Seen) -> Claim:
    """What a call costs by itself."""
    cycles = seen.prices["call.direct"] / seen.prices["add.latency.i64"]
    return Claim("a call and its return take only a few cycles", f"{significant(cycles)} cycles", cycles < 10)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both loops on rows of a length."""
    seed = int(random.integers(1 << 32))
    return {"one by one": case("sum_to", int(value), seed), "in blocks": case("sum_to_in_blocks", int(value), seed)}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Change some readings, and where the first is that is out of bounds."""
    readings = arguments[0]
    readings[random.integers(0, readings.size, 64)] = random.integers(0, BOUND, 64)
    readings[readings.size - 1 - random.integers(0, SHORT + 4)] = BOUND  # in one of seven cases in a block
    readings[-1] = BOUND


LESSON = Lesson(
    title="What stops the vectoriser: an exit in the middle",
    chapter="Execution",
    cause="vectorization",
    unit="reading",
    cases=cases,
    predict=predict,
    claims={"no_exit": no_exit, "call": call, "call_price": call_price},
    sweep=Sweep(
        axis="readings",
        unit="",
        title="a reading, by how many come before the exit",
        values=lambda here: [4 * 2**step for step in range(13)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` stops at the first reading out of bounds, so the compiler takes them one by one. Let it add up blocks of "
        "readings without looking, and look afterwards. The sum must still end at the first reading out of bounds.",
        renew=renew,
    ),
    absent=lambda seen: (
        f"a reading takes {significant(seen.ns('slow'))} ns one by one and {significant(seen.ns('fast'))} ns in blocks: this "
        "compiler vectorises loops that may be left, or does not vectorise the blocks"
    ),
    machine_code={
        "sum_to": ("loop", "scalar", "branch"),
        "sum_to_in_blocks": ("loop", "vector"),
        "sum_below": ("loop", "vector"),
        "sum_called": ("loop", "call"),
        "numba:sum_to": ("loop", "scalar"),
        "numba:sum_to_in_blocks": ("loop", "vector"),
    },
    needs=("core.width", "branch.taken.throughput", "l1d.read_bandwidth"),
)
