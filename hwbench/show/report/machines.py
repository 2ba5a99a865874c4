"""What the pictures of machines share: a machine with its label, and how its quantities are picked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hwbench.profile.comparing import labels_of
from hwbench.records import MachineProfile, Quantity


@dataclass(frozen=True)
class Machine:
    """A profile under the name that it has in the pictures; among several, each label is there once."""

    label: str
    profile: MachineProfile


def labelled(profiles: Sequence[MachineProfile]) -> list[Machine]:
    """Return machines with labels that differ: the host's name, else also when it was measured, else also the id."""
    return [Machine(label, profile) for label, profile in zip(labels_of(profiles), profiles, strict=True)]


def only(machines: Sequence[Machine]) -> MachineProfile | None:
    """Return the profile of the one machine, or None where there are several."""
    return machines[0].profile if len(machines) == 1 else None


def value(profile: MachineProfile, name: str) -> float | None:
    """Return a quantity's value, or None where the profile has none."""
    quantity: Quantity | None = profile.quantities.get(name)
    return None if quantity is None else quantity.value


def each(profile: MachineProfile, quantity: str, levels: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Yield (title, value) of one quantity for the levels (stem → title) that have it: `latency` of l1d, l2, ..."""
    for stem, title in levels.items():
        found = value(profile, f"{stem}.{quantity}")
        if found is not None:
            yield title, found
