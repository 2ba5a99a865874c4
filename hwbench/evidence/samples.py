"""Where the time goes, by the kernel's own clock: samples of what the program waits at, at native speed and without a PMU.

The clock strikes some thousands of times a second of the program's own CPU time; the instruction that it interrupts is the
oldest that has not retired. Each kind of instruction gets its share of the samples, as seconds of the program's user time,
with a binomial interval; time in the kernel is not sampled. Its registers
tell which address was waited for (samples_addresses.py): `cache`, `translation`, `streamed` and `forwarded` are parts of loads and stores.
`vector` and `scalar_float` overlap with the other kinds.
Fooled by: programs of a few milliseconds (few samples: noted); work in step with the clock; code made at run time
in the last tenth of a second (`unknown`); what a short loop waits for, if everything in it is near a jump (see samples_kinds.py).
Source: perf_event_open(2), PERF_COUNT_SW_CPU_CLOCK.
"""

from __future__ import annotations

import errno
import math
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hwbench.evidence import samples_addresses, samples_code, samples_kinds, samples_loops, samples_ring
from hwbench.evidence.gate import run_gated
from hwbench.evidence.samples_addresses import Reads
from hwbench.evidence.samples_memory import Memory
from hwbench.evidence.samples_ring import Forked, Happening, Mapped, Replaced, Sample
from hwbench.evidence.tools import WHOLE_PROGRAM, nothing
from hwbench.host.counters import REFUSALS
from hwbench.measure.processes import Ended
from hwbench.records import Command, Count, Evidence, HotSpot, Limits, MachineProfile, Run, Unavailable
from hwbench.records.evidence import SAMPLED_KINDS

FEW: Final = 50
SETTLED_SECONDS: Final = 1.0  # hundreds of ticks: what the kernel makes of them is settled
AGREEING: Final = 1.1  # the account's user time to the sampled one, of runs that both know
HOT_SPOTS: Final = 20
SOME: Final = 16  # samples of a place, of which most say whether it waits for a store
MOST: Final = 0.9  # of the samples: what `places` counts
NORMAL_QUANTILE: Final = 1.96  # of 95 %
MADE_AT_RUN_TIME: Final = "code made at run time"
NAMELESS: Final = "a function without a name"
REMEDY: Final = "sudo sysctl kernel.perf_event_paranoid=2; in a container, --cap-add PERFMON"


@dataclass(frozen=True)
class Place:
    """An instruction: an offset in a file, or (without a path) an address of a process's memory; `name` says what that is."""

    path: str
    offset: int
    name: str = ""
    pid: int = 0


@dataclass
class Found:
    """What the samples were at: how many of each kind, by function and by instruction."""

    kinds: Counter[str] = field(default_factory=Counter)
    functions: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: Counter[Place] = field(default_factory=Counter)
    reads: list[Reads] = field(default_factory=list)


def missing() -> Unavailable | None:
    """Return why nothing can be sampled here, or None; builds the decoder where it is not there yet."""
    cpu = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    descriptor = samples_ring.open_clock(0, cpu, samples_ring.frequency())
    if descriptor < 0:
        return _refusal(-descriptor)
    try:
        buffer = samples_ring.map_pages(descriptor, samples_ring.FEWEST_PAGES)
    finally:
        os.close(descriptor)
    if isinstance(buffer, int):
        return _refusal(buffer)
    buffer.close()
    return samples_code.missing()


