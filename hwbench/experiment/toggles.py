"""Toggles: a cause switched off, or made worse, and the time measured at native speed. The only proof of a cause there is.

Usual and toggled runs are taken in turns, so that a machine that slows down slows both; the raw seconds are kept. A toggle
that did not take hold (no page became huge, no file was written) is no toggle: it is unavailable, with the reason.
Fooled by: a switch that changes a second thing as well (each says in `why` what it does); time-sharing neighbours, which the
turns spread over both sides.
Source: the switches name theirs; interleaving after Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from hwbench.errors import HwbenchError
from hwbench.experiment.switch import Change, Quantity, Setting, Switch
from hwbench.experiment.toggle_memory import memory_switches
from hwbench.experiment.toggle_neighbour import neighbour_switches, thread_switches
from hwbench.experiment.toggle_processor import processor_switches
from hwbench.experiment.toggle_system import system_switches
from hwbench.measure.processes import resolve
from hwbench.records import Command, HostFacts, Run, Toggle, Unavailable
from hwbench.stats import Estimate, ratio_of_medians

TimeOne = Callable[[Command, tuple[str, ...], tuple[int, ...] | None], Run]
NAMES: Final = {"wall": "", "cpu": " (time on CPUs)", "user": " (user time)"}
FEWEST_TURNS: Final = 2


def switches(host: HostFacts) -> tuple[Switch, ...]:
    """Return all switches that exist, the most telling first; whether one works here shows when it is applied."""
    makers = (memory_switches, system_switches, thread_switches, processor_switches, neighbour_switches)
    return tuple(switch for make in makers for switch in make(host))


def for_cause(cause: str, host: HostFacts) -> tuple[Switch, ...]:
    """Return the switches of one cause, those that remove it first."""
    of_it = [switch for switch in switches(host) if switch.cause == cause]
    return tuple(sorted(of_it, key=lambda switch: switch.effect != "removes"))


@dataclass
class Trial:
    """The runs of a switch on one command, as they were taken: usual and toggled in turns."""

    switch: Switch
    usual: list[Run] = field(default_factory=list)
    toggled: list[Run] = field(default_factory=list)
    unavailable: Unavailable | None = None

    def toggle(self, side: Literal["a", "b"], n: float | None, quantity: Quantity = "wall") -> Toggle:
        """Return the record of one of the times that were measured."""
        lacking = self.unavailable
        pairs = [comparable(*pair, quantity) for pair in zip(self.usual, self.toggled, strict=False)]
        return Toggle(
            name=self.switch.name + NAMES[quantity],
            cause=self.switch.cause,
            effect=self.switch.effect,
            side=side,
            n=n,
            usual=tuple(usual for usual, _ in pairs),
            toggled=tuple(toggled for _, toggled in pairs),
            unavailable=lacking.reason if lacking is not None else None,
            remedy=lacking.remedy if lacking is not None else "",
        )


def comparable(usual: Run, toggled: Run, quantity: Quantity) -> tuple[float, float]:
    """Return what to compare of a usual and a toggled run, in seconds of wall time whatever the quantity.

    `user`: the user's time of each, less where threads shared it. `cpu`: the usual wall time, and what the toggled run's
    time on CPUs would take were it spread as the usual run's is.
    """
    if quantity == "wall":
        return _wall(usual), _wall(toggled)
    if quantity == "user":
        return usual.user * _spread(usual), toggled.user * _spread(toggled)
    before, after = usual.user + usual.system, toggled.user + toggled.system
    return (usual.wall, after * usual.wall / before) if before > 0 else (usual.wall, toggled.wall)


def _wall(run: Run) -> float:
    """Return the wall time, less what others took of it where one thread makes that known."""
    return run.spent if run.user + run.system <= run.wall else run.wall


def _spread(run: Run) -> float:
    """Return how many seconds pass while the threads spend one on CPUs, at most one."""
    return min(1.0, run.wall / (run.user + run.system)) if run.user + run.system > 0 else 1.0


def measure(
    switch: Switch,
    command: Command,
    side: Literal["a", "b"],
    n: float | None = None,
    *,
    runs: int = 5,
    time_one: TimeOne,
    patience: float | None = None,
) -> Toggle:
    """Measure what a switch does to a command, by the first of the switch's quantities."""
    trial = take(switch, command, runs=runs, time_one=time_one, patience=patience)
    return trial.toggle(side, n, switch.quantities[0])


def measure_each(
    switch: Switch,
    command: Command,
    side: Literal["a", "b"],
    n: float | None = None,
    *,
    runs: int = 5,
    time_one: TimeOne,
    patience: float | None = None,
) -> tuple[Toggle, ...]:
    """Measure what a switch does to a command, by all of the switch's quantities; the runs are the same."""
    trial = take(switch, command, runs=runs, time_one=time_one, patience=patience)
    quantities = switch.quantities if trial.unavailable is None else switch.quantities[:1]
    return tuple(trial.toggle(side, n, quantity) for quantity in quantities)


def take(switch: Switch, command: Command, *, runs: int = 5, time_one: TimeOne, patience: float | None = None) -> Trial:
    """Take the runs of a switch, usual and toggled in turns, after a check that it took hold.

    After `patience` seconds no further turn is begun, but two are always taken. A program that fails when toggled makes
    the toggle unavailable.
    """
    trial = Trial(switch)
    try:
        with switch.apply(resolve(command)) as change:
            if isinstance(change, Unavailable):
                trial.unavailable = change
            else:
                _take_turns(trial, change, runs, time_one, patience)
    except (HwbenchError, OSError) as error:
        trial.unavailable = Unavailable(reason=f"the toggled program could not be run ({error})")
    return trial


def _take_turns(trial: Trial, change: Change, runs: int, time_one: TimeOne, patience: float | None) -> None:
    def usual() -> Run:
        return _one(change.usual, time_one)

    def toggled() -> Run:
        with change.around():
            return _one(change.toggled, time_one)

    began = time.monotonic()
    trial.unavailable = change.check(usual, toggled)
    if trial.unavailable is not None:
        return
    for turn in range(runs):
        if patience is not None and turn >= FEWEST_TURNS and time.monotonic() - began > patience:
            return
        trial.usual.append(usual())
        trial.toggled.append(toggled())


def _one(setting: Setting, time_one: TimeOne) -> Run:
    return time_one(setting.command, setting.prefix, setting.cpus)


def effect_of(toggle: Toggle) -> Estimate | None:
    """Return usual over toggled time: above 1 where the toggle made the program faster; None where there is no toggle."""
    if toggle.unavailable is not None or not toggle.usual or not toggle.toggled or min(toggle.toggled) <= 0:
        return None
    return ratio_of_medians(toggle.usual, toggle.toggled)
