"""What toggles prove: the seconds that switching a cause off saved, put into B's bill in the place of what was computed.

A toggle that removes a cause gives a lower bound of what the cause costs, since it seldom removes all of it. Where the bill
has no line for the cause (nothing was counted), the toggle's seconds are the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import msgspec

from hwbench import stats
from hwbench.explain.outside import KERNEL_REST
from hwbench.records import BillLine, Cause, Toggle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_OF_IT: Final = 0.5  # of a line: a toggle that saves as much confirms it
DISTURBED: Final = 1.7
CERTAIN: Final = 0.02  # of the time: a saving below that is within what two sets of runs differ by


@dataclass(frozen=True)
class Saving:
    """Seconds that a toggle saved, with bounds; `is_certain` where the bounds exclude nothing saved."""

    cause: str
    seconds: float
    low: float
    high: float
    is_certain: bool

    def of(self, scale: float) -> Saving:
        """Return as large a part of another time."""
        return Saving(self.cause, self.seconds * scale, self.low * scale, self.high * scale, self.is_certain)


def saving(toggle: Toggle) -> Saving | None:
    """Return what a toggle that removes its cause saved; None where it was not measured or only adds to it."""
    if toggle.unavailable or toggle.effect != "removes" or not toggle.usual or not toggle.toggled:
        return None
    gap = stats.difference(toggle.usual, toggle.toggled)
    usual = stats.middle(toggle.usual).value
    certain = gap.low > CERTAIN * usual and gap.value > 0
    return Saving(toggle.cause, gap.value, gap.low, gap.high, certain)


def apply(
    lines: Sequence[BillLine], toggles: Iterable[Toggle], side: str, whole: float, *, itemised: bool = False
) -> tuple[BillLine, ...]:
    """Return one side's bill with what its toggles showed, as parts of the `whole` seconds that it usually takes.

    The toggle's own runs, later, may have found the machine quicker or slower; much slower means that something else was at
    work then. `itemised`: all that the side did was counted, so that a cause without a line has none.
    """
    savings = [
        found.of(whole / stats.middle(toggle.usual).value)
        for toggle in toggles
        if toggle.side == side and (found := saving(toggle)) is not None and _is_usual(toggle, whole)
    ]
    billed = {line.cause for line in lines}
    for cause in dict.fromkeys(each.cause for each in savings if not itemised or each.cause in billed):
        best = max((each for each in savings if each.cause == cause), key=lambda each: each.seconds)
        lines = _confirmed(lines, best) if best.is_certain else lines
    return tuple(lines)


def _is_usual(toggle: Toggle, whole: float) -> bool:
    """Whether the runs beside a toggle took about as long as those before: within a factor of `DISTURBED`."""
    return 1 / DISTURBED < stats.middle(toggle.usual).value / max(whole, 1e-12) < DISTURBED


def _confirmed(lines: Sequence[BillLine], best: Saving) -> list[BillLine]:
    mine = [line for line in lines if line.cause == best.cause]
    billed = sum(line.seconds for line in mine)
    others = [line for line in lines if line.cause != best.cause]
    if billed <= 0:
        cause = cast("Cause", best.cause)
        item = BillLine(
            item="what the toggle saved",
            cause=cause,
            count=0.0,
            price_ns=0.0,
            seconds=best.seconds,
            low=max(best.low, 0.0),
            high=best.high,
            grade="toggled",
        )
        return [*others, item]
    if best.seconds < MOST_OF_IT * billed:
        return list(lines)
    grow = max(best.seconds / billed, 1.0)
    certain = min(max(best.low / billed, 0.0), grow)
    if best.cause == "allocation":  # the time in the kernel is measured: what faults take more of it, calls take less
        others = [_less(line, best.seconds - billed) if line.item == KERNEL_REST else line for line in others]
    return [*others, *(_scaled(line, grow, certain) for line in mine)]


def _less(line: BillLine, seconds: float) -> BillLine:
    left = min(max(line.seconds - max(seconds, 0.0), 0.0), line.seconds)
    return msgspec.structs.replace(
        line, seconds=left, low=min(line.low, left), high=min(line.high, max(left, line.low))
    )


def _scaled(line: BillLine, factor: float, certain: float) -> BillLine:
    """Return a line that is as many times as dear, and costs `certain` times what was billed at least."""
    return msgspec.structs.replace(
        line,
        seconds=line.seconds * factor,
        low=max(line.low * factor, line.seconds * MOST_OF_IT * factor, line.seconds * certain),
        high=line.high * factor,
        price_ns=line.price_ns * factor,
        grade="toggled",
    )
