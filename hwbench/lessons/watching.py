"""What keeps a solution in Python from judging itself, and any from leaving work outside of its calls.

A solution runs in the judge's own process. In Python it could put another clock in the place of the judge's, or look for the
answer in the frames of its callers; in either language it could fork, or leave a thread at work between the calls.
Fooled by: a solution that kills or traces its parent; nothing short of another user or a container keeps that from happening.
"""

from __future__ import annotations

import builtins
import os
import sys
import time
from dataclasses import dataclass, field
from time import sleep
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

PEEKING: Final = frozenset(
    ("sys._getframe", "sys._current_frames", "gc.get_objects", "gc.get_referrers", "gc.get_referents")
)
FRAME: Final = "tb_frame"
OWN: Final = os.getpid()
ENDING: Final = 20


def end_copies() -> None:
    """End this process if it is a copy of the judge that a solution made: with one more at every call, they would be too many."""
    if os.getpid() != OWN:
        os._exit(1)


@dataclass
class Watch:
    """What every name that judging relies on stood for before the solution was loaded, and how many threads there were."""

    modules: Sequence[ModuleType]
    names: dict[tuple[int, str], Any] = field(default_factory=dict)
    threads: int = 0
    is_listening: bool = False
    heard: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Remember how things are now, and listen to what looks into frames from now on."""
        self.modules = (*self.modules, np, time, builtins)
        self.names = {
            (number, name): value for number, module in enumerate(self.modules) for name, value in vars(module).items()
        }
        self.threads = psutil.Process().num_threads()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if self.is_listening and (event in PEEKING or (event == "object.__getattr__" and given[1:] == (FRAME,))):
            self.heard.append(event)

    def _has_more_threads(self) -> bool:
        """Whether there are more threads than at the beginning; one that has just ended is counted for a moment longer."""
        for _ in range(ENDING):
            if psutil.Process().num_threads() <= self.threads:
                return False
            sleep(0.005)
        return True

    def trouble(self) -> str:
        """Say what the solution did that it may not; empty if nothing."""
        if self.heard:
            return f"it looks into what judges it ({self.heard[0]})"
        if self.names and self._has_more_threads():
            return "it leaves threads at work between the calls"
        changed = next(
            (key for key, value in self.names.items() if vars(self.modules[key[0]]).get(key[1]) is not value), None
        )
        return (
            "" if changed is None else f"it changes {self.modules[changed[0]].__name__}.{changed[1]}, which judges it"
        )
