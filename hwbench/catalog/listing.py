"""What the catalogue says of each kernel, as records: its twins, declared work, usual size, and what it needs."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hwbench.catalog import kernels, select
from hwbench.records import Record, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.catalog import Kernel


class KernelEntry(Record, frozen=True, kw_only=True):
    """One kernel as it is listed; `work` is that of one repeat at `size`, `only_c` why there is no numba twin."""

    name: str
    group: str
    summary: str
    twins: tuple[str, ...]
    unit: str
    size: int
    work: dict[str, float] = {}  # noqa: RUF012 - msgspec copies it
    threads: int = 1
    needs: tuple[str, ...] = ()
    only_c: str = ""
    repeatable: bool = True
    unavailable: str = ""


def entries(pattern: str = "*") -> Iterator[KernelEntry]:
    """Yield the kernels of a name, group or shell pattern (or part of a name), sorted; UsageError if none."""
    holding = [kernel for name, kernel in kernels().items() if fnmatchcase(name, f"*{pattern}*")]
    yield from map(_entry, holding or select(pattern))


def _entry(kernel: Kernel) -> KernelEntry:
    """Prepare a kernel at its usual size, since only then it says what work a repeat is."""
    work: dict[str, float] = {}
    threads = 1
    try:
        prepared = kernel.prepare(kernel.size)
    except MemoryError:
        prepared = Unavailable(reason=f"{kernel.size} bytes of memory could not be had")
    if not isinstance(prepared, Unavailable):
        work, threads = dict(prepared.work.items()), 1 + len(prepared.partners)
        if prepared.close is not None:
            prepared.close()
    return KernelEntry(
        name=kernel.name,
        group=kernel.stem,
        summary=kernel.summary,
        twins=kernel.twins,
        unit=kernel.unit,
        size=kernel.size,
        work=work,
        threads=threads,
        needs=kernel.needs,
        only_c=kernel.only_c,
        repeatable=kernel.repeatable,
        unavailable=str(prepared) if isinstance(prepared, Unavailable) else "",
    )
