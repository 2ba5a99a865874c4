"""The machine's prices for one experiment: its newest profile, and the dearest of them taken again while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from hwbench import stats
from hwbench.errors import HwbenchError, UsageError
from hwbench.profile import store
from hwbench.records import MachineProfile, Quantity, Spot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.experiment.messages import Report

WIDTH: Final = "core.width"
# What a quantity cost during this run beside its usual cost tells of others, in ns, that were not taken again.
TELLS_OF: Final = {"branch.mispredict_cost": ("indirect.mispredict_cost",)}
SHARED_LEVEL: Final = "l3.latency"
RATES: Final = ("core.width", "branch.taken.throughput", "dram.read_bandwidth", "dram.write_bandwidth")
SHARED_OUT: Final = (".throughput", ".mlp", "core.window")  # between the threads of a core
SHARED: Final = 0.85  # of the core's width: less of it is worth a note
DRIFT: Final = 1.3  # a price that moved by more than this during the run is worth a note


def profile_for(name: str | None, *, anyway: bool, report: Report) -> tuple[MachineProfile, tuple[str, ...]]:
    """Return the profile to price with and what must be said of it; a machine without one is measured quickly first.

    UsageError for a profile of another machine unless `anyway`.
    """
    if name is None and not any(
        store.is_whole(p) for e in store.kept(store.this_host()) if (p := store.readable(e.path))
    ):
        return _measured(report), ("no profile was kept here: a quick one was taken first",)
    profile = store.load_profile(name)
    strange = _strangeness(profile)
    if not strange:
        return profile, ()
    if not anyway:
        raise UsageError(f"profile {profile.id} is of another machine ({strange}); take one here: hwbench characterize")
    return profile, (f"PRICES OF ANOTHER MACHINE: profile {profile.id} is of {profile.host.name} ({strange})",)


def _measured(report: Report) -> MachineProfile:
    from hwbench.experiment.messages import Doing  # noqa: PLC0415 - drawn in only where it is needed
    from hwbench.profile.campaign import characterize  # noqa: PLC0415 - heavy, and seldom needed

    report(Doing("measuring this machine first (hwbench characterize --quick)", 0.0))
    return characterize("quick")


def _strangeness(profile: MachineProfile) -> str:
    """Say in what a profile's machine is not this one; empty where it is this one."""
    from hwbench.host import read_host  # noqa: PLC0415 - not needed where no profile is
    from hwbench.native.cpu import cpuid  # noqa: PLC0415

    here = read_host(cpuid=cpuid)
    for what, theirs, ours in (
        ("name", profile.host.name, here.name),
        ("processor", profile.host.cpu.model, here.cpu.model),
        ("architecture", profile.host.cpu.architecture, here.cpu.architecture),
    ):
        if theirs and ours and theirs != ours:
            return f"{what} {theirs}, here {ours}"
    if (profile.host.cpu.family, profile.host.cpu.model_number) != (here.cpu.family, here.cpu.model_number):
        return f"processor family {profile.host.cpu.family}, here {here.cpu.family}"
    return ""


