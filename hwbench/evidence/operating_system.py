"""What the operating system says of the timed runs themselves: no tool, no slowing down.

The accounts of wait4 (or of the marked regions) of every run become medians with their intervals. Time off the CPU is what
is left of the wall clock: waiting for a disk, a lock, a sleep, a child, or for the CPU itself.
Fooled by: programs that use several CPUs at once (their CPU time is more than the wall time: waiting cannot be told from
the sum, which is said in a note); a machine whose neighbours take the CPU (involuntary switches and steal show it).
Source: getrusage(2): ru_utime, ru_stime, ru_minflt, ru_majflt, ru_nvcsw, ru_nivcsw, ru_maxrss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hwbench import stats
from hwbench.evidence.tools import nothing
from hwbench.records import Count, Evidence, Run
from hwbench.units import significant

PARALLEL: Final = 1.05  # of the wall time: more CPU time than that needs a second CPU, less may be the clocks' grain


def from_runs(runs: Sequence[Run], n: float | None = None) -> Evidence:
    """Return what the OS accounted for in these runs, as medians between their order statistics."""
    if not runs:
        return nothing("os", "there are no timed runs")
    counts = {name: _estimate([take(run) for run in runs]) for name, take in _TAKEN.items()}
    return Evidence(
        source="os", n=n, counts=counts, seconds=sum(run.whole or run.wall for run in runs), notes=_notes(runs)
    )


def off_cpu(run: Run) -> float:
    """Return the seconds of a run in which it was on no CPU; 0 where its CPU time fills the wall time or more."""
    return max(run.wall - run.user - run.system, 0.0)


def _estimate(values: Sequence[float]) -> Count:
    middle = stats.median(values)
    if middle.low == middle.high:
        return Count(value=middle.value)
    return Count(value=middle.value, low=middle.low, high=middle.high)


def _notes(runs: Sequence[Run]) -> tuple[str, ...]:
    busy = stats.median([(run.user + run.system) / run.wall for run in runs if run.wall > 0] or [0.0]).value
    if busy <= PARALLEL:
        return ()
    return (f"it ran on {significant(busy)} CPUs at once: how long its threads waited cannot be told from their sum",)


_TAKEN: Final[dict[str, Callable[[Run], float]]] = {
    "time.wall": lambda run: run.wall,
    "time.user": lambda run: run.user,
    "time.system": lambda run: run.system,
    "time.off_cpu": off_cpu,
    "page_faults": lambda run: run.page_faults + run.major_faults,
    "page_faults.major": lambda run: run.major_faults,
    "context_switches.voluntary": lambda run: run.voluntary_switches,
    "context_switches.involuntary": lambda run: run.involuntary_switches,
    "memory.peak": lambda run: run.peak_bytes,
}
