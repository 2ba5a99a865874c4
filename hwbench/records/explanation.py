"""The explanation of a slowdown: `hwbench.explanation/1`, itemised, with its grades, counterfactuals and what is left over."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

import msgspec

from hwbench.records.evidence import Command, Evidence, Run, Toggle
from hwbench.records.machine import Conditions, HostFacts, Interval, Record

EXPLANATION_SCHEMA: Final = "hwbench.explanation/1"
Cause = Literal[
    "algorithm",
    "instructions",
    "vectorization",
    "dispatch",
    "branch",
    "cache",
    "bandwidth",
    "tlb",
    "execution",
    "allocation",
    "system",
    "contention",
]
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)
Grade = Literal["toggled", "counted", "simulated", "inferred"]
Verdict = Literal["explained", "inconclusive", "void"]
Law = Literal["1", "log n", "n", "n log n", "n^2", "n^3", "unknown"]


class Sized(Record, frozen=True, kw_only=True):
    """The runs of one side at one size (None: the command takes no size), as they were taken, in order."""

    n: float | None = None
    runs: tuple[Run, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Side(Record, frozen=True, kw_only=True):
    """What ran: its name, its commands' form, the sizes with their runs and evidence, and a digest of its answer a size."""

    name: str
    command: Command | None = None
    sizes: tuple[Sized, ...] = ()
    answers: dict[str, str] = {}
    startup: float = 0.0
    seconds: Interval | None = None
    metadata: dict[str, str | int | float] = {}


class Spot(Record, frozen=True, kw_only=True):
    """A price taken again during this very run: all samples in ns (or B/s for a bandwidth), in order."""

    name: str
    unit: str
    samples: tuple[float, ...]
    low: float
    high: float
    value: float


class Comparison(Record, frozen=True, kw_only=True):
    """All that was measured of two subjects, before any of it is explained; what `explain` turns into an explanation.

    `noise` are ratios of the same program against itself; `work` is how many elementary operations (additions, loads) both
    claim to do for each unit of n, where the user says so.
    """

    a: Side
    b: Side
    profile: str = ""
    host: HostFacts | None = None
    conditions: Conditions | None = None
    same_output: bool | None = None
    noise: tuple[float, ...] = ()
    spots: tuple[Spot, ...] = ()
    toggles: tuple[Toggle, ...] = ()
    clock_seconds: float = 1e-9
    work: float | None = None
    notes: tuple[str, ...] = ()
    interrupted: str | None = None


class Growth(Record, frozen=True, kw_only=True):
    """How a side grows with n: the law that fits best, and the exponent of n with its interval; `of` says what was fitted."""

    law: Law
    exponent: float | None = None
    low: float | None = None
    high: float | None = None
    of: Literal["instructions", "time", "nothing"] = "nothing"


class BillLine(Record, frozen=True, kw_only=True):
    """An item of the bill: so many events, at a price each in ns, make so many seconds, between two bounds."""

    item: str
    cause: Cause
    count: float
    price_ns: float
    seconds: float
    low: float
    high: float
    grade: Grade = "counted"


class CauseShare(Record, frozen=True, kw_only=True):
    """One cause: the factor it puts on the time, its share of the log ratio, evidence, and the time without it.

    `counterfactual_s` is the time of B were this cause no worse than in A, with its bounds.
    """

    cause: Cause
    factor: float
    share: float
    low: float
    high: float
    grade: Grade
    evidence: tuple[str, ...]
    counterfactual_s: float
    counterfactual_low_s: float
    counterfactual_high_s: float
    advice: str = ""
    lesson: str = ""


class Unexplained(Record, frozen=True, kw_only=True):
    """What the bill leaves over: its share of the log ratio, and the seconds of B (negative: the bill says too much).

    That is what no line could account for, each moved within its bounds towards the measured time; `before_s` is what the
    bill left over of B before its lines were moved.
    """

    share: float
    seconds: float
    low: float = 0.0
    high: float = 0.0
    before_s: float = 0.0


class Check(Record, frozen=True, kw_only=True):
    """One of the checks that come before any story: its name, whether it held, and what was seen."""

    name: str
    held: bool
    seen: str
    decides: Literal["void", "inconclusive", "nothing"] = "nothing"


class Explanation(Record, frozen=True, kw_only=True):
    """Why B is slower than A: `hwbench.explanation/1`."""

    schema: Literal["hwbench.explanation/1"]
    hwbench: str
    taken: str
    host: HostFacts | None = None
    conditions: Conditions | None = None
    a: Side
    b: Side
    n: float | None = None
    ratio: Interval | None = None
    verdict: Verdict
    reason: str = ""
    top_cause: Annotated[str, msgspec.Meta(description="one of the twelve, `none`, or `unexplained`")] = "unexplained"
    causes: tuple[CauseShare, ...] = ()
    ruled_out: dict[str, str] = {}
    undecided: tuple[str, ...] = ()
    factors: dict[str, float] = {}
    bill: dict[str, tuple[BillLine, ...]] = {}
    unexplained: Unexplained | None = None
    growth: dict[str, Growth] = {}
    checks: tuple[Check, ...] = ()
    toggles: tuple[Toggle, ...] = ()
    spots: tuple[Spot, ...] = ()
    sources: tuple[str, ...] = ()
    missing: dict[str, str] = {}
    profile: str = ""
    notes: tuple[str, ...] = ()
    incomplete: str | None = None

    @property
    def title(self) -> str:
        """One line: who against whom, the ratio, the verdict."""
        times = f"{self.ratio.value:.3g} times slower" if self.ratio else "not compared"
        return f"{self.b.name} against {self.a.name}: {times}, {self.verdict}" + (
            f" ({self.reason})" if self.reason else ""
        )

    def __str__(self) -> str:
        rows = [f"  {c.cause:<14}{c.share:>7.1%}  ×{c.factor:<8.3g}{c.grade}" for c in self.causes]
        left = [f"  {'unexplained':<14}{self.unexplained.share:>7.1%}"] if self.unexplained else []
        return "\n".join([self.title, *rows, *left])

    __repr__ = __str__
