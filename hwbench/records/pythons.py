"""Interpreters beside each other: `hwbench.pythons/1`, each benchmark's time under each, and why they differ."""

from __future__ import annotations

from typing import Final, Literal

from hwbench.records.explanation import Explanation
from hwbench.records.machine import HostFacts, Interval, Record

PYTHONS_SCHEMA: Final = "hwbench.pythons/1"
TimingResult = Literal["measured", "failed", "unavailable"]


class Interpreter(Record, frozen=True, kw_only=True):
    """A Python as it describes itself; `build` are the options of its making that bear on speed (PGO, LTO, JIT …)."""

    name: str
    path: str
    version: str
    implementation: str
    build: tuple[str, ...] = ()


class PythonCell(Record, frozen=True, kw_only=True):
    """One benchmark under one interpreter: what one loop of it took, and why that differs from the first interpreter.

    `samples` are the means of pyperf's processes, in seconds; `ratio` is to the first interpreter's time, from pyperf's files, whose
    runs follow one another; `ratio_in_turns` is the same as the explanation timed it, the two taking turns. The explanation's A
    is whichever was faster, so it says why the slower of the two is slower; `explained` is its file in the run's folder, and
    `not_explained` why there is none. `file` is pyperf's own.
    """

    benchmark: str
    interpreter: str
    result: TimingResult
    reason: str = ""
    seconds: Interval | None = None
    samples: tuple[float, ...] = ()
    ratio: Interval | None = None
    ratio_in_turns: Interval | None = None
    file: str = ""
    explanation: Explanation | None = None
    explained: str = ""
    not_explained: str = ""


class Pythons(Record, frozen=True, kw_only=True):
    """Benchmarks by interpreters on one machine; the first interpreter is what the others are compared with."""

    schema: Literal["hwbench.pythons/1"]
    hwbench: str
    taken: str
    host: HostFacts | None = None
    interpreters: tuple[Interpreter, ...] = ()
    is_fast: bool = False
    cells: tuple[PythonCell, ...] = ()
    folder: str = ""
    notes: tuple[str, ...] = ()
