"""Pinning threads to logical CPUs, and running several at once on CPUs of their own.

A scheduler may pack all threads on one core while another idles: threads that must run apart are pinned, each from inside.
Where the system has no such call (macOS) or refuses it, that is a reason, not an error.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from hwbench.records import Unavailable


def usable_cpus() -> tuple[int, ...]:
    """Return the logical CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def pin(cpu: int) -> Unavailable | None:
    """Pin the calling thread to a logical CPU; return why not where that is refused."""
    if not hasattr(os, "sched_setaffinity"):
        return Unavailable(reason="this system cannot pin a thread to a CPU")
    try:
        os.sched_setaffinity(0, {cpu})
    except OSError as error:
        return Unavailable(
            reason=f"pinning to CPU {cpu} was refused ({error.strerror})",
            remedy="choose one of the CPUs in: hwbench doctor",
        )
    return None


@contextmanager
def pinned(cpu: int) -> Iterator[Unavailable | None]:
    """Pin the calling thread for as long as the context lasts; yield why not where that is refused."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    refusal = pin(cpu)
    try:
        yield refusal
    finally:
        if before is not None and refusal is None:
            os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Member:
    """One thread of a team: where it runs and what it does; `act` is called once, after all have arrived."""

    cpu: int
    act: Callable[[], object]


@dataclass(frozen=True)
class Spell:
    """When one member's act began and ended (ns of `time.perf_counter_ns`) and what it returned."""

    started: int
    ended: int
    result: object


def run_together(members: Sequence[Member], now: Callable[[], int] = time.perf_counter_ns) -> list[Spell]:
    """Run every member's act at once, each pinned to its CPU, and return their spells in order; an error in one is raised.

    The acts must release the GIL (C and numba kernels do) or they take turns.
    """
    barrier = threading.Barrier(len(members))
    spells: list[Spell | BaseException | None] = [None] * len(members)

    def live(index: int, member: Member) -> None:
        try:
            pin(member.cpu)
            barrier.wait(timeout=30)
            started = now()
            result = member.act()
            spells[index] = Spell(started, now(), result)
        except BaseException as error:
            spells[index] = error

    threads = [threading.Thread(target=live, args=pair, daemon=True) for pair in enumerate(members)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for spell in spells:
        if isinstance(spell, BaseException):
            raise spell
    return [spell for spell in spells if isinstance(spell, Spell)]
