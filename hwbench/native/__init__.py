"""The C kernels, one extension module a vector width, imported only after the CPU was asked.

`load("v256")` gives the kernels compiled for 256-bit vectors, `best()` those of the widest vectors this CPU has; `bind` turns
a kernel and its arrays into a callable of one integer, the number of repeats. A width that is not there is an `Unavailable`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from hwbench.records import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    Argument = np.ndarray[Any, Any] | int | float
    Run = Callable[[int], int | float]

VARIANT_BITS: Final = {"scalar": 64, "v128": 128, "v256": 256, "v512": 512}
_C_TYPES: Final = {
    "int64": "int64_t[]",
    "int32": "int32_t[]",
    "uint8": "uint8_t[]",
    "float64": "double[]",
    "float32": "float[]",
}
_BUILD_ADVICE: Final = "install a C compiler and run: scripts/hwbench doctor"


@dataclass(frozen=True)
class Variant:
    """The C kernels compiled for one vector width."""

    name: str
    ffi: Any
    lib: Any

    @property
    def bits(self) -> int:
        """Width of a vector in bits; 64 for the scalar variant."""
        return VARIANT_BITS[self.name]

    def has(self, function: str) -> bool:
        """Whether this build has a kernel of that C name."""
        return hasattr(self.lib, function)

    def bind(self, function: str, arguments: Sequence[Argument]) -> Run:
        """Return the kernel as a callable of its number of repeats; the arrays stay alive with it.

        Arrays must be contiguous, of int64, int32, uint8, float64 or float32: others are a TypeError (ValueError if not
        contiguous).
        """
        return functools.partial(getattr(self.lib, function), *(self._convert(argument) for argument in arguments))

    def _convert(self, argument: Argument) -> Any:
        import numpy as np  # noqa: PLC0415 - `doctor` reads CPUID from here, and must start without numpy

        if isinstance(argument, np.ndarray):
            if argument.dtype.name not in _C_TYPES:
                raise TypeError(f"a kernel takes arrays of {', '.join(_C_TYPES)}, not of {argument.dtype.name}")
            return self.ffi.from_buffer(
                _C_TYPES[argument.dtype.name], argument, require_writable=argument.flags.writeable
            )
        return argument


@functools.cache
def load(name: str) -> Variant | Unavailable:
    """Return the kernels compiled for a width, or why they cannot run here."""
    if name not in VARIANT_BITS:
        raise KeyError(name)
    if name not in ("scalar", "v128"):
        baseline = load("v128")
        if isinstance(baseline, Unavailable):
            return baseline
        if baseline.lib.cpu_vector_bits() < VARIANT_BITS[name]:
            return Unavailable(reason=f"this CPU or OS has no {VARIANT_BITS[name]}-bit vectors")
    try:
        module = import_module(f"hwbench.native._{name}")
    except ImportError as error:
        return Unavailable(reason=f"the C kernels for {name} were not built ({error})", remedy=_BUILD_ADVICE)
    return Variant(name, module.ffi, module.lib)


def available() -> list[Variant]:
    """Return the variants that run here, narrowest first; empty if the C kernels were not built."""
    return [variant for name in VARIANT_BITS if isinstance(variant := load(name), Variant)]


def best() -> Variant | Unavailable:
    """Return the variant of the widest vectors, or why there is none."""
    built = available()
    return built[-1] if built else load("scalar")
