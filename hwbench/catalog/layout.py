"""Layouts: one field of every record, or whole records picked at random, from three ways to keep the same records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.catalog.rings import aligned_words
from hwbench.units import KIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZE = 32 * 1024 * KIB
FIELDS = 8  # a record of a line
FIELD = 3
BLOCK = 8
VALUE_BYTES = 9  # an int64 and a byte

Table = tuple["NDArray[np.int64]", "NDArray[np.int64]"]


def _table(size: int) -> NDArray[np.int64]:
    """Return the records' values, one row a record: a multiple of a block of them."""
    count = size // (8 * FIELDS) // BLOCK * BLOCK
    return np.arange(count * FIELDS, dtype=np.int64).reshape(count, FIELDS) % 1009


def _placed(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the values, in their order, in an array that starts on a page."""
    words = aligned_words(values.nbytes)
    words[:] = values.ravel()
    return words


def _structures(size: int) -> Table:
    table = _table(size)
    return table, _placed(table)


def _arrays(size: int) -> Table:
    table = _table(size)
    return table, _placed(table.T)


def _blocks(size: int) -> Table:
    table = _table(size)
    return table, _placed(table.reshape(-1, BLOCK, FIELDS).transpose(0, 2, 1))


def _one(table: NDArray[np.int64], words: NDArray[np.int64]) -> Prepared:
    count = len(table)
    total = int(table[:, FIELD].sum())
    work = Work(loads=count, bytes=8 * count, operations=count)
    return Prepared((words, count, FIELDS, FIELD), work, checksum=lambda repeats: total * repeats)


def _all(table: NDArray[np.int64], words: NDArray[np.int64]) -> Prepared:
    count = len(table)
    index = np.random.default_rng(1).permutation(count).astype(np.int64)
    total = int(table.sum())
    work = Work(loads=count * (FIELDS + 1), bytes=8 * count * (FIELDS + 1), operations=count * FIELDS)
    return Prepared((words, index, count, count, FIELDS), work, checksum=lambda repeats: total * repeats)


@kernel("layout.one_of_structures", function="one_of_structures", unit="operations", size=SIZE)
def one_of_structures(size: int) -> Prepared:
    """Sum one field of records kept one after another: a line for every word."""
    return _one(*_structures(size))


@kernel("layout.one_of_arrays", function="one_of_arrays", unit="operations", size=SIZE)
def one_of_arrays(size: int) -> Prepared:
    """Sum one field of records kept field by field: every word of a line is used."""
    return _one(*_arrays(size))


@kernel("layout.one_of_blocks", function="one_of_blocks", unit="operations", size=SIZE)
def one_of_blocks(size: int) -> Prepared:
    """Sum one field of records kept in blocks of 8: whole lines, and the fields of a record still near each other."""
    return _one(*_blocks(size))


@kernel("layout.all_of_structures", function="all_of_structures", unit="operations", size=SIZE)
def all_of_structures(size: int) -> Prepared:
    """Sum all fields of records picked at random, kept one after another: a line a record."""
    return _all(*_structures(size))


@kernel("layout.all_of_arrays", function="all_of_arrays", unit="operations", size=SIZE)
def all_of_arrays(size: int) -> Prepared:
    """Sum all fields of records picked at random, kept field by field: a line a field, far apart."""
    return _all(*_arrays(size))


@kernel("layout.all_of_blocks", function="all_of_blocks", unit="operations", size=SIZE)
def all_of_blocks(size: int) -> Prepared:
    """Sum all fields of records picked at random, kept in blocks of 8: a line a field, side by side."""
    return _all(*_blocks(size))


def _records(size: int, record_bytes: int) -> Prepared:
    """As many records as fit `size` when padded, `record_bytes` apart; the last is followed by nothing that is read."""
    count = size // 16
    records = aligned_words(count * record_bytes // 8 * 8 + 16).view(np.uint8)
    rows = records[: count * record_bytes].reshape(count, record_bytes)
    rows[:, :8] = (np.arange(count, dtype=np.int64) % 1009).view(np.uint8).reshape(count, 8)
    rows[:, 8] = np.arange(count) % 251
    total = int((np.arange(count) % 1009).sum() + (np.arange(count) % 251).sum())
    work = Work(loads=2 * count, bytes=VALUE_BYTES * count, operations=2 * count)
    return Prepared((records, count, record_bytes), work, checksum=lambda repeats: total * repeats)


@kernel("layout.padded", function="records", unit="operations", size=SIZE)
def padded(size: int) -> Prepared:
    """Sum records of an integer and a byte in 16 bytes each, as a C compiler pads them."""
    return _records(size, 16)


@kernel("layout.packed", function="records", unit="operations", size=SIZE)
def packed(size: int) -> Prepared:
    """Sum the same records in 9 bytes each: less memory, integers that lie across lines."""
    return _records(size, VALUE_BYTES)
