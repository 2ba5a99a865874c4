"""Two other processes on the CPU that is measured: one always has something to do, the other sleeps most of the time.

Both are stopped unless a case wants them. They are killed when their owner is forgotten, and by the system, or by their own
watch, should this process have ended without a word.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import weakref
from typing import Final

WAYS: Final = {"busy": "sum(range(50_000))", "asleep": "time.sleep(0.001)"}
SOURCE: Final = """
import ctypes, os, sys, time
system = ctypes.CDLL(None)
if hasattr(system, "prctl"):
    system.prctl(1, 9)  # PR_SET_PDEATHSIG: to be killed when the one who began it ends, even while stopped
while os.getppid() == int(sys.argv[1]):
    {}
"""


def _end(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Kill the processes, stopped or not."""
    for process in processes.values():
        process.kill()
        process.wait()
    processes.clear()


class Neighbours:
    """The processes, each begun when it is first wanted."""

    def __init__(self, cpu: int) -> None:
        """Take the CPU on which they are to run."""
        self._cpu = cpu
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        weakref.finalize(self, _end, self._processes)

    def only(self, wanted: str = "") -> None:
        """Let the one that is wanted run, and stop the other; both, if none is named."""
        if wanted and wanted not in self._processes:
            command = [sys.executable, "-I", "-S", "-c", SOURCE.format(WAYS[wanted]), str(os.getpid())]
            self._processes[wanted] = subprocess.Popen(command)
            with contextlib.suppress(OSError):
                os.sched_setaffinity(self._processes[wanted].pid, {self._cpu})
        for name, process in self._processes.items():
            process.send_signal(signal.SIGCONT if name == wanted else signal.SIGSTOP)
