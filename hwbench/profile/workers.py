"""The campaign's side of a worker process: start it, read its events against a deadline, end it, and say why it ended.

Each worker leads a process group of its own: a terminal's Ctrl-C reaches the campaign only, which then ends the whole
group.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, cast

import msgspec

from hwbench.profile.messages import StepEnded, StepStarted, from_line, to_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from hwbench.profile.messages import Entry, Orders

START_SECONDS: Final = 60.0
COMMAND: Final = (sys.executable, "-P", "-m", "hwbench.profile.worker")
ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass
class Worker:
    """A running worker. Use it as a context manager: leaving it ends the process, its children too."""

    orders: Orders
    budget: Callable[[str], float]
    start_seconds: float = START_SECONDS
    reason: str = ""
    _lines: queue.SimpleQueue[bytes] = field(default_factory=queue.SimpleQueue)

    def __enter__(self) -> Worker:
        """Start the process and give it its orders."""
        self._errors: IO[bytes] = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **ONE_THREAD},
            start_new_session=True,
        )
        self._stdin, self._stdout = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        with contextlib.suppress(OSError):  # it may be dead already: `events` then says why
            self._stdin.write(to_line(self.orders))
            self._stdin.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._end()
        self._errors.close()

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def events(self) -> Iterator[Entry]:
        """Yield the worker's events until it ends or a step takes too long; `reason` then says how it failed, if so."""
        deadline, step = time.monotonic() + self.start_seconds, ""
        while True:
            try:
                line = self._lines.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                self.reason = f"took longer than {self.budget(step) if step else self.start_seconds:.0f} s"
                self._end()
                return
            event = _decoded(line)
            if event is None:
                self.reason = self._cause_of_end(line)
                return
            yield event
            if isinstance(event, StepStarted):
                step, deadline = event.probe, time.monotonic() + self.budget(event.probe)
            elif isinstance(event, StepEnded):
                step, deadline = "", time.monotonic() + self.start_seconds

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._stdout:
                self._lines.put(line)
        self._lines.put(b"")

    def _cause_of_end(self, line: bytes) -> str:
        if line:
            self._end()
            return f"its worker process wrote what is no event: {line[:60]!r}"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        status = self._process.returncode
        if status == 0:
            return ""
        if status is None:
            return "its worker process closed its output"
        if status < 0:
            name = _signal_name(-status)
            return f"its worker process was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
        return f"its worker process ended with status {status}{self._last_words()}"

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode(errors="replace").strip().splitlines()
        return f": {lines[-1].strip()}" if lines else ""

    def _end(self) -> None:
        """Kill the worker with its children and wait for it."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._reader.join(timeout=1)
        if not self._reader.is_alive():  # else a grandchild of ours holds the pipe: closing it would wait for that
            self._stdout.close()


def _decoded(line: bytes) -> Entry | None:
    try:
        return from_line(line) if line else None
    except msgspec.DecodeError:
        return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
