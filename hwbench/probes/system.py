"""What the operating system charges: page faults, allocation, system calls, pipes, switches, files.

Each event is made again and again in a C loop. What the event itself varies in (a switch, an fsync) takes the median
with its interval, the rest the lower envelope. A fault is priced alone: giving the pages back lies outside the timed
stretch.
Fooled by: a hypervisor that has not backed the guest's page yet (the first touches are not timed), a kernel that maps
several pages at once (the memory asks for base pages), a C library that keeps large blocks (then `malloc.large_cost`
holds no page faults: add `page_fault.cost` for memory that grows), a working folder in memory or behind a cache that
ignores fsync, a clock source that needs a system call (then `clock_read.cost` is near `syscall.cost`).
Source: lmbench (McVoy and Staelin 1996) for pipes and switches; madvise(2), vdso(7), fsync(2).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from hwbench import stats
from hwbench.catalog import kernels
from hwbench.catalog.system import LARGE_BYTES, RECORD_BYTES, working_folder
from hwbench.measure import buffers, results
from hwbench.measure.bench import Case
from hwbench.measure.pinning import pinned
from hwbench.probes import Known, probe
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hwbench.catalog import Prepared
    from hwbench.measure.bench import Bench, Samples
    from hwbench.measure.results import Found

FAULT_BYTES: Final = 16 * MIB
HUGE_PAGES: Final = 16
"""How many are given back and touched again: more than a stretch needs."""
HUGE_SHARE: Final = 0.9
MALLOC_BYTES: Final = tuple(16 * 4**k for k in range(10))
IN_MEMORY: Final = ("tmpfs", "ramfs", "devtmpfs")
SKIPS_NAMELESS: Final = ("btrfs",)
"""File systems that log nothing for a file without a name, which ours is so that it never stays behind."""


@contextlib.contextmanager
def _prepared(bench: Bench, name: str, size: int | None = None) -> Iterator[Case | Unavailable]:
    """Prepare a kernel, try it once, and yield it as a case, or why it does not work here; close it afterwards."""
    kernel = kernels()[f"system.{name}"]
    prepared = kernel.prepare(kernel.size if size is None else size)
    if isinstance(prepared, Unavailable):
        yield prepared
        return
    try:
        run = bench.variant.bind(kernel.c_function, prepared.arguments)
        if run(1) < 0:
            yield Unavailable(reason=f"the system refuses what {kernel.name} needs, or does not have it")
        else:
            yield Case(name, run, getattr(prepared.work, kernel.unit))
    finally:
        if prepared.close is not None:
            prepared.close()


def _simple(bench: Bench, quantity: str, name: str, method: str, size: int | None = None) -> Found:
    """Price one kernel by its lower envelope."""
    with _prepared(bench, name, size) as case:
        if isinstance(case, Unavailable):
            return results.missing(quantity, "ns", case)
        return results.price(quantity, bench.sample([case], 0.1)[name], method=method)


# ── page faults ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _fault_case(bench: Bench, memory: np.ndarray, page: int) -> Case:
    """Return a case of first touches; before each sample all pages are given back."""
    position = np.zeros(1, dtype=np.int64)
    give_back = bench.variant.bind("system_give_back", (memory, memory.nbytes))

    def before() -> None:
        position[0] = 0
        give_back()  # type: ignore[call-arg]  # its last argument is bound: it has no repeats

    run = bench.variant.bind("system_fault", (memory, memory.nbytes, page, position))
    return Case("fault", run, before=before)


def _is_fresh(case: Case) -> bool:
    """Whether the pages that are given back come back zeroed, so that a touch is a fault."""
    for _ in range(2):
        if case.before is not None:
            case.before()
        if case.run(2) != 2:
            return False
    return True


def _fault_cost(bench: Bench, quantity: str, pages: buffers.Pages, page: int, size: int) -> Found:
    """Price the first touch of a page of one kind."""
    buffer = buffers.allocate(size, pages, bench.host.memory.huge_page_bytes or buffers.DEFAULT_HUGE_BYTES)
    if isinstance(buffer, Unavailable):
        return results.missing(quantity, "ns", buffer)
    case = _fault_case(bench, buffer.view(np.uint8), page)
    if not _is_fresh(case):
        return results.missing(quantity, "ns", "this system does not take pages back on request")
    samples = bench.sample([case], 0.15)["fault"]
    if pages == "huge" and not _comes_back_huge(case, buffer, size // page):
        return results.missing(quantity, "ns", "the kernel gave base pages for huge ones that were given back")
    return results.price(
        quantity, samples, method=f"first write to each page of {page} bytes, given back before each sample"
    )


def _comes_back_huge(case: Case, buffer: buffers.Buffer, pages: int) -> bool:
    if case.before is not None:
        case.before()
    case.run(pages)
    return buffers.huge_share(buffer.words.ctypes.data, buffer.bytes) >= HUGE_SHARE


def _faults(bench: Bench) -> Iterator[Found]:
    page = bench.host.memory.base_page_bytes
    size = min(FAULT_BYTES, bench.memory_bytes // 4)
    yield _fault_cost(bench, "page_fault.cost", "base", page, size)
    huge = bench.host.memory.huge_page_bytes or buffers.DEFAULT_HUGE_BYTES
    if HUGE_PAGES * huge > bench.memory_bytes // 2:
        yield results.missing(
            "page_fault.huge_cost", "ns", f"{HUGE_PAGES} huge pages exceed the memory that may be used"
        )
    else:
        yield _fault_cost(bench, "page_fault.huge_cost", "huge", huge, HUGE_PAGES * huge)


# ── allocation ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _malloc_curve(bench: Bench) -> Found:
    """Price allocating and freeing one block of each size."""
    kernel, cases = kernels()["system.malloc"], []
    for size in MALLOC_BYTES:
        prepared = cast("Prepared", kernel.prepare(size))  # only numbers are prepared
        cases.append(bench.c_case(str(size), kernel.c_function, prepared.arguments))
    taken = bench.sample(cases, 0.4)
    return results.curve("malloc", ({"bytes": size, "ns": taken[str(size)].lower().value} for size in MALLOC_BYTES))


def _allocation(bench: Bench) -> Iterator[Found]:
    yield _simple(bench, "malloc.cost", "malloc", "malloc, one write and free of 64 B, one block alive at a time")
    yield _simple(bench, "malloc.batch_cost", "malloc_batch", "malloc and free of 64 B, 256 blocks alive at a time")
    method = f"malloc, a write to each page and free of {LARGE_BYTES // KIB} KiB, again and again"
    yield _simple(bench, "malloc.large_cost", "malloc_touched", method)
    if bench.effort != "quick":
        yield _malloc_curve(bench)


# ── calls, pipes, switches ────────────────────────────────────────────────────────────────────────────────────────────


def _pipes(bench: Bench) -> list[Found]:
    """Price a hop through a pipe, and a switch: what a round trip between two threads on one CPU costs beyond hops."""
    with pinned(bench.cpus[0]), _prepared(bench, "pipe_hop") as hop, _prepared(bench, "switch") as switch:
        if isinstance(hop, Unavailable):
            return [results.missing(name, "ns", hop) for name in ("pipe_hop.cost", "context_switch.cost")]
        taken = bench.sample([case for case in (hop, switch) if isinstance(case, Case)], 0.3)
    method = "one byte written to a pipe and read again by the same thread"
    price = results.price("pipe_hop.cost", taken["pipe_hop"], method=method)
    if isinstance(switch, Unavailable):
        return [price, results.missing("context_switch.cost", "ns", switch)]
    return [price, _switch_cost(taken["switch"], taken["pipe_hop"])]


def _switch_cost(passes: Samples, hops: Samples) -> Found:
    return results.estimated(
        "context_switch.cost",
        "ns",
        stats.difference(passes.ns, hops.ns),
        cycles=stats.difference(passes.cycles, hops.cycles),
        method="a byte passed between two threads of one process on one CPU, less the pipe's own cost, medians",
        samples=passes.ns,
    )


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def file_system_of(folder: Path) -> str:
    """Return the type of the file system that a folder lies on; empty where the system does not tell."""
    import psutil  # noqa: PLC0415 - only here

    try:
        mounts = {partition.mountpoint: partition.fstype for partition in psutil.disk_partitions(all=True)}
        resolved = folder.resolve()
    except (OSError, RuntimeError):
        return ""
    return next((mounts[str(place)] for place in (resolved, *resolved.parents) if str(place) in mounts), "")


def _durability(kind: str) -> str | None:
    """Return what makes an fsync on this type of file system less than it seems, if anything does."""
    if kind in IN_MEMORY:
        return f"the working folder is in memory ({kind}): nothing is made durable"
    if kind in SKIPS_NAMELESS:
        return f"{kind} does less for our file, which has no name, than for one that has"
    return None


def _fsync(bench: Bench) -> Found:
    with _prepared(bench, "fsync") as case:
        if isinstance(case, Unavailable):
            return results.missing("fsync.cost", "ns", case)
        samples = bench.sample([case], 0.4)["fsync"]
    kind = file_system_of(working_folder())
    return results.estimated(
        "fsync.cost",
        "ns",
        samples.median(),
        cycles=stats.median(samples.cycles),
        method=f"{RECORD_BYTES} B appended to a file in the working folder ({kind or 'of unknown kind'}), then fsync",
        caution=_durability(kind),
        samples=samples.ns,
    )


TIMES: Final = (
    "page_fault.cost",
    "page_fault.huge_cost",
    "malloc.cost",
    "malloc.batch_cost",
    "malloc.large_cost",
    "syscall.cost",
    "clock_read.cost",
    "context_switch.cost",
    "pipe_hop.cost",
    "fsync.cost",
    "file_read.cost",
)


@probe(group="system", quantities=dict.fromkeys(TIMES, "ns"), curves=("malloc",), seconds=2.0, order=70, processes=2)
def system(bench: Bench, known: Known) -> Iterator[Found]:
    """Price page faults, allocation, system calls, pipes, switches and files."""
    yield _simple(bench, "syscall.cost", "call", "getppid, called past the C library")
    yield _simple(bench, "clock_read.cost", "clock", "clock_gettime(CLOCK_MONOTONIC)")
    yield from _faults(bench)
    yield from _allocation(bench)
    yield from _pipes(bench)
    yield _fsync(bench)
    yield _simple(
        bench, "file_read.cost", "read", "pread of 4 KiB that the system has in memory, from a file of 64 KiB"
    )
