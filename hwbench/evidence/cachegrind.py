"""valgrind's cachegrind: instructions, loads and stores exactly, two cache levels and branches simulated, by function.

The geometry is the machine profile's, never valgrind's own idea of the host. It simulates two levels: the first, and a
last one, which is the last that the profile measured; where there is time, a second run makes the second level the last.
Children are followed, and their counts added.
Fooled by: no prefetcher (every line of a stream is a miss), true LRU; a branch predictor of 2004, which misses cycles and
learned patterns (hence wide intervals); string instructions, counted once an iteration; threads, which take turns. Code
that asks the processor what it can (numba, a library with AVX-512 twins) runs another path here than natively.
Source: valgrind's manual, chapter 5 (cachegrind), and its output format (section 5.8); prices of misses for a function's
share of cycles are the profile's, else the manual's 10 and 100 cycles.
"""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hwbench.evidence import geometry
from hwbench.evidence.geometry import Geometry
from hwbench.evidence.tools import SMALLER, WHOLE_PROGRAM, attempt, find, nothing
from hwbench.records import Command, Count, Evidence, HotSpot, Limits, MachineProfile, Unavailable

# cachegrind's events by our names; misses of the last level are named when its level is known.
EVENTS: Final = {
    "instructions": "Ir",
    "loads": "Dr",
    "stores": "Dw",
    "l1d.misses": "D1mr",
    "l1d.store_misses": "D1mw",
    "last.misses": "DLmr",
    "last.store_misses": "DLmw",
    "branches.conditional": "Bc",
    "branches.conditional.mispredicted": "Bcm",
    "branches.indirect": "Bi",
    "branches.indirect.mispredicted": "Bim",
}
# What the simulation may be off by, as factors (low, high): how a cache replaces lines, how a predictor learns.
DOUBTS: Final = {
    "l1d.misses": (0.9, 1.1),
    "l1d.store_misses": (0.9, 1.1),
    "last.misses": (0.75, 1.3),
    "last.store_misses": (0.75, 1.3),
    "branches.conditional.mispredicted": (0.05, 1.5),
    "branches.indirect.mispredicted": (0.0, 1.5),
}
USUAL_PRICES: Final = (
    10.0,
    100.0,
)  # cycles of a first-level and a last-level miss, as valgrind's own reports weigh them
HOT_SPOTS: Final = 10
COMPILES_ITSELF: Final = "LLVMPY_"  # llvmlite's functions: numba makes its machine code while it runs
WIDEST_KNOWN: Final = 256  # bits of the vectors that valgrind knows
NARROWER: Final = "export NUMBA_CPU_NAME=x86-64-v3 NUMBA_CPU_FEATURES= for both programs"


@dataclass(frozen=True)
class Caches:
    """The caches to simulate: what the profile knows of the first level, and of the outer ones by name, inner ones first."""

    instructions: Geometry | None
    first: Geometry | None
    outer: dict[str, Geometry]

    @classmethod
    def of(cls, profile: MachineProfile) -> Caches:
        """Return the caches of a profile."""
        outer = {level: found for level in ("l2", "l3") if (found := geometry.measured(profile, level)) is not None}
        return cls(geometry.instructions(profile), geometry.measured(profile, "l1d"), outer)

    @property
    def last_level(self) -> str | None:
        """The name of the outermost cache that is known."""
        return next(reversed(self.outer), None)

    def without_outermost(self) -> Caches:
        """Return the same with the next inner cache as the last one."""
        return Caches(self.instructions, self.first, dict(list(self.outer.items())[:-1]))

    def words(self) -> list[str]:
        """Return valgrind's options; what is not known is made up, and its misses are not believed afterwards."""
        data = self.first or Geometry(32768, 8, 64)
        last = self.outer[self.last_level] if self.last_level else data
        last = last if last.size > data.size else Geometry(data.size * 8, data.ways, data.line)
        return [f"--I1={self.instructions or data}", f"--D1={data}", f"--LL={last}"]


@dataclass
class Totals:
    """What a run's files add up to: events of the whole program, and of each function (with its file)."""

    events: dict[str, int] = field(default_factory=dict)
    functions: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    files: int = 0

    def add(self, lines: Iterable[str]) -> None:
        """Add one process's output file; a file that stops in the middle adds nothing to the totals."""
        names: list[str] = []
        file, function = "", ""
        for line in lines:
            key, _, rest = line.partition("=")
            if key == "fl":
                file = rest.strip()
            elif key == "fn":
                function = rest.strip()
            elif line.startswith("events:"):
                names = line.split()[1:]
            elif line.startswith("summary:"):
                self.files += 1
                _sum(self.events, names, line.split()[1:])
            elif line[:1].isdecimal():
                _sum(self.functions.setdefault((function, file), {}), names, line.split()[1:])


