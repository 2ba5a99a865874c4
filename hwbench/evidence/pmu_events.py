"""Which hardware and software events are counted on which processor: data.

An event is named by the count it gives (the closed list of `hwbench.records`), or by a word of its own where a count is
made of several. Generic events are the kernel's own translation; where the core is known, its maker's events replace them,
since they count loads by the level that answered, and mispredicted indirect branches, which no generic event does.
Fooled by: AMD's loads and stores are counted at dispatch, so wrongly predicted paths add some, and its first-level misses
are requests to the second level, prefetches among them; ARM counts refills (a prefetcher's are among them) and knows no
mispredicted indirect branches.
Sources: Linux include/uapi/linux/perf_event.h; the makers' event lists as Linux carries them, tools/perf/pmu-events/arch/
x86/{skylakex,icelakex,sapphirerapids,amdzen1..amdzen5} and arm64/arm/{neoverse-n1,neoverse-v1,neoverse-n2-v2}, which follow
Intel's perfmon repository, AMD's Processor Programming References and Arm's core manuals; arch/x86/events/amd/core.c and
arch/x86/events/intel/core.c for what the generic cache events mean.
"""

from __future__ import annotations

from typing import Final, NamedTuple

HARDWARE, SOFTWARE, TRACEPOINT, CACHE, RAW = 0, 1, 2, 3, 4


class Event(NamedTuple):
    """One event as the kernel takes it, and the count it gives."""

    name: str
    kind: int
    config: int


def _cache(cache: int, operation: int) -> int:
    """Return the configuration of a generic cache event: misses (1) of an operation (0 reads, 1 writes) in a cache."""
    return cache | operation << 8 | 1 << 16


_L1D, _LAST, _DTLB = 0, 2, 3
GENERIC: Final = {
    "cycles": Event("cycles", HARDWARE, 0),
    "instructions": Event("instructions", HARDWARE, 1),
    "branches": Event("branches", HARDWARE, 4),
    "branches.mispredicted": Event("branches.mispredicted", HARDWARE, 5),
    "l1d.misses": Event("l1d.misses", CACHE, _cache(_L1D, 0)),
    "l1d.store_misses": Event("l1d.store_misses", CACHE, _cache(_L1D, 1)),
    "l3.misses": Event("l3.misses", CACHE, _cache(_LAST, 0)),
    "l3.store_misses": Event("l3.store_misses", CACHE, _cache(_LAST, 1)),
}
# A generic miss of the data TLB is a page walk on x86 and a miss of the first level on ARM.
TLB_MISSES: Final = {"x86_64": "dtlb.l2.misses", "aarch64": "dtlb.l1.misses"}

SOFTWARE_EVENTS: Final = (
    Event("page_faults", SOFTWARE, 2),
    Event("page_faults.major", SOFTWARE, 6),
    Event("context_switches", SOFTWARE, 3),
    Event("cpu_migrations", SOFTWARE, 4),
    Event("task_clock", SOFTWARE, 1),
)
# Named by their folder below the kernel's tracing events; only for those who may trace (root, CAP_PERFMON).
TRACEPOINTS: Final = {
    "syscalls": "raw_syscalls/sys_enter",
    "syscalls.fsync": "syscalls/sys_enter_fsync",
    "syscalls.fdatasync": "syscalls/sys_enter_fdatasync",
    "syscalls.futex": "syscalls/sys_enter_futex",
    "syscalls.io_uring_enter": "syscalls/sys_enter_io_uring_enter",
}

