"""How an engine's time grows with the size, what it comes to where it ran out of time, and how it compares: all pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from hwbench.engines import intervals
from hwbench.engines.operations import BATCH, BY_NAME
from hwbench.explain import growth
from hwbench.records import Growth, Interval
from hwbench.records.study import REFERENCE, Cell

DOUBT: Final = 0.05  # of a median time, when a law is fitted to it
FITTED: Final = 3  # sizes: two fit any law beside a constant
FLAT: Final = 1.6  # times: what differs by less over all sizes is not said to grow
ASTRAY: Final = 0.4  # of an exponent
PATIENCE: Final = 2.0  # a size is tried unless it would take so many times what a cell may


def growth_of(timed: Sequence[Cell]) -> Growth | None:
    """Return how the times of rising sizes grow; None of fewer than two.

    From three sizes on a law with a constant part is fitted. Such a fit is led astray where little grows, or the last steps show
    something else: there, and of two sizes, it is the exponent between the last two sizes, and no law.
    """
    seconds = [cell.seconds.value for cell in timed if cell.seconds is not None]
    sizes = [float(cell.n) for cell in timed]
    if len(seconds) < 2:
        return None
    slope = _slope(sizes, seconds)
    doubt = 2 * DOUBT / math.log(sizes[-1] / sizes[-2])
    if max(seconds) < FLAT * min(seconds):
        return Growth(law="1", exponent=0.0, low=0.0, high=max(slope, doubt), of="time")
    plain = Growth(law="unknown", exponent=slope, low=max(slope - doubt, 0.0), high=slope + doubt, of="time")
    if len(seconds) < FITTED:
        return plain
    fitted = growth.fit(growth.Points(tuple(sizes), tuple(seconds), DOUBT), "time")
    is_astray = fitted.exponent is None or abs(fitted.exponent - slope) > ASTRAY
    return plain if is_astray else fitted


def _slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    return max(math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2]), 0.0)


def predicted(timed: Sequence[Cell], n: int) -> float | None:
    """Return the seconds that a larger size should take by the last two; None where fewer were timed."""
    last = [cell for cell in timed if cell.seconds is not None][-2:]
    if len(last) < 2:
        return None
    seconds = [cell.seconds.value for cell in last if cell.seconds is not None]
    return float(seconds[1] * (n / last[1].n) ** _slope([cell.n for cell in last], seconds))


def is_hopeless(timed: Sequence[Cell], n: int, timeout: float) -> str:
    """Return why a size need not be tried, or nothing: by its growth, a single call would take far too long."""
    seconds = predicted(timed, n)
    if seconds is None:
        return ""
    seconds *= BY_NAME[timed[-1].operation].parts
    return f"not tried: by its growth one call would take {seconds:.0f} s" if seconds > PATIENCE * timeout else ""


def with_growth(ladder: Sequence[Cell]) -> list[Cell]:
    """Return the cells of one engine and operation, rising in size, with how their time grows, and what it would have come to.

    A cell that ran out of time is extrapolated by the growth of the finished ones: a guess, which says from where.
    """
    timed = [cell for cell in ladder if cell.seconds is not None and is_whole(cell)]
    grown = growth_of(timed)
    if grown is None:
        return [_finished(cell, timed) for cell in ladder]
    cells = [msgspec.structs.replace(_finished(cell, timed), growth=grown) for cell in ladder]
    return [extrapolated(cell, timed) if cell.result == "timeout" else cell for cell in cells]


def is_whole(cell: Cell) -> bool:
    """Whether the operation is the same as at larger sizes: a batch is as many rows as there are, at most ten thousand."""
    return not BY_NAME[cell.operation].is_durable or cell.n >= BATCH


def _finished(cell: Cell, timed: Sequence[Cell]) -> Cell:
    if cell.result != "timeout" or not timed:
        return cell
    return msgspec.structs.replace(cell, finished=timed[-1].n)


def extrapolated(cell: Cell, timed: Sequence[Cell]) -> Cell:
    """Return a cell that ran out of time with the seconds that the growth leads to from the last one that finished.

    Between the slope of the last two sizes and the fitted exponent, and beyond both by the exponent's interval.
    """
    grown, last, middle = cell.growth, timed[-1], predicted(timed, cell.n)
    if grown is None or middle is None or last.seconds is None:
        return cell
    times = cell.n / last.n
    ends = [last.seconds.value * times ** (power or 0.0) for power in (grown.low, grown.high, grown.exponent)]
    made = Interval(value=middle, low=min(middle, *ends), high=max(middle, *ends), unit="s")
    return msgspec.structs.replace(cell, extrapolated=made)


def with_ratios(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells with their ratios to the reference engine's, where both are right and equally durable."""
    reference = {(cell.operation, cell.n): cell for cell in cells if cell.engine == REFERENCE and is_comparable(cell)}
    return [_with_ratio(cell, reference.get((cell.operation, cell.n))) for cell in cells]


def _with_ratio(cell: Cell, reference: Cell | None) -> Cell:
    if reference is None or not is_comparable(cell) or not cell.samples or not reference.samples:
        return cell
    return msgspec.structs.replace(cell, ratio=intervals.ratio(cell.samples, reference.samples))


def is_comparable(cell: Cell) -> bool:
    """Whether a cell's time may be set beside another's: it is right, and what should last is known to."""
    lasts = cell.durable is True or not BY_NAME[cell.operation].is_durable
    return cell.result == "right" and lasts