def _refusal(number: int) -> Unavailable:
    reason = REFUSALS.get(number) if number not in (errno.ENOENT, errno.EOPNOTSUPP) else None
    return Unavailable(reason=f"the clock cannot be sampled here: {reason or os.strerror(number)}", remedy=REMEDY)


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Sample a command's whole run; what could not be sampled is said in the evidence."""
    started = time.perf_counter()
    without = missing()
    if without is not None:
        return nothing("samples", without.reason, without.remedy)
    memory = Memory()
    sampler = samples_ring.Sampler(memory.look)
    try:
        ended = run_gated(command, limits, sampler.begin)
    finally:
        is_open = sampler.is_open
        buffers = sampler.end()
    if isinstance(ended, Unavailable):
        return nothing("samples", ended.reason, ended.remedy)
    if not is_open:
        refused = _refusal(sampler.refused or errno.ENOSYS)
        return nothing("samples", refused.reason, refused.remedy)
    happenings, lost = samples_ring.parse(buffers)
    found = sort_out(locate(happenings), memory)
    total = found.places.total()
    if not total:
        return nothing("samples", "it ended before the clock struck once", "give larger sizes")
    user = user_seconds(command, ended.run, (total + lost) * sampler.period)
    return Evidence(
        source="samples",
        counts=counts_of(found, lost, user) | awaited(found, profile, user),
        hot=hot_of(found),
        seconds=time.perf_counter() - started,
        notes=_notes(command, ended, total, lost),
    )


def user_seconds(command: Command, run: Run, sampled: float) -> float:
    """Return the seconds in user mode that the samples stand for: those of the kernel's account, or as many as were sampled.

    The account divides user from system time by ticks, which tells little of a short program: there the samples, some times
    as many, know better. They lose a few percent to late timers. Of a marked region the account is the region's alone,
    the samples are the whole program's.
    """
    busy = run.user + run.system
    if command.region:
        return sampled
    if busy >= SETTLED_SECONDS or sampled <= run.user <= AGREEING * sampled:
        return run.user
    return min(sampled, busy)


def _notes(command: Command, ended: Ended, total: int, lost: int) -> tuple[str, ...]:
    notes = [WHOLE_PROGRAM] if command.region else []
    if total < FEW:
        notes.append(f"only {total} samples were taken in {ended.run.wall:.3g} s")
    if lost:
        notes.append(f"{lost} samples were lost, since the machine was too busy to take them")
    return tuple(notes)


def locate(happenings: Iterable[Happening]) -> dict[Place, list[Sample]]:
    """Return the samples of each place, in the order of time."""
    found: dict[Place, list[Sample]] = {}
    mappings: dict[int, list[Mapped]] = {}
    for happening in happenings:
        match happening:
            case Sample(pid, address):
                found.setdefault(_place(mappings.get(pid, []), pid, address), []).append(happening)
            case Mapped(pid):
                mappings.setdefault(pid, []).append(happening)
            case Forked(pid, parent):
                if pid != parent:
                    mappings[pid] = list(mappings.get(parent, []))
            case Replaced(pid):
                mappings[pid] = []
    return found


def _place(mappings: Sequence[Mapped], pid: int, address: int) -> Place:
    for mapping in reversed(mappings):
        if mapping.low <= address < mapping.low + mapping.size:
            if mapping.path.startswith("/") and not mapping.path.startswith("//"):
                return Place(mapping.path, address - mapping.low + mapping.offset)
            return Place("", address, mapping.path if mapping.path.startswith("[") else "", pid)
    return Place("", address, "", pid)


def sort_out(places: Mapping[Place, Sequence[Sample]], memory: Memory) -> Found:
    """Return what the places are: their kinds, the functions that they are in, and the addresses that are waited for."""
    found = Found()
    for place, samples in places.items():
        hits = found.places[place] = len(samples)
        at, instead = None, ""
        if place.path:
            file = samples_code.file_of(place.path)
            function = file.function_at(place.offset)
            found.functions[function.name if function else NAMELESS, place.path] += hits
            at, instead = file.find(place.offset), _known_code(file, place.offset)
        else:
            found.functions[place.name or MADE_AT_RUN_TIME, ""] += hits
            at = memory.find(place.pid, place.offset)
        for kind in _kinds_at(at, instead):
            found.kinds[kind] += hits
        if at is not None and not instead and (reads := _reads(*at, samples)) is not None:
            found.reads.append(reads)
    return found


