"""System calls by name: how many, and how long they took where they are long enough to be timed in situ.

strace (else, for root, `perf trace`) sums the calls of the whole process tree. The number of calls is exact. Being stopped
at both ends makes each call some ten microseconds dearer, so a call's seconds are taken after the tracer's own cost, which
the run itself shows: what the calls that never wait took on the average. What is far longer than that (a sleep, an fsync,
a read from a pipe) is good as timed; what is not is priced by the machine profile's `syscall.cost`, and its interval
reaches up to what was timed.
Fooled by: io_uring, whose requests are no calls (said in a note); calls that the vDSO answers (none is made); a wait for
another traced process, which is slowed itself (its interval reaches down to 0); waits of several threads, which overlap;
`perf trace`, which does not pass on that a program failed.
Source: strace(1), -c -w -U; perf-trace(1), -s.
"""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hwbench.evidence.tools import SMALLER, WHOLE_PROGRAM, attempt, find, nothing
from hwbench.records import Command, Count, Evidence, Limits, MachineProfile, Unavailable
from hwbench.units import significant

COLUMNS: Final = "name,calls,total-time,min-time,max-time"
STARTS: Final = frozenset({"fork", "vfork", "clone", "clone3"})
_OTHERS = (  # calls that may wait for another process or thread of the program
    "wait4 waitid futex futex_waitv poll ppoll select pselect6 epoll_wait epoll_pwait epoll_pwait2 read readv recvfrom "
    "recvmsg accept accept4 flock fcntl semop semtimedop msgrcv rt_sigtimedwait rt_sigsuspend pause vfork"
)
_DEVICES = (  # calls that may wait for a clock or a device
    "nanosleep clock_nanosleep write writev pwrite64 pread64 fsync fdatasync msync sync syncfs sync_file_range sendto "
    "sendmsg connect openat execve exit_group io_uring_enter"
)
OTHERS: Final = frozenset(_OTHERS.split())
MAY_WAIT: Final = OTHERS | frozenset(_DEVICES.split())
CLEARLY_LONG: Final = 3.0  # times the tracer's own cost: from here on a call is good as timed
PERHAPS_LONGER: Final = 1.5
NAMED_WAITS: Final = 3
ABSENT: Final = "cannot trace here"


@dataclass(frozen=True)
class Calls:
    """All calls of one name as a tracer summed them: seconds with its own cost in them."""

    name: str
    calls: int
    seconds: float
    shortest: float

    @property
    def mean(self) -> float:
        """Seconds of one call on the average."""
        return self.seconds / self.calls


def missing() -> Unavailable | None:
    """Return why no tracer works here, or None."""
    tool = _tool()
    return tool if isinstance(tool, Unavailable) else None


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Count a command's system calls by name, and the seconds spent in them."""
    tool = _tool()
    if isinstance(tool, Unavailable):
        return nothing("strace", tool.reason, tool.remedy)
    with tempfile.TemporaryDirectory(prefix="hwbench-calls-") as folder:
        file = Path(folder) / "summary"
        ended = attempt(command, limits, prefix=_words(tool, file))
        text = file.read_text("utf-8", "replace") if file.is_file() else ""
    if isinstance(ended, Unavailable):
        return nothing("strace", ended.reason, ended.remedy)
    found = parse_perf(text) if _is_perf(tool) else parse_strace(text)
    if not found:
        return nothing("strace", f"{Path(tool).name} summed no calls", SMALLER)
    notes = [WHOLE_PROGRAM] if command.region else []
    if "LOST" in ended.errors:
        notes.append("perf trace lost events: the calls are at least so many")
    priced = profile.quantities.get("syscall.cost")
    price = None if priced is None or priced.value is None else priced.value * 1e-9
    return evidence(found, price, seconds=ended.run.wall, notes=notes)


def evidence(
    found: Sequence[Calls], price: float | None, *, seconds: float = 0.0, notes: Sequence[str] = ()
) -> Evidence:
    """Return the evidence of summed calls; `price` is what one short call costs natively, in seconds."""
    own = tracer_cost(found)
    floor = min(calls.shortest for calls in found)
    has_others = any(calls.name in STARTS for calls in found)
    counts = {"syscalls": Count(value=float(sum(calls.calls for calls in found)))}
    for calls in found:
        counts[f"syscalls.{calls.name}"] = Count(value=float(calls.calls))
        each = _each(calls, own, floor, price)
        low = 0.0 if has_others and calls.name in OTHERS else each.low
        counts[f"syscalls.{calls.name}.seconds"] = Count(
            value=each.value * calls.calls,
            low=None if low is None else low * calls.calls,
            high=None if each.high is None else each.high * calls.calls,
        )
    return Evidence(
        source="strace",
        counts=counts,
        seconds=seconds,
        notes=(*notes, *_notes(found, own, price, has_others=has_others)),
    )


