"""The part of the bill that is outside of user mode: in the kernel, and waiting. Measured, not modelled; counts itemise it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.explain.lines import Measured, line, price
from hwbench.records import BillLine, Cause, MachineProfile

if TYPE_CHECKING:
    from hwbench.explain.basket import Basket

MEASURED_DOUBT: Final = 0.03
SEVERAL: Final = 2.0  # programs: one may be what the command itself becomes
KERNEL_FAULT_CAP: Final = 0.95
INTERRUPTS: Final = 0.003  # of all time: what the clock interrupts hundreds of times a second, and nobody asked for
KERNEL_REST: Final = "in system calls"
MEMORY_CALLS: Final = ("mmap", "munmap", "mremap", "brk", "madvise")
LOCKS: Final = ("futex", "futex_waitv")
_SLEEPING_NAMES: Final = """
    fsync fdatasync msync sync sync_file_range nanosleep clock_nanosleep futex futex_waitv poll ppoll select pselect6
    epoll_wait epoll_pwait epoll_pwait2 read pread64 readv recvfrom recvmsg accept accept4 connect wait4 waitid io_getevents
    io_uring_enter flock pause rt_sigtimedwait rt_sigsuspend write pwrite64 writev sendto sendmsg semop mq_timedreceive
    fallocate ftruncate rename unlink open openat close"""
SLEEPING: Final = frozenset(_SLEEPING_NAMES.split())  # what a tracer adds to the other calls is no waiting


def kernel(basket: Basket, measured: Measured, profile: MachineProfile) -> list[BillLine]:
    """Return the lines of the time in the kernel: page faults by their price, the rest is system calls, by name if known."""
    faults = basket.value("page_faults")
    cost, low, high = (each / measured.parallel for each in price(profile, "page_fault.cost", 1000.0))
    most = measured.system * KERNEL_FAULT_CAP
    faulted = min(faults * cost / 1e9, most)
    bounds = (min(faults * low / 1e9 * 0.5, faulted), min(faults * high / 1e9 * 1.5, measured.system))
    lines = [line("page faults", "allocation", faults, (faulted, bounds[0], max(bounds[1], faulted)), "counted")]
    rest = max(measured.system - faulted - INTERRUPTS * (measured.user + measured.system), 0.0)
    calls = basket.value("syscalls")
    spread = max(bounds[1] - faulted, 0.0)
    between = (rest, max(rest - spread, 0.0), rest + faulted - bounds[0])
    locks, memory = (sum(basket.value(f"syscalls.{name}") for name in names) for names in (LOCKS, MEMORY_CALLS))
    waits = min(locks / calls, 1.0) if calls > 0 and measured.parallel > 1 else 0.0
    maps = min(memory / calls, 1 - waits) if calls > 0 else 0.0
    for item, cause, count, part in (
        (KERNEL_REST, "system", calls - locks - memory, 1 - waits - maps),
        ("in futex", "contention", locks, waits),
        ("in calls that give or take memory", "allocation", memory, maps),
    ):
        seconds = (between[0] * part, between[1] * part, between[2] * part)
        lines.append(line(item, cause, count, seconds, "counted"))  # type: ignore[arg-type]
    return [each for each in lines if each.seconds > 0]


def started(basket: Basket, measured: Measured, counted: float) -> list[BillLine]:
    """Return the line of the programs that this one starts, which no emulator follows: what `counted` leaves of the user time.

    Loading and linking a program is most of what a short one does; what else it does nobody saw.
    """
    programs = basket.value("programs")
    left = measured.user / measured.parallel - counted
    if programs < SEVERAL or not basket.has("instructions") or left <= 0:
        return []
    return [line("programs that it starts", "system", programs, (left, left / 2, left), "inferred")]


def off_cpu(basket: Basket, measured: Measured) -> list[BillLine]:
    """Return the lines of the time off the CPU: by the system call that slept, where they were traced."""
    if measured.off_cpu <= 0:
        return []
    slept = {
        name.removeprefix("syscalls.").removesuffix(".seconds"): basket.value(name)
        for name in basket.counts
        if name.startswith("syscalls.") and name.endswith(".seconds") and basket.value(name) > 0
    }
    slept = {name: seconds for name, seconds in slept.items() if name in SLEEPING}
    known = min(sum(slept.values()), measured.off_cpu)
    switches = basket.value("context_switches.voluntary")
    cause: Cause = "contention" if measured.parallel > 1 and switches > 0 and not slept else "system"
    lines = [line("waiting off the CPU", cause, switches, _within(measured.off_cpu - known), "counted")]
    for name, share in sorted(slept.items(), key=lambda pair: -pair[1])[:6]:
        part = known * share / sum(slept.values())
        cause = "contention" if name in LOCKS else "system"
        lines.append(line(f"waiting in {name}", cause, basket.value(f"syscalls.{name}"), _within(part), "counted"))
    return [each for each in lines if each.seconds > 0.01 * measured.off_cpu]


def _within(seconds: float) -> tuple[float, float, float]:
    return seconds, seconds * (1 - MEASURED_DOUBT), seconds * (1 + MEASURED_DOUBT)
