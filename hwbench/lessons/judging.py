"""Shown, not shown, or inconclusive: the verdict on one run, from its ratios alone.

An effect is shown where the whole interval of the ratio lies above what the same code differs from itself, and vanishes
where its cause is taken away. It is not shown where the whole interval lies below a tenth. All else is inconclusive, with the
noise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from hwbench.units import significant

if TYPE_CHECKING:
    from hwbench.records import Interval, LessonVerdict

LEAST_EFFECT: Final = 1.1
FLAT: Final = 1.25
PART_LEFT: Final = 0.5  # of the effect's logarithm, that a flat control may still show


def judge(measured: Interval, control: Interval, noise: float, absent: str) -> tuple[LessonVerdict, str]:
    """Return the verdict and its reason; `absent` says why the effect is not there, should it not be."""
    floor = max(LEAST_EFFECT, noise)
    if measured.high < 1 / floor:
        return (
            "not shown",
            f"reversed here: the twin that should be slow is {times(1 / measured.value)} faster; {absent}",
        )
    if measured.high <= LEAST_EFFECT:
        return "not shown", absent
    if measured.low <= floor:
        return "inconclusive", (
            f"{times(measured.value)} ({times(measured.low)} to {times(measured.high)}) does not stand out: "
            f"the same code differs from itself by {times(floor)} here and now"
        )
    if not is_flat(control, measured, noise):
        return "inconclusive", (
            f"with the cause taken away the twins still differ by {times(control.value)}: something else is at work"
        )
    return "shown", ""


def is_flat(control: Interval, measured: Interval, noise: float) -> bool:
    """Whether the effect vanished with its cause.

    The control must lie within a factor of 1.25 (or of the noise) of 1, have lost at least half of the effect's logarithm, and
    its interval must not reach as far as the effect, up or down.
    """
    distance = abs(math.log(control.value)) if control.value > 0 else math.inf
    near = distance <= math.log(max(FLAT, noise))
    lost = distance <= max(PART_LEFT * math.log(max(measured.low, 1.0)), math.log(min(noise, LEAST_EFFECT)))
    within = math.log(max(measured.low, 1.0))
    narrow = control.high < measured.low and abs(math.log(max(control.low, 1e-9))) < within
    return near and lost and narrow


def times(ratio: float) -> str:
    """Write a ratio as a person reads it: ×5.2, ×0.48, ×20 100."""
    return f"×{significant(ratio)}"
