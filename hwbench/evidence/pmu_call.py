"""The kernel's performance events by its own system call: opened on a program that is about to start, read at its end.

A member of a group is counted at the same moments as its leader, so that ratios within a group are true even where
groups take turns. Events start at the program's exec (`enable_on_exec`) and pass to its children and threads (`inherit`).
Hardware events count user mode only, as everything that simulates does.
Source: perf_event_open(2).
"""

from __future__ import annotations

import errno
import functools
import os
import platform
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hwbench.evidence.pmu_counts import Reading
from hwbench.evidence.pmu_events import RAW, SOFTWARE, TRACEPOINT, TRACEPOINTS, Event
from hwbench.host.counters import SYSTEM_CALLS

_DISABLED, _INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HYPERVISOR, _ENABLE_ON_EXEC = 1, 1 << 1, 1 << 5, 1 << 6, 1 << 12
_ENABLED_AND_RUNNING: Final = 1 | 2  # read with the value how long it was wanted, and how long it ran
_ATTRIBUTE_BYTES: Final = 64  # PERF_ATTR_SIZE_VER0, which every kernel takes
_WITH_REGISTERS: Final = 96  # PERF_ATTR_SIZE_VER3, from Linux 3.7 on
_CLOSE_ON_EXEC: Final = 1 << 3
_FULL: Final = (errno.EINVAL, errno.ENOSPC)  # a group that has no room for one more
_DEVICES: Final = Path("/sys/bus/event_source/devices")
_TRACING: Final = (Path("/sys/kernel/tracing/events"), Path("/sys/kernel/debug/tracing/events"))


@dataclass
class Counters:
    """The events that are open on one program, and those that were refused (with the errno)."""

    pid: int
    opened: list[tuple[Event, int]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def open_all(self, events: Iterable[Event], group_size: int) -> None:
        """Open events in groups of at most so many; one that the running group cannot take begins the next."""
        leader, members = -1, 0
        for event in events:
            descriptor = _open(event, self.pid, leader) if 0 < members < group_size else -errno.EINVAL
            if descriptor < 0 and -descriptor in _FULL:
                descriptor, members = _open(event, self.pid, -1), 0
                leader = descriptor if descriptor >= 0 else -1
            if descriptor < 0:
                self.refused[event.name] = -descriptor
                continue
            self.opened.append((event, descriptor))
            members += 1

    def read_all(self) -> tuple[Reading, ...]:
        """Return what was counted."""
        readings = []
        for event, descriptor in self.opened:
            with suppress(OSError, struct.error):
                value, enabled, running = struct.unpack("=QQQ", os.read(descriptor, 24))
                readings.append(Reading(event=event.name, value=value, enabled=enabled, running=running))
        return tuple(readings)

    def close(self) -> None:
        """Close all events."""
        for _, descriptor in self.opened:
            with suppress(OSError):
                os.close(descriptor)
        self.opened.clear()


def raw_kind() -> int:
    """Return the number of the core's own counters: of the large cores where a processor has two kinds."""
    for name in ("cpu_core", "cpu", "armv8_pmuv3_0"):
        with suppress(OSError, ValueError):
            return int((_DEVICES / name / "type").read_text())
    return RAW


def has_two_kinds() -> bool:
    """Whether this processor's cores are of two kinds, each with counters of its own."""
    return (_DEVICES / "cpu_core").exists()


def tracepoints() -> tuple[Event, ...]:
    """Return the kernel's tracepoints that we may read of: their numbers are this kernel's own."""
    events = []
    for name, place in TRACEPOINTS.items():
        for folder in _TRACING:
            with suppress(OSError, ValueError):
                events.append(Event(name, TRACEPOINT, int((folder / place / "id").read_text())))
                break
    return tuple(events)


def _open(event: Event, pid: int, leader: int) -> int:
    """Open an event on a program that is about to start; return its descriptor, or the negative errno."""
    flags = _INHERIT | _EXCLUDE_HYPERVISOR | (_DISABLED | _ENABLE_ON_EXEC if leader < 0 else 0)
    if event.kind not in (SOFTWARE, TRACEPOINT):
        return _call(event, flags | _EXCLUDE_KERNEL, pid, leader)
    descriptor = _call(event, flags, pid, leader)
    if descriptor in (-errno.EACCES, -errno.EPERM) and event.kind == SOFTWARE:
        return _call(event, flags | _EXCLUDE_KERNEL, pid, leader)
    return descriptor


def _call(event: Event, flags: int, pid: int, leader: int) -> int:
    return perf_event_open((event.kind, event.config, 0, 0, _ENABLED_AND_RUNNING, flags), pid, leader=leader)


def perf_event_open(attribute: Sequence[int], pid: int, *, cpu: int = -1, leader: int = -1, registers: int = 0) -> int:
    """Call perf_event_open(2); return a descriptor, or the negative errno.

    `attribute`: the event's type and number, how often it is sampled, what a sample and what a reading holds, and the flags.
    `registers`: which of the user's registers a sample holds, as a mask of arch/*/include/uapi/asm/perf_regs.h.
    """
    number = SYSTEM_CALLS.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        return -errno.ENOSYS
    kind, *rest = attribute
    size = _WITH_REGISTERS if registers else _ATTRIBUTE_BYTES
    ffi, library = _library()
    words = ffi.from_buffer(struct.pack("=IIQQQQQIIQQQQQ", kind, size, *rest, 0, 0, 0, 0, 0, registers, 0))
    numbers = (ffi.cast("int", pid), ffi.cast("int", cpu), ffi.cast("int", leader), ffi.cast("long", _CLOSE_ON_EXEC))
    descriptor = int(library.syscall(number, words, *numbers))
    return descriptor if descriptor >= 0 else -int(ffi.errno)


@functools.cache
def _library() -> tuple[Any, Any]:
    from cffi import FFI  # noqa: PLC0415 - only where events are opened

    ffi = FFI()
    ffi.cdef("long syscall(long number, ...);")
    return ffi, ffi.dlopen(None)