def tracer_cost(found: Sequence[Calls]) -> float:
    """Return what the tracer adds to a call: the average time of a call that never waits, in seconds."""
    quick = sorted((calls for calls in found if calls.name not in MAY_WAIT), key=lambda calls: calls.mean)
    half = sum(calls.calls for calls in quick) / 2
    passed = 0
    for calls in quick:
        passed += calls.calls
        if passed >= half:
            return calls.mean
    return min(calls.shortest for calls in found)


def _each(calls: Calls, own: float, floor: float, price: float | None) -> Count:
    """Return the seconds of one call natively: as timed where it is long, else as priced."""
    beyond = max(calls.mean - own, 0.0)
    least = price or 0.0
    if calls.mean > CLEARLY_LONG * own:
        return Count(value=beyond + least, low=max(beyond - own, least), high=max(calls.mean - floor, beyond) + least)
    usual = least if calls.mean < PERHAPS_LONGER * own and price is not None else least + beyond
    return Count(value=usual, low=least, high=least + max(calls.mean - floor, 0.0))


def _notes(found: Sequence[Calls], own: float, price: float | None, *, has_others: bool) -> list[str]:
    long = sorted((c for c in found if c.mean > CLEARLY_LONG * own and c.calls > 1), key=lambda calls: -calls.seconds)
    notes = [
        f"{calls.name}: {calls.calls} calls at {significant((calls.mean - own) * 1e3)} ms"
        for calls in long[:NAMED_WAITS]
    ]
    how = (
        "at the profile's syscall.cost"
        if price is not None
        else "as timed beyond that (no syscall.cost in the profile)"
    )
    notes.append(f"tracing added about {significant(own * 1e6)} µs a call, taken off; short calls are priced {how}")
    if has_others:
        notes.append("it has threads or children: waits for them overlap, and they were slowed too")
    if any(calls.name.startswith("io_uring_") for calls in found):
        notes.append("it uses io_uring: requests made through it are not among these calls")
    return notes


def parse_strace(text: str) -> tuple[Calls, ...]:
    """Return the calls of a summary with the columns `COLUMNS`; lines that are no row of it are passed over."""
    rows = (line.split() for line in text.splitlines())
    return tuple(
        Calls(row[0], int(row[1]), float(row[2]), float(row[3]))
        for row in rows
        if len(row) == 5 and row[0] != "total" and row[1].isdecimal() and int(row[1])
    )


def parse_perf(text: str) -> tuple[Calls, ...]:
    """Return the calls of `perf trace -s`, summed over its threads; it gives milliseconds, and older ones no errors."""
    summed: dict[str, Calls] = {}
    for line in text.splitlines():
        row = line.split()
        if len(row) not in (7, 8) or not row[1].isdecimal() or not row[-1].endswith("%"):
            continue
        calls, total, shortest = int(row[1]), float(row[-5]) / 1e3, float(row[-4]) / 1e3
        before = summed.get(row[0], Calls(row[0], 0, 0.0, shortest))
        summed[row[0]] = Calls(row[0], before.calls + calls, before.seconds + total, min(before.shortest, shortest))
    return tuple(calls for calls in summed.values() if calls.calls)


def _words(tool: str, file: Path) -> tuple[str, ...]:
    if _is_perf(tool):
        return (tool, "trace", "-s", "-o", str(file), "--")
    return (tool, "-f", "-c", "-w", "-U", COLUMNS, "-o", str(file), "--")


def _is_perf(tool: str) -> bool:
    return Path(tool).name.startswith("perf")


@functools.cache
def _tool() -> str | Unavailable:
    """Return the tracer that works here: each is tried on a program that does nothing."""
    first = find("strace", "strace")
    if first and not (refusal := _try(str(first))):
        return str(first)
    second = find("perf", "linux-perf")
    if second and os.geteuid() == 0 and not _try(str(second)):
        return str(second)
    if isinstance(first, Unavailable):
        return first
    return Unavailable(
        reason=f"strace {ABSENT} ({refusal})", remedy="docker run --cap-add SYS_PTRACE ..., or strace 5.7 or later"
    )


def _try(tool: str) -> str:
    """Trace a program that does nothing; return what the tracer complains of, or nothing."""
    with tempfile.TemporaryDirectory(prefix="hwbench-calls-") as folder:
        file = Path(folder) / "summary"
        words = [*_words(tool, file), "/bin/sh", "-c", ":"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        text = file.read_text("utf-8", "replace") if file.is_file() else ""
    found = parse_perf(text) if _is_perf(tool) else parse_strace(text)
    said = next(iter(done.stderr.strip().splitlines()), "") or f"status {done.returncode}"
    return "" if done.returncode == 0 and found else said[:200]
