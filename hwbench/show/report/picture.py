"""What a report is made of: pictures with their words and values, tables, and the sections that hold them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hwbench.records import Record, Side

Spec = dict[str, Any]


@dataclass(frozen=True)
class Timings:
    """A pyperf file: its name, its benchmarks as sides, and as pyperf has them (some declare their work)."""

    file: str
    sides: Sequence[Side]
    benchmarks: Sequence[Any] = ()


Reportable = Record | Timings


@dataclass(frozen=True)
class Table:
    """Values as text: what stands in the page for those who cannot see the picture, or want the figures.

    `right` are the columns of numbers; `marked` the rows that are to be noticed, for which `mark` says why; a `folded` one is
    closed until it is asked for.
    """

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    right: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    mark: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Slider:
    """An input that sets a number in the picture: `signal` is the name of Vega's signal (a parameter in Altair)."""

    signal: str
    label: str
    least: float
    most: float
    step: float
    value: float
    unit: str = ""


@dataclass(frozen=True)
class Tick:
    """A box to tick: alone it leaves the part `factor` of the time; `note` says what that stands on.

    What two boxes save adds up, since they are parts of one time; one that `multiplies` shrinks all that the others leave: less
    work takes less of everything.
    """

    name: str
    factor: float
    note: str = ""
    multiplies: bool = False


@dataclass(frozen=True)
class WhatIf:
    """Boxes to tick, and the time that is left: `seconds` with none ticked, `against` the time of the other side.

    The names of the ticked boxes are set as an array of strings in the picture's signal `without`.
    """

    seconds: float
    against: float | None
    ticks: Sequence[Tick]
    least_left: float = 0.01  # of the time: savings that overlap may come to more than there is

    def left(self, names: Collection[str]) -> float:
        """Return the seconds that are left with these boxes ticked; the page and the picture reckon likewise."""
        ticked = [tick for tick in self.ticks if tick.name in names]
        saved = sum(1 - tick.factor for tick in ticked if not tick.multiplies)
        shrunk = math.prod(tick.factor for tick in ticked if tick.multiplies)
        return self.seconds * shrunk * (max(1 - saved, self.least_left) if saved else 1)


@dataclass(frozen=True)
class Picture:
    """One picture: a Vega-Lite specification (or Vega, by its `$schema`) with all its values, and its words.

    `name` is its file's stem and must be unique in a section; `title` says what is drawn; `alternative` says in a sentence
    or two what is to be seen, with figures, for those who do not see it; `caption` how it is to be read; `table` holds the same
    values as text.
    """

    name: str
    title: str
    spec: Spec
    alternative: str
    caption: str = ""
    table: Table | None = None
    sliders: Sequence[Slider] = ()
    what_if: WhatIf | None = None


@dataclass(frozen=True)
class Missing:
    """A picture that cannot be drawn from this record, and why."""

    title: str
    reason: str


Drawn = Picture | Missing


@dataclass(frozen=True)
class Section:
    """One record of the report: the answer first (`lead`), facts, pictures, findings, tables."""

    kind: str
    title: str
    lead: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    drawn: Sequence[Drawn] = ()
    findings: Sequence[str] = ()
    tables: Sequence[Table] = ()

    @property
    def pictures(self) -> list[Picture]:
        """Return the pictures that could be drawn."""
        return [one for one in self.drawn if isinstance(one, Picture)]

    @property
    def missing(self) -> list[Missing]:
        """Return the pictures that could not be drawn, with their reasons."""
        return [one for one in self.drawn if isinstance(one, Missing)]
