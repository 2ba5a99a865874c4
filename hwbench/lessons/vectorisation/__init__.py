"""Vectorisation: one loop, compiled without vector instructions and with them."""

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
    array,
    doubling,
    longest,
)
from hwbench.units import KIB, significant

WORD = 4
LEAST_ADDITIONS = 1_000_000
LEAST_PASSES = 8  # the sums are set before and added up after: a small part of the work


def case(size: int, build: Build, random: np.random.Generator, function: str = "add") -> Case:
    """Return additions of an array to another, both together of `size` bytes."""
    count = size // (2 * WORD)
    passes = max(LEAST_PASSES, LEAST_ADDITIONS // count)
    values = array(count, np.float32)
    values[:] = random.random(count)
    return Case(function, (values, count, passes, array(count, np.float32)), work=count * passes, build=build)


def overlapping(size: int, build: Build, random: np.random.Generator, function: str = "add") -> Case:
    """Return additions of which each needs the one before: the sums lie one place after the numbers, on the same memory."""
    count = size // (2 * WORD)
    passes = max(LEAST_PASSES, LEAST_ADDITIONS // count)
    both = array(count + 1, np.float32)
    both[:] = random.random(count + 1)
    return Case(function, (both[:-1], count, passes, both[1:]), work=count * passes, build=build)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: without and with vectors; the control: where every addition needs the one before."""
    seed = int(random.integers(1 << 32))
    same = [np.random.default_rng(seed) for _ in range(4)]
    return {
        "slow": case(here.sizes.l1, "plain", same[0]),
        "fast": case(here.sizes.l1, "vector", same[1]),
        "control_slow": overlapping(here.sizes.l1, "plain", same[2]),
        "control_fast": overlapping(here.sizes.l1, "vector", same[3]),
    }


def mend(here: Here, random: np.random.Generator) -> Cases:
    """Give the exercise's cases: the loop that goes one by one against the one that the compiler sees through."""
    made = cases(here, random)
    seed = int(random.integers(1 << 32))
    same = [np.random.default_rng(seed) for _ in range(4)]
    made["slow"] = case(here.sizes.l1, "vector", same[0], "add_one_by_one")
    made["fast"] = case(here.sizes.l1, "vector", same[1])
    made["control_slow"] = overlapping(here.sizes.l1, "vector", same[2], "add_one_by_one")
    made["control_fast"] = overlapping(here.sizes.l1, "vector", same[3])
    return made


def predict(here: Here) -> Prediction:
    """One by one the core's width is what limits; many at once, the bytes that the first level can move."""
    prices, many = here.prices, here.lanes(WORD)
    instructions = prices.instructions(6)
    return Prediction(
        slow=longest(
            instructions,
            prices.item("loads", "load.throughput", 2, "instructions"),
            prices.item("stores", "store.throughput", 1, "instructions"),
        ),
        fast=longest(
            instructions.times(1 / many).called(f"instructions, each for {many} numbers"),
            prices.item("bytes to and from the first level", "l1d.triad_bandwidth", 3 * WORD, "bandwidth"),
        ),
        how="a turn takes two loads, a multiplication, an addition, a store and the step to the next turn; with vectors it "
        "takes as much, and does as many sums as there are lanes, if the first level can move their bytes",
    )


def wide(seen: Seen) -> Claim:
    """Vectors compute several times as much as single numbers."""
    ratio = seen.prices["flops.peak.f32"] / (2 * seen.prices["fused_multiply_add.throughput.f32"])
    return Claim(
        "with vectors a core computes at least four times as many numbers of 32 bits",
        f"×{significant(ratio)}",
        ratio >= 3.5,
    )


def moves(seen: Seen) -> Claim:
    """The first level moves more than a scalar loop asks for."""
    scalar = seen.prices["load.throughput"] * WORD
    wide_bytes = seen.prices["l1d.read_bandwidth"]
    return Claim(
        "the first level can give several times as many bytes as loads of four bytes can ask for",
        f"×{significant(wide_bytes / scalar)}",
        wide_bytes > 3 * scalar,
    )


def starved(seen: Seen) -> Claim:
    """What the loop gains in the first level is more than it could gain where memory sets the pace."""
    alone = 3 * WORD / seen.prices["dram.triad_bandwidth"] * 1e9
    return Claim(
        "the bytes of a sum from memory take longer than a sum with vectors does in the first level",
        f"{significant(alone)} ns against {significant(seen.ns('fast'))} ns",
        alone > seen.ns("fast"),
    )


def overlap_hides(seen: Seen) -> Claim:
    """Where sums overlap the values, vectors are of no use and the loop is a chain."""
    ratio = seen.ns("control_fast") / seen.ns("fast")
    return Claim(
        "the very same vector build takes several times as long where each sum is the next value",
        f"×{significant(ratio)}",
        ratio > 3,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both builds over a footprint."""
    return {"one by one": case(int(value), "plain", random), "vectors": case(int(value), "vector", random)}


LESSON = Lesson(
    title="Vectorisation: many numbers in one instruction",
    chapter="Execution",
    cause="vectorization",
    unit="sum",
    cases=cases,
    predict=predict,
    claims={"wide": wide, "moves": moves, "starved": starved, "overlap_hides": overlap_hides},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="an addition to a sum in memory, by the memory that both arrays take",
        values=lambda here: doubling(KIB, here.sizes.far / 4),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="This file is compiled with all vector instructions that the CPU has, and still `solve` takes its places one by "
        "one: the empty assembly of KEEP hides from the compiler which place is next. Write the loop so that vectors are used, by "
        "the compiler or by your own hand.",
        functions=("add_one_by_one", "add"),
        inputs=mend,
    ),
    absent=lambda seen: (
        f"the loop without vectors runs at {significant(seen.ns('slow'))} ns an addition here, as fast as the one with them"
    ),
    machine_code={
        "plain:add": ("loop", "scalar"),
        "vector:add": ("loop", "vector"),
        "add_one_by_one": ("loop", "scalar"),
        "numba:vector:add": ("loop", "vector"),
    },
    needs=("l1d.triad_bandwidth", "load.throughput", "store.throughput", "core.width"),
)
