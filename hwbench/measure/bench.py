"""The bench: cases in, raw samples out. What is compared is interleaved, and the core's clock is timed beside every sample.

A case is a callable of a number of repeats. Each is first calibrated until one stretch lasts long enough for the clock and
short enough that some stretches escape interruption; then the cases take turns (A B C A B C …) until the time is used up.
Fooled by: a core that changes its frequency inside a stretch (the two add chains around it then disagree; such samples are
left out of the cycles, never out of the raw times).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from hwbench import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hwbench.measure.clock import Ruler
    from hwbench.native import Run, Variant
    from hwbench.records import HostFacts

Effort = Literal["quick", "default", "full"]
EFFORT_SCALE: Final[dict[str, float]] = {"quick": 0.3, "default": 1.0, "full": 4.0}
STRETCH_NS: Final = 200_000
CLOCKS_AGREE: Final = 0.01
MINIMUM_SAMPLES: Final = 5
MAXIMUM_SAMPLES: Final = 101


@dataclass(frozen=True)
class Case:
    """Something to time: `run(repeats)` does `repeats` times `work` units; `before` is called, untimed, ahead of every sample."""

    name: str
    run: Run
    work: float = 1.0
    before: Callable[[], object] | None = None


@dataclass(frozen=True)
class Samples:
    """The raw samples of one case: ns per unit of work, and the core's frequency before and after each."""

    name: str
    ns: NDArray[np.float64]
    hertz_before: NDArray[np.float64]
    hertz_after: NDArray[np.float64]
    repeats: int
    work: float

    @property
    def hertz(self) -> NDArray[np.float64]:
        """The core's frequency at each sample: the faster of its two readings, since interruptions only slow them."""
        return np.maximum(self.hertz_before, self.hertz_after)

    @property
    def cycles(self) -> NDArray[np.float64]:
        """Core cycles per unit of work, of the samples whose two clock readings agree (of all, if too few do)."""
        gap = np.abs(self.hertz_before - self.hertz_after) / self.hertz
        steady = gap <= CLOCKS_AGREE
        chosen = steady if steady.sum() >= MINIMUM_SAMPLES else np.ones_like(steady)
        cycles: NDArray[np.float64] = (self.ns * self.hertz / 1e9)[chosen]
        return cycles

    def lower(self) -> stats.Estimate:
        """The undisturbed cost of a unit of work, in ns."""
        return stats.lower_envelope(self.ns)

    def lower_cycles(self) -> stats.Estimate:
        """The undisturbed cost of a unit of work, in core cycles."""
        return stats.lower_envelope(self.cycles)

    def median(self) -> stats.Estimate:
        """The usual cost of a unit of work, in ns."""
        return stats.median(self.ns)


@dataclass
class Bench:
    """What a probe measures with: the kernels, the ruler, the host's facts, and how much time it may take."""

    variant: Variant
    ruler: Ruler
    host: HostFacts
    effort: Effort = "default"
    cpus: tuple[int, ...] = (0,)
    memory_bytes: int = 1 << 30
    hertz_seen: list[float] = field(default_factory=list)

    @property
    def scale(self) -> float:
        """How much longer or shorter than by default a measurement may take."""
        return EFFORT_SCALE[self.effort]

    def c_case(
        self, name: str, function: str, arguments: Sequence[object], work: float = 1.0, variant: Variant | None = None
    ) -> Case:
        """Return a case that runs a C kernel on prepared arguments."""
        return Case(name, (variant or self.variant).bind(function, arguments), work)  # type: ignore[arg-type]

    def sample(
        self, cases: Sequence[Case], seconds: float, stretch_ns: float = STRETCH_NS, at_most: int = MAXIMUM_SAMPLES
    ) -> dict[str, Samples]:
        """Time the cases in turn for `seconds` (scaled by the effort) and return their samples by name.

        At least five rounds are made however little time there is, and never more than `at_most`.
        """
        deadline = self.ruler.now() + seconds * self.scale * 1e9
        stretch = max(stretch_ns, self.ruler.shortest_stretch_ns)
        repeats = [self._calibrate(case, stretch) for case in cases]
        rows: list[list[tuple[float, float, float]]] = [[] for _ in cases]
        for round_number in range(at_most):
            if round_number >= MINIMUM_SAMPLES and self.ruler.now() >= deadline:
                break
            for case, count, taken in zip(cases, repeats, rows, strict=True):
                taken.append(self._take(case, count))
        return {
            case.name: _samples(case, count, taken) for case, count, taken in zip(cases, repeats, rows, strict=True)
        }

    def sample_whole(self, case: Case, repeats: int, count: int = MINIMUM_SAMPLES) -> Samples:
        """Time exactly `repeats` repeats, `count` times, with no trial beforehand: for what must be met cold."""
        return _samples(case, repeats, [self._take(case, repeats) for _ in range(count)])

    def _take(self, case: Case, repeats: int) -> tuple[float, float, float]:
        """Time one stretch between two add chains; return (ns, hertz before, hertz after)."""
        if case.before is not None:
            case.before()
        hertz_before = self.ruler.hertz()
        started = self.ruler.now()
        case.run(repeats)
        ended = self.ruler.now()
        hertz_after = self.ruler.hertz()
        self.hertz_seen.append(max(hertz_before, hertz_after))
        return max(ended - started - self.ruler.call_overhead_ns, 1.0), hertz_before, hertz_after

    def _calibrate(self, case: Case, stretch_ns: float) -> int:
        """Return the number of repeats that fills a stretch; the trial runs warm the caches too.

        A stretch that seems filled is tried again: the first time may have been an interruption.
        """
        repeats, enough = 1, stretch_ns * 0.8
        while repeats < 1 << 40:
            took = self._trial(case, repeats)
            if took >= enough:
                took = min(took, self._trial(case, repeats))
            if took >= enough:
                break
            growth = stretch_ns / took
            repeats = math.ceil(repeats * min(growth * 1.05, 16.0))
        return repeats

    def _trial(self, case: Case, repeats: int) -> int:
        if case.before is not None:
            case.before()
        started = self.ruler.now()
        case.run(repeats)
        return max(self.ruler.now() - started, 1)


def _samples(case: Case, repeats: int, rows: Sequence[tuple[float, float, float]]) -> Samples:
    ns, before, after = np.asarray(rows, dtype=float).T
    return Samples(case.name, ns / (repeats * case.work), before, after, repeats, case.work)
