"""Denormals: a filter whose input has fallen silent, and one that is kept from decaying to nothing."""

import math
import sys

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
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

KEEP = 0.6  # more than a half, or rounding would let the smallest number of all fall to 0
STEPS = 16 * 1024
PASSES = 4
DECAY = math.ceil(math.log(sys.float_info.min) / math.log(KEEP))  # steps from 1 to the last normal number
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def pair(signal: NDArray[np.float64], passes: int) -> tuple[Case, Case]:
    """Return the filter as it is and with the offset, over a signal so many times."""
    count = len(signal)
    slow, fast = (
        Case(function, (placed(signal), count, passes, KEEP), work=count * passes, least_bytes=8.0 * count)
        for function in ("smooth", "smooth_offset")
    )
    return slow, fast


def pulses(apart: int, count: int) -> NDArray[np.float64]:
    """Return silence with a pulse every so many steps."""
    signal = np.zeros(count)
    signal[::apart] = 1.0
    return signal


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a pulse and a long silence; the control: a sound that never stops."""
    passes = here.in_python(PASSES, 1)
    slow, fast = pair(pulses(STEPS, STEPS), passes)
    control_slow, control_fast = pair(0.5 + 0.5 * random.random(STEPS), passes)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A step is a multiplication and an addition in a chain; once the state is denormal, the penalty comes on top."""
    prices = here.prices
    multiply = prices.item("a multiplication", "multiply.latency.f64", 1, "execution")
    add = prices.item("an addition", "add.latency.f64", 1, "execution")
    silent = 1 - DECAY / STEPS
    penalty = prices.item("multiplications with a denormal number", "denormal.penalty.f64", silent, "execution")
    return Prediction(
        slow=(multiply, add, penalty),
        fast=(multiply, add),
        how="each step waits for the one before; the sum and the offset are added beside it, and that the addition of a denormal "
        "number is dearer, too, on some cores is left out",
    )


def penalty(seen: Seen) -> Claim:
    """What a denormal number costs a multiplication."""
    more, normal = seen.prices["denormal.penalty.f64"], seen.prices["multiply.latency.f64"]
    return Claim(
        "a multiplication takes longer with a denormal number, by a tenth at least",
        f"{significant(max(more, 0.0))} ns on top of {significant(normal)} ns",
        more > normal / 10,
    )


def free_offset(seen: Seen) -> Claim:
    """The offset where it is not needed."""
    plain, offset = seen.ns("control_slow"), seen.ns("control_fast")
    return Claim(
        "while there is sound, the offset costs less than a tenth of the time",
        f"{significant(offset)} ns a step with it, {significant(plain)} ns without",
        offset < 1.1 * plain,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both filters on pulses that leave the state denormal for so large a share of the steps."""
    apart = round(DECAY / (1 - value))
    slow, fast = pair(pulses(apart, 4 * apart), 2)
    return {"as it is": slow, "with an offset": fast}


def absent(seen: Seen) -> str:
    """Say what a denormal number costs here."""
    more = seen.prices["denormal.penalty.f64"]
    normal = seen.prices["multiply.latency.f64"] + seen.prices["add.latency.f64"]
    if more < normal / 20:
        return f"this CPU handles denormals at full speed: a multiplication costs {significant(max(more, 0.0))} ns more"
    return (
        f"a denormal number costs a multiplication {significant(more)} ns here, beside {significant(normal)} ns a step"
    )


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Change how loud the pulses are."""
    signal = arguments[0]
    signal *= 0.9 + 0.2 * random.random()


LESSON = Lesson(
    title="Denormals: numbers too small to be quick",
    chapter="Execution",
    cause="execution",
    unit="step",
    cases=cases,
    predict=predict,
    claims={
        "penalty": penalty,
        "free_offset": free_offset,
        "python_hides": hidden_in_python("in plain Python the ratio is smaller, since a step costs so much else"),
    },
    sweep=Sweep(
        axis="share",
        unit="%",
        title="a step of the filter, by the share of steps in which its state is denormal",
        values=lambda here: SHARES,
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="After each pulse the state of the filter decays into the denormal numbers and stays there. Keep it from that. The "
        "sum of the states must stay the same to within a millionth.",
        renew=renew,
    ),
    absent=absent,
    machine_code={
        "smooth": ("loop", "scalar", "branchless"),
        "smooth_offset": ("loop", "scalar", "branchless"),
        "numba:smooth": ("loop", "scalar"),
        "numba:smooth_offset": ("loop", "scalar"),
    },
    needs=("denormal.penalty.f64", "multiply.latency.f64", "add.latency.f64"),
)
