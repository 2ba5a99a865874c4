"""The bill against the clock: lines moved within their bounds until they add up to the measured time, as far as they can.

Every line of a bill is known between two bounds only, and the measured time says one thing more: what they must add up to.
The least change that makes them add up, each line weighed by the square of its bound's width (its variance), is the
estimate of all together; a line never leaves its bounds. What the bounds cannot take up stays unexplained: that is the part
which no line, at its worst, could account for, and not the error of each line once more.
Source: data reconciliation by weighted least squares, Kuehn and Davidson, "Computer control II: mathematics of control",
Chemical Engineering Progress 57 (1961); ISO/IEC Guide 98-3 for the weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from hwbench.records import MODELLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from hwbench.records import BillLine

    Bills = tuple[tuple[BillLine, ...], tuple[BillLine, ...]]

COMMON: Final = 0.3  # how far all that is modelled may be off together
ALSO_MODELLED: Final = ("instructions at the core's best rate", "allocator calls", "atomic instructions")
ROUNDS: Final = 20
ENOUGH: Final = 1e-6  # of the time


def together(bills: Bills, seconds: tuple[float, float]) -> Bills:
    """Return both bills with one price for each item, moved within its bounds so that both add up as far as they can.

    What both sides do costs both the same, on the same machine in the same minutes: a side that does little else tells
    the price that the other pays. The factors of the items are the least changes, weighed by their bounds, under which
    both sums are met; one that reaches its bound stays there.
    """
    items = list(dict.fromkeys(line.item for lines in bills for line in lines))
    spent = np.array([[sum(line.seconds for line in lines if line.item == item) for item in items] for lines in bills])
    low, high = _ranges(bills, items)
    factors, is_free = np.ones(len(items)), np.ones(len(items), dtype=bool)
    for _ in items:  # each round, the one that went farthest beyond its bounds is put back and stays there
        variance = _variance(bills, items, (high - low) / 2) * np.outer(is_free, is_free)
        gap = np.array(seconds) - spent @ np.where(is_free, 1.0, factors)
        pull, *_ = np.linalg.lstsq(spent @ variance @ spent.T, gap, rcond=1e-6)
        factors = np.where(is_free, 1.0 + variance @ (spent.T @ pull), factors)
        beyond = np.maximum(low - factors, factors - high)
        worst = int(np.argmax(beyond))
        if beyond[worst] <= ENOUGH:
            break
        factors[worst] = np.clip(factors[worst], low[worst], high[worst])
        is_free[worst] = False
    factors = np.clip(factors, low, high)
    by_item = dict(zip(items, factors, strict=True))
    first, second = (tuple(_moved(line, line.seconds * float(by_item[line.item])) for line in lines) for lines in bills)
    return first, second


def _variance(bills: Bills, items: list[str], doubt: Any) -> Any:
    """Return the covariance of the items' factors: each by itself, and all that the model computes together.

    What the model leaves out (fetching instructions, above all) makes everything slower alike.
    """
    causes = {line.item: line.cause for lines in bills for line in lines}
    modelled = np.array([causes[item] in MODELLED or item in ALSO_MODELLED for item in items], dtype=float)
    return np.diag(doubt**2) + COMMON**2 * np.outer(modelled, modelled)


def _ranges(bills: Bills, items: list[str]) -> tuple[Any, Any]:
    """Return the bounds of each item's factor, by the side that knows it better."""
    lows, highs = [], []
    for item in items:
        mine = [line for lines in bills for line in lines if line.item == item and line.seconds > 0]
        lows.append(max((min(line.low / line.seconds, 1.0) for line in mine), default=1.0))
        highs.append(min((max(line.high / line.seconds, 1.0) for line in mine), default=1.0))
    return np.array(lows), np.array(highs)


def reconciled(lines: Sequence[BillLine], seconds: float) -> tuple[BillLine, ...]:
    """Return the bill moved within its bounds towards the measured seconds; bounds stay, prices follow.

    Not the instructions: what one costs at best is the same for both sides, so that is for `together` alone to say.
    """
    values = [line.seconds for line in lines]
    for _ in range(ROUNDS):
        gap = seconds - sum(values)
        if abs(gap) <= ENOUGH * seconds:
            break
        weights = [_room(line, value, gap) for line, value in zip(lines, values, strict=True)]
        total = sum(weights)
        if total <= 0:
            break
        values = [
            min(max(value + gap * weight / total, line.low), line.high)
            for line, value, weight in zip(lines, values, weights, strict=True)
        ]
    return tuple(_moved(line, value) for line, value in zip(lines, values, strict=True))


def _room(line: BillLine, value: float, gap: float) -> float:
    """Return the weight of a line: the square of its half-width on the side it has to move to, 0 where it has no room."""
    if line.cause == "instructions":
        return 0.0
    bound = line.high if gap > 0 else line.low
    width = abs(bound - line.seconds)
    return width**2 if abs(bound - value) > ENOUGH * width else 0.0


def _moved(line: BillLine, seconds: float) -> BillLine:
    if seconds == line.seconds:
        return line
    price = seconds / line.count * 1e9 if line.count > 0 else line.price_ns
    low, high = min(line.low, seconds), max(line.high, seconds)
    return msgspec.structs.replace(line, seconds=seconds, price_ns=price, low=low, high=high)
