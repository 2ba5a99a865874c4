"""Switches of the machine beside the program: a neighbour that takes cache or bandwidth, and all threads on one CPU.

The neighbour is a process of its own on another physical core, started once a switch and let go only during toggled runs;
it ends when we do. It fills the shared cache when its array is of that size (read again and again, at no more than a slow
pace from memory), and takes bandwidth when its array is far larger. Both are taken in steps: a program that depends on
what is taken slows down step by step.
Fooled by: a virtual machine whose unseen neighbours own the shared cache already (little is left to take); a program with
more threads than one, which the neighbour would take a CPU from (its threads are held on the one CPU for both sides).
Threads on one CPU send no cache line to another core and seldom meet at a lock; they also run one after the other. So the
time on CPUs tells what contention cost, and wall time that gets *shorter* proves it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from hwbench.experiment.switch import Change, Switch, in_full
from hwbench.measure.pinning import pin, usable_cpus
from hwbench.records import Command, HostFacts, Unavailable
from hwbench.units import MIB

FOREVER: Final = 1 << 50
USUAL_CACHE: Final = 32 * MIB  # where the host does not say how large its last level is
BANDWIDTH_ARRAY: Final = 4  # times the last level
LARGEST_ARRAY: Final = 512 * MIB
MOST_NEIGHBOURS: Final = 3
PAUSES: Final = {" gently": 500, "": 0}  # adds of one cycle after each 16 lines
SECONDS_TO_START: Final = 30.0
SECONDS_TO_SETTLE: Final = 0.02  # of neighbouring before a toggled run starts: a cache is filled by then


def neighbour_switches(host: HostFacts) -> tuple[Switch, ...]:
    """Return the switches that load the machine beside the program, in steps."""
    last = max((claim.bytes for claim in host.caches if claim.kind != "instruction"), default=USUAL_CACHE)
    far = min(LARGEST_ARRAY, max(BANDWIDTH_ARRAY * last, 64 * MIB))
    less_cache = "it reads an array of the last level's size: the program has less of it"
    less_bandwidth = "it reads an array far larger than the caches: the program gets less of memory's bandwidth"
    return tuple(
        _neighbour(f"neighbour takes {cause}{how}", cause, why, host, (size, pause))
        for cause, size, why in (("cache", min(last, LARGEST_ARRAY), less_cache), ("bandwidth", far, less_bandwidth))
        for how, pause in PAUSES.items()
    )


def thread_switches(host: HostFacts) -> tuple[Switch, ...]:
    """Return the switches of a program's own threads."""
    return (
        Switch(
            "threads on one CPU",
            "contention",
            "removes",
            "no cache line travels between cores and locks are rarely met: the time on CPUs shrinks by what contention "
            "cost, and wall time that gets shorter proves it",
            lambda command: _together(command, host.usable_cpus or usable_cpus()),
            quantities=("cpu", "wall"),
        ),
    )


def _neighbour(name: str, cause: str, why: str, host: HostFacts, load: tuple[int, int]) -> Switch:
    cpus = apart(host)
    return Switch(name, cause, "adds", why, lambda command: _beside(command, cpus, *load))


def apart(host: HostFacts) -> tuple[int, ...]:
    """Return a CPU for the program and, after it, CPUs of other physical cores that share its socket where possible."""
    cpus = host.usable_cpus or usable_cpus()
    known = {core.cpu: (core.socket, core.core) for core in host.cores}
    own, taken = cpus[0], {known.get(cpus[0], (0, -1 - cpus[0]))}
    others = []
    for cpu in cpus[1:]:
        place = known.get(cpu, (0, -1 - cpu))
        if place not in taken:
            taken.add(place)
            others.append(cpu)
    home = known.get(own, (0, 0))[0]
    others.sort(key=lambda cpu: known.get(cpu, (home, 0))[0] != home)
    return (own, *others[:MOST_NEIGHBOURS])


