"""Indirect targets: an interpreter's jump, foreseen and not."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    placed,
)
from hwbench.units import significant

OPERATIONS = 16
INSTRUCTIONS = 12  # load, copy, shift, mask, load of the target, its base, jump, addition, jump, count, compare, jump
TAKEN = 3  # the jump through the table, the one out of the switch, the one back


def program_of(operations: int, here: Here, random: np.random.Generator) -> NDArray[np.int32]:
    """Return a random program that uses so many operations."""
    length = here.unlearnable_targets
    return (random.integers(0, operations, length) + (random.integers(0, 1 << 15, length) << 16)).astype(np.int32)


def both(program: NDArray[np.int32]) -> tuple[Case, Case]:
    """Return the run of a program as it is, and of the same grouped by operation."""
    grouped = program[np.argsort(program % OPERATIONS, kind="stable")]
    slow, fast = (
        Case("run", (placed(each), each.size), work=each.size, least_bytes=each.size) for each in (program, grouped)
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: all operations, at random or grouped; the control: one operation, its operands in both orders."""
    slow, fast = both(program_of(OPERATIONS, here, random))
    one = program_of(1, here, random)
    control_slow, control_fast = (Case("run", (placed(each), one.size), work=one.size) for each in (one, np.sort(one)))
    two, _ = both(program_of(2, here, random))
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "two operations": two,
    }


def predict(here: Here) -> Prediction:
    """Of a random program, every target but one in sixteen is a surprise."""
    wrong = here.prices.item("wrong targets", "indirect.mispredict_cost", 1 - 1 / OPERATIONS, "branch")
    loop = here.prices.turn(INSTRUCTIONS, TAKEN)
    return Prediction(
        slow=(*loop, wrong),
        fast=loop,
        how="of sixteen targets, all as likely, fifteen in sixteen are guessed wrong; the turn of the loop is the same in both",
    )


def as_bad(seen: Seen) -> Claim:
    """A wrong target against a wrong direction."""
    target, way = seen.prices["indirect.mispredict_cost"], seen.prices["branch.mispredict_cost"]
    return Claim(
        "a wrong target costs about as much as a wrong direction, or more",
        f"{significant(target)} ns, a wrong direction {significant(way)} ns",
        target > way / 1.5,
    )


def grouped_is_fast(seen: Seen) -> Claim:
    """The same program, its targets foreseen."""
    return Claim(
        "grouped by operation, the program takes less than half of the time",
        f"{significant(seen.ns('fast'))} ns an instruction instead of {significant(seen.ns('slow'))} ns",
        seen.ratio.value > 2,
    )


def two_are_half(seen: Seen) -> Claim:
    """With two operations every second target is right by chance."""
    two, many = (seen.ns(name) - seen.ns("fast") for name in ("two operations", "slow"))
    return Claim(
        "with only two operations, the surprises cost about half as much",
        f"{significant(max(two, 0.0))} ns an instruction, with sixteen {significant(many)} ns",
        0.3 * many < two < 0.75 * many,
    )


def learned(seen: Seen) -> Claim:
    """What comes again and again is learned."""
    length = seen.prices["indirect.pattern_length"]
    return Claim(
        "where every operation ends with a jump of its own, a program of a hundred random instructions, repeated, is learned",
        f"up to {length:.0f} instructions",
        length >= 100,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both orders of a program that uses so many operations."""
    slow, fast = both(program_of(int(value), here, random))
    return {"at random": slow, "grouped": fast}


LESSON = Lesson(
    title="Indirect targets: where a switch goes next",
    chapter="Branches",
    cause="branch",
    unit="instruction",
    cases=cases,
    predict=predict,
    claims={"as_bad": as_bad, "grouped_is_fast": grouped_is_fast, "two_are_half": two_are_half, "learned": learned},
    sweep=Sweep(
        axis="operations",
        unit="",
        title="an interpreted instruction, by how many operations the program uses",
        values=lambda here: [float(count) for count in (1, 2, 3, 4, 6, 8, 12, 16)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Lay out the program so that `solve`, the interpreter, finds its jumps foreseen. `arrange` gets the program in no "
        "order and writes it anew. The operations only add and subtract, so any order gives the same result.",
        arrange=("keep", "group"),
    ),
    absent=lambda seen: (
        f"a wrong target costs only {significant(seen.prices['indirect.mispredict_cost'])} ns on this CPU, "
        f"not much more than a turn of the interpreter's loop"
    ),
    machine_code={"run": ("loop", "indirect", "scalar"), "numba:run": ("loop", "indirect")},
    needs=("indirect.mispredict_cost", "branch.taken.throughput", "core.width"),
)
