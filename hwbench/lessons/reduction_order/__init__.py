"""The order of a sum: additions that must come one after another, and the same ones side by side."""

import math

import numpy as np

from hwbench.lessons.kit import (
    Build,
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
    longest,
)
from hwbench.units import KIB, significant

WORD = 8
LEAST_ADDITIONS = 250_000
FEW = 7  # numbers, fewer than lanes
MANY = 100_000  # numbers to show by how much a sum is off


def case(function: str, size: int, random: np.random.Generator, build: Build = "vector") -> Case:
    """Return the sum of what two arrays, together of `size` bytes, differ by."""
    count = size // (2 * WORD)
    passes = max(1, LEAST_ADDITIONS // count)
    columns = [array(count, np.int64 if "whole" in function else np.float64) for _ in range(2)]
    for column, most in zip(columns, (1000, 400), strict=True):
        column[:] = random.integers(0, most, count) if "whole" in function else random.random(count) * most
    return Case(function, (*columns, count, passes), work=count * passes, build=build, least_bytes=2 * WORD * count)


def pair(here: Here, size: int, random: np.random.Generator, function: str = "left") -> tuple[Case, Case]:
    """Return the sum in the order of the source and in one that suits the CPU, on the same numbers."""
    seed = int(random.integers(1 << 32))
    strict = case(function, size, np.random.default_rng(seed))
    if here.language == "numba":
        return strict, case(function, size, np.random.default_rng(seed), "relaxed")
    return strict, case(f"{function}_lanes", size, np.random.default_rng(seed))


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: floating-point numbers in the first level; the control: whole numbers, whose sums have no order."""
    slow, fast = pair(here, here.sizes.l1, random)
    control_slow, control_fast = pair(here, here.sizes.l1, random, "left_whole")
    relaxed = Case(slow.function, slow.arguments, slow.work, "relaxed")
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast, "relaxed": relaxed}


def mend(here: Here, random: np.random.Generator) -> Cases:
    """Give the exercise's cases: floating-point numbers throughout; its control are too few of them to fill any lanes."""
    slow, fast = pair(here, here.sizes.l1, random)
    control_slow, control_fast = pair(here, FEW * 2 * WORD, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """In order, an addition waits for the one before; side by side they wait for nothing but their numbers."""
    prices = here.prices
    numbers = here.lanes(WORD)
    return Prediction(
        slow=(prices.item("additions one after another", "add.latency.f64", cause="execution"),),
        fast=longest(
            prices.item("bytes from the first level", "l1d.read_bandwidth", 2 * WORD, "bandwidth"),
            prices.item(f"additions, {numbers} at once", "add.throughput.f64", 2 / numbers, "vectorization"),
        ),
        how="the subtraction is off the chain: only the addition to the total waits, for its whole latency; side by side, two "
        "numbers of 8 bytes have to be read, subtracted and added",
    )


def latency(seen: Seen) -> Claim:
    """An addition takes long, and many can be under way."""
    waits, each = seen.prices["add.latency.f64"], 1e9 / seen.prices["add.throughput.f64"]
    return Claim(
        "a core can begin several floating-point additions in the time that one takes",
        f"{significant(waits / each)} scalar additions",
        waits > 2 * each,
    )


def whole(seen: Seen) -> Claim:
    """An addition of whole numbers takes a fraction."""
    ratio = seen.prices["add.latency.f64"] / seen.prices["add.latency.i64"]
    return Claim(
        "a floating-point addition takes longer than one of whole numbers", f"×{significant(ratio)}", ratio > 1.5
    )


def differs(seen: Seen) -> Claim:
    """The two results are equal for all purposes, and not the same."""
    twin = seen.twins.get("c")
    if twin is None or "fast" not in twin.cases:
        raise Missing("it has not been run")
    one, other = (float(twin.cases[name].checksum or 0.0) for name in ("slow", "fast"))
    relative = abs(one - other) / abs(one)
    return Claim(
        "both sums agree to ten digits and more, and differ in the last ones",
        f"{one!r} and {other!r}",
        0 < relative < 1e-10,
    )


def pairwise(seen: Seen) -> Claim:
    """A sum of sums is nearer to the truth than a long chain."""
    seen.ns("slow")
    numbers = np.random.default_rng(1).random(MANY)
    true = math.fsum(numbers)
    chain, halves = abs(float(np.cumsum(numbers)[-1]) - true), abs(float(np.sum(numbers)) - true)
    return Claim(
        "a sum of partial sums is nearer to the true one than a sum in strict order",
        f"off by {chain / true:.1e} in order, by {halves / true:.1e} in partial sums, over {MANY} numbers",
        halves < chain,
    )


def permission(seen: Seen) -> Claim:
    """The compiler does it as well, if it may."""
    ratio = seen.ns("slow", "c") / seen.ns("relaxed", "c")
    return Claim(
        "the strict loop, unchanged but compiled with leave to reorder, is several times faster",
        f"×{significant(ratio)}",
        ratio > 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both orders over a footprint."""
    slow, fast = pair(here, int(value), random)
    return {"in order": slow, "side by side": fast}


LESSON = Lesson(
    title="The order of a sum: a chain that nobody asked for",
    chapter="Execution",
    cause="execution",
    unit="addition",
    cases=cases,
    predict=predict,
    claims={
        "latency": latency,
        "whole": whole,
        "differs": differs,
        "pairwise": pairwise,
        "permission": permission,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="an addition to a total, by the memory that the numbers take",
        values=lambda here: doubling(4 * KIB, here.sizes.far / 2),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` adds in strict order, and the compiler may not change that: a floating-point sum in another order is "
        "rounded otherwise. You may: the result is good if it agrees to six digits. Break the chain.",
        inputs=mend,
    ),
    absent=lambda seen: (
        f"a chain of additions takes {significant(seen.prices['add.latency.f64'])} ns a link here, no more than reading its numbers"
    ),
    machine_code={
        "vector:left": ("loop",),
        "relaxed:left": ("loop", "vector"),
        "left_lanes": ("loop", "vector"),
        "left_whole": ("loop", "vector"),
        "left_whole_lanes": ("loop", "vector"),
        "numba:vector:left": ("loop", "scalar"),
        "numba:relaxed:left": ("loop", "vector"),
    },
    needs=("add.latency.f64", "add.throughput.f64", "l1d.read_bandwidth"),
)
