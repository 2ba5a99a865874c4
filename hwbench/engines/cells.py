"""A cell of the study from what its worker wrote: pure, but for the one function that runs a worker."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from hwbench import stats
from hwbench.engines.operations import Operation
from hwbench.explain import growth
from hwbench.measure import processes
from hwbench.records import Command, Interval
from hwbench.records.study import Cell

NOT_INSTALLED: Final = 4
DOUBT: Final = 0.05  # of a median time, when a law is fitted to it
REFERENCE: Final = "sqlite"


@dataclass(frozen=True)
class Subject:
    """An engine as the study names it: `turso`, or `turso@NAME` of another Python, whose path that is."""

    engine: str
    python: str = sys.executable
    label: str = ""

    @property
    def name(self) -> str:
        """What the study calls it."""
        return f"{self.engine}@{self.label}" if self.label else self.engine


@dataclass(frozen=True)
class Told:
    """What a worker wrote, as far as it came."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def first(self, what: str) -> dict[str, Any]:
        """Return the first line of a kind, or an empty one."""
        return next((line for line in self.lines if line.get("what") == what), {})

    @property
    def samples(self) -> tuple[float, ...]:
        """Seconds of one operation, in the order in which they were taken."""
        return tuple(line["seconds"] for line in self.lines if line.get("what") == "sample")


def read_told(text: str) -> Told:
    """Read what a worker wrote; a last line that was cut off is left out."""
    lines = []
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return Told(lines)


def run_cell(subject: Subject, operation: Operation, n: int, seconds: float, timeout: float) -> Cell:
    """Run a worker and return its cell, whatever became of it."""
    with tempfile.TemporaryDirectory(prefix="hwbench-study-") as scratch:
        output = Path(scratch) / "told"
        words = ("-P", "-m", "hwbench.engines.worker", subject.engine, operation.name, str(n))
        command = Command(
            argv=(subject.python, *words, "--seconds", f"{seconds:g}", "--folder", scratch, "--output", str(output)),
            timeout=timeout,
        )
        ended = processes.run(processes.resolve(command))
        told = read_told(output.read_text(encoding="utf-8") if output.exists() else "")
    return cell_of(subject.name, operation.name, n, told, ended)


def cell_of(engine: str, operation: str, n: int, told: Told, ended: processes.Ended) -> Cell:
    """Return the cell of what was told, and of how the process ended."""
    about, loaded, answer, done = (told.first(what) for what in ("engine", "loaded", "answer", "done"))
    base = Cell(
        engine=engine,
        version=about.get("version", ""),
        operation=operation,
        n=n,
        result="right",
        idle_bytes=loaded.get("idle_bytes"),
        disk_bytes=loaded.get("disk_bytes"),
        peak_bytes=done.get("peak_bytes"),
        binary_bytes=about.get("binary_bytes"),
    )
    if ended.status == NOT_INSTALLED:
        return msgspec.structs.replace(base, result="unavailable", reason=told.first("unavailable").get("reason", ""))
    if answer and not answer["right"]:
        reason = f"answered {answer['found']} where {answer['wanted']} is right"
        return msgspec.structs.replace(base, result="wrong", reason=reason)
    if told.samples and answer:
        return msgspec.structs.replace(base, seconds=interval_of(told.samples), samples=told.samples)
    if ended.timed_out:
        return msgspec.structs.replace(base, result="timeout", reason=f"not done within {ended.run.wall:.3g} s")
    return msgspec.structs.replace(base, result="failed", reason=ended.trouble or "it ended without an answer")


def interval_of(samples: Sequence[float]) -> Interval:
    """Return the median of samples with its interval."""
    middle = stats.median(samples)
    return Interval(value=middle.value, low=middle.low, high=middle.high, unit="s")


def with_growth(ladder: Sequence[Cell]) -> list[Cell]:
    """Return the cells of one engine and operation, rising in size, with how their time grows, and what it would have come to.

    A cell that ran out of time is extrapolated by the law that the finished ones fit: a guess, which says from where.
    """
    timed = [cell for cell in ladder if cell.seconds is not None]
    if len(timed) < 2:
        return list(ladder)
    points = growth.Points(tuple(float(cell.n) for cell in timed), tuple(cell.seconds.value for cell in timed if cell.seconds), DOUBT)
    fitted = growth.fit(points, "time")
    grown = [msgspec.structs.replace(cell, growth=fitted) for cell in ladder]
    return [extrapolated(cell, timed[-1]) if cell.result == "timeout" else cell for cell in grown]


def extrapolated(cell: Cell, last: Cell) -> Cell:
    """Return a cell that ran out of time with the seconds that its growth leads to from the last one that finished."""
    grown = cell.growth
    if grown is None or grown.exponent is None or last.seconds is None:
        return cell
    times = cell.n / last.n
    low, high = grown.low or 0.0, grown.high or grown.exponent
    made = Interval(
        value=last.seconds.value * times**grown.exponent,
        low=last.seconds.low * times**low,
        high=last.seconds.high * times**high,
        unit="s",
    )
    return msgspec.structs.replace(cell, finished=last.n, extrapolated=made)


def with_ratios(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells with their ratios to the reference engine's, where both are right and equally durable."""
    reference = {(cell.operation, cell.n): cell for cell in cells if cell.engine == REFERENCE and is_comparable(cell)}
    return [_with_ratio(cell, reference.get((cell.operation, cell.n))) for cell in cells]


def _with_ratio(cell: Cell, reference: Cell | None) -> Cell:
    if reference is None or not is_comparable(cell) or cell.seconds is None or reference.seconds is None:
        return cell
    ratio = Interval(
        value=cell.seconds.value / reference.seconds.value,
        low=cell.seconds.low / reference.seconds.high,
        high=cell.seconds.high / reference.seconds.low,
        unit="×",
    )
    return msgspec.structs.replace(cell, ratio=ratio)


def is_comparable(cell: Cell) -> bool:
    """Whether a cell's time may be set beside another's: it is right, and what should last does."""
    return cell.result == "right" and cell.durable is not False
