"""The prices of this minute: those that move most are taken again, on the CPU that the lesson is run on, before it is foretold.

On a shared machine a core's rates fall while a neighbour works on its other thread, and memory's latency drifts; a prediction from
an old list would be of another machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench.experiment.messages import Doing, silent
from hwbench.experiment.prices import SpotPrices
from hwbench.measure.pinning import pinned
from hwbench.profile import store

if TYPE_CHECKING:
    from hwbench.experiment.messages import Report
    from hwbench.records import MachineProfile, Spot

TAKEN: Final = 12
TAKEN_AFTER: Final = 4


@dataclass
class Today:
    """A profile with the prices that were taken again; `after` takes them once more, to see how far they moved meanwhile."""

    prices: SpotPrices
    cpu: int
    profile: MachineProfile
    spots: tuple[Spot, ...] = ()

    def after(self) -> tuple[str, ...]:
        """Take the prices again, and return a line for each that moved by much during the run."""
        with pinned(self.cpu):
            for _ in range(TAKEN_AFTER if self.spots else 0):
                self.prices.take()
        return self.prices.notes()


def today(profile: MachineProfile, cpu: int, report: Report = silent) -> Today:
    """Return a profile at the prices of this minute; as it is where it is another machine's, or where none can be taken."""
    prices = SpotPrices(profile)
    if profile.host.name != store.this_host():
        return Today(prices, cpu, profile)
    report(Doing("taking the prices that move again", 0.0))
    with pinned(cpu):
        prices.prepare()
        for _ in range(TAKEN):
            prices.take()
    return Today(prices, cpu, prices.priced(), prices.spots())
