"""Flags of a process that its children inherit over fork and execve, set while a program is started from this thread.

No wrapper stands between us and the program, so nothing is added to its time.
Fooled by: a container whose filter refuses the call (then nothing changes, and the caller is told).
Source: prctl(2) PR_SET_THP_DISABLE, personality(2) ADDR_NO_RANDOMIZE.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator
from typing import Final

from hwbench.records import Unavailable

PR_SET_THP_DISABLE: Final = 41
PR_GET_THP_DISABLE: Final = 42
ADDR_NO_RANDOMIZE: Final = 0x0040000
ASK: Final = 0xFFFFFFFF


def _system() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@contextlib.contextmanager
def without_huge_pages() -> Iterator[bool]:
    """Let what is started within the block have no transparent huge pages; yield whether that was granted."""
    system = _system()
    was = system.prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) if system else -1
    granted = system is not None and was >= 0 and system.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0
    try:
        yield granted
    finally:
        if system is not None and granted:
            system.prctl(PR_SET_THP_DISABLE, was, 0, 0, 0)


@contextlib.contextmanager
def fixed_addresses() -> Iterator[bool]:
    """Let what is started within the block stand at fixed addresses; yield whether that was granted."""
    system = _system()
    was = system.personality(ASK) if system else -1
    if system is None or was == -1:
        yield False
        return
    system.personality(was | ADDR_NO_RANDOMIZE)
    try:
        yield bool(system.personality(ASK) & ADDR_NO_RANDOMIZE)
    finally:
        system.personality(was)


def refused(flag: Callable[[], contextlib.AbstractContextManager[bool]], what: str) -> Unavailable | None:
    """Say that a flag is not granted here, after trying it."""
    with flag() as granted:
        return None if granted else Unavailable(reason=f"this system does not let {what}")
