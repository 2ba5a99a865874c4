"""The kernel's sampling clock on a program: events opened on each CPU, their ring buffers drained, and the records read.

A sampled event that passes to children may have a buffer only if it is bound to a CPU: so there is one on each CPU that
the program may run on. The kernel writes at `data_head`, which we never pass; what we have taken it learns by `data_tail`.
Records of all buffers are put in order by their times, so that each sample meets the mappings of its moment.
Fooled by: a program that widens its own set of CPUs; a machine too busy to drain the buffers (what was lost is counted).
Source: perf_event_open(2); Linux include/uapi/linux/perf_event.h.
"""

from __future__ import annotations

import errno
import mmap
import os
import platform
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from hwbench.evidence.pmu_call import perf_event_open
from hwbench.evidence.pmu_events import SOFTWARE

FREQUENCY: Final = 4000  # samples a second of a CPU's time
FASTEST: Final = Path("/proc/sys/kernel/perf_event_max_sample_rate")
LOOK_SECONDS: Final = 0.1  # from one draining to the next, at most: code made at run time is read then
ALL_PAGES: Final = 4096  # of the buffers of all CPUs together
MOST_PAGES, FEWEST_PAGES = 128, 1  # of one CPU's buffer
CPU_CLOCK: Final = 0
IP_TID_TIME: Final = 1 | 2 | 4
REGISTERS: Final = 1 << 12
ORDER: Final = (
    0,
    2,
    3,
    1,
    7,
    6,
    4,
    5,
    *range(8, 16),
)  # of ax, cx, dx, bx, sp, bp, si, di, as they are numbered, in a sample
MASK: Final = 0xFF00FF if platform.machine() == "x86_64" else 0  # the general registers of x86-64
DISABLED, INHERIT, EXCLUDE_KERNEL, EXCLUDE_HYPERVISOR = 1, 1 << 1, 1 << 5, 1 << 6
MMAP_RECORDS, COMM_RECORDS, BY_FREQUENCY, ENABLE_ON_EXEC = 1 << 8, 1 << 9, 1 << 10, 1 << 12
TASK_RECORDS, SAMPLE_ID_ALL = 1 << 13, 1 << 18
FLAGS: Final = (
    DISABLED | INHERIT | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR | MMAP_RECORDS | COMM_RECORDS | BY_FREQUENCY
    | ENABLE_ON_EXEC | TASK_RECORDS | SAMPLE_ID_ALL
)  # fmt: skip
HEAD, TAIL = 1024 // 8, 1032 // 8  # words of the first page
SAMPLE: Final = struct.Struct("=QIIQ")  # instruction, process, thread, time; then, where asked for, the registers
HEADER: Final = struct.Struct("=IHH")  # type, misc, size
RECORD_MMAP, RECORD_LOST, RECORD_COMM, RECORD_FORK, RECORD_SAMPLE = 1, 2, 3, 7, 9
AT_EXEC: Final = 1 << 13  # of a COMM record: the program was replaced
TRAILER: Final = 16  # of records that are no samples: pid, tid, time
BYTES_OF_A_SAMPLE: Final = 168
ABI_64: Final = 2


class Mapped(NamedTuple):
    """A process mapped a file's code: where, how long, from which offset in which file ("//anon" and the like: none)."""

    pid: int
    low: int
    size: int
    offset: int
    path: str


class Forked(NamedTuple):
    """A process (or a thread of one) began as a copy."""

    pid: int
    parent: int


class Replaced(NamedTuple):
    """A process runs another program from here on."""

    pid: int


class Sample(NamedTuple):
    """The clock struck while a process was at an address, its general registers as they were; none where they are not told."""

    pid: int
    address: int
    registers: tuple[int, ...] = ()


Happening = Mapped | Forked | Replaced | Sample


@dataclass
class Ring:
    """One buffer: its pages (the first is the kernel's control page) as words, and what was taken out of it."""

    words: memoryview
    taken: bytearray = field(default_factory=bytearray)

    def drain(self) -> bytes:
        """Take what the kernel has written since the last time, let it write over that, and return it."""
        head, tail = self.words[HEAD], self.words[TAIL]
        new = between(self.words.cast("B")[mmap.PAGESIZE :], tail, head)
        self.words[TAIL] = head
        self.taken += new
        return new


def between(data: memoryview, tail: int, head: int) -> bytes:
    """Return the bytes of a ring from a place to another; places count on and on, the ring begins anew at its end."""
    size = len(data)
    start, end = tail % size, tail % size + (head - tail)
    return bytes(data[start:end]) if end <= size else bytes(data[start:]) + bytes(data[: end - size])


