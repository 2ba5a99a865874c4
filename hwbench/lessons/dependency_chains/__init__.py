"""Dependency chains: the same arithmetic one step after the other, and in chains side by side."""

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
    doubling,
    longest,
)
from hwbench.units import significant

CHAINS = 4
STEPS = 1 << 17
LONG = 512
SHORT = 4
ONE_INSTRUCTIONS = 2 + 3 / CHAINS  # multiply, add from memory; count, compare, jump for four steps
FOUR_INSTRUCTIONS = 2 + 4 / CHAINS  # multiply, add; load, count, compare, jump for four steps


def pair(degree: int, steps: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the evaluation of a polynomial of so many terms at as many points as make so many steps, in both ways."""
    count = steps // degree
    terms, points = (random.integers(0, 1 << 63, size, dtype=np.uint64) for size in (degree, count))
    one, four = (
        Case(f"{way}_chain{s}", (terms, degree, points, count), work=steps) for way, s in (("one", ""), ("four", "s"))
    )
    return one, four


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: polynomials of hundreds of terms; the control: of so few that the core has several under way anyhow."""
    steps = here.in_python(STEPS, STEPS // 4)
    slow, fast = pair(LONG, steps, random)
    control_slow, control_fast = pair(SHORT, steps, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def step_of(here: Here, chains: int) -> tuple[Item, ...]:
    """A step: its share of the wait for the chain, or what the units and the front end take for it, whichever is longer."""
    wait = here.prices["multiply.latency.i64"] + here.prices["add.latency.i64"]
    cycle = here.prices.cycles("").price_ns
    return longest(
        here.prices.cycles(
            f"cycles of waiting: a multiplication and an addition, {chains} at a time",
            wait / cycle / chains,
            "execution",
        ),
        here.prices.item("multiplications side by side", "multiply.throughput.i64", 1.0, "execution"),
        here.prices.item("additions side by side", "add.throughput.i64", 1.0, "execution"),
        here.prices.instructions(ONE_INSTRUCTIONS if chains == 1 else FOUR_INSTRUCTIONS),
        here.prices.item("jumps back", "branch.taken.throughput", 1 / CHAINS, "execution"),
    )


def predict(here: Here) -> Prediction:
    """One chain waits for every step; of four chains, each waits as long, but at the same time."""
    return Prediction(
        slow=step_of(here, 1),
        fast=step_of(here, CHAINS),
        how="a step of a chain takes the latency of a multiplication and of an addition; four chains take it once for four steps",
    )


def pipelined(seen: Seen) -> Claim:
    """How many multiplications are under way at once where none waits for another."""
    under_way = seen.prices["multiply.latency.i64"] * seen.prices["multiply.throughput.i64"] * 1e-9
    return Claim(
        "two or more multiplications are under way at the same time, if they do not wait for each other",
        f"{significant(under_way)} of them",
        under_way >= 1.8,
    )


def looks_ahead(seen: Seen) -> Claim:
    """How far the core looks for work that need not wait."""
    window = seen.prices["core.window"]
    return Claim(
        "the core looks for work that need not wait among a hundred instructions and more",
        f"{window:.0f} instructions",
        window >= 100,
    )


def short_overlap(seen: Seen) -> Claim:
    """Short chains one after the other against a long one, by the same code."""
    short, long = seen.ns("control_slow"), seen.ns("slow")
    return Claim(
        "a step of a short chain takes less time than one of a long chain, though the code is the same",
        f"{significant(short)} ns a step in chains of {SHORT}, {significant(long)} ns in chains of {LONG}",
        short < 0.8 * long,
    )


def python_hides(seen: Seen) -> Claim:
    """In Python a chain of multiplications is lost among all else."""
    slow, fast = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "in plain Python there is little to gain",
        f"×{significant(slow / fast)} in Python",
        slow / fast < 1.5,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways with polynomials of so many terms."""
    one, four = pair(int(value), STEPS, random)
    return {"one chain": one, "four chains": four}


LESSON = Lesson(
    title="Dependency chains: latency is not throughput",
    chapter="Execution",
    cause="execution",
    unit="step",
    cases=cases,
    predict=predict,
    claims={
        "pipelined": pipelined,
        "looks_ahead": looks_ahead,
        "short_overlap": short_overlap,
        "python_hides": python_hides,
    },
    sweep=Sweep(
        axis="terms",
        unit="",
        title="a step, by the number of terms of each polynomial",
        values=lambda here: doubling(SHORT, LONG),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` evaluates a polynomial at many points, one after the other, and each step waits for the one before. Give "
        "the core something to do meanwhile. The numbers of terms and of points are multiples of four.",
    ),
    absent=lambda seen: (
        f"a multiplication takes {significant(seen.prices['multiply.latency.i64'])} ns on this CPU and keeps its unit busy "
        f"for about as long ({significant(1e9 / seen.prices['multiply.throughput.i64'])} ns)"
    ),
    machine_code={
        "one_chain": ("loop", "scalar"),
        "four_chains": ("loop", "scalar"),
        "numba:one_chain": ("loop", "scalar"),
        "numba:four_chains": ("loop", "scalar"),
    },
    needs=(
        "multiply.latency.i64",
        "multiply.throughput.i64",
        "add.throughput.i64",
        "branch.taken.throughput",
        "core.width",
    ),
)
