"""Several processes' figures for one quantity made into one.

Page placement differs from process to process, so each process gives its own estimate and none is wrong: the pooled
value is the middle one (with an even number the lower of the two middle ones, so that it is always a value that a
process really measured: 64 or 72 entries, never 68), its bounds reach over all the processes' intervals, and every raw
sample is kept. A curve is that of the first process that has it: its points belong to one placement, and may stand at
other sizes elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hwbench.records import Point, Quantity


class Part(NamedTuple):
    """One process's figure, and what disturbed the step in which it was taken (empty: nothing)."""

    quantity: Quantity
    disturbed: str = ""


def pool(parts: Sequence[Part]) -> Quantity:
    """Return the quantity that the parts make up; without a value in any, the first reason why.

    At least half of the parts disturbed, or under half of them with a value, makes a `caution`.
    """
    there = [part for part in parts if part.quantity.value is not None]
    if not there:
        return parts[0].quantity
    middle = _middle(there).quantity
    return msgspec.structs.replace(
        middle,
        low=_least(part.quantity.low for part in there),
        high=None if middle.is_lower_bound else _most(part.quantity.high for part in there),
        cycles_low=_least(part.quantity.cycles_low for part in there),
        cycles_high=_most(part.quantity.cycles_high for part in there),
        nominal=next((part.quantity.nominal for part in there if part.quantity.nominal is not None), None),
        method=middle.method
        if len(there) == 1
        else f"{middle.method}; the middle one of {len(there)} processes".lstrip("; "),
        samples=tuple(sample for part in there for sample in part.quantity.samples),
        caution=_caution(parts, there),
    )


def pool_curves(curves: Iterable[tuple[Point, ...]]) -> tuple[Point, ...]:
    """Return the first curve that has points."""
    return next((curve for curve in curves if curve), ())


def _middle(parts: Sequence[Part]) -> Part:
    ordered = sorted(parts, key=lambda part: part.quantity.value or 0.0)
    return ordered[(len(ordered) - 1) // 2]


def _least(numbers: Iterable[float | None]) -> float | None:
    return min((number for number in numbers if number is not None), default=None)


def _most(numbers: Iterable[float | None]) -> float | None:
    return max((number for number in numbers if number is not None), default=None)


def _caution(parts: Sequence[Part], there: Sequence[Part]) -> str | None:
    told = [part.quantity.caution for part in there if part.quantity.caution]
    disturbed = [part.disturbed for part in there if part.disturbed]
    if 2 * len(disturbed) >= len(there):
        told += disturbed[:1]
    if 2 * len(there) < len(parts):
        told.append(f"found in {len(there)} of {len(parts)} processes")
    return "; ".join(dict.fromkeys(told)) or None