def missing() -> Unavailable | None:
    """Return why cachegrind does not work here, or None."""
    tool = find("valgrind", "valgrind")
    return tool if isinstance(tool, Unavailable) else _refusal(str(tool))


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Count a command under cachegrind with the profile's caches; a second run for the second level if time allows."""
    if (why := missing()) is not None:
        return nothing("cachegrind", why.reason, why.remedy)
    caches = Caches.of(profile)
    started = time.perf_counter()
    totals = _simulate(command, limits, profile, caches)
    if isinstance(totals, Unavailable):
        return nothing("cachegrind", totals.reason, totals.remedy)
    counts = _counts(totals, caches.last_level, has_first=caches.first is not None)
    notes = _notes(command, totals, caches)
    left = limits.seconds - (time.perf_counter() - started)
    if len(caches.outer) > 1 and left > 0.6 * limits.seconds:
        inner = _inner(command, Limits(seconds=left, cpu=limits.cpu), profile, caches)
        counts |= inner
        notes += [f"l2: a second run with {caches.outer['l2'].size} bytes as the last level"] if inner else []
    return Evidence(
        source="cachegrind",
        counts=counts,
        hot=_hot(totals, _prices(profile, caches.last_level)),
        seconds=time.perf_counter() - started,
        notes=tuple(notes),
    )


def _inner(command: Command, limits: Limits, profile: MachineProfile, caches: Caches) -> dict[str, Count]:
    """Return the second level's misses, by a run in which it is the last; none where that did not end."""
    totals = _simulate(command, limits, profile, caches.without_outermost(), branches=False)
    if isinstance(totals, Unavailable):
        return {}
    found = _counts(totals, "l2", has_first=False)
    return {name: count for name, count in found.items() if name.startswith("l2")}


def _simulate(
    command: Command, limits: Limits, profile: MachineProfile, caches: Caches, *, branches: bool = True
) -> Totals | Unavailable:
    """Run a command under cachegrind; return what its files add up to, or why it gave none."""
    with tempfile.TemporaryDirectory(prefix="hwbench-cachegrind-") as folder:
        words = [
            str(find("valgrind", "valgrind")),
            "--tool=cachegrind",
            "--cache-sim=yes",
            f"--branch-sim={'yes' if branches else 'no'}",
            "--trace-children=yes",
            f"--cachegrind-out-file={folder}/out.%p",
            f"--log-file={folder}/log.%p",
            *caches.words(),
        ]
        settled = {"PYTHONHASHSEED": "0"} | command.env
        ended = attempt(command, limits, prefix=words, environment=settled)
        if isinstance(ended, Unavailable):
            log = "".join(path.read_text("utf-8", "replace") for path in sorted(Path(folder).glob("log.*")))
            return _explained(ended, log)
        totals = Totals()
        for path in sorted(Path(folder).glob("out.*")):
            with path.open(encoding="utf-8", errors="replace") as lines:
                totals.add(lines)
    if not totals.events.get("Ir"):
        return Unavailable(reason="cachegrind left no counts", remedy=SMALLER)
    return _judged(totals, command, profile)


def _explained(ended: Unavailable, log: str) -> Unavailable:
    """Say what valgrind said, where it was valgrind that failed."""
    if "unrecognised instruction" in log or "unhandled instruction bytes" in log:
        return Unavailable(
            reason="it uses instructions that valgrind does not know (AVX-512, most likely)",
            remedy="build it for AVX2 (-march=x86-64-v3), or count with the plugin",
        )
    refusal = next((line.partition("valgrind: ")[2] for line in log.splitlines() if "valgrind: " in line), "")
    return Unavailable(reason=f"valgrind: {refusal[:200]}") if refusal else ended


def _judged(totals: Totals, command: Command, profile: MachineProfile) -> Totals | Unavailable:
    """Return the totals, unless the program that was counted is not the one that was timed."""
    compiles = any(function.startswith(COMPILES_ITSELF) for function, _ in totals.functions)
    is_wide = max(profile.host.cpu.vector_bits, default=0) > WIDEST_KNOWN
    if compiles and is_wide and "NUMBA_CPU_NAME" not in {**os.environ, **command.env}:
        reason = "numba compiles another program under valgrind, which hides AVX-512"
        return Unavailable(reason=reason, remedy=NARROWER)
    return totals


