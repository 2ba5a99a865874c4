"""Reads levels off a curve of latency against footprint: where it is flat, and where half of the loads miss. Pure functions.

A plateau is a stretch that is long, flat (rises slowly), calm (scatters little) and clearly above the one before. Change points of
the monotone fit of the log latency propose the stretches (stats.change_points), the tests decide. A level ends not
where the first load misses, nor half-way on a log scale, but where half of the loads miss: half-way between the two
latencies. That is the true size both where pages lie in order (a sharp edge) and where they lie at random (a soft one:
the sets fill unevenly, as many over as under their ways).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hwbench import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.stats import Estimate

RISE_PER_OCTAVE: Final = 0.3  # of the log latency: a plateau with second-level TLB misses still rises by some
SHORTEST_OCTAVES: Final = 0.5  # what a level must span to be one
UNREST: Final = (
    0.08  # median step of the log latency from point to point; where neighbours come and go it is 0.1 to 0.5
)
LEVEL_RATIO: Final = 1.45  # neighbouring levels differ by more (3.5, 3 and 12 times on Zen 5), TLB steps by less (1.3)
LEAVES: Final = 1.5
NOISE: Final = 0.03
MANTISSAS: Final = (
    1.0,
    1.25,
    1.5,
)  # first- and second-level caches: 32K, 48K, 64K, 80K … 1M, 1.25M, 1.5M, 2M, 2.5M, 3M


class Plateau(NamedTuple):
    """A level as the curve shows it: points start to end (exclusive) and its usual latency."""

    start: int
    end: int
    value: float


def plateaus(sizes: Sequence[float], values: Sequence[float], shortest: int = 3) -> list[Plateau]:
    """Return the plateaus of a latency curve, lowest first; `sizes` rise, `values` are costs in any unit."""
    if len(sizes) < shortest:
        return []
    raw = np.log(np.asarray(values, dtype=float))
    fit = stats.monotone(raw)
    octaves = np.log2(np.asarray(sizes, dtype=float))
    starts = [*stats.change_points(fit, shortest, NOISE), len(sizes)]
    found: list[Plateau] = []
    for start, end in pairwise(starts):
        span = octaves[end - 1] - octaves[start]
        rise = (fit[end - 1] - fit[start]) / max(span, 1e-9)
        unrest = float(np.median(np.abs(np.diff(raw[start:end]))))
        if span >= SHORTEST_OCTAVES and rise <= RISE_PER_OCTAVE and unrest <= UNREST:
            _add(found, Plateau(start, end, math.exp(float(np.median(fit[start:end])))))
    return found


def _add(found: list[Plateau], new: Plateau) -> None:
    """Append a plateau, or merge it with the one before where they are the same level."""
    if found and new.value < LEVEL_RATIO * found[-1].value:
        found[-1] = Plateau(found[-1].start, new.end, found[-1].value)
    else:
        found.append(new)


def half_miss(sizes: Sequence[float], values: Sequence[float], inside: float, beyond: float) -> Estimate | None:
    """Return the footprint at which half of the loads miss a level, bounded by those where a quarter and three quarters do.

    `inside` and `beyond` are the latencies of the level and of the next. None where the curve does not cross half-way.
    """
    fit = stats.monotone(values)
    at = [stats.crossing(sizes, fit, inside + share * (beyond - inside)) for share in (0.25, 0.5, 0.75)]
    if at[1] is None:
        return None
    return stats.Estimate(at[1], at[0] or float(sizes[0]), at[2] or float(sizes[-1]))


def cost_beyond(sizes: Sequence[float], values: Sequence[float], inside: float) -> float | None:
    """Return the latency of the level after the one that costs `inside`: the least at two to three times its footprint.

    Its footprint is taken from the first two points in a row that cost half as much again. The least, since whatever lies
    farther out (a shared cache that neighbours hold, say) can only add. None where the curve does not reach so far.
    """
    for index in range(len(sizes) - 1):
        if min(values[index], values[index + 1]) > LEAVES * inside:
            window = [value for size, value in zip(sizes, values, strict=True) if 2 <= size / sizes[index] <= 3]
            return min(window, default=None)
    return None


def nearest_cache_size(measured: float) -> int:
    """Return the size nearest to `measured` (on a log scale) that a private cache can have: 1, 1.25 or 1.5 times 2^n bytes."""
    octave = math.floor(math.log2(measured))
    candidates = [mantissa * 2.0**power for power in (octave - 1, octave, octave + 1) for mantissa in MANTISSAS]
    return int(min(candidates, key=lambda size: abs(math.log(size / measured))))


def octave_grid(smallest: int, largest: int, per_octave: int, line: int) -> list[int]:
    """Return footprints from smallest to largest, so many an octave, evenly spaced in each and whole lines."""
    sizes = []
    octave = smallest
    while octave < largest:
        sizes += [octave + octave * step // per_octave for step in range(per_octave)]
        octave *= 2
    return [size // line * line for size in [*sizes, octave] if size <= largest]
