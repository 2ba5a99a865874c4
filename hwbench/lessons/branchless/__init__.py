"""Branchless code: the same decisions made by a jump and by a selection."""

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
    longest,
    placed,
)
from hwbench.units import significant

LARGEST = 256
HALF = LARGEST // 2
INSTRUCTIONS = 8  # load, compare, jump or selection, exclusive or, multiplication, count, compare, jump


def pair(values: NDArray[np.int32], limit: int) -> tuple[Case, Case]:
    """Return the hash of the values cut off at a limit, by jumps and by selections."""
    arguments = (placed(values), values.size, limit)
    by_jump, by_selection = (Case(f"clip_by_{way}", arguments, work=values.size) for way in ("jump", "selection"))
    return by_jump, by_selection


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: every second value is beyond the limit, at random; the control: the same values in order."""
    values = random.integers(0, LARGEST, here.in_python(here.unlearnable_outcomes, 1 << 17)).astype(np.int32)
    slow, fast = pair(values, HALF - 1)
    control_slow, control_fast = pair(np.sort(values), HALF - 1)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """Every second guess is wrong, and the chain is done meanwhile; where nothing is guessed, the chain sets the pace."""
    wrong = here.prices.item("wrong guesses: half of all", "branch.mispredict_cost", 0.5, "branch")
    with_guesses, chain = (
        (*here.prices.turn(INSTRUCTIONS, 1.5), wrong),
        here.prices.chain("the hash: each step waits for the one before", "multiply.latency.i32", "add.latency.i64"),
    )
    return Prediction(
        slow=with_guesses if sum(item.ns for item in with_guesses) > chain.ns else (chain,),
        fast=longest(chain, *here.prices.turn(INSTRUCTIONS, 1.0)),
        how="by jump, every second guess is wrong and the hash is done while the front end starts anew; by selection, there is "
        "only the hash to wait for",
    )


def same_price(seen: Seen) -> Claim:
    """A selection does not care what the data are like."""
    random, ordered = seen.ns("fast"), seen.ns("control_fast")
    return Claim(
        "a selection takes the same time on random and on ordered data",
        f"{significant(random)} ns and {significant(ordered)} ns",
        max(random, ordered) <= 1.25 * min(random, ordered),
    )


def jump_is_no_worse(seen: Seen) -> Claim:
    """Where it can be foreseen, the jump is as good."""
    jump, selection = seen.ns("control_slow"), seen.ns("control_fast")
    return Claim(
        "on ordered data the jump is as good as the selection",
        f"{significant(jump)} ns by jump, {significant(selection)} ns by selection",
        jump <= 1.25 * selection,
    )


def few_are_enough(seen: Seen) -> Claim:
    """How many wrong guesses cost as much as all that the loop does."""
    share = sum(item.ns for item in predict(seen.here).fast) / seen.prices["branch.mispredict_cost"]
    return Claim(
        "one wrong guess in four doubles what such a loop takes",
        f"one in {significant(1 / share)} does",
        share <= 0.25,
    )


def no_gain_in_python(seen: Seen) -> Claim:
    """Python has no selection that would be cheaper than its jumps."""
    jump, selection = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "in plain Python writing it without `if` does not help",
        f"{significant(jump)} ns with `if`, {significant(selection)} ns with `min`",
        selection > 0.9 * jump,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways, with such a share of the values beyond the limit."""
    values = random.integers(0, LARGEST, here.unlearnable_outcomes).astype(np.int32)
    by_jump, by_selection = pair(values, round(LARGEST * (1 - value)) - 1)
    return {"by jump": by_jump, "by selection": by_selection}


LESSON = Lesson(
    title="Branchless: compute both, choose one",
    chapter="Branches",
    cause="branch",
    unit="value",
    cases=cases,
    predict=predict,
    claims={
        "same_price": same_price,
        "jump_is_no_worse": jump_is_no_worse,
        "few_are_enough": few_are_enough,
        "no_gain_in_python": no_gain_in_python,
    },
    sweep=Sweep(
        axis="share",
        unit="%",
        title="a value, by the share of values beyond the limit",
        values=lambda here: [step / 12 for step in range(13)],
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="`solve` cuts values off at a limit and hashes them. Whether a value is beyond the limit cannot be foreseen here: "
        "write it so that no jump depends on it.",
    ),
    absent=lambda seen: (
        f"a wrong guess costs only {significant(seen.prices['branch.mispredict_cost'])} ns on this CPU, "
        f"hardly more than the selection itself"
    ),
    machine_code={
        "clip_by_jump": ("loop", "branch", "scalar"),
        "clip_by_selection": ("loop", "branchless", "scalar"),
        "numba:clip_by_jump": ("loop", "branch"),
        "numba:clip_by_selection": ("loop", "branchless"),
    },
    needs=("branch.mispredict_cost", "branch.taken.throughput", "multiply.latency.i32", "core.width"),
)
