"""Accumulators: a sum in one variable, and in eight."""

from dataclasses import replace

import numpy as np

from hwbench.lessons.kit import (
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
    longest,
)
from hwbench.units import significant

CHAINS = 8
LEAST_VALUES = 1 << 16
INSTRUCTIONS = 1 + 5 / CHAINS  # an addition from memory; two pointers, count, compare, jump for eight of them
DOUBLE = 8  # bytes


def pair(size: int, apart: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the sum of doubles so many places apart over `size` bytes, in one accumulator and in eight."""
    values = array(size // DOUBLE, np.float64)
    values[:] = random.random(values.size)
    count = values.size // apart // CHAINS * CHAINS
    times = -(-LEAST_VALUES // count)
    one, eight = (
        Case(name, (values, count, apart, times), work=count * times)
        for name in ("one_accumulator", "eight_accumulators")
    )
    return one, eight


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: doubles side by side in the first level; the control: one a line in memory, which takes longer anyway."""
    slow, fast = pair(here.sizes.l1, 1, random)
    control_slow, control_fast = pair(
        here.in_python(here.sizes.far, here.sizes.far // 8), here.sizes.line // DOUBLE, random
    )
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "any order": replace(slow, build="relaxed"),
    }


def value_of(here: Here, chains: int) -> tuple[Item, ...]:
    """An addition: its share of the wait for the chain, or what units, loads and front end take, whichever is longer."""
    return longest(
        here.prices.item(
            f"additions that wait for the one before, {chains} at a time", "add.latency.f64", 1 / chains, "execution"
        ),
        here.prices.item("additions side by side", "add.throughput.f64", 1.0, "execution"),
        here.prices.item("loads that hit", "load.throughput", 1.0, "execution"),
        here.prices.instructions(INSTRUCTIONS),
        here.prices.item("jumps back", "branch.taken.throughput", 1 / CHAINS, "execution"),
    )


def predict(here: Here) -> Prediction:
    """One chain pays the latency for every value; eight of them pay it once for eight, or the throughput."""
    return Prediction(
        slow=value_of(here, 1),
        fast=value_of(here, CHAINS),
        how="an addition takes its latency where it waits for the last one, an eighth of it, or its throughput, where seven others run",
    )


def chains_to_fill(seen: Seen) -> Claim:
    """How many chains keep the adders busy: as many additions as are begun while one is under way."""
    chains = seen.prices["add.latency.f64"] * seen.prices["add.throughput.f64"] * 1e-9
    return Claim(
        "several chains are needed before the adders have no time to idle",
        f"{significant(chains)} of them",
        chains >= 2.5,
    )


def leave_is_enough(seen: Seen) -> Claim:
    """The plain loop, compiled with leave to add in another order."""
    strict, loose = seen.ns("slow"), seen.ns("any order")
    return Claim(
        "given leave to add in any order, the compiler breaks the chain by itself",
        f"{significant(loose)} ns a value instead of {significant(strict)} ns",
        loose < strict / 1.5,
    )


def memory_hides(seen: Seen) -> Claim:
    """With a line from memory for each value, the chain is not what is waited for."""
    one, eight = seen.ns("control_slow"), seen.ns("control_fast")
    return Claim(
        "where every value is a line from memory, one accumulator is as good as eight",
        f"{significant(one)} ns with one, {significant(eight)} ns with eight",
        one < 1.25 * eight,
    )


def python_hides(seen: Seen) -> Claim:
    """In Python an addition is the least of it."""
    one, eight = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "in plain Python eight accumulators do not help",
        f"{significant(one)} ns a value with one, {significant(eight)} ns with eight",
        one < 1.25 * eight,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways over a footprint, a value in each line."""
    one, eight = pair(int(value), here.sizes.line // DOUBLE, random)
    return {"one accumulator": one, "eight accumulators": eight}


LESSON = Lesson(
    title="Accumulators: a sum is a chain",
    chapter="Execution",
    cause="execution",
    unit="value",
    cases=cases,
    predict=predict,
    claims={
        "chains_to_fill": chains_to_fill,
        "leave_is_enough": leave_is_enough,
        "memory_hides": memory_hides,
        "python_hides": python_hides,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a value, one in each line, by the memory that they take",
        values=lambda here: doubling(here.sizes.l1 / 4, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` sums doubles, one after the other, and each addition waits for the one before. Make them wait side by side. "
        "The last digits of the sum may differ, as they do when numbers are added in another order.",
    ),
    absent=lambda seen: (
        f"an addition takes {significant(seen.prices['add.latency.f64'])} ns on this CPU and another is begun every "
        f"{significant(1e9 / seen.prices['add.throughput.f64'])} ns: too little to gain"
    ),
    machine_code={
        "plain:one_accumulator": ("loop", "scalar"),
        "plain:eight_accumulators": ("loop", "scalar"),
        "numba:plain:one_accumulator": ("loop", "scalar"),
        "numba:plain:eight_accumulators": ("loop", "scalar"),
    },
    needs=("add.latency.f64", "add.throughput.f64", "load.throughput", "branch.taken.throughput", "core.width"),
)
