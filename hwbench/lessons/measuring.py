"""Times a lesson's cases in turns: slow, fast, both without the cause, and the fast one once more for the noise.

Each case is called as often as fills a stretch that the clock can resolve; the cases take turns until the time is used up;
ratios are taken round by round, so that what slows a whole round slows both sides of it. The A/A pair says by how much the
same code differs from itself here and now.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hwbench import stats
from hwbench.measure.pinning import Member, run_together
from hwbench.records import Interval, Timed

if TYPE_CHECKING:
    from hwbench.lessons.kit import Case
    from hwbench.lessons.languages import Bound, Speaker

STRETCH_NS: Final = 1_000_000
MINIMUM_TICKS: Final = 1000
LEAST_ROUNDS: Final = 5
MOST_ROUNDS: Final = 61
MOST_CALLS: Final = 1_000_000
AGAIN: Final = "fast again"
ROOF_TOLERANCE: Final = 1.5
RELATIVE: Final = 1e-6  # floating-point sums in another order
Now = Callable[[], int]


@dataclass
class Act:
    """A case bound to a language: what is called, how often for a sample, and the samples in ns for a call."""

    case: Case
    call: Callable[[], int]
    checksum: Any
    calls: int = 1
    samples: list[float] = field(default_factory=list)

    def take(self, now: Now) -> None:
        """Take one sample."""
        if self.case.before is not None:
            self.case.before()
        self.samples.append(_stretch(self, self.calls, now) / self.calls)


def _stretch(act: Act, calls: int, now: Now) -> int:
    if act.case.beside:
        return sum(act.call() for _ in range(calls))
    call = act.call
    started = now()
    for _ in range(calls):
        call()
    return now() - started


def bind(
    speaker: Speaker, cases: Mapping[str, Case], cpus: Sequence[int], now: Now = time.perf_counter_ns
) -> dict[str, Act]:
    """Return the cases bound to a language, each called once for its checksum and for as many calls as fill a stretch."""
    return {name: _bound(speaker, case, cpus, now) for name, case in cases.items()}


def _bound(speaker: Speaker, case: Case, cpus: Sequence[int], now: Now) -> Act:
    run = speaker.bind(case)
    if case.before is not None:
        case.before()
    checksum = run()
    act = Act(case, run if not case.beside else _team(run, [speaker.bind(one) for one in case.beside], cpus), checksum)
    if case.before is None:
        act.calls = _calls(act, now)
    return act


def _team(run: Bound, partners: Sequence[Bound], cpus: Sequence[int]) -> Callable[[], int]:
    """Return a call of all at once, each on its CPU: from the first one's beginning to the last one's end, in ns."""
    members = [Member(cpus[index % len(cpus)], act) for index, act in enumerate((run, *partners))]

    def together() -> int:
        spells = run_together(members)
        return max(spell.ended for spell in spells) - min(spell.started for spell in spells)

    return together


def _calls(act: Act, now: Now) -> int:
    """Return how many calls fill a stretch, from the shorter of two trials."""
    calls = 1
    while calls < MOST_CALLS:
        took = min(_stretch(act, calls, now), _stretch(act, calls, now))
        if took >= STRETCH_NS * 0.8:
            break
        calls = min(math.ceil(calls * min(1.1 * STRETCH_NS / max(took, 1), 16.0)), MOST_CALLS)
    return calls


def take_turns(
    acts: Sequence[Act],
    seconds: float,
    now: Now = time.perf_counter_ns,
    done: Callable[[float], None] = lambda _: None,
) -> None:
    """Time the acts in turn until the time is used up, at least five rounds; `done` is told the share that is done."""
    started = now()
    for number in range(MOST_ROUNDS):
        used = (now() - started) / max(seconds * 1e9, 1.0)
        if number >= LEAST_ROUNDS and used >= 1.0:
            break
        done(min(max(used, number / MOST_ROUNDS), 1.0))
        for act in acts if number % 2 == 0 else reversed(acts):
            act.take(now)


def ratio(slow: Act, fast: Act) -> Interval:
    """Return slow over fast for a unit of work: the median over the rounds with its interval."""
    rounds = (np.asarray(slow.samples) / slow.case.work) / (np.asarray(fast.samples) / fast.case.work)
    value, low, high = stats.median(rounds)
    return Interval(value=value, low=low, high=high, unit="ratio")


def noise(first: Act, second: Act) -> float:
    """Return the factor, at least 1, by which the same code differed from itself: the far end of its interval."""
    rounds = np.asarray(first.samples) / np.asarray(second.samples)
    _, low, high = stats.median(rounds)
    return float(max(high, 1 / max(low, 1e-9), 1.0))


def timed(act: Act) -> Timed:
    """Return what was timed as a record."""
    samples = [sample / act.case.work for sample in act.samples]
    value, low, high = stats.median(samples)
    checksum = act.checksum.item() if isinstance(act.checksum, np.generic) else act.checksum
    checksum = checksum if isinstance(checksum, (int, float)) else None
    if isinstance(checksum, float) and not math.isfinite(checksum):
        checksum = None
    return Timed(
        function=act.case.function,
        ns=Interval(value=value, low=low, high=high, unit="ns"),
        samples=tuple(float(f"{sample:.5g}") for sample in samples),
        work=act.case.work,
        calls=act.calls,
        checksum=checksum,
    )


def same(first: Any, second: Any) -> bool:
    """Whether two results are equal; floating-point numbers up to the order of their sums.

    What is neither a number nor an array of numbers equals nothing: an object may say of itself that it equals all others.
    """
    if isinstance(first, (int, np.integer)) and isinstance(second, (int, np.integer)):
        return int(first) == int(second)
    try:
        one, other = np.asarray(first), np.asarray(second)  # no subclass, whose comparison would be its own
        return one.shape == other.shape and bool(np.allclose(one, other, rtol=RELATIVE, atol=1e-12))
    except (TypeError, ValueError):
        return False


def is_beyond(case: Case, call_ns: float, bytes_per_second: float) -> bool:
    """Whether a call was faster than this machine could have touched what a right answer needs."""
    return call_ns < case.least_bytes / bytes_per_second * 1e9 / ROOF_TOLERANCE


def beyond_roof(act: Act, bytes_per_second: float) -> bool:
    """Whether the calls of an act were."""
    return bool(act.samples) and is_beyond(act.case, float(np.median(act.samples)), bytes_per_second)


def too_short(act: Act, resolution_ns: float) -> bool:
    """Whether a sample is under a thousand steps of the clock."""
    return bool(act.samples) and float(np.median(act.samples)) * act.calls < MINIMUM_TICKS * resolution_ns