@dataclass
class SpotPrices:
    """The dearest prices, taken again between the timed runs; none where this machine cannot take them."""

    profile: MachineProfile
    taker: Any = None
    samples: dict[str, list[float]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Lay out what the prices are taken with; a machine that refuses goes without."""
        try:
            from hwbench.probes.spotting import spot_taker  # noqa: PLC0415 - needs the native kernels

            self.taker = spot_taker(self.profile) or None
        except (ImportError, HwbenchError, OSError, MemoryError):
            self.taker = None

    def take(self) -> None:
        """Take one sample of each price."""
        if self.taker is None:
            return
        for name, value in self.taker.take().items():
            self.samples.setdefault(name, []).append(value)

    def spots(self) -> tuple[Spot, ...]:
        """Return the prices of this run with the range in which they moved."""
        return tuple(self._spot(name, values) for name, values in self.samples.items() if values)

    def _spot(self, name: str, values: list[float]) -> Spot:
        quantity = self.profile.quantities.get(name)
        return Spot(
            name=name,
            unit=quantity.unit if quantity else "ns",
            samples=tuple(values),
            value=price_of(name, values).value,
            low=min(values),
            high=max(values),
        )

    def priced(self) -> MachineProfile:
        """Return the profile with the prices of this run in the place of its own."""
        quantities = dict(self.profile.quantities)
        for spot in self.spots():
            quantity = quantities.get(spot.name)
            if quantity is not None and quantity.value is not None and spot.value > 0:
                quantities[spot.name] = _repriced(quantity, spot)
        quantities |= self._told(quantities)
        share = self._share_of_core()
        if share < 1:
            rates = [
                name
                for name, each in quantities.items()
                if name.endswith(SHARED_OUT) and name not in self.samples and each.value
            ]
            quantities |= {name: _shared(quantities[name], share) for name in rates}
        return msgspec.structs.replace(self.profile, quantities=quantities)

    def _told(self, quantities: dict[str, Quantity]) -> dict[str, Quantity]:
        """Return the prices of what was not taken again, dearer by as much as their like was seen to be."""
        found: dict[str, Quantity] = {}
        for name, others in TELLS_OF.items():
            usual, now = self.profile.quantities.get(name), quantities.get(name)
            if usual is None or now is None or not usual.value or not now.value:
                continue
            dearer = now.value / usual.value
            known = {other: each for other in others if (each := quantities.get(other)) is not None and each.value}
            found |= {other: _shared(each, dearer) for other, each in known.items()}
        return found

    def _share_of_core(self) -> float:
        """Return which part of the core this run had: 1 unless someone worked on its other thread.

        The width is measured; of the units behind it as large a part is taken to be gone.
        """
        width, now = self.profile.quantities.get(WIDTH), self.samples.get(WIDTH)
        if width is None or not width.value or not now:
            return 1.0
        return min(price_of(WIDTH, now).value / width.value, 1.0)

    def notes(self) -> tuple[str, ...]:
        """Return a line for each price that drifted."""
        share = self._share_of_core()
        shared = (
            (
                f"someone worked on the other thread of this core: {share:.0%} of its width was left, and is what is priced",
            )
            if share < SHARED
            else ()
        )
        moved = [spot for spot in self.spots() if spot.name != WIDTH and spot.low > 0 and spot.high / spot.low > DRIFT]
        return shared + tuple(f"{spot.name} moved by {spot.high / spot.low:.2f}× during this run" for spot in moved)


def price_of(name: str, values: Sequence[float]) -> stats.Estimate:
    """Return what a price was on the average of the run, with the interval of that average: of a rate, by the time of a unit.

    One sample that a neighbour spoilt moves the average by little, and so do its bounds: what was timed met him as rarely.
    What neighbours drove out of the shared level comes from memory, which is another price: of that level the lower end counts.
    """
    if name == SHARED_LEVEL:
        return stats.Estimate(float(np.quantile(values, 0.2)), min(values), float(np.quantile(values, 0.8)))
    if name in RATES:
        spent = stats.middle([1 / value for value in values])
        return stats.Estimate(1 / spent.value, 1 / spent.high, 1 / spent.low)
    return stats.middle(values)


def _shared(quantity: Quantity, share: float) -> Quantity:
    scaled = {
        name: None if value is None else value * share
        for name in ("value", "low", "high", "cycles", "cycles_low", "cycles_high")
        for value in [getattr(quantity, name)]
    }
    return msgspec.structs.replace(quantity, **scaled)


def _repriced(quantity: Quantity, spot: Spot) -> Quantity:
    scale = spot.value / (quantity.value or 1.0)
    price = price_of(spot.name, spot.samples)
    return msgspec.structs.replace(
        quantity,
        value=spot.value,
        low=price.low,
        high=price.high,
        cycles=None if quantity.cycles is None else quantity.cycles * scale,
        method=f"{quantity.method}; taken again during this run",
    )
