"""The plausible engine's C library, as cffi made it; it imports nothing else of ours, so that it is there in no time."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any, NamedTuple

from hwbench.errors import EngineError


class Library(NamedTuple):
    """A C library: its functions, what makes and reads their arguments, and the file that it lies in."""

    ffi: Any
    lib: Any
    file: str


@functools.cache
def library() -> Library:
    """Return the engine; EngineError, with what to do, where it was not built."""
    try:
        module = import_module("hwbench.engines._plausible")
    except ImportError as error:
        remedy = "install a C compiler and run: scripts/hwbench doctor"
        raise EngineError(f"the plausible engine was not built ({error}); {remedy}") from error
    return Library(module.ffi, module.lib, str(module.__file__))


def is_built() -> bool:
    """Whether the engine is there."""
    try:
        library()
    except EngineError:
        return False
    return True
