"""Switches of memory: pages made huge or kept small, memory kept instead of given back, the allocator's quick lists off.

glibc's allocator asks for huge pages when told to (`glibc.malloc.hugetlb=1` marks what it takes with madvise). CPython's
own allocator takes small arenas past it, so Python runs on malloc *on both sides* of that toggle. What a program maps
itself, and its static arrays, are marked by a small library ahead of its own.
Fooled by: allocators that map little at a time (nothing becomes huge: the check looks at the pages of the running program
and says so); huge pages also save page faults, which are of allocation, not of the TLB: so the user's time is compared.
Source: glibc manual, "Memory Allocation Tunables"; Linux Documentation/admin-guide/mm/transhuge.rst, proc(5) smaps_rollup.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from hwbench.experiment.inherited import refused, without_huge_pages
from hwbench.experiment.preload import library, put_ahead
from hwbench.experiment.programs import lacks_preload, lacks_tunable, program_file
from hwbench.experiment.switch import Change, Setting, Switch, joined, variable, with_environment
from hwbench.records import Command, HostFacts, MemoryFacts, Run, Unavailable
from hwbench.units import MIB, format_bytes

TUNABLES: Final = "GLIBC_TUNABLES"
PYTHON_ALLOCATOR: Final = "PYTHONMALLOC"
KEPT: Final = {
    "mmap_max": "0",  # large blocks come from the arena too: glibc takes no threshold above its bound of 32 MiB
    "trim_threshold": str(1 << 62),
    "top_pad": str(64 * MIB),
}
ENOUGH: Final = 0.5  # of a program's memory must be huge, or the toggle shows little
FEWER_FAULTS: Final = 0.7  # a program too quick to be looked at: its faults tell
LOOKS_EVERY: Final = 0.004  # seconds


@dataclass(frozen=True)
class Pages:
    """How much memory of their own the processes of a program held when they held most, and how much of it was huge."""

    own: int = 0
    huge: int = 0

    @property
    def share(self) -> float:
        """The part that was huge, 0 to 1."""
        return self.huge / self.own if self.own else 0.0


def memory_switches(host: HostFacts) -> tuple[Switch, ...]:
    """Return the switches of memory that exist, whether they work here or not."""
    memory = host.memory
    return (
        Switch(
            "huge pages",
            "tlb",
            "removes",
            "pages of 2 MiB need few TLB entries and short page walks: what is saved is the cost of translation "
            "(in user time: the page faults that huge pages spare are of allocation); Python runs on malloc on both sides",
            lambda command: _huge(command, memory),
            quantities=("user",),
        ),
        Switch(
            "small pages only",
            "tlb",
            "adds",
            "without huge pages each page of 4 KiB needs its own TLB entry and its own fault",
            lambda command: _small(command, memory),
        ),
        Switch(
            "memory kept",
            "allocation",
            "removes",
            "the allocator keeps what is freed and takes the next block from it: no page is given back, cleared and "
            "faulted in again",
            lambda command: _tuned(command, KEPT),
        ),
        Switch(
            "no thread cache",
            "allocation",
            "adds",
            "each malloc and free takes the allocator's lock and its long way: a program that slows down lives in it",
            lambda command: _tuned(command, {"tcache_count": "0"}),
        ),
        Switch(
            "Python on malloc",
            "allocation",
            "adds",
            "every small object is taken from malloc, which takes longer than Python's own allocator: a program that slows "
            "down makes and drops many",
            _on_malloc,
        ),
    )


def tuned(command: Command, settings: dict[str, str]) -> Command:
    """Return the command with glibc's allocator told these things, after what the user has told it."""
    text = ":".join(f"glibc.malloc.{name}={value}" for name, value in settings.items())
    return with_environment(command, {TUNABLES: joined(command, TUNABLES, ":", text)})


@contextlib.contextmanager
def _tuned(command: Command, settings: dict[str, str]) -> Iterator[Change | Unavailable]:
    lacking = _first_lack(command, settings)
    yield lacking if lacking is not None else Change(Setting(command), Setting(tuned(command, settings)))


