"""Layouts for vectors: one field of every record, out of records and out of a column, in the first level of the cache."""

import numpy as np

from hwbench.lessons.kit import (
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
    longest,
    placed,
)
from hwbench.units import KIB, significant

FIELDS = 8
NUMBER_BYTES = 4
LEAST_NUMBERS = 200_000  # in a call, so that the call itself does not count


def summed(size: int, random: np.random.Generator, build: Build = "vector") -> tuple[Case, Case]:
    """Return the sum of a field out of records and out of columns that take `size` bytes."""
    count = size // (FIELDS * NUMBER_BYTES)
    records = random.integers(0, 1 << 30, (count, FIELDS), dtype=np.int32)
    field, times = int(random.integers(0, FIELDS)), -(-LEAST_NUMBERS // count)
    slow, fast = (
        Case(
            function,
            (placed(table), count, field, times),
            work=count * times,
            build=build,
            least_bytes=NUMBER_BYTES * count * times,
        )
        for function, table in (("out_of_records", records), ("out_of_columns", records.T))
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: with vector instructions; the control: the same functions without; all in the first level."""
    slow, fast = summed(here.sizes.l1, random)
    control_slow, control_fast = summed(here.sizes.l1, random, "plain")
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """Apart, a number takes a load and an addition of its own; side by side they come by the register."""
    prices = here.prices
    return Prediction(
        slow=longest(
            prices.item("loads, one for each number", "load.throughput", 1),
            prices.cycles("additions, or work on lanes, one number after the other"),
        ),
        fast=longest(
            prices.item("bytes out of the first level", "l1d.read_bandwidth", NUMBER_BYTES, "execution"),
            prices.item(
                "jumps back, one for a register of numbers", "branch.taken.throughput", 1 / here.lanes(NUMBER_BYTES)
            ),
        ),
        how="apart, the numbers come one by one, whatever instruction asks for them; side by side a load brings a register of them",
    )


def side_by_side(seen: Seen) -> Claim:
    """Whole registers against single loads."""
    ratio = seen.prices["l1d.read_bandwidth"] / (NUMBER_BYTES * seen.prices["load.throughput"])
    return Claim(
        "the first level delivers at least three times as many numbers by whole registers as by single loads",
        f"×{significant(ratio)}",
        ratio >= 3,
    )


def little_gained(seen: Seen) -> Claim:
    """Vector instructions on records against none."""
    ratio = seen.ns("control_slow") / seen.ns("slow")
    return Claim(
        "on records vector instructions gain less than half of what they gain on columns",
        f"×{significant(ratio)} on records, ×{significant(seen.ns('control_fast') / seen.ns('fast'))} on columns",
        ratio < 0.5 * seen.ns("control_fast") / seen.ns("fast"),
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """Both sums over a table of so many bytes."""
    slow, fast = summed(int(value), random)
    return {"out of records": slow, "out of columns": fast}


LESSON = Lesson(
    title="Layouts for vectors: side by side, or in every eighth place",
    chapter="Execution",
    cause="vectorization",
    unit="number",
    cases=cases,
    predict=predict,
    claims={"side_by_side": side_by_side, "little_gained": little_gained},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a number of a column, by the size of the table",
        values=lambda here: [4.0 * KIB * 2**power for power in range(9)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` sums one field of every record. Lay the table out so that vector instructions can do it: `arrange` gets the "
        "records and may write them in any order, and which field is wanted is told to `solve` alone.",
        arrange=("keep", "by_field"),
    ),
    absent=lambda seen: (
        f"loads are so many here ({significant(seen.prices['load.throughput'] / 1e9)} G a second) that single ones keep up with vectors"
    ),
    machine_code={
        "plain:out_of_records": ("loop", "scalar"),
        "plain:out_of_columns": ("loop", "scalar"),
        "vector:out_of_columns": ("loop", "vector"),
    },
    needs=("load.throughput", "l1d.read_bandwidth", "branch.taken.throughput"),
)