def _reads(code: samples_code.Stretch, place: int, samples: Sequence[Sample]) -> Reads | None:
    """Return the addresses that samples of a place wait for, where it waits for an access and the registers tell them."""
    if samples_kinds.kind_of(code, place)[0] not in ("load", "store"):
        return None
    source = samples_loops.access_of(code, place)
    operand = None if source is None else code[source].operand
    if source is None or operand is None:
        return None
    after = code.offset_of(source) + code[source].length - code.offset_of(place)
    told = [each for each in samples if each.registers]
    if not told:
        return None
    addresses = tuple(operand.address(each.registers, each.address + after) for each in told)
    held = [each.registers for each in told]
    behind = sum(samples_loops.is_behind_a_store(code, source, each) for each in held[:SOME])
    return Reads(addresses, samples_loops.step_of(code, source, held[0]), behind > min(len(held), SOME) / 2)


def awaited(found: Found, profile: MachineProfile, user: float) -> dict[str, Count]:
    """Return the seconds at loads and stores by what their addresses wait for, of `user` seconds in all."""
    curves = samples_addresses.curves_of(profile)
    total = found.places.total()
    if curves is None or not found.reads:
        return {}
    waiting = samples_addresses.waiting(found.reads, curves)
    return {f"samples.{kind}": _share(hits, total, user) for kind, hits in waiting.items()}


def _known_code(file: samples_code.File, offset: int) -> str:
    """Return the kind of all that the code at a place does, whatever the instruction: in an allocator, or copying."""
    return "allocator" if file.is_allocator(offset) else "copying" if file.is_copying(offset) else ""


def _kinds_at(at: tuple[samples_code.Stretch, int] | None, instead: str = "") -> Sequence[str]:
    """Return the kind of a place in some code (or what it is instead of that), and those that overlap with it."""
    if at is None:
        return ("unknown",)
    code, place = at
    kinds = samples_kinds.widths_of(code, place)
    if instead:
        return (instead, *kinds)
    kind, is_chased = samples_kinds.kind_of(code, place)
    return (kind, *kinds, *(["load.chased"] if is_chased else []))


def counts_of(found: Found, lost: int, user: float) -> dict[str, Count]:
    """Return the counts: the seconds of each kind, of `user` seconds in all, and how the samples are spread."""
    total = found.places.total()
    counts = {
        "samples.total": Count(value=float(total)),
        "samples.lost": Count(value=float(lost)),
        "samples.seconds": Count(value=user),
    }
    for kind in (*SAMPLED_KINDS, "load.chased", "vector", "scalar_float"):
        counts[f"samples.{kind}"] = _share(found.kinds[kind], total, user)
    hits = sorted(found.places.values(), reverse=True)
    counts["samples.peak"] = _share(hits[0], total, 1.0)
    counts["samples.places"] = Count(value=float(_most(hits, MOST * total)))
    return counts


def _most(hits: Sequence[int], wanted: float) -> int:
    """Return how many of the largest are needed to reach a sum."""
    reached = 0
    for number, hit in enumerate(hits, 1):
        reached += hit
        if reached >= wanted:
            return number
    return len(hits)


def _share(hits: float, total: int, whole: float) -> Count:
    low, high = wilson(hits, total)
    return Count(value=hits / total * whole, low=low * whole, high=high * whole)


def wilson(hits: float, total: int) -> tuple[float, float]:
    """Return the bounds of a share of which `hits` of `total` were seen, at 95 %.

    Source: Wilson, Probable inference, JASA 22 (1927).
    """
    square = NORMAL_QUANTILE**2
    share = hits / total
    middle = share + square / (2 * total)
    wide = NORMAL_QUANTILE * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    scale = 1 + square / total
    return max((middle - wide) / scale, 0.0), min((middle + wide) / scale, 1.0)


def hot_of(found: Found) -> tuple[HotSpot, ...]:
    """Return the functions with the most samples; their share stands for instructions and cycles alike."""
    total = found.places.total()
    return tuple(
        HotSpot(function=name, file=path, instructions=hits / total, cycles_share=hits / total)
        for (name, path), hits in found.functions.most_common(HOT_SPOTS)
    )
