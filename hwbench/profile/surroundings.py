"""What of the host itself belongs beside every figure: a CPU quota, and that nothing counts events."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from hwbench.host.counters import try_counter
from hwbench.profile.findings import NO_COUNTERS
from hwbench.units import significant

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwbench.records import HostFacts

_REFUSALS: Final = {
    errno.ENODATA: "the cycle counter opens and stays 0",
    errno.ENOENT: "this processor, or its hypervisor, shows none",
    errno.EOPNOTSUPP: "this processor, or its hypervisor, shows none",
    errno.ENOSYS: "this system has no call for them",
    errno.EACCES: "the kernel forbids them; sudo sysctl kernel.perf_event_paranoid=1",
    errno.EPERM: "the kernel or the container forbids them",
}


def host_notes(host: HostFacts, count: Callable[[str], int] = try_counter) -> tuple[str, ...]:
    """Return a line for a CPU quota below what is used, and one where hardware events cannot be counted."""
    notes = []
    if host.cpu_quota is not None and host.cpu_quota < max(len(host.usable_cpus), 1):
        share = significant(host.cpu_quota)
        notes.append(
            f"this container may use {share} CPUs' time: it is stopped at moments, which lower envelopes leave out"
        )
    refused = count("cycles")
    if refused:
        notes.append(f"{NO_COUNTERS}: {_REFUSALS.get(refused) or os.strerror(refused)}")
    return tuple(notes)
