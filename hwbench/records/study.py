"""The study of engines: `hwbench.study/1`, each cell with its time, its growth, and whether its answer was right."""

from __future__ import annotations

from typing import Final, Literal

from hwbench.records.explanation import Explanation, Growth
from hwbench.records.machine import Conditions, HostFacts, Interval, Record

STUDY_SCHEMA: Final = "hwbench.study/1"
REFERENCE: Final = "sqlite"  # the engine that ratios are to
MISTAKES: Final = ("algorithm", "memory", "abstraction", "system")
ALL_MISTAKES: Final = "+".join(MISTAKES)
CellResult = Literal["right", "wrong", "timeout", "failed", "unavailable"]


class Cell(Record, frozen=True, kw_only=True):
    """One engine, one operation, one size: what it took, and whether that may be compared.

    `seconds` are of one operation (a look-up, a count, a batch), `samples` the raw ones; `ratio` is to sqlite's at the same size.
    A cell whose result is not `right`, or whose insert is not known to last, has no ratio; one that ran out of time has
    `extrapolated` seconds by the growth of the sizes up to the `finished` rows, where two of them tell it. `durable`: whether
    an insert was synced before it returned. Bytes: `idle` and `peak` are what the engine added to its process once the tables
    were there, and at most; `disk` its files; `binary` its machine code.
    """

    engine: str
    version: str = ""
    operation: str
    n: int
    seconds: Interval | None = None
    samples: tuple[float, ...] = ()
    ratio: Interval | None = None
    growth: Growth | None = None
    result: CellResult
    reason: str = ""
    finished: int | None = None
    extrapolated: Interval | None = None
    durable: bool | None = None
    load_seconds: float | None = None
    idle_bytes: int | None = None
    peak_bytes: int | None = None
    disk_bytes: int | None = None
    binary_bytes: int | None = None


class Weights(Record, frozen=True, kw_only=True):
    """The share of each of the four mistakes in the log of the ratio."""

    algorithm: float
    memory: float
    abstraction: float
    system: float


class Weighed(Record, frozen=True, kw_only=True):
    """The sixteen variants at one operation and size, and what each mistake weighs: measured, and as it was explained.

    `seconds` by the mistakes made (`none`, `algorithm`, `algorithm+memory` …); `ratio` of all to none; `truth` the Shapley
    shares, `ordered` those with the algorithm mended first, as an explanation does, and the rest shared out by Shapley;
    `interactions` by two mistakes' names, in logarithms; `explained` the same shares as `hwbench explain` gives,
    with its `verdict`; `mended` the seconds with one mistake less, as the explanation foretells them (measured, they are among
    `seconds`).
    """

    operation: str
    n: int
    seconds: dict[str, float]
    ratio: float
    truth: Weights
    ordered: Weights
    interactions: dict[str, float] = {}
    explained: Weights | None = None
    verdict: str = ""
    mended: dict[str, float] = {}


class Bill(Record, frozen=True, kw_only=True):
    """Why an engine is slower than another at an operation and a size: the whole explanation, a being the faster one."""

    engine: str
    against: str
    operation: str
    n: int
    explanation: Explanation


class Claim(Record, frozen=True, kw_only=True):
    """Something that was claimed, what arithmetic on this machine's figures says of it, and what follows."""

    claim: str
    arithmetic: str
    verdict: Literal["may hold", "does not hold"]
    conclusion: str = ""


class Study(Record, frozen=True, kw_only=True):
    """Engines by operations by sizes on one machine."""

    schema: Literal["hwbench.study/1"]
    hwbench: str
    taken: str
    host: HostFacts | None = None
    conditions: Conditions | None = None
    profile: str = ""
    cells: tuple[Cell, ...] = ()
    factorial: tuple[Weighed, ...] = ()
    bills: tuple[Bill, ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
