"""What the pictures of machines share: a machine with its label, and how its quantities are picked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hwbench.profile.comparing import labels_of
from hwbench.records import MachineProfile, Quantity
from hwbench.show.words import plural, shortened

LABEL: Final = 36  # signs of a machine's label in a picture
MOST_TOLD: Final = 4  # machines of which an alternative speaks


@dataclass(frozen=True)
class Machine:
    """A profile under the name that it has in the pictures; among several, each label is there once."""

    label: str
    profile: MachineProfile

    @property
    def name(self) -> str:
        """The label, short enough for a legend."""
        return shortened(self.label, LABEL)


def labelled(profiles: Sequence[MachineProfile]) -> list[Machine]:
    """Return machines with labels that differ, even where they are cut: by a number where they would not."""
    labels = labels_of(profiles)
    if len({shortened(label, LABEL) for label in labels}) < len(labels):
        labels = [f"{number}: {label}" for number, label in enumerate(labels, 1)]
    return [Machine(label, profile) for label, profile in zip(labels, profiles, strict=True)]


def only(machines: Sequence[Machine]) -> MachineProfile | None:
    """Return the profile of the one machine, or None where there are several."""
    return machines[0].profile if len(machines) == 1 else None


def told(sentences: Iterable[str]) -> str:
    """Return what is said of each machine as one text, of many of the first ones alone: the table has all of them."""
    whole = [sentence for sentence in sentences if sentence]
    more = len(whole) - MOST_TOLD
    return " ".join(whole[:MOST_TOLD] + ([f"{plural(more, 'more machine')} in the table."] if more > 0 else []))


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