def _counts(totals: Totals, last: str | None, *, has_first: bool) -> dict[str, Count]:
    counts = {}
    for name, event in EVENTS.items():
        if event not in totals.events or (name.startswith("l1d") and not has_first):
            continue
        if name.startswith("last") and last is None:
            continue
        value = float(totals.events[event])
        low, high = DOUBTS.get(name, (None, None))
        counts[name.replace("last", last or "")] = Count(
            value=value, low=None if low is None else low * value, high=None if high is None else high * value
        )
    return counts


def _notes(command: Command, totals: Totals, caches: Caches) -> list[str]:
    notes = [WHOLE_PROGRAM] if command.region else []
    last = caches.last_level
    outer = f", {last} {caches.outer[last]} (bytes, ways, line)" if last else "; no outer level is known"
    notes.append(f"simulated without a prefetcher: l1d {caches.first or 'unknown'}{outer}")
    notes.append("its branch predictor is of 2004: mispredictions are an upper bound, roughly")
    if totals.files > 1:
        notes.append(f"{totals.files} processes were added up")
    if any(function.startswith(COMPILES_ITSELF) for function, _ in totals.functions):
        notes.append("it compiles machine code while it runs: compiling is counted too")
    return notes


def _prices(profile: MachineProfile, last: str | None) -> tuple[float, float]:
    """Return the cycles of a miss of the first level and of the last: what the next level takes."""
    beyond = {"l2": "l3.latency", "l3": "dram.latency", None: "dram.latency"}[last]
    found = (profile.quantities.get("l2.latency"), profile.quantities.get(beyond))
    first, second = (
        usual if quantity is None or quantity.cycles is None else quantity.cycles
        for quantity, usual in zip(found, USUAL_PRICES, strict=True)
    )
    return first, second


def _hot(totals: Totals, prices: tuple[float, float]) -> tuple[HotSpot, ...]:
    """Return the functions in which most instructions and cycles fall, by cycles; shares are of the whole."""

    def cycles(events: dict[str, int]) -> float:
        inner = sum(events.get(name, 0) for name in ("I1mr", "D1mr", "D1mw"))
        outer = sum(events.get(name, 0) for name in ("ILmr", "DLmr", "DLmw"))
        return events.get("Ir", 0) + inner * prices[0] + outer * prices[1]

    whole, instructions = cycles(totals.events) or 1.0, totals.events.get("Ir") or 1
    merged = _by_function(totals)
    hottest = sorted(merged.items(), key=lambda item: -cycles(item[1]))[:HOT_SPOTS]
    return tuple(
        HotSpot(
            function=function,
            file=_file_of(totals, function),
            instructions=events.get("Ir", 0) / instructions,
            cycles_share=cycles(events) / whole,
        )
        for function, events in hottest
    )


def _by_function(totals: Totals) -> dict[str, dict[str, int]]:
    """Return the events of each function: what is inlined into it stands under other files."""
    merged: dict[str, dict[str, int]] = {}
    for (function, _), events in totals.functions.items():
        _sum(merged.setdefault(function, {}), list(events), list(events.values()))
    return merged


def _file_of(totals: Totals, function: str) -> str:
    """Return the file in which most of a function's instructions stand; empty where it has no symbols."""
    own = {file: events.get("Ir", 0) for (name, file), events in totals.functions.items() if name == function}
    file = max(own, key=lambda name: own[name])
    return "" if file == "???" else file


def _sum(into: dict[str, int], names: Sequence[str], words: Sequence[str | int]) -> None:
    for name, word in zip(names, words, strict=False):
        into[name] = into.get(name, 0) + int(word)


@functools.cache
def _refusal(tool: str) -> Unavailable | None:
    """Try cachegrind on a program that does nothing."""
    words = [tool, "--tool=cachegrind", "--cachegrind-out-file=/dev/null", "/bin/sh", "-c", ":"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Unavailable(reason=f"valgrind does not start ({error})")
    if done.returncode == 0:
        return None
    said = next((line for line in done.stderr.splitlines() if "valgrind:" in line), f"status {done.returncode}")
    return Unavailable(reason=f"valgrind does not work here ({said[:200]})")