@contextlib.contextmanager
def _together(command: Command, cpus: Sequence[int]) -> Iterator[Change | Unavailable]:
    if len(cpus) < 2:
        yield Unavailable(reason="this machine has one CPU: threads are together already")
    elif not _can_pin():
        yield Unavailable(reason="this system cannot hold a program on a CPU")
    else:
        yield Change(in_full(command, cpus), in_full(command, cpus[-1:]))


@contextlib.contextmanager
def _beside(command: Command, cpus: Sequence[int], size: int, pause: int) -> Iterator[Change | Unavailable]:
    if len(cpus) < 2:
        yield Unavailable(reason="there is no other core for a neighbour")
        return
    if not _can_pin():
        yield Unavailable(reason="this system cannot hold a program on a CPU")
        return
    started = [start_neighbour(cpu, size, pause) for cpu in cpus[1:]]
    neighbours = [each for each in started if isinstance(each, Neighbour)]
    refusal = next((each for each in started if isinstance(each, Unavailable)), None)

    @contextlib.contextmanager
    def loaded() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for neighbour in neighbours:
                stack.enter_context(neighbour.reading())
            threading.Event().wait(SECONDS_TO_SETTLE)
            yield

    try:
        own = in_full(command, cpus[:1])
        yield refusal if refusal is not None else Change(own, own, around=loaded)
    finally:
        for neighbour in neighbours:
            neighbour.end()


def _can_pin() -> bool:
    return hasattr(os, "sched_setaffinity")


@dataclass(frozen=True)
class Neighbour:
    """A process that reads memory when it is told to, and ends when its input does."""

    process: subprocess.Popen[bytes]

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Let it read as long as the context lasts."""
        self._tell(b"read\n")
        try:
            yield
        finally:
            self._tell(b"rest\n")

    def _tell(self, word: bytes) -> None:
        if self.process.stdin is not None and self.process.stdout is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.write(word)
                self.process.stdin.flush()
                self.process.stdout.readline()

    def end(self) -> None:
        """End it and wait for its end."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.kill()
        self.process.wait()


def start_neighbour(cpu: int, size: int, pause: int) -> Neighbour | Unavailable:
    """Start a neighbour on a CPU with an array of `size` bytes; it rests until it is told to read."""
    words = [sys.executable, "-P", "-m", __name__, str(cpu), str(size), str(pause)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    neighbour = Neighbour(process)
    watch = threading.Timer(SECONDS_TO_START, process.kill)
    watch.start()
    try:
        said = process.stdout.readline().decode().strip() if process.stdout else ""
    except BaseException:
        neighbour.end()
        raise
    finally:
        watch.cancel()
    if said == "ready":
        return neighbour
    neighbour.end()
    return Unavailable(reason=f"no neighbour could be started ({said or 'it said nothing'})")


def live(cpu: int, size: int, pause: int, told: IO[bytes], says: IO[bytes]) -> None:
    """Read memory on a CPU between `read` and `rest`, until `told` ends; answer every word."""
    import numpy as np  # noqa: PLC0415 - only the neighbour needs it

    from hwbench import native  # noqa: PLC0415
    from hwbench.catalog.rings import aligned_words  # noqa: PLC0415

    def answer(text: str) -> None:
        says.write(f"{text}\n".encode())
        says.flush()

    refusal, variant = pin(cpu), native.best()
    if refusal is not None or isinstance(variant, Unavailable):
        answer(str(refusal.reason if refusal is not None else variant))
        return
    words = aligned_words(size)
    stop, done = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    read = variant.bind("neighbour_read", (words, words.size, 8, pause, stop, done))
    answer("ready")
    reader: threading.Thread | None = None
    for word in told:
        stop[0] = 1
        if reader is not None:
            reader.join()
            reader = None
        if word.strip() == b"read":
            stop[0] = 0
            reader = threading.Thread(target=read, args=(FOREVER,), daemon=True)
            reader.start()
        answer("done")


if __name__ == "__main__":
    live(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.stdin.buffer, sys.stdout.buffer)
