"""What the host says of itself."""

from __future__ import annotations

import os
import platform

import psutil

from hwbench.records import CpuFacts, HostFacts, MemoryFacts


def read_host() -> HostFacts:
    """Stand-in until the real one is merged."""
    memory = psutil.virtual_memory()
    return HostFacts(
        name=platform.node(),
        system=platform.system(),
        cpu=CpuFacts(architecture=platform.machine(), model=platform.processor()),
        usable_cpus=tuple(sorted(os.sched_getaffinity(0))),
        memory=MemoryFacts(total_bytes=memory.total, available_bytes=memory.available),
    )
