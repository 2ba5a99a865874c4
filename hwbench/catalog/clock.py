"""The ruler: a chain of dependent additions, and a call that does nothing. The size means nothing to them."""

from __future__ import annotations

from hwbench.catalog import Prepared, Work, kernel

ADDS_PER_REPEAT = 256


@kernel("clock.adds", function="adds", unit="operations", size=0)
def adds(size: int) -> Prepared:
    """Add to one register again and again: one core cycle each, the ruler of all cycles."""
    return Prepared((1,), Work(operations=ADDS_PER_REPEAT), checksum=lambda repeats: ADDS_PER_REPEAT * repeats)


@kernel("clock.nothing", function="nothing", unit="calls", size=0)
def nothing(size: int) -> Prepared:
    """Do nothing: whatever the number of repeats, the time is that of one call."""
    return Prepared((), Work(calls=1), checksum=lambda repeats: repeats)
