"""Cache geometries for simulators that want a power of two of sets, made of what the machine profile measured.

A measured capacity is no round number where a cache is shared or hashed. The number of sets is the largest power of two
that leaves at least as many ways as the cache has (as measured, else as claimed); the ways are then what comes nearest to
the capacity, so that the error is half a way at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from hwbench.records import MachineProfile

USUAL_LINE: Final = 64
USUAL_WAYS: Final = {"l1d": 8, "l2": 8, "l3": 16}
LEVEL_NUMBERS: Final = {"l1d": 1, "l2": 2, "l3": 3}
MOST_BYTES: Final = (1 << 31) - 1


class Geometry(NamedTuple):
    """A cache: its bytes, ways and the bytes of a line; bytes / ways / line is a power of two."""

    size: int
    ways: int
    line: int

    def __str__(self) -> str:
        return f"{self.size},{self.ways},{self.line}"


def fitted(capacity: float, ways: int, line: int) -> Geometry:
    """Return the geometry nearest to a capacity whose number of sets is a power of two, with no fewer ways."""
    lines = max(min(capacity, MOST_BYTES) / line, 1.0)
    sets = 1 << max(int(lines / ways).bit_length() - 1, 0)
    fitting = max(round(lines / sets), 1)
    if fitting * sets * line > MOST_BYTES:
        fitting -= 1
    return Geometry(fitting * sets * line, fitting, line)


def measured(profile: MachineProfile, level: str) -> Geometry | None:
    """Return the geometry of a level by its measured capacity, else by what the machine claims; None if neither is known."""
    claim = profile.host.cache(LEVEL_NUMBERS[level])
    capacity = _value(profile, f"{level}.capacity") or (claim.bytes if claim is not None else None)
    if not capacity:
        return None
    line = _value(profile, f"{level}.line_size") or _value(profile, "l1d.line_size") or profile.host.line_size
    ways = _value(profile, f"{level}.associativity") or (claim.associativity if claim is not None else None)
    return fitted(capacity, int(ways or USUAL_WAYS[level]), _power_of_two(line))


def instructions(profile: MachineProfile) -> Geometry | None:
    """Return the geometry of the first-level instruction cache, which nothing measures: as claimed."""
    claim = profile.host.cache(1, "instruction")
    if claim is None:
        return None
    ways = claim.associativity or USUAL_WAYS["l1d"]
    return fitted(claim.bytes, ways, _power_of_two(claim.line_size or USUAL_LINE))


def _value(profile: MachineProfile, name: str) -> float | None:
    found = profile.quantities.get(name)
    return None if found is None else found.value


def _power_of_two(line: float) -> int:
    return 1 << max(round(line).bit_length() - 1, 4)
