"""What a function returned, as one line of text: two lines are equal where the answers are.

Numbers are the answer itself: whole ones exactly, floats to nine digits, since another order of the same sums moves the
last ones. A numpy scalar is a number; a list, a tuple and an array of the same numbers are the same answer. Of long rows
of floats three random projections are kept, to nine digits: a difference above that shows, rounding does not.
Fooled by: float answers that differ beyond the ninth digit; objects without a readable form of their own, of which only
the type is compared.
"""

from __future__ import annotations

import hashlib
import math
import pickle
import re
from array import array
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any, Final

DIGITS: Final = 9
LONGEST: Final = 60  # characters of an answer that are shown as they are; of a longer one its digest
PROJECTIONS: Final = (
    (2654435761, 1),
    (2246822519, 374761393),
    (3266489917, 668265263),
)  # odd: each index its own value
MODULUS: Final = 1 << 32
WORD: Final = 1 << 63
DEEPEST: Final = 100
ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")


def answer_of(value: Any) -> str:
    """Return the line that stands for a returned value."""
    told = _tell(value, 0)
    return (
        told
        if len(told) <= LONGEST and told.isprintable()
        else hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    )


def _tell(value: Any, depth: int) -> str:
    """Return a text that is equal for equal values; long parts are hashed on the way."""
    if depth > DEEPEST:
        return "…"
    plain = _as_plain(value)
    if isinstance(plain, float):
        return _number(plain)
    if isinstance(plain, complex):
        return f"{_number(plain.real)}+{_number(plain.imag)}j"
    if plain is None or isinstance(plain, (int, str)):
        return _short(repr(plain))
    if isinstance(plain, (bytes, bytearray, memoryview)):
        return _short(repr(bytes(plain)))
    return _tell_array(plain, depth) if hasattr(plain, "__array__") else _tell_many(plain, depth)


def _tell_many(value: Any, depth: int) -> str:
    if isinstance(value, (list, tuple, array)):
        return _tell_row(value, depth)
    if isinstance(value, Mapping):
        rows = sorted(f"{_tell(key, depth + 1)}:{_tell(held, depth + 1)}" for key, held in value.items())
        return _short("{" + ",".join(rows) + "}")
    if isinstance(value, Set):
        return _short("set(" + ",".join(sorted(_tell(held, depth + 1) for held in value)) + ")")
    if is_dataclass(value) and not isinstance(value, type):
        parts = [f"{field.name}={_tell(getattr(value, field.name), depth + 1)}" for field in fields(value)]
        return _short(f"{type(value).__name__}({','.join(parts)})")
    return _tell_object(value)


def _tell_row(values: Any, depth: int) -> str:
    kinds = set(map(type, values))
    if not kinds or (float in kinds and kinds <= {int, float}):
        return f"row({len(values)}):{_project(values)}"
    if kinds == {bool}:
        return f"row({len(values)}):{_hash(bytes(values))}"
    if kinds <= {int} and all(-WORD <= held < WORD for held in values):
        return f"row({len(values)}):{_hash(array('q', values).tobytes())}"
    return _short(f"row({len(values)}):" + ",".join(_tell(held, depth + 1) for held in values))


def _tell_array(value: Any, depth: int) -> str:
    """Return the text of anything that makes itself a numpy array; of one dimension as if it were a list."""
    import numpy as np  # noqa: PLC0415 - the value brought it along

    held = np.asarray(value)
    shape = "" if held.ndim == 1 else f"{held.shape}"
    if held.dtype.kind == "f":
        return f"{shape}row({held.size}):{_project_array(held.astype(np.float64).ravel())}"
    if held.dtype.kind in "iu" and held.size and held.min() >= -WORD and held.max() < WORD:
        return f"{shape}row({held.size}):{_hash(held.astype(np.int64).tobytes())}"
    return shape + _tell_row(held.ravel().tolist(), depth + 1)


def _tell_object(value: Any) -> str:
    """Return the text of another object: how it shows itself, or how it pickles, or only its type."""
    name = type(value).__qualname__
    shown = repr(value)  # of an object without a form of its own: with its address
    if not ADDRESS.search(shown):
        return _short(f"{name}:{shown}")
    if isinstance(value, Iterable) or callable(value):
        return name
    try:
        return f"{name}:{_hash(pickle.dumps(value, protocol=4))}"
    except Exception:  # a user's object may refuse in any way
        return name


def _as_plain(value: Any) -> Any:
    """Turn a numpy scalar or an enum's value into the plain number it is."""
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    return float(value) if isinstance(value, float) else value


def _number(value: float) -> str:
    if value == 0:
        return "0.0"  # without the sign of a zero
    return f"{value:.{DIGITS - 1}e}" if math.isfinite(value) else repr(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else _hash(text.encode("utf-8", "surrogatepass"))


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _project(values: Iterable[float]) -> str:
    """Return the projections of a row of floats, each with where it is not finite."""
    row = list(map(_float, values))
    odd = _hash(repr([(i, held) for i, held in enumerate(row) if not math.isfinite(held)]).encode())
    finite = [held if math.isfinite(held) else 0.0 for held in row]
    sums = [math.fsum(held * _weight(i, *key) for i, held in enumerate(finite)) for key in PROJECTIONS]
    return ",".join(map(_number, sums)) + f",{odd[:8]}"


def _float(value: float) -> float:
    """Return a number as a float, infinite where it is larger than any."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _project_array(row: Any) -> str:
    import numpy as np  # noqa: PLC0415 - the value brought it along

    where = np.flatnonzero(~np.isfinite(row))
    odd = _hash(repr([(int(i), float(row[i])) for i in where]).encode())
    finite = np.where(np.isfinite(row), row, 0.0)
    index = np.arange(len(row), dtype=np.uint64)
    sums = []
    for factor, offset in PROJECTIONS:
        weights = ((index * np.uint64(factor) + np.uint64(offset)) % np.uint64(MODULUS)) / MODULUS + 0.5
        sums.append(float(np.sum(finite * weights)))
    return ",".join(map(_number, sums)) + f",{odd[:8]}"


def _weight(index: int, factor: int, offset: int) -> float:
    """Return a weight between 0.5 and 1.5 that looks random, so that no exchange of two elements goes unseen."""
    return (index * factor + offset) % MODULUS / MODULUS + 0.5
