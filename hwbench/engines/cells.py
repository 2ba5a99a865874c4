"""A cell of the study from what its worker wrote: pure, but for the one function that runs a worker."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from hwbench.engines import intervals
from hwbench.engines.known import lacking
from hwbench.engines.operations import Operation
from hwbench.engines.subjects import Subject, lines_of
from hwbench.engines.worker import UNAVAILABLE
from hwbench.experiment.preload import library, put_ahead
from hwbench.measure import processes
from hwbench.records import Command, Unavailable
from hwbench.records.study import Cell

LOADING: Final = 2.0  # times as long as asking, it may take to load the tables
GRACE: Final = 20.0  # seconds that a worker may take beyond that: starting, drawing the tables, checking the answer
OUT_OF_TIME: Final = -signal.SIGALRM
ROUND: Final = 200  # questions that a round has for itself


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


@dataclass(frozen=True)
class Limits:
    """How long a cell is measured and what it may take, in seconds."""

    seconds: float = 1.0
    timeout: float = 60.0


def run_cell(subject: Subject, operation: Operation, n: int, limits: Limits, folder: Path, turn: int = 0) -> Cell:
    """Run a worker and return its cell, whatever became of it; the engine's files are made, and taken away, in the folder."""
    with tempfile.TemporaryDirectory(prefix="cell-", dir=folder) as scratch:
        output = Path(scratch) / "told"
        loading = LOADING * limits.timeout
        options = {
            "--seconds": f"{limits.seconds:g}",
            "--timeout": f"{limits.timeout:g}",
            "--load-timeout": f"{loading:g}",
            "--first": str(1 + turn * ROUND),
            "--folder": scratch,
            "--output": str(output),
        }
        words = subject.words("worker", operation.name, str(n), *(word for pair in options.items() for word in pair))
        command = Command(argv=words, timeout=limits.timeout + loading + GRACE)
        counter = library("sync_count") if operation.is_durable else None
        counted = put_ahead(command, counter) if isinstance(counter, Path) else command
        ended = processes.run(processes.resolve(counted))
        told = Told(lines_of(output.read_text(encoding="utf-8") if output.exists() else ""))
    cell = cell_of(subject, operation, n, told, ended, limits)
    if operation.is_durable and cell.result == "right" and cell.durable is None:
        why = (
            counter.reason
            if isinstance(counter, Unavailable)
            else "it writes past the C library, where syncs are counted"
        )
        return msgspec.structs.replace(cell, reason=f"whether it waits for the disk is not known: {why}")
    return cell


def cell_of(subject: Subject, operation: Operation, n: int, told: Told, ended: processes.Ended, limits: Limits) -> Cell:
    """Return the cell of what was told, and of how the process ended."""
    about, loaded, answer, done = (told.first(what) for what in ("engine", "loaded", "answer", "done"))
    base = Cell(
        engine=subject.name,
        version=about.get("version", ""),
        operation=operation.name,
        n=n,
        result="right",
        durable=answer.get("durable"),
        load_seconds=loaded.get("seconds"),
        idle_bytes=loaded.get("idle_bytes"),
        disk_bytes=loaded.get("disk_bytes"),
        peak_bytes=done.get("peak_bytes"),
        binary_bytes=about.get("binary_bytes"),
    )
    if ended.status == UNAVAILABLE:
        lack = lacking(subject.engine, told.first("unavailable").get("reason", ""), subject.python)
        return _without(base, "unavailable", f"{lack.reason}: {lack.remedy}")
    if answer and not answer["right"]:
        return _without(base, "wrong", f"answered {answer['found']} where {answer['wanted']} is right")
    if answer:
        samples = told.samples or (answer["seconds"],)
        reason = "" if told.samples else "its first call alone"
        if done or ended.status == OUT_OF_TIME or ended.timed_out:
            return msgspec.structs.replace(base, seconds=intervals.seconds(samples), samples=samples, reason=reason)
    if ended.timed_out or ended.status == OUT_OF_TIME:
        seconds = f"{limits.timeout if loaded else LOADING * limits.timeout:.3g} s"
        what = "not done within" if loaded else "its tables were not loaded within"
        return _without(base, "timeout", f"{what} {seconds}")
    return _without(base, "failed", ended.trouble or "it ended without an answer")


def _without(cell: Cell, result: str, reason: str) -> Cell:
    return msgspec.structs.replace(cell, result=result, reason=" ".join(reason.split()))


def merged(turns: Sequence[Cell]) -> Cell:
    """Return one cell of an engine's turns at the same work: all samples, the least memory; the first that went wrong, if one did."""
    wrong = next((cell for cell in turns if cell.result != "right"), None)
    if wrong is not None or len(turns) == 1:
        return wrong or turns[0]
    samples = tuple(sample for cell in turns for sample in cell.samples)
    durable = None if any(cell.durable is None for cell in turns) else all(cell.durable for cell in turns)
    return msgspec.structs.replace(
        turns[0],
        samples=samples,
        seconds=intervals.seconds(samples),
        durable=durable,
        reason=next((cell.reason for cell in turns if cell.reason), ""),
        idle_bytes=_least([cell.idle_bytes for cell in turns]),
        peak_bytes=_least([cell.peak_bytes for cell in turns]),
    )


def _least(sizes: Sequence[int | None]) -> int | None:
    return min((size for size in sizes if size is not None), default=None)
