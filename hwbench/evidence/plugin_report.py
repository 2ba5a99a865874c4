"""What the counting plugin wrote, as counts with intervals and hot places with names: one file a process, added up.

What the plugin saw on samples only carries a standard error; the interval is three of them wide on either side (the samples'
own variance is an estimate). Blocks are summed by function, with the symbols of the files that were mapped.
Fooled by: code made at run time (no file: named as such), files that changed since.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec

from hwbench.evidence.plugin_syscalls import syscall_name
from hwbench.host import symbols
from hwbench.records import Count, HotSpot, Unavailable, is_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

HOT_SPOTS: Final = 20
ERRORS_WIDE: Final = 3.0
MADE_AT_RUN_TIME: Final = "code made at run time"
NAMELESS: Final = "a function without a name"
CALLS: Final = {
    "malloc.calls": ("malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "PyObject_Malloc", "PyMem_Malloc",
                     "PyObject_Calloc", "PyMem_Calloc", "PyObject_Realloc", "PyMem_Realloc"),
    "malloc.frees": ("free", "PyObject_Free", "PyMem_Free"),
}  # fmt: skip


class Written(msgspec.Struct, frozen=True):
    """One process's file."""

    stopped: bool
    counts: dict[str, float]
    child: bool = False
    executes: str = ""
    simulator_seconds: float = 0.0
    errors: dict[str, float] = {}
    modelled: dict[str, float] = {}
    syscalls: dict[str, int] = {}
    blocks: list[tuple[int, float, int, float]] = []
    maps: list[str] = []


@dataclass
class Summed:
    """All processes together."""

    counts: Counter[str] = field(default_factory=Counter)
    variances: Counter[str] = field(default_factory=Counter)
    functions: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # instructions, cycles
    executed: list[str] = field(default_factory=list)
    processes: int = 0
    modelled: float = 0.0
    stopped: bool = False


def read(folder: Path, machine: str) -> Summed | Unavailable:
    """Add up what the processes wrote into a folder."""
    summed = Summed()
    for path in sorted(folder.iterdir()):
        if path.suffix == ".part":
            continue
        try:
            written = msgspec.json.decode(path.read_bytes(), type=Written)
        except (OSError, msgspec.MsgspecError):
            continue
        _add(summed, written, machine)
    if not summed.counts.get("instructions"):
        return Unavailable(reason="the plugin left no counts")
    return summed


def _add(summed: Summed, written: Written, machine: str) -> None:
    summed.processes += 1
    summed.stopped |= written.stopped
    summed.modelled += written.modelled.get("first", 0.0) + written.modelled.get("later", 0.0)
    for name, value in written.counts.items():
        summed.counts[name] += value  # type: ignore[assignment]
    for name, error in written.errors.items():
        summed.variances[name] += error**2  # type: ignore[assignment]
    if written.executes:
        summed.executed.append(written.executes)
        summed.counts["programs"] += 1
    for number, calls in written.syscalls.items():
        summed.counts[f"syscalls.{syscall_name(int(number), machine)}"] += calls
    _add_places(summed, written)


def _add_places(summed: Summed, written: Written) -> None:
    mappings = _run_from(symbols.parse_maps("".join(written.maps)), [block[0] for block in written.blocks])
    allocators = symbols.loaded_allocators(mappings)
    for address, instructions, executions, cycles in written.blocks:
        path, function = symbols.function_of(mappings, address) or ("", None)
        totals = summed.functions.setdefault((_name(path, function), path), [0.0, 0.0])
        totals[0] += instructions
        totals[1] += cycles
        if any(low <= address < high for low, high in allocators):
            summed.counts["malloc.instructions"] += instructions  # type: ignore[assignment]
            summed.counts["malloc.cycles"] += cycles  # type: ignore[assignment]
        if function and _is_entry(mappings, address, function):
            for count, functions in CALLS.items():
                if function.name in functions:
                    summed.counts[count] += executions


def _run_from(mappings: Sequence[symbols.Mapping], addresses: Sequence[int]) -> tuple[symbols.Mapping, ...]:
    """Mark what the program ran from as executable: QEMU maps a program's code as data."""
    run = set()
    for address in addresses:
        place = bisect.bisect_right(mappings, address, key=lambda mapping: mapping.low) - 1
        if place >= 0 and address < mappings[place].high:
            run.add(place)
    return tuple(replace(mapping, is_executable=place in run) for place, mapping in enumerate(mappings))


def _name(path: str, function: symbols.Function | None) -> str:
    if not path:
        return MADE_AT_RUN_TIME
    return function.name if function and function.is_inside else NAMELESS


def _is_entry(mappings: Sequence[symbols.Mapping], address: int, function: symbols.Function) -> bool:
    place = symbols.locate(mappings, address)
    return place is not None and symbols.read_symbols(place.path).address_of(place.offset) == function.start


def counts_of(summed: Summed) -> dict[str, Count]:
    """Return the counts with their intervals."""
    counts = {}
    for name, value in summed.counts.items():
        if not is_count(name):
            continue
        wide = ERRORS_WIDE * math.sqrt(summed.variances.get(name, 0.0))
        counts[name] = Count(value=value, low=max(value - wide, 0.0), high=value + wide) if wide else Count(value=value)
    return counts


def hot_of(summed: Summed) -> tuple[HotSpot, ...]:
    """Return the functions with the most modelled cycles."""
    total = sum(cycles for _, cycles in summed.functions.values()) or 1.0
    places: Iterable[tuple[tuple[str, str], list[float]]] = summed.functions.items()
    first = sorted(places, key=lambda place: -place[1][1])[:HOT_SPOTS]
    return tuple(
        HotSpot(function=name, file=path, instructions=instructions, cycles_share=cycles / total)
        for (name, path), (instructions, cycles) in first
        if cycles > 0
    )
