"""The grade of a solution: the share that it reached of the gain predicted for this machine, and the causes that remain.

The goal is the slow twin's time, measured beside the solution, over the predicted ratio: a machine on which the effect is
small asks for little. A solution as fast as our own fast twin has passed, should the prediction have asked for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from hwbench import stats
from hwbench.lessons.judging import LEAST_EFFECT, times
from hwbench.records import Interval, Remaining

if TYPE_CHECKING:
    from hwbench.records import Cause, Grading

ENOUGH: Final = 0.8  # of the predicted gain
AS_FAST: Final = 1.1
WORTH_NAMING: Final = 0.1  # of the solution's time


class Rounds(msgspec.Struct, frozen=True):
    """What was timed, round by round, in ns for each unit of work."""

    slow: tuple[float, ...]
    fast: tuple[float, ...]
    solution: tuple[float, ...]
    control_solution: tuple[float, ...] = ()
    control_fast: tuple[float, ...] = ()


def share(rounds: Rounds, predicted: float) -> Interval:
    """Return the share of the predicted gain: 0 as slow as before, 1 as fast as was predicted."""
    left = np.asarray(rounds.solution) / np.asarray(rounds.slow)
    value, low, high = stats.median((1 - left) / (1 - 1 / predicted))
    return Interval(value=value, low=low, high=high, unit="share")


def grade(rounds: Rounds, predicted: float) -> tuple[Grading, str, Interval | None]:
    """Return passed, failed or undecided, why, and the share."""
    if predicted <= LEAST_EFFECT:
        return "undecided", f"there is nothing to gain on this machine: predicted {times(predicted)}", None
    against = stats.median(np.asarray(rounds.slow) / np.asarray(rounds.fast))
    if against.high <= LEAST_EFFECT:
        return "undecided", f"the effect does not show here now: our own solution gains {times(against.value)}", None
    reached = share(rounds, predicted)
    beside = stats.median(np.asarray(rounds.solution) / np.asarray(rounds.fast))
    if reached.low >= ENOUGH:
        return "passed", f"{reached.value:.0%} of the gain that was predicted for this machine", reached
    if against.low > LEAST_EFFECT and beside.high <= AS_FAST:
        return "passed", f"as fast as our own solution ({reached.value:.0%} of the predicted gain)", reached
    if reached.high < ENOUGH and beside.low > AS_FAST:
        return (
            "failed",
            f"{reached.value:.0%} of the predicted gain, {times(beside.value)} of our own solution",
            reached,
        )
    noise = f"{reached.low:.0%} to {reached.high:.0%} of the predicted gain, {ENOUGH:.0%} are asked for"
    return "undecided", f"too much noise: {noise}; judge again when the machine is quiet", reached


def remaining(rounds: Rounds, cause: Cause) -> tuple[Remaining, ...]:
    """Return the causes that remain: what vanishes with the lesson's cause taken away, and what does not.

    A counterfactual by measurement: the solution and our own are timed on the control's input too.
    """
    mine, best = float(np.median(rounds.solution)), float(np.median(rounds.fast))
    excess = mine - best
    if excess <= WORTH_NAMING * mine or not rounds.control_solution:
        return ()
    without = float(np.median(rounds.control_solution)) - float(np.median(rounds.control_fast))
    constant = min(max(without, 0.0), excess)
    found = (
        Remaining(
            cause=cause,
            ns=excess - constant,
            evidence="vanishes on the control's input, where this cause is taken away",
        ),
        Remaining(
            cause="instructions", ns=constant, evidence="is there on the control's input too: more work than needed"
        ),
    )
    return tuple(one for one in found if one.ns > WORTH_NAMING * mine)
