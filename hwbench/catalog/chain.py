"""Arithmetic by operation and type: one dependent chain, independent chains, denormal numbers, the FLOP roof.

The operands keep every chain where it began, so that no operation meets a special number by and by: sums count up,
products stay at one, quotients change between two numbers with full mantissas, and roots are multiplied back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from hwbench.catalog import Prepared, Work, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHAIN_LENGTH: Final = 64
SPREAD_LENGTH: Final = 120
PEAK_ELEMENTS: Final = {"f64": 768, "f32": 1536}
DTYPES: Final = {"i64": np.int64, "i32": np.int32, "f64": np.float64, "f32": np.float32}
INTEGERS: Final = ("i64", "i32")
FLOATS: Final = ("f64", "f32")
DENORMAL: Final = {"f64": 2.0**-1060, "f32": 2.0**-140}
SMALLEST: Final = {"f64": 2.0**-1074, "f32": 2.0**-149}


class Operation(NamedTuple):
    """An operation: its types, how many FLOP it is, what it is called, and the operands x, y, z of integers and of floats."""

    types: tuple[str, ...]
    flops: int
    text: str
    integers: dict[str, tuple[int, int, int]]
    floats: tuple[float, float, float] = (0.0, 0.0, 0.0)


# The dividends are products of two primes of half the word: y / x changes between them, and the quotient has half the bits.
OPERATIONS: Final = {
    "add": Operation((*INTEGERS, *FLOATS), 1, "additions", {"i64": (0, 3, 0), "i32": (0, 3, 0)}, (0.0, 1.0, 0.0)),
    "multiply": Operation(
        (*INTEGERS, *FLOATS), 1, "multiplications", {"i64": (7, 5, 0), "i32": (7, 5, 0)}, (1.0, 1.0, 0.0)
    ),
    "fused_multiply_add": Operation(FLOATS, 2, "fused multiply-adds", {}, (1.0, 0.7, 0.3)),
    "divide": Operation(
        (*INTEGERS, *FLOATS),
        1,
        "divisions",
        {"i64": (2147483647, 2147483647 * 2147483629, 0), "i32": (46337, 46337 * 46327, 0)},
        (1.7320508, 3.1415926, 0.0),
    ),
    "square_root": Operation(FLOATS, 1, "square roots", {}, (1.9, 1.3784048, 0.0)),
}


def operands(operation: str, type_: str) -> NDArray[Any]:
    """Return {x, y, z} of an operation on a type."""
    chosen = OPERATIONS[operation]
    if type_ in INTEGERS:
        return np.array(chosen.integers[type_], dtype=DTYPES[type_])
    values = np.array(chosen.floats, dtype=DTYPES[type_])
    if operation == "multiply":
        values[1] += np.finfo(values.dtype).eps  # one unit in the last place: the product moves, but not far
    return values


def denormal_operands(operation: str, type_: str = "f64") -> NDArray[Any]:
    """Return {x, y, z} with which the chain of additions or multiplications stays among denormal numbers."""
    y = SMALLEST[type_] if operation == "add" else 1.0
    return np.array((DENORMAL[type_], y, 0.0), dtype=DTYPES[type_])


def peak_operands(type_: str) -> NDArray[Any]:
    """Return {x, y, z} with which the roof counts its multiply-adds (in float exactly as far as 2^24 an accumulator)."""
    return np.array((0.0, 1.0, 1.0), dtype=DTYPES[type_])


def _prepared(operation: str, type_: str, kind: str, values: NDArray[Any]) -> Prepared:
    length = CHAIN_LENGTH if kind == "latency" else SPREAD_LENGTH
    flops = length * OPERATIONS[operation].flops if type_ in FLOATS else 0
    return Prepared((values,), Work(operations=length, flops=flops))


def _register(operation: str, kind: str, type_: str) -> None:
    how = "each waiting for the one before" if kind == "latency" else "on as many chains as fit the registers"

    def prepare(_size: int) -> Prepared:
        return _prepared(operation, type_, kind, operands(operation, type_))

    beside = ", with a multiplication after each" if (operation, kind) == ("square_root", "latency") else ""
    prepare.__doc__ = f"Do {OPERATIONS[operation].text} of {type_}, {how}{beside}."
    kernel(f"chain.{operation}_{kind}_{type_}", function=f"{operation}_{kind}_{type_}", unit="operations", size=24)(
        prepare
    )


for _operation, _chosen in OPERATIONS.items():
    for _type in _chosen.types:
        _register(_operation, "latency", _type)
        _register(_operation, "throughput", _type)


@kernel("chain.denormal_multiply", function="multiply_latency_f64", unit="operations", size=24)
def denormal_multiply(_size: int) -> Prepared:
    """Do multiplications of f64 whose operand and result are denormal, each waiting for the one before."""
    return _prepared("multiply", "f64", "latency", denormal_operands("multiply"))


@kernel("chain.denormal_add", function="add_latency_f64", unit="operations", size=24)
def denormal_add(_size: int) -> Prepared:
    """Do additions of f64 whose operands and result are denormal, each waiting for the one before."""
    return _prepared("add", "f64", "latency", denormal_operands("add"))


def peak_prepared(type_: str) -> Prepared:
    """Return the inputs of the roof."""
    elements = PEAK_ELEMENTS[type_]
    return Prepared(
        (peak_operands(type_),),
        Work(operations=elements, flops=2 * elements),
        checksum=lambda repeats: float(elements * repeats),
    )


@kernel("chain.peak_f64", function="peak_f64", unit="flops", size=24)
def peak_f64(_size: int) -> Prepared:
    """Do fused multiply-adds of f64 at the full vector width on independent accumulators."""
    return peak_prepared("f64")


@kernel("chain.peak_f32", function="peak_f32", unit="flops", size=24)
def peak_f32(_size: int) -> Prepared:
    """Do fused multiply-adds of f32 at the full vector width on independent accumulators."""
    return peak_prepared("f32")
