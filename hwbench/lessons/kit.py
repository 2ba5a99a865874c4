"""What a lesson is made of. One folder each, imported as `hwbench.lessons.NAME`:

- `__init__.py` declares `LESSON` (this module's words): cases, prediction, claims, sweep, exercise;
- `twins.c` and `twins.py` hold the same functions in C and for numba, `plain.py` those that plain Python or numpy shows;
- `text.md` is what the learner reads.

`cases(here, random)` builds the arrays and returns at least `slow`, `fast`, `control_slow` and `control_fast`: the same work,
slow and fast, and both again with the cause taken away. Cases of other names are timed beside them. Every kernel takes its
arguments and returns a checksum; a call should take at least 20 µs, far more than the call itself.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hwbench.lessons.prices import Here, Item, Missing, Prices, Sizes, longest
from hwbench.measure.buffers import Pages, allocate
from hwbench.records import Unavailable
from hwbench.units import significant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hwbench.records import Cause, Interval, Language, Twin

Chapter = Literal["Caches", "Translation", "Branches", "Execution", "Systems", "Python", "Engines", "Measuring"]
Build = Literal["plain", "vector", "relaxed", "unoptimised"]
Argument = Any  # an array, an integer, a float; in plain Python any object
REQUIRED = ("slow", "fast", "control_slow", "control_fast")


@dataclass(frozen=True)
class Case:
    """One thing to time: a function of the twins by name, its arguments, and how many units of work a call does.

    `build`: `plain` has no vector instructions, `vector` all that this CPU has, `relaxed` also reorders floating-point sums,
    `unoptimised` is as written. `beside`: what runs meanwhile on other CPUs, a thread each. `before` is called, untimed,
    ahead of every sample, which is then of one call. `least_bytes`: what a right answer cannot be had without reading or
    writing.
    """

    function: str
    arguments: tuple[Argument, ...]
    work: float
    build: Build = "plain"
    beside: tuple[Case, ...] = ()
    before: Callable[[], object] | None = None
    least_bytes: float = 0.0

    def __post_init__(self) -> None:
        """Take numpy's numbers for Python's."""
        object.__setattr__(self, "work", float(self.work))
        object.__setattr__(self, "least_bytes", float(self.least_bytes))


Cases = dict[str, Case]


@dataclass(frozen=True)
class Prediction:
    """What a unit of work should take, slow and fast, item by item; `how` says in a sentence how it was reckoned."""

    slow: tuple[Item, ...]
    fast: tuple[Item, ...]
    how: str = ""

    @property
    def ratio(self) -> float:
        """The time of the slow one over the fast one's."""
        fast = sum(item.ns for item in self.fast)
        if not fast > 0:
            raise Missing("this profile prices the fast twin at nothing")
        return sum(item.ns for item in self.slow) / fast

    @property
    def bounds(self) -> tuple[float, float]:
        """The ratio with all prices at their worst, and at their best, for the slow one."""
        least = [sum(item.count * item.low_ns for item in side) for side in (self.slow, self.fast)]
        most = [sum(item.count * item.high_ns for item in side) for side in (self.slow, self.fast)]
        return (least[0] / most[1] if most[1] > 0 else 0.0), (most[0] / least[1] if least[1] > 0 else math.inf)


@dataclass(frozen=True)
class Claim:
    """A sentence that can be measured, what was found here, and whether it holds; None: this run does not tell."""

    says: str
    here: str
    holds: bool | None

    def __post_init__(self) -> None:
        """Take numpy's truth for Python's."""
        object.__setattr__(self, "holds", None if self.holds is None else bool(self.holds))


@dataclass(frozen=True)
class Seen:
    """What claims are judged by: the machine, and the run in the lesson's own language once there is one."""

    here: Here
    twin: Twin | None = None
    twins: Mapping[Language, Twin] = field(default_factory=dict)

    @property
    def prices(self) -> Prices:
        """The price list."""
        return self.here.prices

    @property
    def ratio(self) -> Interval:
        """Slow over fast as measured; `Missing` before the run."""
        if self.twin is None or self.twin.ratio is None:
            raise Missing("it has not been run")
        return self.twin.ratio

    def ns(self, case: str, language: Language | None = None) -> float:
        """Return the measured ns for a unit of work of a case; `Missing` before the run."""
        twin = self.twin if language is None else self.twins.get(language)
        if twin is None or case not in twin.cases:
            raise Missing("it has not been run")
        return twin.cases[case].ns.value

    def gain(self, language: Language | None = None) -> float:
        """Return the time of the slow twin over the fast one's in a language; `Missing` before the run."""
        return self.ns("slow", language) / self.ns("fast", language)


Judge = Callable[[Seen], Claim]


