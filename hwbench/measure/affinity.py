"""The CPUs a whole process may run on, as a person writes them: 0,2-3.

What a kernel needs may depend on it (two threads on one CPU, or on two), so the plan is made under the same restriction.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.measure.pinning import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Iterator


def cpu_list(text: str) -> set[int]:
    """Read a list such as 0,2-3; UsageError if it is none, or names a CPU that this process may not use."""
    bounds = [part.partition("-") for part in text.split(",")]
    try:
        wanted = {cpu for first, dash, last in bounds for cpu in range(int(first), int(last if dash else first) + 1)}
    except ValueError:
        raise UsageError(f"{text!r} is not a list of CPUs: write --affinity 0,2-3") from None
    usable = usable_cpus()
    if not wanted or not wanted <= set(usable):
        raise UsageError(f"not all of the CPUs {text!r} may be used here; these may: {', '.join(map(str, usable))}")
    return wanted


@contextlib.contextmanager
def restricted(text: str | None) -> Iterator[None]:
    """Restrict the calling thread to a list of CPUs within the block, if there is one and this system can.

    CouldNotMeasure if the system refuses it.
    """
    if not text or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    wanted = cpu_list(text)
    try:
        os.sched_setaffinity(0, wanted)
    except OSError as error:
        raise CouldNotMeasure(
            f"pinning to the CPUs {text} was refused ({error.strerror}); leave out --affinity"
        ) from error
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