class Sampler:
    """The events and buffers of one program; `begin` opens them on its process, `end` returns the records.

    `look` is given the new records each time the buffers are drained, while the program runs.
    """

    def __init__(self, look: Callable[[bytes], None]) -> None:
        self._look = look
        self.refused = 0
        self.period = 0.0  # seconds from one sample to the next
        self._opened: list[tuple[int, mmap.mmap, Ring]] = []
        self._is_over = threading.Event()
        self._drainer: threading.Thread | None = None

    def begin(self, pid: int) -> None:
        """Open an event on each CPU, to begin at the process's exec, and drain the buffers from now on."""
        rate = frequency()
        self.period = 1 / rate
        cpus = sorted(os.sched_getaffinity(0))
        pages = most_pages(len(cpus))
        for cpu in cpus:
            descriptor = open_clock(pid, cpu, rate)
            if descriptor < 0:
                self.refused = -descriptor
                continue
            buffer = map_pages(descriptor, pages)
            if isinstance(buffer, int):
                self.refused = buffer
                os.close(descriptor)
                continue
            self._opened.append((descriptor, buffer, Ring(memoryview(buffer).cast("Q"))))
        if self._opened:
            smallest = min(len(buffer) for _, buffer, _ in self._opened) - mmap.PAGESIZE
            seconds = min(smallest / BYTES_OF_A_SAMPLE / rate / 4, LOOK_SECONDS)
            self._drainer = threading.Thread(target=self._attend, args=(seconds,), daemon=True)
            self._drainer.start()

    def _attend(self, seconds: float) -> None:
        while not self._is_over.wait(seconds):
            for _, _, ring in self._opened:
                self._look(ring.drain())

    @property
    def is_open(self) -> bool:
        """Whether any event could be opened."""
        return bool(self._opened)

    def end(self) -> list[bytes]:
        """Take the rest, close everything, and return what each buffer held in all."""
        self._is_over.set()
        if self._drainer is not None:
            self._drainer.join()
        taken = []
        for descriptor, buffer, ring in self._opened:
            ring.drain()
            taken.append(bytes(ring.taken))
            ring.words.release()
            with suppress(BufferError):
                buffer.close()
            os.close(descriptor)
        self._opened.clear()
        return taken


def frequency() -> int:
    """Return how often a second to sample: what we want, or what this system allows."""
    try:
        return max(min(FREQUENCY, int(FASTEST.read_text())), 1)
    except (OSError, ValueError):
        return FREQUENCY


def most_pages(cpus: int) -> int:
    """Return the pages of one CPU's buffer, a power of two, to be tried first."""
    pages = MOST_PAGES
    while pages > FEWEST_PAGES and pages * cpus > ALL_PAGES:
        pages //= 2
    return pages


def open_clock(pid: int, cpu: int, rate: int) -> int:
    """Open the sampling clock on a process and a CPU; return its descriptor, or the negative errno."""
    held = IP_TID_TIME | (REGISTERS if MASK else 0)
    return perf_event_open((SOFTWARE, CPU_CLOCK, rate, held, 0, FLAGS), pid, cpu=cpu, registers=MASK)


def map_pages(descriptor: int, pages: int) -> mmap.mmap | int:
    """Map an event's buffer of at most so many pages: what fits the memory that may be locked; or return the errno."""
    while True:
        try:
            return mmap.mmap(descriptor, (1 + pages) * mmap.PAGESIZE)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOMEM) or pages <= FEWEST_PAGES:
                return error.errno or errno.EIO
            pages //= 2


def parse(buffers: Iterable[bytes]) -> tuple[list[Happening], int]:
    """Return what the records of all buffers tell, in the order in which it happened, and how many records were lost."""
    timed: list[tuple[int, Happening]] = []
    lost = 0
    for data in buffers:
        for kind, misc, body in records(data):
            if kind == RECORD_LOST:
                lost += struct.unpack_from("=QQ", body)[1]
            elif (entry := _read(kind, misc, body)) is not None:
                timed.append(entry)
    timed.sort(key=lambda entry: entry[0])
    return [happening for _, happening in timed], lost


def records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the type, the flags and the body of each record; stops at one that is cut short."""
    at = 0
    while at + HEADER.size <= len(data):
        kind, misc, size = HEADER.unpack_from(data, at)
        if size < HEADER.size or at + size > len(data):
            return
        yield kind, misc, data[at + HEADER.size : at + size]
        at += size


def _registers(body: bytes) -> tuple[int, ...]:
    """Return the general registers in the order of decode.h, or nothing of a program of 32 bits and the like."""
    if len(body) < SAMPLE.size + 8 * (1 + len(ORDER)) or struct.unpack_from("=Q", body, SAMPLE.size)[0] != ABI_64:
        return ()
    held = struct.unpack_from(f"={len(ORDER)}Q", body, SAMPLE.size + 8)
    return tuple(held[place] for place in ORDER)


def _read(kind: int, misc: int, body: bytes) -> tuple[int, Happening] | None:
    if kind == RECORD_SAMPLE:
        address, pid, _, moment = SAMPLE.unpack_from(body)
        return moment, Sample(pid, address, _registers(body))
    if len(body) < TRAILER + 8:
        return None
    moment = struct.unpack_from("=Q", body, len(body) - 8)[0]
    pid, other = struct.unpack_from("=II", body)
    if kind == RECORD_MMAP:
        low, size, offset = struct.unpack_from("=QQQ", body, 8)
        path = body[32 : len(body) - TRAILER].partition(b"\0")[0].decode("utf-8", "surrogateescape")
        return moment, Mapped(pid, low, size, offset, path)
    if kind == RECORD_FORK:
        return moment, Forked(pid, other)
    if kind == RECORD_COMM and misc & AT_EXEC:
        return moment, Replaced(pid)
    return None
