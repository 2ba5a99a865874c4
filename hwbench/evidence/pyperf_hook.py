"""A hook for pyperf's workers: `python -m pyperf timeit --hook hwbench …` carries our counts into the file it writes.

Counted is what runs between pyperf's enter and exit around each value: CPU time, page faults and context switches of the
process and of the children it waited for, and instructions, cycles and misses where the processor's counters work. The
metadata hold totals over `hwbench_passes` values; one loop's share is the total divided by passes × loops × inner loops.
pyperf makes a new hook for each pass, and the values' pass overwrites what the warm-up's left. `pyperf command` runs hooks
twice, in the process that times the command and around it: the inner one counts less that is not the command's, and stays.
Fooled by: children that nobody waits for; values so short that the hook's own few microseconds weigh.
Source: pyperf's documentation, "Hooks"; getrusage(2); prctl(2), PR_TASK_PERF_EVENTS_ENABLE.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hwbench.evidence.pmu_call import Counters

PREFIX: Final = "hwbench_"
PASSES: Final = f"{PREFIX}passes"
ACCOUNTS: Final = {
    f"{PREFIX}user_seconds": "ru_utime",
    f"{PREFIX}system_seconds": "ru_stime",
    f"{PREFIX}page_faults": "ru_minflt",
    f"{PREFIX}major_faults": "ru_majflt",
    f"{PREFIX}voluntary_switches": "ru_nvcsw",
    f"{PREFIX}involuntary_switches": "ru_nivcsw",
}
EVENTS: Final = ("instructions", "cycles", "branches", "branches.mispredicted", "l1d.misses", "l3.misses")
_DISABLE, _ENABLE = 31, 32  # of prctl: all events that this process opened


def event_key(event: str) -> str:
    """Return the metadata's name of a hardware event."""
    return PREFIX + event.replace(".", "_")


class Hook:
    """Counts between enter and exit, and adds the totals to the metadata."""

    def __init__(self) -> None:
        """Open the counters, where there are any."""
        self._passes = 0
        self._wall = 0.0
        self._totals = dict.fromkeys(ACCOUNTS, 0.0)
        self._before: dict[str, float] = {}
        self._since = 0.0
        self._counters = _open_counters()

    def __enter__(self) -> Hook:
        """Begin to count."""
        self._before = _accounts()
        _switch(self._counters, _ENABLE)
        self._since = time.perf_counter()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Stop counting, and add what was counted to the totals."""
        self._wall += time.perf_counter() - self._since
        _switch(self._counters, _DISABLE)
        after = _accounts()
        self._passes += 1
        for name in self._totals:
            self._totals[name] += after.get(name, 0.0) - self._before.get(name, 0.0)

    def teardown(self, metadata: dict[str, Any]) -> None:
        """Add the totals to pyperf's metadata, unless the hook within a `pyperf command` has done so."""
        if self._passes and not ("command" in metadata and PASSES in metadata):
            metadata[PASSES] = self._passes
            metadata[f"{PREFIX}wall_seconds"] = self._wall
            for name, total in self._totals.items():
                metadata[name] = total if name.endswith("_seconds") else round(total)
            metadata.update(_counted(self._counters))
        if self._counters is not None:
            self._counters.close()


def _accounts() -> dict[str, float]:
    """Return what this process and its ended children have used so far; nothing where the system does not say."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return {}
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {name: sum(float(getattr(part, field)) for part in used) for name, field in ACCOUNTS.items()}


def _open_counters() -> Counters | None:
    """Open the hardware events on this process, not yet counting; None where there are none."""
    from hwbench.evidence import pmu_call, pmu_events  # noqa: PLC0415 - a worker that only lists hooks needs none
    from hwbench.host.counters import try_counter  # noqa: PLC0415

    if try_counter("cycles") != 0:
        return None
    counters = pmu_call.Counters(0)
    counters.open_all([pmu_events.GENERIC[name] for name in EVENTS], len(EVENTS) // 2)
    return counters


def _switch(counters: Counters | None, what: int) -> None:
    if counters is not None:
        ctypes.CDLL(None).prctl(what, 0, 0, 0, 0)


def _counted(counters: Counters | None) -> dict[str, float]:
    """Return what the hardware events counted, scaled where they took turns."""
    from hwbench.evidence.pmu_counts import scaled  # noqa: PLC0415 - see above

    readings = counters.read_all() if counters is not None else ()
    counts = {reading.event: scaled(reading) for reading in readings}
    return {event_key(event): count.value for event, count in counts.items() if count is not None}
