"""Branch prediction: the same sum of the same values, in order and shuffled."""

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
    hidden_in_python,
    placed,
)
from hwbench.units import significant

LARGEST = 256
HALF = LARGEST // 2
INSTRUCTIONS = 6.5  # load, compare, jump, half an addition, count, compare, jump
JUMPS_TAKEN = 1.25  # one, or one and a half: over half of the additions, too, as a compiler lays out the loop


def values_of(here: Here, random: np.random.Generator) -> NDArray[np.int32]:
    """Return random bytes, each in a word, more than a predictor can learn."""
    return random.integers(0, LARGEST, here.in_python(here.unlearnable_outcomes, 1 << 18)).astype(np.int32)


def both(values: NDArray[np.int32], threshold: int) -> tuple[Case, Case]:
    """Return the sum over the values as they are, and over the same in order."""
    shuffled, ordered = (
        Case("sum_of_large", (placed(each), each.size, threshold), work=each.size, least_bytes=4 * each.size)
        for each in (values, np.sort(values))
    )
    return shuffled, ordered


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: half of the values pass, in no order or in order; the control: all of them pass; rare: one in ten."""
    values = values_of(here, random)
    slow, fast = both(values, HALF)
    control_slow, control_fast = both(values, 0)
    rare, _ = both(values, LARGEST * 9 // 10)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast, "rare": rare}


def predict(here: Here) -> Prediction:
    """Every second guess is wrong on shuffled values, none on ordered ones."""
    wrong = here.prices.item("wrong guesses: half of all", "branch.mispredict_cost", 0.5, "branch")
    loop = here.prices.turn(INSTRUCTIONS, JUMPS_TAKEN)
    return Prediction(
        slow=(*loop, wrong),
        fast=loop,
        how="a fair coin is guessed wrong half of the time, whatever the predictor; the loop itself is the same in both",
    )


def worth_instructions(seen: Seen) -> Claim:
    """A wrong guess against the instructions that the core could have done meanwhile."""
    lost = seen.prices["branch.mispredict_cost"] * seen.prices["core.width"] * 1e-9
    return Claim(
        "a wrong guess costs as much as dozens of simple instructions",
        f"as much as {significant(lost)}, in {significant(seen.prices['branch.mispredict_cost'])} ns",
        lost >= 24,
    )


def learned(seen: Seen) -> Claim:
    """What looks random, but comes again and again, is learned."""
    length = seen.prices["branch.pattern_length"]
    return Claim(
        "random outcomes that come again and again are learned, hundreds of them",
        f"{length:.0f} outcomes",
        length >= 200,
    )


def rare_is_cheap(seen: Seen) -> Claim:
    """A coin that mostly falls one way is guessed right most of the time."""
    rare, fair = (seen.ns(name) - seen.ns("fast") for name in ("rare", "slow"))
    return Claim(
        "where one value in ten passes, the branch costs less than half of what it costs where every second one does",
        f"{significant(max(rare, 0.0))} ns more than in order, against {significant(fair)} ns",
        rare < fair / 2,
    )


def taken(seen: Seen) -> Claim:
    """A jump that is taken against one that falls through, both foreseen."""
    jumps, falls = (1e9 / seen.prices[f"branch.{way}.throughput"] for way in ("taken", "untaken"))
    return Claim(
        "a jump that is taken costs more than one that falls through, even when both are foreseen",
        f"{significant(jumps)} ns against {significant(falls)} ns",
        jumps > 1.1 * falls,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both sums, with a threshold that such a share of the values reaches."""
    shuffled, ordered = both(values_of(here, random), round(LARGEST * (1 - value)))
    return {"shuffled": shuffled, "in order": ordered}


LESSON = Lesson(
    title="Branch prediction: the cost of not knowing",
    chapter="Branches",
    cause="branch",
    unit="value",
    cases=cases,
    predict=predict,
    claims={
        "worth_instructions": worth_instructions,
        "learned": learned,
        "rare_is_cheap": rare_is_cheap,
        "taken": taken,
        "python_hides": hidden_in_python(
            "in plain Python the ratio is far smaller", lambda python, native: python - 1 < (native - 1) / 2
        ),
    },
    sweep=Sweep(
        axis="share",
        unit="%",
        title="a value, by the share of values that pass",
        values=lambda here: [step / 12 for step in range(13)],
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="Lay out the values so that the branch in `solve` can be foreseen. `arrange` gets them in no order and writes "
        "them anew; `solve` sums those that reach the threshold. The sum must stay the same.",
        arrange=("keep", "sort"),
    ),
    absent=lambda seen: (
        f"a wrong guess costs only {significant(seen.prices['branch.mispredict_cost'])} ns on this CPU, "
        f"and half of them are wrong"
    ),
    machine_code={"sum_of_large": ("loop", "branch", "scalar"), "numba:sum_of_large": ("loop", "branch", "scalar")},
    needs=("branch.mispredict_cost", "branch.taken.throughput", "core.width"),
)
