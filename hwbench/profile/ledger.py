"""What a run knows so far: entries in, quantities and curves out; the same for a run that goes on and a resumed one."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hwbench.profile import noise
from hwbench.profile.messages import Measured, Ready, StepEnded, StepStarted
from hwbench.profile.pooling import Part, pool, pool_curves
from hwbench.records import Conditions, Interval, Quantity

if TYPE_CHECKING:
    from hwbench.measure.results import Found
    from hwbench.probes import Probe
    from hwbench.profile.messages import Entry
    from hwbench.profile.plan import Plan
    from hwbench.records import Point

NOTED_STEAL: Final = 0.02
NOTED_LOAD: Final = 0.15


@dataclass
class Step:
    """One probe in one sitting: what it found, and how it ended (None: it has not)."""

    found: dict[str, Found] = field(default_factory=dict)
    ended: StepEnded | None = None


@dataclass
class Ledger:
    """All entries of a run, by step."""

    steps: dict[tuple[int, str], Step] = field(default_factory=dict)
    workers: list[Ready] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Enter one event; a step that starts anew forgets what it found before it was interrupted."""
        if isinstance(entry, Ready):
            self.workers.append(entry)
        elif isinstance(entry, StepStarted):
            self.steps[entry.sitting, entry.probe] = Step()
        elif isinstance(entry, Measured):
            self._step(entry).found[entry.found.name] = entry.found
        elif isinstance(entry, StepEnded):
            self._step(entry).ended = entry

    def is_done(self, sitting: int, probe: str) -> bool:
        """Whether that step has ended, well or badly."""
        step = self.steps.get((sitting, probe))
        return step is not None and step.ended is not None

    @property
    def done(self) -> int:
        """How many steps have ended."""
        return sum(step.ended is not None for step in self.steps.values())

    def known(self) -> dict[str, Quantity]:
        """Return every quantity with a value, pooled over the processes so far: what later probes are told."""
        names = dict.fromkeys(
            name for step in self.steps.values() for name, found in step.found.items() if found.quantity
        )
        pooled = {name: pool(self._parts(name)) for name in names}
        return {name: quantity for name, quantity in pooled.items() if quantity.is_available}

    def quantities(self, plan: Plan) -> dict[str, Quantity]:
        """Return every wanted quantity of the probes that ran: pooled, or `unavailable` with the reason."""
        return {
            name: pool(parts)
            for probe in plan.probes
            for name in self._names(probe, "quantity")
            if plan.choice.wants(probe.name, name) and (parts := self._parts(name, probe))
        }

    def curves(self, plan: Plan) -> dict[str, tuple[Point, ...]]:
        """Return every wanted curve that was measured."""
        return {
            name: pool_curves(self._curves(probe, name))
            for probe in plan.probes
            for name in self._names(probe, "curve")
            if plan.choice.wants(probe.name, name) and self._curves(probe, name)
        }

    def conditions(self, started: str, plan: Plan, cpu: int) -> Conditions:
        """Return what the machine was doing, over all steps that ended."""
        noises = [step.ended.noise for step in self.steps.values() if step.ended and step.ended.noise]
        seconds = sum(entry.seconds for entry in noises)
        return Conditions(
            started=started,
            seconds=round(seconds, 2),
            effort=plan.effort,
            only=plan.choice.patterns,
            pinned_cpu=None if any(worker.unpinned for worker in self.workers) else cpu,
            clock=self.workers[-1].clock if self.workers else None,
            core_hertz=self._core_hertz(),
            steal_share=_share([entry.steal for entry in noises], seconds),
            other_load=_share([entry.foreign for entry in noises], seconds),
            involuntary_switches=sum(entry.switches for entry in noises),
            worker_processes=len(self.workers),
            notes=self._notes(_share([n.steal for n in noises], seconds), _share([n.foreign for n in noises], seconds)),
        )

    def _step(self, entry: Measured | StepEnded) -> Step:
        return self.steps.setdefault((entry.sitting, entry.probe), Step())

    def _runs(self, probe: Probe) -> list[Step]:
        return [step for (_, name), step in self.steps.items() if name == probe.name]

    def _names(self, probe: Probe, kind: str) -> list[str]:
        """Return what the probe declares of a kind, and after that what it found besides."""
        declared = probe.quantities if kind == "quantity" else probe.curves
        found = [
            name for step in self._runs(probe) for name, item in step.found.items() if getattr(item, kind) is not None
        ]
        return list(dict.fromkeys([*declared, *found]))

    def _parts(self, name: str, probe: Probe | None = None) -> list[Part]:
        """Return each step's figure of that name; given the probe, also why a step of it that ended gave none."""
        parts = []
        for (_, owner), step in self.steps.items():
            if probe is not None and owner != probe.name:
                continue
            found = step.found.get(name)
            if found is not None and found.quantity is not None:
                parts.append(Part(found.quantity, noise.disturbance(step.ended.noise if step.ended else None)))
            elif probe is not None and step.ended is not None:
                parts.append(Part(_absent(probe, name, step.ended)))
        return parts

    def _curves(self, probe: Probe, name: str) -> list[tuple[Point, ...]]:
        return [found.curve for step in self._runs(probe) if (found := step.found.get(name)) and found.curve]

    def _core_hertz(self) -> Interval | None:
        seen = [step.ended.hertz for step in self.steps.values() if step.ended and step.ended.hertz]
        if not seen:
            return None
        lows, middles, highs = zip(*seen, strict=True)
        return Interval(value=statistics.median(middles), low=min(lows), high=max(highs), unit="Hz")

    def _notes(self, steal: float | None, load: float | None) -> tuple[str, ...]:
        notes = [f"not pinned: {worker.unpinned}" for worker in self.workers if worker.unpinned][:1]
        if steal is not None and steal > NOTED_STEAL:
            notes.append(f"the hypervisor took {steal:.0%} of a CPU's time for other guests while measuring")
        if load is not None and load > NOTED_LOAD:
            notes.append(f"other processes used {load:.0%} of a CPU while measuring")
        failures = dict.fromkeys(
            f"{s.ended.probe}: {s.ended.failure}" for s in self.steps.values() if s.ended and s.ended.failure
        )
        return (*notes, *failures)


def _absent(probe: Probe, name: str, ended: StepEnded) -> Quantity:
    reason = f"{probe.name}: {ended.failure}" if ended.failure else f"left out by {probe.name} at this effort"
    return Quantity(unit=probe.quantities.get(name, ""), unavailable=reason)


def _share(cpu_seconds: list[float | None], seconds: float) -> float | None:
    told = [value for value in cpu_seconds if value is not None]
    return round(sum(told) / seconds, 4) if told and seconds > 0 else None
