"""Starts the pyperf program in a process of its own (a second Runner in one is refused) and reads what it left."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

INTERRUPTED = 130
STANDARD_ERROR = 2
SECONDS_TO_END = 10


def launch(words: Sequence[str], *, aside: bool = False) -> int:
    """Run the pyperf program, its text on standard error if `aside`; return its exit status, 130 if interrupted."""
    command = [sys.executable, "-P", "-m", "hwbench.measure.pyperf_program", *words]
    with subprocess.Popen(command, stdout=STANDARD_ERROR if aside else None) as program:
        try:
            return program.wait()
        except KeyboardInterrupt:
            _end(program)
            return INTERRUPTED


def _end(program: subprocess.Popen[bytes]) -> None:
    """Let an interrupted program end its workers; it got the interruption from the terminal too."""
    try:
        program.wait(timeout=SECONDS_TO_END)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        program.kill()


def finished(target: Path) -> list[Any]:
    """Return the pyperf benchmarks in a file, none if it does not exist."""
    import pyperf  # noqa: PLC0415 - only after a run

    return list(pyperf.BenchmarkSuite.load(str(target)).get_benchmarks()) if target.exists() else []
