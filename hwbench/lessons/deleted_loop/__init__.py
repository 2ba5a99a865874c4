"""The deleted loop: a benchmark of additions that the compiler has made a multiplication, and one that is kept."""

import numpy as np

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
    longest,
)
from hwbench.units import significant

TURNS = 250
A_TURN = 4  # additions: as in the twins
ROUNDS = 40_000  # of the loop that is deleted: they are all that takes time
FEW = 2000
MOST = 1000


def case(function: str, rounds: int, turns: int, seed: int) -> Case:
    """Return so many rounds of so many turns of a function."""
    values = array(rounds + A_TURN * turns)
    values[:] = np.random.default_rng(seed).integers(0, MOST, values.size)
    return Case(function, (values, rounds, turns), work=rounds * turns * A_TURN)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: the same number in each turn; the control: a number from memory in each."""
    seed = int(random.integers(1 << 32))
    rounds, few = here.in_python(ROUNDS, 200), here.in_python(FEW, 200)
    return {
        "slow": case("add_kept", rounds, TURNS, seed),
        "fast": case("add", rounds, TURNS, seed),
        "control_slow": case("add_others_kept", few, TURNS, seed),
        "control_fast": case("add_others", few, TURNS, seed),
    }


def predict(here: Here) -> Prediction:
    """An addition that happens takes a cycle, since the total waits for itself; of the others a round's few instructions are left."""
    prices, additions = here.prices, TURNS * A_TURN
    left = longest(
        prices.instructions(7 / additions, f"instructions of a round of {additions} additions"),
        prices.cycles(f"additions to the total, for {additions} of them", 2 / additions),
    )
    return Prediction(
        slow=(
            prices.cycles("additions, each after the one before", 1, "execution"),
            prices.item("the end of a round, guessed wrong", "branch.mispredict_cost", 1 / additions, "branch"),
        ),
        fast=left,
        how="the deleted loop takes what a multiplication and its surroundings take for each round, however many turns that had",
    )


def impossible(seen: Seen) -> Claim:
    """The fast time is shorter than any core could have added."""
    least, found = 1e9 / seen.prices["add.throughput.i64"], seen.ns("fast")
    return Claim(
        "the fast time is shorter than this core takes for an addition, however many it does side by side",
        f"{significant(found)} ns for an addition, where {significant(least)} ns is the least",
        found < least,
    )


def chained(seen: Seen) -> Claim:
    """The kept loop takes a cycle an addition."""
    if seen.twin is None or "slow" not in seen.twin.cases:
        raise Missing("it has not been run")
    cycle, found = seen.prices["add.latency.i64"], min(seen.twin.cases["slow"].samples)
    return Claim(
        "the loop that is kept takes a cycle for an addition, or not much more",
        f"{significant(found)} ns at the least, a cycle is {significant(cycle)} ns",
        0.8 * cycle < found < 1.6 * cycle,
    )


def python_does(seen: Seen) -> Claim:
    """Python deletes nothing."""
    ratio = seen.gain("python")
    return Claim("plain Python does every turn, in either", f"×{significant(ratio)} in Python", 0.5 < ratio < 2)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both loops with so many turns a round."""
    seed, turns = int(random.integers(1 << 32)), int(value)
    rounds = here.in_python(500_000, 25_000) // turns
    return {"kept": case("add_kept", rounds, turns, seed), "deleted": case("add", rounds, turns, seed)}


LESSON = Lesson(
    title="The deleted loop: a benchmark of nothing",
    chapter="Measuring",
    cause="instructions",
    unit="addition",
    cases=cases,
    predict=predict,
    claims={"impossible": impossible, "chained": chained, "python_does": python_does},
    sweep=Sweep(
        axis="turns",
        unit="",
        title="an addition, by the turns that the loop has",
        values=lambda here: doubling(1, 1024),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The compiler has found out what the loop without KEEP comes to, and computes that. `solve` is the loop with KEEP: "
        "do by hand what the compiler did to the other, so that the result is the same and no turn happens.",
    ),
    absent=lambda seen: (
        f"this compiler keeps the loop: an addition takes {significant(seen.ns('fast'))} ns, as in the loop that is kept by force"
    ),
    machine_code={
        "add_kept": ("loop", "scalar"),
        "add": ("loop", "scalar"),
        "add_others_kept": ("loop", "scalar"),
        "add_others": ("loop", "scalar"),
    },
    needs=("core.width", "add.throughput.i64", "branch.mispredict_cost"),
)
