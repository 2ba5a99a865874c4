"""Every kernel by name, with the inputs that make it an experiment and the work that it declares.

One module a stem. A kernel is one decorated function that builds the arrays for a size:

    @kernel("chase.random", function="one", unit="loads", size=256 * KIB)
    def random(size: int) -> Prepared:
        '''Follow a random cycle through every line: no prefetcher can.'''
        ...
        return Prepared((ring, position), Work(loads=1, bytes=8))

`function="one"` names both twins: `chase_one` in c_src/chase.c and `one` in kernels/chase.py. Both take the prepared
arguments and, last, the number of repeats; the declared work is that of one repeat.
"""

from __future__ import annotations

import difflib
import fnmatch
import functools
import pkgutil
from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from hwbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from hwbench.records import Unavailable

Preparation = TypeVar("Preparation", bound="Callable[[int], Prepared | Unavailable]")
_KERNELS: dict[str, Kernel] = {}


@dataclass(frozen=True)
class Work:
    """What one repeat of a kernel does, counted from its source."""

    loads: float = 0
    stores: float = 0
    bytes: float = 0
    operations: float = 0
    flops: float = 0
    branches: float = 0
    calls: float = 0

    def items(self) -> Iterator[tuple[str, float]]:
        """Yield what is declared, as (name, count)."""
        return ((field.name, getattr(self, field.name)) for field in fields(self) if getattr(self, field.name))


@dataclass(frozen=True)
class Prepared:
    """A kernel's inputs: its arguments less the number of repeats, and the work of one repeat.

    `partners` are the argument lists of the threads that run beside it, each on a core of its own; `checksum` computes what
    it must return for a number of repeats where plain Python or numpy can say so; `close` gives back files and the like.
    """

    arguments: tuple[np.ndarray[Any, Any] | int | float, ...]
    work: Work
    partners: tuple[tuple[np.ndarray[Any, Any] | int | float, ...], ...] = ()
    checksum: Callable[[int], int | float] | None = None
    close: Callable[[], None] | None = None


@dataclass(frozen=True)
class Kernel:
    """One kernel: its name, its twins, how to prepare it and which part of its work is priced."""

    name: str
    function: str
    unit: str
    size: int
    summary: str
    prepare: Callable[[int], Prepared | Unavailable]
    only_c: str = ""
    needs: tuple[str, ...] = ()
    repeatable: bool = True

    @property
    def stem(self) -> str:
        """The subject: c_src/STEM.c, kernels/STEM.py."""
        return self.name.partition(".")[0]

    @property
    def c_function(self) -> str:
        """Its name in C."""
        return f"{self.stem}_{self.function}"

    @property
    def twins(self) -> tuple[str, ...]:
        """The languages it is written in."""
        return ("c",) if self.only_c else ("c", "numba")


def kernel(
    name: str,
    *,
    function: str,
    unit: str,
    size: int,
    only_c: str = "",
    needs: tuple[str, ...] = (),
    repeatable: bool = True,
) -> Callable[[Preparation], Preparation]:
    """Register the decorated function as the preparation of a kernel.

    A preparation that this machine does not allow returns `Unavailable`. `unit` is the field of `Work` that is priced,
    `size` its usual size in bytes (or elements, where the docstring says so);
    `only_c` gives the reason why numba cannot express it; `needs` names what the machine must have ("two cores", …);
    `repeatable` is False where the result depends on the moment (system calls, races), so that twins need not agree.
    """

    def register(prepare: Preparation) -> Preparation:
        summary = (prepare.__doc__ or "").partition("\n")[0]
        _KERNELS[name] = Kernel(name, function, unit, size, summary, prepare, only_c, needs, repeatable)
        return prepare

    return register


@functools.cache
def kernels() -> dict[str, Kernel]:
    """Return every kernel by name, sorted."""
    for module in pkgutil.iter_modules(__path__):
        if module.name not in ("twins", "rings"):
            import_module(f"{__name__}.{module.name}")
    return dict(sorted(_KERNELS.items()))


def select(pattern: str) -> list[Kernel]:
    """Return the kernels of a name, a group (stem) or a shell pattern; UsageError, with the nearest names, if none."""
    known = kernels()
    chosen = [k for k in known.values() if pattern in (k.name, k.stem) or fnmatch.fnmatchcase(k.name, pattern)]
    if not chosen:
        near = difflib.get_close_matches(pattern, [*known, *{k.stem for k in known.values()}], n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "see: hwbench kernels"
        raise UsageError(f"no kernel or group is named {pattern!r}; {hint}")
    return chosen
