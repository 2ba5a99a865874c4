"""Timing two subjects: A B B A … at every size, with spot prices in between, until the time is used up.

The two take turns and change places from round to round, so that a machine that slows down slows both; every raw run is
kept. The noise floor comes from the same runs: one half of A's against the other half, likewise B's.
Fooled by: what differs from process to process (page placement, address randomisation), which more runs show and fewer hide.
Source: Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hwbench import stats
from hwbench.errors import CouldNotMeasure
from hwbench.measure import processes

if TYPE_CHECKING:
    from hwbench.experiment.request import Subject
    from hwbench.records import Command, Run

FEWEST_ROUNDS: Final = 5
MOST_ROUNDS: Final = 41
ENOUGH_SECONDS: Final = 3.0  # of runs at one size: more narrow the interval little
SINGLE: Final = 1.05  # CPU time over wall time up to which a program is one thread, which may be pinned

TimeOne = Callable[["Command", tuple[str, ...], tuple[int, ...] | None], "Run"]


@dataclass
class Series:
    """The runs of both sides at one size, in the order in which they were taken."""

    n: float | None
    a: list[Run] = field(default_factory=list)
    b: list[Run] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """The wall seconds that a round takes at this size."""
        return sum((runs[-1].whole or runs[-1].wall) for runs in (self.a, self.b) if runs)


def time_one(command: Command, prefix: tuple[str, ...] = (), cpus: tuple[int, ...] | None = None) -> Run:
    """Run a command once and return its account; CouldNotMeasure, one line, if it fails."""
    ended = processes.run(command, prefix=prefix, cpus=cpus)
    if not ended.is_well:
        raise CouldNotMeasure(f"{' '.join(command.argv)[:200]}: {ended.trouble}")
    return ended.run


def take_turns(
    pair: tuple[Subject, Subject],
    series: Sequence[Series],
    seconds: float,
    between: Callable[[], None],
    runs: int = 0,
    cpus: tuple[int, ...] | None = None,
) -> None:
    """Fill the series: rounds over all sizes until `seconds` are used up, `runs` rounds were made, or all have enough.

    A round takes both sides at each size, changing who goes first; `between` is called after each round.
    """
    deadline = time.monotonic() + seconds
    at_most = runs or MOST_ROUNDS
    for round_number in range(at_most):
        for each in series:
            is_enough = not runs and round_number >= FEWEST_ROUNDS and _has_enough(each)
            is_late = round_number >= 1 and time.monotonic() + each.slowest > deadline and not runs
            if is_enough or is_late:
                continue
            order = ((pair[0], each.a), (pair[1], each.b))
            for subject, taken in order if round_number % 2 == 0 else order[::-1]:
                taken.append(time_one(subject.command(each.n), (), cpus))
        between()
        if not runs and (time.monotonic() > deadline or all(_has_enough(each) for each in series)):
            break


def _has_enough(series: Series) -> bool:
    spent = min(sum(run.wall for run in series.a), sum(run.wall for run in series.b))
    return len(series.a) >= FEWEST_ROUNDS and spent >= ENOUGH_SECONDS


def noise_of(series: Iterable[Series]) -> tuple[float, ...]:
    """Return the ratios of each side against itself, odd runs against even ones, at the size with the most time in it."""
    ratios: list[float] = []
    for each in series:
        for runs in (each.a, each.b):
            walls = [run.spent for run in runs]
            if len(walls) >= 4:
                odd, even = stats.middle(walls[1::2]).value, stats.middle(walls[::2]).value
                ratios.append(odd / even if even > 0 else 1.0)
    return tuple(ratios[-2:])


def may_pin(runs: Iterable[Run]) -> bool:
    """Whether a program works in one thread at a time, so that it loses nothing on one CPU."""
    return all(run.user + run.system <= SINGLE * run.wall for run in runs)
