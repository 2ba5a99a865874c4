"""From raw readings of performance events to counts with intervals: pure, so that recorded machines can be played.

Where groups took turns, a count is scaled by how long its group ran. What happened while it did not run is not known:
were it spread over the turns as a Poisson process clusters it, the relative error is √(unseen share / number of turns);
twice that is the interval, and no count is lower than what was really seen.
A mispredicted branch that is not known to be conditional or indirect is counted as conditional, down to none of it.
Source: perf_event_open(2) on time_enabled and time_running; Mytkowicz et al. 2007, Time Interpolation, on what
multiplexing does to counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from hwbench.records import Count, Record, is_count

TURN_NS: Final = 4e6  # the kernel rotates groups every few ms (perf_event_mux_interval_ms)


class Reading(Record, frozen=True, kw_only=True):
    """One event as it was read: its value, and for how many ns it was wanted and ran, over all threads."""

    event: str
    value: int
    enabled: int
    running: int


class Recording(Record, frozen=True, kw_only=True):
    """Readings with where they come from: `origin` says which machine, or that they were made by hand."""

    schema: Literal["hwbench.readings/1"]
    origin: str
    core: str = ""
    program: str = ""
    readings: tuple[Reading, ...]


def scaled(reading: Reading) -> Count | None:
    """Return a reading's count for the whole run, with its interval; None where the event never ran."""
    if not reading.running:
        return None
    if reading.running >= reading.enabled:
        return Count(value=float(reading.value))
    share = reading.running / reading.enabled
    value = reading.value / share
    error = 2 * math.sqrt((1 - share) / max(reading.running / TURN_NS, 1.0))
    return Count(value=value, low=max(float(reading.value), value * (1 - error)), high=value * (1 + error))


def counts(readings: Sequence[Reading]) -> dict[str, Count]:
    """Return the counts of the closed list that readings give."""
    found = {reading.event: count for reading in readings if (count := scaled(reading)) is not None}
    _complete_branches(found)
    _complete_translation(found)
    return {name: count for name, count in found.items() if is_count(name)}


def never_ran(readings: Sequence[Reading]) -> tuple[str, ...]:
    """Return the events that were wanted and never got a counter: their group is too large for this machine."""
    return tuple(reading.event for reading in readings if reading.enabled and not reading.running)


def _complete_branches(found: dict[str, Count]) -> None:
    """Make mispredicted conditional branches of all mispredicted ones, less the indirect ones and returns."""
    name = "branches.conditional.mispredicted"
    every = found.get("branches.mispredicted")
    if name in found or every is None:
        return
    indirect = found.get("branches.indirect.mispredicted")
    if indirect is None:
        found[name] = Count(value=every.value, low=0.0, high=_high(every))
        return
    returns = found.get("branches.returns.mispredicted", Count(value=0.0))
    found[name] = _less(_less(every, indirect), returns)


def _complete_translation(found: dict[str, Count]) -> None:
    """Make misses of the first TLB of those that the second answered and those that it did not."""
    answered, walks = found.get("dtlb.l1.hits_in_l2"), found.get("dtlb.l2.misses")
    if "dtlb.l1.misses" not in found and answered is not None and walks is not None:
        found["dtlb.l1.misses"] = Count(
            value=answered.value + walks.value, low=_low(answered) + _low(walks), high=_high(answered) + _high(walks)
        )


def _less(every: Count, part: Count) -> Count:
    return Count(
        value=max(every.value - part.value, 0.0),
        low=max(_low(every) - _high(part), 0.0),
        high=max(_high(every) - _low(part), 0.0),
    )


def _low(count: Count) -> float:
    return count.value if count.low is None else count.low


def _high(count: Count) -> float:
    return count.value if count.high is None else count.high


def split_switches(found: Mapping[str, Count], total: float | None, involuntary: int) -> dict[str, Count]:
    """Return the counts with the switches in two: the kernel's account tells how many were forced."""
    if total is None:
        return dict(found)
    forced = min(float(involuntary), total)
    return {
        **found,
        "context_switches.involuntary": Count(value=forced),
        "context_switches.voluntary": Count(value=total - forced),
    }
