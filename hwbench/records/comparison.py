"""The record of machines beside each other: `hwbench.machines/1`, every quantity of each, and where the first and another differ."""

from __future__ import annotations

from typing import Final, Literal

from hwbench.records.machine import Quantity, Record

MACHINES_SCHEMA: Final = "hwbench.machines/1"


class ComparedMachine(Record, frozen=True, kw_only=True):
    """Whose profile it is: its id, the host and processor, when and how it was taken; `label` tells it from the others."""

    label: str
    id: str
    host: str
    cpu: str = ""
    taken: str = ""
    effort: Literal["quick", "default", "full"] = "default"


class Ratio(Record, frozen=True, kw_only=True):
    """A later machine's value divided by the first's, between the least and the largest that both intervals allow.

    A bound left out is not known: the interval is open on that side, or one of the two values has none.
    """

    value: float
    low: float | None = None
    high: float | None = None


class Against(Record, frozen=True, kw_only=True):
    """One later machine against the first: `differs` is true where their intervals do not overlap, false where they do.

    Left out, it cannot be said, for this `reason`.
    """

    ratio: Ratio | None = None
    differs: bool | None = None
    reason: str = ""


class ComparedQuantity(Record, frozen=True, kw_only=True):
    """One quantity of all machines: `values` in their order, `against` the first that of each later one.

    The values have their unit, interval, reason and caution; method and samples stay in the profiles. `better` says whether a
    lower or a higher value makes programs faster; it is left out where that cannot be said of the quantity alone.
    """

    unit: str
    values: tuple[Quantity, ...]
    against: tuple[Against, ...]
    better: Literal["lower", "higher"] | None = None

    @property
    def differs(self) -> bool | None:
        """Whether any later machine differs from the first; None where that can be said of none."""
        told = [one.differs for one in self.against if one.differs is not None]
        return any(told) if told else None


class MachineComparison(Record, frozen=True, kw_only=True):
    """Machines beside each other, or one at several times: `hwbench.machines/1`.

    `facts` are what the hosts say of themselves, each machine's in its order, where they do not all say the same; `notes` what
    makes the comparison doubtful.
    """

    schema: Literal["hwbench.machines/1"]
    hwbench: str
    taken: str
    machines: tuple[ComparedMachine, ...]
    quantities: dict[str, ComparedQuantity]
    facts: dict[str, tuple[str, ...]] = {}
    notes: tuple[str, ...] = ()

    @property
    def differing(self) -> list[str]:
        """The names of the quantities in which a later machine differs from the first beyond the intervals."""
        return [name for name, quantity in self.quantities.items() if quantity.differs]