# (event, unit mask) by count. Loads by the level that missed are counted at retirement.
_INTEL_LOADS: Final = {
    "loads": (0xD0, 0x81),
    "stores": (0xD0, 0x82),
    "l1d.misses": (0xD1, 0x08),
    "l2.misses": (0xD1, 0x10),
    "l3.misses": (0xD1, 0x20),
    "branches.calls": (0xC4, 0x02),
    "branches.returns": (0xC4, 0x08),
}
_SKYLAKE: Final = {
    **_INTEL_LOADS,
    "branches.conditional": (0xC4, 0x01),
    "branches.conditional.mispredicted": (0xC5, 0x01),
    "branches.indirect.mispredicted": (0x89, 0xE4),
    "dtlb.l1.hits_in_l2": (0x08, 0x20),
    "dtlb.l2.misses": (0x08, 0x0E),
}
_ICE_LAKE: Final = {
    **_INTEL_LOADS,
    "branches.conditional": (0xC4, 0x11),
    "branches.conditional.mispredicted": (0xC5, 0x11),
    "branches.indirect": (0xC4, 0x80),
    "branches.indirect.mispredicted": (0xC5, 0x80),
    "dtlb.l1.hits_in_l2": (0x08, 0x20),
    "dtlb.l2.misses": (0x08, 0x0E),
}
_GOLDEN_COVE: Final = {**_ICE_LAKE, "dtlb.l1.hits_in_l2": (0x12, 0x20), "dtlb.l2.misses": (0x12, 0x0E)}
_ZEN: Final = {
    "loads": (0x29, 0x05),
    "stores": (0x29, 0x06),
    "l2.misses": (0x64, 0x08),
    "l3.misses": (0x43, 0x48),  # demand fills from this socket's or another's memory
    "branches.conditional": (0xD1, 0x00),
    "branches.indirect.mispredicted": (0xCA, 0x00),
    "branches.returns": (0xC8, 0x00),
    "branches.returns.mispredicted": (0xC9, 0x00),
    "dtlb.l1.misses": (0x45, 0xFF),
    "dtlb.l2.misses": (0x45, 0xF0),
}
_ZEN_2: Final = {**_ZEN, "branches.conditional.mispredicted": (0xD2, 0x00)}
_ZEN_3: Final = {**_ZEN, "branches.conditional.mispredicted": (0x1C7, 0x00), "branches.indirect": (0xCC, 0x00)}
_NEOVERSE: Final = {
    "loads": (0x70, 0),
    "stores": (0x71, 0),
    "branches": (0x21, 0),
    "branches.mispredicted": (0x22, 0),
    "branches.returns": (0x79, 0),
    "branches.indirect": (0x7A, 0),
    "l1d.misses": (0x42, 0),
    "l1d.store_misses": (0x43, 0),
    "l2.misses": (0x52, 0),
    "l2.store_misses": (0x53, 0),
    "l3.misses": (0x37, 0),
    "dtlb.l1.misses": (0x4C, 0),
    "dtlb.l2.misses": (0x34, 0),
}

VENDOR: Final[dict[str, dict[str, tuple[int, int]]]] = {
    **dict.fromkeys(("Skylake", "Skylake-SP", "Kaby Lake", "Comet Lake", "Cascade Lake", "Cooper Lake"), _SKYLAKE),
    **dict.fromkeys(("Ice Lake", "Ice Lake-SP", "Tiger Lake", "Rocket Lake"), _ICE_LAKE),
    **dict.fromkeys(("Alder Lake", "Raptor Lake", "Sapphire Rapids", "Emerald Rapids", "Granite Rapids"), _GOLDEN_COVE),
    **dict.fromkeys(("Zen", "Zen+", "Dhyana"), _ZEN),
    "Zen 2": _ZEN_2,
    **dict.fromkeys(("Zen 3", "Zen 4", "Zen 5"), _ZEN_3),
    **dict.fromkeys(("Neoverse N1", "Neoverse V1", "Neoverse N2", "Neoverse V2"), _NEOVERSE),
}


def hardware_events(architecture: str, core: str, raw_kind: int = RAW) -> tuple[Event, ...]:
    """Return the hardware events of a core: the generic ones, replaced by its maker's where the core is known.

    `raw_kind` is the number by which the kernel knows the core's own counters (of the large cores where there are two kinds).
    """
    events = dict(GENERIC)
    if tlb := TLB_MISSES.get(architecture):
        events[tlb] = Event(tlb, CACHE, _cache(_DTLB, 0))
    for name, (code, mask) in VENDOR.get(core, {}).items():
        events[name] = Event(name, raw_kind, _raw(code, mask))
    return tuple(events.values())


def _raw(code: int, mask: int) -> int:
    """Return the raw configuration: the event's low byte, the unit mask, and (AMD) the event's high bits from 32 on."""
    return code & 0xFF | mask << 8 | code >> 8 << 32
