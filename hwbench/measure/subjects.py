"""What pyperf is to run: a kernel at a size in one twin, spelt on a worker's command line and made ready in the worker.

A value is the time of `loops` repeats between two readings of the clock. A kernel whose threads run beside each other
is timed by its first thread, once all have arrived, each on a CPU of its own.
Fooled by: JIT compilation (each twin is called once before it is timed), a scheduler that packs threads on one CPU
(they are pinned), pages placed before the process is pinned (the program pins itself before it prepares).
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hwbench import native
from hwbench.catalog import kernels
from hwbench.catalog.twins import c_twin, numba_twin
from hwbench.errors import UsageError
from hwbench.host.memory import available_bytes
from hwbench.measure.pinning import Member, run_together, usable_cpus
from hwbench.records import Unavailable
from hwbench.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.catalog import Kernel, Prepared
    from hwbench.native import Argument, Run

PREPARED = 2  # times its size is what a kernel takes while its order of visits is drawn
SHORTEST_SECONDS = 1e-9  # pyperf refuses a value of zero, which the clock gives for one repeat of next to nothing


@dataclass(frozen=True)
class Subject:
    """One benchmark: its name in the file, and the kernel, twin, build variant ("" for numba) and size behind it."""

    name: str
    kernel: str
    twin: str
    variant: str
    size: int

    def spell(self) -> str:
        """Write it as one word: NAME=KERNEL:TWIN:VARIANT:SIZE."""
        return f"{self.name}={self.kernel}:{self.twin}:{self.variant}:{self.size}"


def read_subject(word: str) -> Subject:
    """Read what `Subject.spell` wrote, with or without the name; UsageError if it is none."""
    name, _, rest = word.rpartition("=")
    parts = rest.split(":")
    if len(parts) != 4 or parts[0] not in kernels() or parts[1] not in ("c", "numba") or not parts[3].isdigit():
        raise UsageError(f"{word!r} is not a subject: write KERNEL:TWIN:VARIANT:SIZE, as chase.random:c:v128:65536")
    return Subject(name or parts[0], parts[0], parts[1], parts[2], int(parts[3]))


@dataclass(frozen=True)
class Ready:
    """A subject made ready: one run a thread (the first is timed), their CPUs, and what it was made from."""

    subject: Subject
    prepared: Prepared
    runs: tuple[Run, ...]
    cpus: tuple[int, ...]

    def seconds(self, repeats: int) -> float:
        """Run `repeats` repeats and return the seconds they took."""
        return max(self._spell_ns(repeats) / 1e9, SHORTEST_SECONDS)

    def _spell_ns(self, repeats: int) -> int:
        if len(self.runs) == 1:
            started = time.perf_counter_ns()
            self.runs[0](repeats)
            return time.perf_counter_ns() - started
        team = [Member(cpu, functools.partial(run, repeats)) for cpu, run in zip(self.cpus, self.runs, strict=True)]
        first = run_together(team)[0]
        return first.ended - first.started

    def metadata(self) -> dict[str, str | int | float]:
        """Return what turns seconds per repeat into prices; pyperf takes values of str, int and float."""
        kernel = kernels()[self.subject.kernel]
        told: dict[str, str | int | float] = {
            "kernel": kernel.name,
            "twin": self.subject.twin,
            "size": self.subject.size,
            "footprint_bytes": sum(footprint_bytes(arguments) for arguments in self._argument_lists()),
            "threads": len(self.runs),
            "work_unit": kernel.unit,
        }
        if self.subject.variant:
            told["variant"] = self.subject.variant
        return told | {f"work_{name}": float(count) for name, count in self.prepared.work.items()}

    def _argument_lists(self) -> tuple[tuple[Argument, ...], ...]:
        return (self.prepared.arguments, *self.prepared.partners)

    def close(self) -> None:
        """Give back what the preparation opened."""
        if self.prepared.close is not None:
            self.prepared.close()


def footprint_bytes(arguments: Sequence[Argument]) -> int:
    """Return the bytes of the different arrays among the arguments."""
    arrays = {argument.ctypes.data: argument.nbytes for argument in arguments if isinstance(argument, np.ndarray)}
    return int(sum(arrays.values()))


def make_ready(subject: Subject) -> Ready | Unavailable:
    """Prepare a subject in this process and bind its twins, or say why it cannot run here."""
    kernel = kernels()[subject.kernel]
    prepared = _prepare(kernel, subject.size)
    if isinstance(prepared, Unavailable):
        return prepared
    lists = (prepared.arguments, *prepared.partners)
    bound = [_bind(kernel, subject, arguments) for arguments in lists]
    cpus = usable_cpus()
    reasons = [run for run in bound if isinstance(run, Unavailable)] + _too_few(len(lists), len(cpus))
    runs = tuple(run for run in bound if not isinstance(run, Unavailable))
    ready = Ready(subject, prepared, runs, cpus[: len(lists)])
    if reasons:
        ready.close()
        return reasons[0]
    return ready


def _prepare(kernel: Kernel, size: int) -> Prepared | Unavailable:
    free = available_bytes()
    if free and PREPARED * size > free:
        reason = f"{format_bytes(size)}, and as much to prepare them, are more than the {format_bytes(free)} of memory free here"
        return Unavailable(reason=reason, remedy="choose a smaller --size")
    try:
        return kernel.prepare(size)
    except MemoryError:
        return Unavailable(reason=f"{size} bytes of memory could not be had", remedy="choose a smaller --size")
    except (ValueError, IndexError, ZeroDivisionError, OverflowError) as error:
        return Unavailable(reason=f"it cannot be prepared at size {size} ({error})", remedy="choose another --size")


def _bind(kernel: Kernel, subject: Subject, arguments: Sequence[Argument]) -> Run | Unavailable:
    if subject.twin == "numba":
        return numba_twin(kernel, arguments)
    return c_twin(kernel, arguments, subject.variant)


def _too_few(threads: int, cpus: int) -> list[Unavailable]:
    reason = f"it runs {threads} threads, each on a CPU of its own, and may use {cpus}"
    return [Unavailable(reason=reason)] if threads > max(cpus, 1) else []


def default_variant() -> str | Unavailable:
    """Return the name of the build variant with the widest vectors here, or why there is none."""
    best = native.best()
    return best.name if isinstance(best, native.Variant) else best