@contextlib.contextmanager
def _on_malloc(command: Command) -> Iterator[Change | Unavailable]:
    name = program_file(command).name
    if not name.startswith("python"):
        yield Unavailable(reason=f"{name} is not CPython")
    elif variable(command, PYTHON_ALLOCATOR):
        yield Unavailable(reason=f"Python's allocator is chosen already ({PYTHON_ALLOCATOR})")
    else:
        yield Change(Setting(command), Setting(with_environment(command, {PYTHON_ALLOCATOR: "malloc"})))


def _first_lack(command: Command, settings: dict[str, str]) -> Unavailable | None:
    lacks = (lacks_tunable(command, f"glibc.malloc.{name}") for name in settings)
    return next((lack for lack in lacks if lack is not None), None)


@contextlib.contextmanager
def _huge(command: Command, memory: MemoryFacts) -> Iterator[Change | Unavailable]:
    if memory.huge_pages == "never":
        yield Unavailable(
            reason="transparent huge pages are off",
            remedy="echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled",
        )
    elif memory.huge_pages == "unknown":
        yield Unavailable(reason="this system has no transparent huge pages that can be asked for")
    elif memory.huge_pages == "always":
        yield Unavailable(reason="every program has huge pages here already (see the toggle: small pages only)")
    elif (lacking := lacks_tunable(command, "glibc.malloc.hugetlb")) is not None:
        yield lacking
    else:
        on_malloc = with_environment(command, {PYTHON_ALLOCATOR: "malloc"})
        toggled = tuned(on_malloc, {"hugetlb": "1"})
        found = lacks_preload(command)
        advising = library("huge_pages") if found is None else found
        if isinstance(advising, Path):  # without it, only what malloc takes becomes huge
            toggled = put_ahead(toggled, advising)
        yield Change(Setting(on_malloc), Setting(toggled), check=became_huge)


@contextlib.contextmanager
def _small(command: Command, memory: MemoryFacts) -> Iterator[Change | Unavailable]:
    lacking = refused(without_huge_pages, "huge pages be switched off for one program")
    if lacking is None and memory.huge_pages == "never":
        lacking = Unavailable(reason="transparent huge pages are off for every program already")
    if lacking is not None:
        yield lacking
    else:
        yield Change(Setting(command), Setting(command), around=without_huge_pages, check=was_huge)


def became_huge(usual: Callable[[], Run], toggled: Callable[[], Run]) -> Unavailable | None:
    """Say that the toggled program's memory did not become huge: by looking at it, or by its faults if it was too quick."""
    run, pages = look_at_pages(toggled)
    if pages.own and pages.share >= ENOUGH:
        return None
    if not pages.own and run.page_faults < FEWER_FAULTS * usual().page_faults:
        return None
    seen = f"{format_bytes(pages.huge)} of {format_bytes(pages.own)}" if pages.own else "it ended before they were seen"
    return Unavailable(reason=f"the kernel made no pages huge, or too few ({seen})")


def was_huge(usual: Callable[[], Run], toggled: Callable[[], Run]) -> Unavailable | None:
    """Say that the program has no huge pages that could be taken from it: none were seen, and its faults did not rise."""
    run, pages = look_at_pages(usual)
    if pages.huge or run.page_faults < FEWER_FAULTS * toggled().page_faults:
        return None
    return Unavailable(reason="the program has no huge pages that could be made small")


def look_at_pages(take: Callable[[], Run]) -> tuple[Run, Pages]:
    """Take a run while its pages are looked at from a thread beside it; return both."""
    before = set(psutil.Process().children(recursive=True))
    ended, most = threading.Event(), [Pages()]

    def look() -> None:
        while not ended.is_set():
            now = _pages_of([child.pid for child in psutil.Process().children(recursive=True) if child not in before])
            most[0] = max(most[0], now, key=lambda pages: pages.own)
            time.sleep(LOOKS_EVERY)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        run = take()
    finally:
        ended.set()
        thread.join(2.0)
    return run, most[0]


def _pages_of(pids: list[int]) -> Pages:
    """Add up the pages of processes; one that still stands where we do has not yet become the program (execve)."""
    own, huge, ours = 0, 0, ""
    with contextlib.suppress(OSError, IndexError):
        ours = Path("/proc/self/smaps_rollup").read_text().split()[0]
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            if text.split()[0] == ours:
                continue
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in text.splitlines()[1:]}
            own, huge = own + sizes.get("Anonymous", 0), huge + sizes.get("AnonHugePages", 0)
    return Pages(own, huge)
