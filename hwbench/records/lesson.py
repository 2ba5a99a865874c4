"""Lessons: `hwbench.lessons/1`, what there is and what applies here; `hwbench.lesson/1`, one run of one; `hwbench.exercise/1`."""

from __future__ import annotations

from typing import Final, Literal

from hwbench.records.explanation import BillLine, Cause, Spot
from hwbench.records.machine import Conditions, HostFacts, Interval, Point, Record

LESSONS_SCHEMA: Final = "hwbench.lessons/1"
LESSON_SCHEMA: Final = "hwbench.lesson/1"
EXERCISE_SCHEMA: Final = "hwbench.exercise/1"
Language = Literal["c", "numba", "python"]
LANGUAGES: Final[tuple[Language, ...]] = ("c", "numba", "python")
LANGUAGE_TITLES: Final[dict[Language, str]] = {"c": "C", "numba": "numba", "python": "Python"}
LessonVerdict = Literal["shown", "not shown", "inconclusive"]
Grading = Literal["passed", "failed", "undecided"]


class ListedLesson(Record, frozen=True, kw_only=True):
    """One lesson of the list: whether it applies on this host, and in one line why not; `predicted` is its ratio here."""

    name: str
    title: str
    chapter: str
    applies: bool
    why_not: str = ""
    cause: Cause | None = None
    languages: tuple[Language, ...] = ()
    predicted: float | None = None


class Lessons(Record, frozen=True, kw_only=True):
    """All lessons by chapter."""

    schema: Literal["hwbench.lessons/1"]
    hwbench: str
    taken: str
    host: HostFacts | None = None
    conditions: Conditions | None = None
    profile: str = ""
    lessons: tuple[ListedLesson, ...] = ()
    notes: tuple[str, ...] = ()


class Timed(Record, frozen=True, kw_only=True):
    """One case as it was timed: ns for each unit of work, the raw samples in their order, and what it returned."""

    function: str
    ns: Interval
    samples: tuple[float, ...]
    work: float
    calls: int = 1
    checksum: float | int | None = None


class Twin(Record, frozen=True, kw_only=True):
    """The lesson in one language: its cases by name, slow over fast, and the same with the cause taken away.

    `noise` is the factor by which the same code differs from itself; `unavailable` says why there is nothing.
    """

    language: Language
    cases: dict[str, Timed] = {}
    ratio: Interval | None = None
    control: Interval | None = None
    noise: float | None = None
    equal: bool | None = None
    unavailable: str = ""


class LessonClaim(Record, frozen=True, kw_only=True):
    """A sentence of the text that can be measured, what this machine says of it, and whether it holds here (None: not known)."""

    name: str
    says: str
    here: str
    holds: bool | None = None


class Curve(Record, frozen=True, kw_only=True):
    """What a sweep gave: points with the axis and the ns of each case by name."""

    axis: str
    unit: str
    title: str
    points: tuple[Point, ...]
    logarithmic: bool = True


class LessonRun(Record, frozen=True, kw_only=True):
    """One lesson, predicted and run here.

    Ratios are of the time of the slow twin to the fast one's; `bill` holds what was foretold of a unit of work by the price
    list: `a` of the fast twin, `b` of the slow one, in seconds; `how` it was reckoned. `spots` are the
    prices that were taken again for it, and after it. `language` is that of `measured` and `control`.
    """

    schema: Literal["hwbench.lesson/1"]
    hwbench: str
    taken: str
    name: str
    title: str
    chapter: str
    cause: Cause | None = None
    unit: str = "unit"
    host: HostFacts | None = None
    conditions: Conditions | None = None
    profile: str = ""
    guess: float | None = None
    predicted: float | None = None
    predicted_low: float | None = None
    predicted_high: float | None = None
    measured: Interval | None = None
    control: Interval | None = None
    verdict: LessonVerdict
    reason: str = ""
    language: Language | None = None
    how: str = ""
    bill: dict[str, tuple[BillLine, ...]] = {}
    twins: tuple[Twin, ...] = ()
    claims: tuple[LessonClaim, ...] = ()
    sweep: Curve | None = None
    spots: tuple[Spot, ...] = ()
    notes: tuple[str, ...] = ()


class Remaining(Record, frozen=True, kw_only=True):
    """A cause that remains in a solution, with the ns of a unit of work that it still takes."""

    cause: Cause
    ns: float
    evidence: str


class ExerciseRun(Record, frozen=True, kw_only=True):
    """A solution as it was judged: right or not, and which share of the gain that was predicted for this machine it reached.

    Times are ns for each unit of work; `goal_ns` is the slow twin's time over the predicted ratio.
    """

    schema: Literal["hwbench.exercise/1"]
    hwbench: str
    taken: str
    name: str
    title: str
    language: Language
    file: str
    host: HostFacts | None = None
    conditions: Conditions | None = None
    profile: str = ""
    verdict: Grading
    reason: str = ""
    right: bool | None = None
    predicted: float | None = None
    slow_ns: Interval | None = None
    fast_ns: Interval | None = None
    solution_ns: Interval | None = None
    goal_ns: float | None = None
    share: Interval | None = None
    remaining: tuple[Remaining, ...] = ()
    notes: tuple[str, ...] = ()
