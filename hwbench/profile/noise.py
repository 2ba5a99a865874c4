"""How much the machine was disturbed: time stolen by the hypervisor, CPU time of other processes, involuntary switches.

The OS counts busy CPU time in ticks (10 ms as a rule) while a process's own time is exact, so over a short step the
difference is rough: a few ticks are not called a disturbance.
Source: proc_stat(5), getrusage(2).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, Final

import psutil

from hwbench.profile.messages import Noise
from hwbench.records import Conditions

try:
    import resource
except ImportError:  # not a POSIX system
    resource = None  # type: ignore[assignment]

DISTURBED_SHARE: Final = 0.2
DISTURBED_PART: Final = 0.025  # of all CPUs: on a server some process always runs somewhere, far from ours
MEANWHILE: Final = "of a CPU meanwhile"
TICKS_SECONDS: Final = 0.04
IDLE_FIELDS: Final = ("idle", "iowait", "steal", "guest", "guest_nice")


@dataclass(frozen=True)
class Reading:
    """What the clocks of the OS said at one moment, in seconds of CPU time summed over all CPUs."""

    wall: float
    busy: float
    own: float
    steal: float | None
    switches: int


def read() -> Reading:
    """Read the clocks of the OS now; time of children counts as our own once they were waited for."""
    times = psutil.cpu_times()
    used = os.times()
    return Reading(
        wall=time.monotonic(),
        busy=sum(getattr(times, name) for name in times._fields if name not in IDLE_FIELDS),
        own=used.user + used.system + used.children_user + used.children_system,
        steal=getattr(times, "steal", None),
        switches=resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw if resource else 0,
    )


def between(before: Reading, after: Reading) -> Noise:
    """Return the disturbance between two readings."""
    foreign = (after.busy - before.busy) - (after.own - before.own)
    stolen = None if before.steal is None or after.steal is None else max(after.steal - before.steal, 0.0)
    return Noise(
        seconds=round(after.wall - before.wall, 4),
        cpus=os.cpu_count() or 1,
        steal=None if stolen is None else round(stolen, 4),
        foreign=round(max(foreign, 0.0), 4),
        switches=after.switches - before.switches,
    )


def conditions(started: str, before: Reading, **more: Any) -> Conditions:
    """Return what the machine was doing since a reading, as a record has it; `more` are other fields of that."""
    seen = between(before, read())
    seconds = max(seen.seconds, 1e-9)
    return Conditions(
        started=started,
        seconds=seconds,
        steal_share=None if seen.steal is None else seen.steal / seconds,
        other_load=None if seen.foreign is None else seen.foreign / seconds,
        involuntary_switches=seen.switches,
        **more,
    )


def disturbance(noise: Noise | None) -> str:
    """Say what disturbed a step: a fifth of one CPU stolen or used by others (or 2.5 % of many); empty if nothing did."""
    if noise is None:
        return ""
    allowed = max(DISTURBED_SHARE, DISTURBED_PART * noise.cpus) * noise.seconds + TICKS_SECONDS
    told = []
    if (noise.steal or 0.0) > allowed:
        told.append(f"the hypervisor took {_share(noise.steal, noise.seconds)} {MEANWHILE}")
    if (noise.foreign or 0.0) > allowed:
        told.append(f"other processes used {_share(noise.foreign, noise.seconds)} {MEANWHILE}")
    return "; ".join(told)


def _share(cpu_seconds: float | None, seconds: float) -> str:
    return f"{(cpu_seconds or 0.0) / max(seconds, 1e-3):.0%}"
