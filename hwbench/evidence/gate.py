"""A program held back at its first step until events are open on it: a shell waits at a pipe, and becomes the program.

Fooled by: a system without /bin/sh; events that do not begin by themselves at an exec count the shell too.
Source: mkfifo(3), exec of sh(1).
"""

from __future__ import annotations

import os
import select
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from hwbench.evidence.tools import attempt
from hwbench.measure.processes import Ended
from hwbench.records import Command, Limits, Unavailable

SHELL: Final = "/bin/sh"
WAIT_FOR_US: Final = 'echo $$ >"$0"; read -r go <"$1"; shift; exec "$@"'
POLL_SECONDS: Final = 0.05


def run_gated(command: Command, limits: Limits, begin: Callable[[int], None]) -> Ended | Unavailable:
    """Run a command; `begin` is told its process's number, in a thread of its own, before the program's first instruction."""
    with tempfile.TemporaryDirectory(prefix="hwbench-events-") as folder:
        gate = _Gate(Path(folder), begin)
        watcher = threading.Thread(target=gate.attend, daemon=True)
        watcher.start()
        try:
            ended = attempt(command, limits, prefix=(SHELL, "-c", WAIT_FOR_US, str(gate.up), str(gate.down)))
        finally:
            gate.is_over.set()
            watcher.join()
            gate.close()
    if isinstance(ended, Unavailable):
        return msgspec.structs.replace(ended, reason=ended.reason.removesuffix(" under sh"))
    return ended


class _Gate:
    """Holds a program back until its events are open: it says its number in one pipe and waits at the other."""

    def __init__(self, folder: Path, begin: Callable[[int], None]) -> None:
        self.up, self.down = folder / "up", folder / "down"
        for pipe in (self.up, self.down):
            os.mkfifo(pipe, 0o600)
        self._heard = os.open(self.up, os.O_RDONLY | os.O_NONBLOCK)
        self._said = os.open(self.down, os.O_RDWR)  # with a reader of our own, opening it waits for nobody
        self._begin = begin
        self.is_over = threading.Event()

    def attend(self) -> None:
        """Wait for the program's number, let the events be opened on it, and let it go."""
        number = b""
        while not number.endswith(b"\n"):
            if self.is_over.is_set():
                return
            if not select.select([self._heard], [], [], POLL_SECONDS)[0]:
                continue
            chunk = os.read(self._heard, 32)
            number += chunk
            if not chunk:
                time.sleep(0.001)  # nobody has opened the pipe yet: it reads as ended
        try:
            self._begin(int(number))
        finally:
            os.write(self._said, b"go\n")

    def close(self) -> None:
        """Close the pipes."""
        for descriptor in (self._heard, self._said):
            with suppress(OSError):
                os.close(descriptor)
