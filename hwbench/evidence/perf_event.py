"""The processor's own counters, and the kernel's, by `perf_event_open`: what really happened, at native speed.

The program starts behind a shell that waits at a pipe: meanwhile the events are opened on it, to begin at its exec and to
pass to its children. Hardware events are counted in groups of four at most; groups that do not fit this machine
together are tried again in smaller ones. Most virtual machines have no hardware events: then the kernel's own (page
faults, switches; system calls, for root) are still counted, and a note says what was not.
Fooled by: groups that take turns while the program changes its behaviour (the interval says so); another user of the
counters; a hypervisor that counts other guests' or none; processors with two kinds of cores (the large ones are counted).
Source: perf_event_open(2); Linux Documentation/admin-guide/perf-security.rst on who may.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hwbench.evidence import pmu_call, pmu_counts
from hwbench.evidence.gate import run_gated
from hwbench.evidence.pmu_counts import Reading, Recording
from hwbench.evidence.pmu_events import SOFTWARE_EVENTS, Event, hardware_events
from hwbench.evidence.tools import WHOLE_PROGRAM, nothing
from hwbench.host.counters import REFUSALS, try_counter
from hwbench.measure.processes import Ended
from hwbench.records import Command, Evidence, Limits, MachineProfile, Unavailable

GROUP_SIZES: Final = (4, 2, 1)
_MENDED_BY: Final = {
    errno.EACCES: "sudo sysctl kernel.perf_event_paranoid=1",
    errno.EPERM: "docker run --cap-add PERFMON --security-opt seccomp=unconfined ...",
}
_ELSEWHERE: Final = "a host whose PMU is shown: bare metal, or a virtual machine whose owner switched it on"


def missing() -> Unavailable | None:
    """Return why hardware events do not count here, or None; the kernel's own events may count all the same."""
    refused = try_counter("cycles")
    if not refused:
        return None
    reason = REFUSALS.get(refused) or os.strerror(refused)
    return Unavailable(reason=f"no counters here: {reason}", remedy=_MENDED_BY.get(refused, _ELSEWHERE))


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Count a command's hardware and software events, whichever of them are to be had here."""
    without = missing()
    cpu = profile.host.cpu
    hardware = hardware_events(cpu.architecture, cpu.microarchitecture, pmu_call.raw_kind())
    started = time.perf_counter()
    taken = _measure_fitting(command, () if without is not None else hardware, limits)
    if isinstance(taken, Unavailable):
        return nothing("perf_event", taken.reason, taken.remedy)
    return _evidence(taken, command, without, time.perf_counter() - started)


@dataclass
class Taken:
    """What was read of one run, and how it ended."""

    ended: Ended
    readings: tuple[Reading, ...]
    refused: dict[str, int] = field(default_factory=dict)


def measure(
    command: Command, hardware: Sequence[Event], limits: Limits, *, group_size: int = GROUP_SIZES[0]
) -> Taken | Unavailable:
    """Run a command with the hardware events and the kernel's own open on it; return the raw readings."""
    opened: list[pmu_call.Counters] = []

    def begin(number: int) -> None:
        counters = pmu_call.Counters(number)
        opened.append(counters)
        counters.open_all(SOFTWARE_EVENTS, len(SOFTWARE_EVENTS))
        counters.open_all(pmu_call.tracepoints(), 1)
        counters.open_all(hardware, group_size)

    try:
        ended = run_gated(command, limits, begin)
        readings = tuple(reading for counters in opened for reading in counters.read_all())
        refused = {name: number for counters in opened for name, number in counters.refused.items()}
    finally:
        for counters in opened:
            counters.close()
    if isinstance(ended, Unavailable):
        return ended
    if not readings:
        reason = REFUSALS.get(next(iter(refused.values()), errno.ENOSYS), "none could be opened")
        return Unavailable(reason=f"no events here: {reason}", remedy=_MENDED_BY[errno.EACCES])
    return Taken(ended, readings, refused)


def _measure_fitting(command: Command, hardware: Sequence[Event], limits: Limits) -> Taken | Unavailable:
    """Measure in groups that this machine can hold: smaller ones where some never ran, as long as there is time."""
    started = time.perf_counter()
    taken = measure(command, hardware, limits)
    for group_size in GROUP_SIZES[1:]:
        if isinstance(taken, Unavailable) or not pmu_counts.never_ran(taken.readings):
            break
        if 2 * (time.perf_counter() - started) > limits.seconds:
            break
        taken = measure(command, hardware, limits, group_size=group_size)
    return taken


def _evidence(taken: Taken, command: Command, without: Unavailable | None, seconds: float) -> Evidence:
    total = next((float(r.value) for r in taken.readings if r.event == "context_switches" and r.running), None)
    counted = pmu_counts.counts(taken.readings)
    notes = [WHOLE_PROGRAM] if command.region else []
    if without is not None:
        notes.append(f"{without.reason}: only the kernel's own events were counted")
    else:
        notes.append("hardware events are of user mode")
    if pmu_call.has_two_kinds():
        notes.append("only what ran on the large cores was counted")
    lacking = sorted({*pmu_counts.never_ran(taken.readings), *taken.refused} - counted.keys())
    if lacking:
        notes.append(f"not counted here: {', '.join(lacking)}")
    return Evidence(
        source="perf_event",
        counts=pmu_counts.split_switches(counted, total, taken.ended.run.involuntary_switches),
        seconds=seconds,
        notes=tuple(notes),
    )


def record(command: Command, profile: MachineProfile, *, limits: Limits, origin: str) -> Recording | Unavailable:
    """Return the raw readings of a command here, to be kept as test data: `origin` says which machine it was."""
    cpu = profile.host.cpu
    hardware = hardware_events(cpu.architecture, cpu.microarchitecture, pmu_call.raw_kind())
    taken = measure(command, hardware, limits)
    if isinstance(taken, Unavailable):
        return taken
    return Recording(
        schema="hwbench.readings/1",
        origin=origin,
        core=cpu.microarchitecture,
        program=" ".join(command.argv),
        readings=taken.readings,
    )