def hidden_in_python(says: str, holds: Callable[[float, float], bool] = operator.lt) -> Judge:
    """Return the claim that Python's own work hides a part of the effect: `holds` is told the gain in Python, and in C."""

    def judge(seen: Seen) -> Claim:
        python, native = seen.gain("python"), seen.gain("c")
        return Claim(says, f"×{significant(python)} in Python, ×{significant(native)} in C", holds(python, native))

    return judge


@dataclass(frozen=True)
class Sweep:
    """The curve that makes the effect visible: `cases(here, value, random)` for each of `values(here)` along an axis.

    `unit`: "B" for bytes, "" for a plain number, "%" for a share given as 0 to 1.
    """

    axis: str
    unit: str
    title: str
    values: Callable[[Here], Sequence[float]]
    cases: Callable[[Here, float, np.random.Generator], Cases]
    logarithmic: bool = True


@dataclass(frozen=True)
class Exercise:
    """What the learner mends: the slow twin's source under the name `solve`, with the fast twin for a solution.

    `task` says what to do, in a few sentences. `functions` are the twins to start from and to reach (the cases `slow` and
    `fast` by default). Where the layout is to be changed, `arrange` names the functions that lay out the input for each, with
    the signature `void arrange(const T *input, int64_t count, T *output)`: their output takes the place of the first argument,
    and only what comes after it is timed. `inputs(here, random)` builds smaller or other cases than the lesson's; `renew(arguments,
    random)` changes the input in place, so that no answer can be kept from one call to the next. `predict` foretells the gain where
    it is not the lesson's own.
    """

    task: str
    language: Language = "c"
    functions: tuple[str, str] | None = None
    arrange: tuple[str, str] | None = None
    inputs: Callable[[Here, np.random.Generator], Cases] | None = None
    renew: Callable[[tuple[Argument, ...], np.random.Generator], None] | None = None
    predict: Callable[[Here], Prediction] | None = None


@dataclass(frozen=True)
class Lesson:
    """One effect: see the module.

    `unit` is what a unit of work is called (load, element, look-up). `needs` are quantities of the profile without which the
    lesson cannot be predicted, `cpus` how many it takes. `applies(here)` returns why the lesson makes no sense here, or "".
    `language` is the one its verdict is given in; `without` holds the languages that cannot express it, each with the reason.
    `absent(seen)` says why the effect is not there where it was looked for and not found. `machine_code` says what a function
    must be made of, in the words of tests/lesson_code.py: by its name in C, in every build that a case asks for, or in one
    (`vector:add`); with `numba:` before it, of its numba twin.
    """

    title: str
    chapter: Chapter
    cause: Cause
    unit: str
    cases: Callable[[Here, np.random.Generator], Cases]
    predict: Callable[[Here], Prediction]
    claims: Mapping[str, Judge]
    sweep: Sweep
    exercise: Exercise
    absent: Callable[[Seen], str]
    machine_code: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...] = ()
    cpus: int = 1
    applies: Callable[[Here], str] = lambda _: ""
    language: Language = "c"
    without: Mapping[Language, str] = field(default_factory=dict)
    seconds: float = 2.5


def array(count: int, dtype: Any = np.int64, *, pages: Pages = "base", offset: int = 0) -> NDArray[Any]:
    """Return an array of zeros that begins `offset` bytes after a page, its pages touched and of one kind.

    numpy asks for huge pages for what is large, and a shuffled copy is as large: what is to be priced by the page is laid
    out here. `Missing` where the system does not give such pages.
    """
    size = count * np.dtype(dtype).itemsize
    made = allocate(-(-(size + offset) // 8) * 8, pages)
    if isinstance(made, Unavailable):
        raise Missing(str(made))
    return made.view(np.uint8)[offset : offset + size].view(dtype)


def placed(values: NDArray[Any], *, pages: Pages = "base", offset: int = 0) -> NDArray[Any]:
    """Return a copy of an array, of one dimension, laid out as `array` does."""
    copy = array(values.size, values.dtype, pages=pages, offset=offset)
    copy[:] = values.ravel()
    return copy


def shuffled(count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return the numbers from 0 to `count` - 1 in a random order that begins with 0."""
    return np.concatenate(([0], 1 + random.permutation(count - 1)))


def doubling(least: float, most: float, steps_an_octave: int = 1) -> list[float]:
    """Return the values of a sweep from `least` to `most`, so many an octave."""
    count = int(np.floor(np.log2(most / least) * steps_an_octave + 1e-9)) + 1
    return [float(least * 2 ** (step / steps_an_octave)) for step in range(count)]


__all__ = [
    "REQUIRED",
    "Argument",
    "Build",
    "Case",
    "Cases",
    "Chapter",
    "Claim",
    "Exercise",
    "Here",
    "Item",
    "Judge",
    "Lesson",
    "Missing",
    "Prediction",
    "Prices",
    "Seen",
    "Sizes",
    "Sweep",
    "array",
    "doubling",
    "hidden_in_python",
    "longest",
    "placed",
    "shuffled",
]
