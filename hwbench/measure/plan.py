"""From what was asked for (names, twins, sizes) to the subjects that can run here, and why others cannot."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench import native
from hwbench.catalog import select
from hwbench.measure.subjects import Ready, Subject, default_variant, make_ready
from hwbench.records import Unavailable
from hwbench.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.catalog import Kernel


A_CALL_SECONDS: Final = 10e-6  # several times what a call and two readings of the clock cost anywhere
COSTS_NOTHING: Final = "its repeats take no time that could be divided by their number"


@dataclass(frozen=True)
class Request:
    """What was asked for: names or patterns, `c`, `numba` or `both`, a variant, sizes (none: the kernels' own)."""

    patterns: tuple[str, ...]
    twin: str = "c"
    variant: str | None = None
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The subjects to run, in order, and those left out, each with its reason."""

    subjects: tuple[Subject, ...]
    skipped: tuple[tuple[str, Unavailable], ...]

    @property
    def words(self) -> list[str]:
        """The subjects as the words of a command line."""
        return [subject.spell() for subject in self.subjects]


def plan(request: Request) -> Plan:
    """Return what can run of a request; each subject is prepared once to know it. UsageError for an unknown name."""
    chosen = {kernel.name: kernel for pattern in request.patterns for kernel in select(pattern)}
    subjects: list[Subject] = []
    skipped: list[tuple[str, Unavailable]] = []
    for kernel in chosen.values():
        for subject in _subjects(kernel, request):
            reason = _why_not(subject)
            if reason is None:
                subjects.append(subject)
            else:
                skipped.append((subject.name, reason))
    return Plan(tuple(subjects), tuple(skipped))


def _subjects(kernel: Kernel, request: Request) -> Iterator[Subject]:
    """Yield a kernel's subjects, named by what differs within the request: so files can be compared by name."""
    for size in request.sizes or (kernel.size,):
        for twin in ("c", "numba") if request.twin == "both" else (request.twin,):
            parts = [kernel.name]
            if len(request.sizes) > 1:
                parts.append(format_bytes(size).replace(" ", ""))
            if request.twin == "both":
                parts.append(twin)
            yield Subject("/".join(parts), kernel.name, twin, _variant(twin, request.variant), size)


def _variant(twin: str, wanted: str | None) -> str:
    widest = default_variant()
    return "" if twin == "numba" else wanted or (widest if isinstance(widest, str) else "scalar")


def _why_not(subject: Subject) -> Unavailable | None:
    variant = _loads(subject.variant) if subject.twin == "c" else None
    if variant is not None:
        return variant
    ready = make_ready(subject)
    if isinstance(ready, Unavailable):
        return ready
    try:
        return Unavailable(reason=COSTS_NOTHING) if subject.twin == "c" and costs_nothing(ready) else None
    finally:
        ready.close()


def costs_nothing(ready: Ready) -> bool:
    """Tell whether repeats take no time (a call that does nothing), so that pyperf would never find enough of them.

    A million repeats of anything take longer than the microseconds of one call; fewer are tried first, so that what does
    take long is not run a million times.
    """
    return len(ready.runs) == 1 and all(ready.seconds(repeats) < A_CALL_SECONDS for repeats in (1, 1 << 10, 1 << 20))


@functools.cache
def _loads(variant: str) -> Unavailable | None:
    loaded = native.load(variant)
    return loaded if isinstance(loaded, Unavailable) else None
