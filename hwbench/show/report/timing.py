"""Timings in pyperf's format, as they are drawn: the values of one benchmark in one file, and what makes them doubtful.

Source: pyperf's documentation, "Analyze benchmark results"; the doubts are those of `pyperf check`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hwbench import stats
from hwbench.experiment.pyperf_files import benchmark_of
from hwbench.records import Side
from hwbench.show import words
from hwbench.show.report import looks

Files = Sequence[tuple[str, Sequence[Side]]]
ENOUGH: Final = 6  # values: fewer give no interval of the median
LARGE_DEVIATION: Final = 0.1
FAR: Final = 0.5
SHORTEST: Final = 1e-3  # seconds


@dataclass(frozen=True)
class Timing:
    """The values of one benchmark (at one size) in one file, in seconds, and their median between two bounds."""

    file: str
    benchmark: str
    values: Sequence[float]
    median: stats.Estimate
    loops: float

    @property
    def text(self) -> str:
        """The median with its interval, as a person reads it."""
        return words.seconds_between(*self.median)


def timings(files: Files) -> list[Timing]:
    """Return what the files hold, benchmark by benchmark; values that are no times are left out."""
    found = []
    for label, (_, sides) in zip(labels(files), files, strict=True):
        for side in sides:
            for sized in side.sizes:
                values = [run.wall for run in sized.runs if looks.is_drawable(run.wall)]
                name = words.one_line(benchmark_of(side)) + (f" n={words.size(sized.n)}" if sized.n is not None else "")
                if values:
                    found.append(Timing(label, name, values, stats.median(values), _loops(side.metadata)))
    order: dict[str, int] = {}
    for one in found:
        order.setdefault(one.benchmark, len(order))
    return sorted(found, key=lambda one: order[one.benchmark])


def _loops(metadata: Mapping[str, str | int | float]) -> float:
    """Return how many loops a value is the mean of; infinite where the file does not say so for all runs alike."""
    counts = [metadata.get("loops", math.inf), metadata.get("inner_loops", 1)]
    return math.prod(float(count) for count in counts if isinstance(count, int | float))


def labels(files: Files) -> list[str]:
    """Return the files' names, short, each of them once."""
    names = [words.shortened(words.one_line(name), 40) or "?" for name, _ in files]
    return names if len(set(names)) == len(names) else [f"{number}: {name}" for number, name in enumerate(names, 1)]


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation as a share of the mean."""
    return statistics.stdev(values) / statistics.fmean(values)


def doubts(one: Timing) -> Iterator[str]:
    """Yield what makes a benchmark's values doubtful."""
    values, mean = one.values, statistics.fmean(one.values)
    if len(values) < ENOUGH:
        yield f"{words.plural(len(values), 'value')}: too few for an interval of the median, take at least {ENOUGH}"
    if len(values) > 1 and deviation(values) >= LARGE_DEVIATION:
        yield f"the standard deviation is {words.percent(deviation(values))} of the mean ({words.seconds(mean)})"
    for name, value in (("least", min(values)), ("greatest", max(values))):
        if abs(value / mean - 1) >= FAR:
            side = "above" if value > mean else "below"
            yield f"the {name} value ({words.seconds(value)}) is {words.percent(abs(value / mean - 1))} {side} the mean"
    shortest = min(values) * one.loops
    if shortest < SHORTEST:
        yield f"the shortest value was timed over {words.seconds(shortest)} alone: more loops would tell more"
