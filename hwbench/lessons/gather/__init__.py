"""Gather: the same numbers taken through an index and in place, both with vector instructions and in the first level."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
    Build,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    doubling,
    longest,
    placed,
)
from hwbench.units import KIB, significant

NUMBER_BYTES = 4
OPERATIONS = 4  # on a number, one for each question: an exclusive or takes in three operands, or two at once
LANE_OPERATIONS = 5  # whether the compiler writes them or a gather instruction is made of them
AT_ONCE = 4  # of them a cycle: they form chains, or come from microcode, which feeds the core at less than its width
LEAST_NUMBERS = 100_000  # read in a call, so that the call itself does not count
Words = NDArray[Any]


def asked(
    size: int, random: np.random.Generator, build: Build = "vector", *, in_order: bool = False
) -> tuple[Case, Case]:
    """Return the answers through an index and in place; numbers and index take `size` bytes together."""
    count = size // NUMBER_BYTES // 2
    values = placed(random.integers(-500, 500, count, dtype=np.int32))
    index = placed((np.arange(count) if in_order else random.permutation(count)).astype(np.int32))
    times = -(-LEAST_NUMBERS // count)
    through, in_place = (
        Case(function, (values, index, count, times), work=count * times, build=build)
        for function in ("through_index", "in_place")
    )
    return through, in_place


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: with vector instructions; the control: the same functions without; all in the first level."""
    slow, fast = asked(here.sizes.l1, random)
    control_slow, control_fast = asked(here.sizes.l1, random, "plain")
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "in order": asked(here.sizes.l1, random, in_order=True)[0],
    }


def predict(here: Here) -> Prediction:
    """Through the index every number is fetched by itself; in place a load brings as many as the widest register holds."""
    prices = here.prices
    return Prediction(
        slow=longest(
            prices.item("loads: a number of the index, and the value that it names", "load.throughput", 2.0),
            prices.cycles(
                "work on each lane: index out and widened, value loaded and put in, turn", LANE_OPERATIONS / AT_ONCE
            ),
        ),
        fast=longest(
            prices.item("bytes out of the first level", "l1d.read_bandwidth", 2 * NUMBER_BYTES, "execution"),
            prices.item(
                "lanes of vector operations, as of multiply-adds", "flops.peak.f32", 2 * OPERATIONS, "execution"
            ),
        ),
        how="through the index each value takes a load and its lane's share of taking registers apart and putting them together; "
        "in place the operations on whole registers are all that is left",
    )


def side_by_side(seen: Seen) -> Claim:
    """Whole registers against single loads."""
    ratio = seen.prices["l1d.read_bandwidth"] / (NUMBER_BYTES * seen.prices["load.throughput"])
    return Claim(
        "side by side, the first level delivers several times as many numbers as by single loads",
        f"×{significant(ratio)}",
        ratio >= 3,
    )


def vectors_help(seen: Seen) -> Claim:
    """Vector instructions in place."""
    ratio = seen.ns("control_fast") / seen.ns("fast")
    return Claim(
        "in place, the numbers take a fraction of the time with vector instructions",
        f"×{significant(ratio)} faster",
        ratio >= 2,
    )


def gathers_gain_less(seen: Seen) -> Claim:
    """Vector instructions through the index and in place."""
    through, in_place = seen.ns("control_slow") / seen.ns("slow"), seen.ns("control_fast") / seen.ns("fast")
    return Claim(
        "through the index, vector instructions gain far less than in place",
        f"×{significant(through)} through the index, ×{significant(in_place)} in place",
        through < 0.7 * in_place,
    )


def a_load_each(seen: Seen) -> Claim:
    """A number through the index against a load."""
    number, load = seen.ns("slow"), 1e9 / seen.prices["load.throughput"]
    return Claim(
        "through the index no number takes less than a load takes",
        f"{significant(number)} ns a number, {significant(load)} ns a load",
        number > 0.9 * load,
    )


def order_is_free(seen: Seen) -> Claim:
    """An index in order, in the first level."""
    ratio = seen.ns("slow") / seen.ns("in order")
    return Claim(
        "in the first level an index in order is no quicker than a shuffled one",
        f"×{significant(ratio)}",
        ratio < 1.25,
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """Questions asked through a shuffled index, through one in order, and in place, over a footprint."""
    shuffled, in_place = asked(int(value), random)
    return {
        "shuffled index": shuffled,
        "index in order": asked(int(value), random, in_order=True)[0],
        "in place": in_place,
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some places other values."""
    values, _, count, _ = arguments
    values[random.integers(0, count, 64)] = random.integers(-500, 500, 64)


LESSON = Lesson(
    title="Gather: one instruction, and a load for every number",
    chapter="Execution",
    cause="execution",
    unit="number",
    cases=cases,
    predict=predict,
    claims={
        "side_by_side": side_by_side,
        "vectors_help": vectors_help,
        "gathers_gain_less": gathers_gain_less,
        "a_load_each": a_load_each,
        "order_is_free": order_is_free,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="four questions about a number, by the memory that numbers and index take",
        values=lambda here: doubling(4 * KIB, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The index names every value exactly once, in some order, and none of the four answers depends on the order. Change "
        "`solve` so that one load brings many values.",
        renew=renew,
    ),
    absent=lambda seen: (
        "the first level delivers single numbers as fast as whole registers here: "
        f"{significant(seen.prices['load.throughput'] * NUMBER_BYTES / 1e9)} GB/s by single loads of {NUMBER_BYTES} bytes, "
        f"{significant(seen.prices['l1d.read_bandwidth'] / 1e9)} GB/s at best"
    ),
    machine_code={
        "through_index": ("loop",),
        "plain:through_index": ("loop", "dependent", "scalar"),
        "in_place": ("loop",),
        "plain:in_place": ("loop", "scalar"),
        "vector:in_place": ("loop", "vector"),
        "numba:vector:in_place": ("loop", "vector"),
    },
    needs=("load.throughput", "l1d.read_bandwidth", "core.width", "flops.peak.f32"),
)
