"""Counting: which source counts which side at which sizes, within a budget.

Counting is slower than running, so small sizes are counted first and larger ones while the budget lasts; what could not be
counted is extrapolated later, by `explain`, from the growth of each count.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hwbench.errors import HwbenchError
from hwbench.evidence import operating_system
from hwbench.records import Count, Evidence, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hwbench.experiment.request import Subject
    from hwbench.experiment.timing import Series
    from hwbench.records import MachineProfile, Run

MODULES: Final = {
    "perf_event": "hwbench.evidence.perf_event",
    "plugin": "hwbench.evidence.plugin",
    "cachegrind": "hwbench.evidence.cachegrind",
    "samples": "hwbench.evidence.samples",
    "strace": "hwbench.evidence.system_calls",
    "allocator": "hwbench.evidence.allocator",
}
SLOWER: Final = {
    "perf_event": 1.1,
    "plugin": 40.0,
    "cachegrind": 80.0,
    "samples": 1.2,
    "strace": 20.0,
    "allocator": 1.5,
}  # than native, cautiously
STARTING: Final = {
    "perf_event": 0.1,
    "plugin": 0.5,
    "cachegrind": 1.5,
    "samples": 0.3,
    "strace": 0.3,
    "allocator": 0.1,
}  # seconds
NATIVE: Final = ("perf_event", "samples")
SHARE: Final = 0.02  # of the time in the kernel or off the CPU: below that system calls need not be told apart
BY_DEFAULT: Final = ("perf_event", "samples", "plugin", "strace")


@dataclass(frozen=True)
class Job:
    """One count to take: a source, a side (0 or 1), a size, and how long it will take, roughly."""

    source: str
    side: int
    n: float | None
    seconds: float


def lacking(source: str) -> Evidence | None:
    """Return evidence that says why a source does not work here; None where it does."""
    try:
        reason = importlib.import_module(MODULES[source]).missing()
    except ImportError as error:
        return Evidence(source=source, unavailable=f"it is not installed ({error})")  # type: ignore[arg-type]
    if reason is None:
        return None
    return Evidence(source=source, unavailable=reason.reason, remedy=reason.remedy)  # type: ignore[arg-type]


def plan(source: str, series: Sequence[Series], seconds: float) -> tuple[Job, ...]:
    """Return the counts that a source can take within `seconds`, both sides at the same sizes.

    Small sizes come first, but for sources at native speed the largest, which is the one that is explained.
    """
    jobs: list[Job] = []
    left = seconds
    for each in sorted(series, key=lambda each: -1.0 if each.n is None else each.n, reverse=source in NATIVE):
        pair = [Job(source, side, each.n, _cost(source, runs)) for side, runs in enumerate((each.a, each.b)) if runs]
        cost = sum(job.seconds for job in pair)
        if cost > left and jobs:
            break
        jobs += pair
        left -= cost
    return tuple(jobs)


def _cost(source: str, runs: Sequence[Run]) -> float:
    return STARTING[source] + SLOWER[source] * native_seconds(runs)


def native_seconds(runs: Sequence[Run]) -> float:
    """Return how long the fastest run took, with all that is outside its region."""
    fastest = min(runs, key=lambda run: run.wall)
    return fastest.whole or fastest.wall


def wanted(asked: tuple[str, ...], series: Sequence[Series]) -> tuple[str, ...]:
    """Return the sources to count with: those asked for, else the best that there are; strace where the kernel matters."""
    if asked:
        return tuple(source for source in MODULES if source in asked)
    chosen = [source for source in BY_DEFAULT if source != "strace" or _kernel_matters(series)]
    if lacking("plugin") is not None:
        chosen.append("allocator")
        chosen += ["cachegrind"] if lacking("perf_event") is not None else []
    return tuple(chosen)


def _kernel_matters(series: Sequence[Series]) -> bool:
    runs = [run for each in series[-1:] for run in (*each.a, *each.b)]
    return any(run.wall - run.user > SHARE * run.wall for run in runs)


def take(
    job: Job, subject: Subject, profile: MachineProfile, runs: Sequence[Run], seconds: float, is_region: bool
) -> Evidence:
    """Take one count; whatever goes wrong becomes evidence that says so."""
    try:
        command = msgspec.structs.replace(subject.command(job.n), region=is_region)
        count: Callable[..., Evidence] = importlib.import_module(MODULES[job.source]).count
        found = count(command, profile, limits=Limits(seconds=seconds))
    except HwbenchError as error:
        return Evidence(source=job.source, n=job.n, unavailable=str(error))  # type: ignore[arg-type]
    found = msgspec.structs.replace(found, n=job.n)
    return _share_of(found, profile, runs)


def _share_of(found: Evidence, profile: MachineProfile, runs: Sequence[Run]) -> Evidence:
    """Return evidence of a source that stopped early with the part of the program that it saw, by the model's own time."""
    cycles, frequency = found.value("model.cycles"), profile.quantities.get("core.frequency")
    if not any(note.startswith("stopped") for note in found.notes) or not cycles or frequency is None:
        return found
    native = min(run.user for run in runs) if runs else 0.0
    seen = cycles / (frequency.value or 3e9)
    return msgspec.structs.replace(found, share=min(max(seen / native, 1e-4), 1.0)) if native > 0 else found


def from_os(n: float | None, runs: Sequence[Run]) -> Evidence:
    """Return what the timed runs' own accounts say."""
    return operating_system.from_runs(runs, n)


def per_call(evidence: Evidence, loops: int) -> Evidence:
    """Return the counts of one call where a region holds several."""
    if loops <= 1:
        return evidence
    kept = ("memory.peak", "threads")
    counts = {name: count if name in kept else _divided(count, loops) for name, count in evidence.counts.items()}
    return msgspec.structs.replace(evidence, counts=counts)


def _divided(count: Count, loops: int) -> Count:
    bounds: dict[str, Any] = {
        name: None if getattr(count, name) is None else getattr(count, name) / loops for name in ("low", "high")
    }
    return Count(value=count.value / loops, **bounds)
