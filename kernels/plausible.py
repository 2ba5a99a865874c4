"""The typed loops of the plausible engine. Twin of c_src/plausible/kernels.c, whose header says more.

A mask is an int64 a row, 0 or 1. `compile_condition` makes one function of a whole condition: a compiled loop in which nothing is
left to decide, which the engine calls instead of a loop for each operator.
"""

import operator

import numpy as np
from hwbench.kernels._jit import kernel
from numba import carray, cfunc, types

COMPARISONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
CONSTANT, PARAMETER, COLUMN, ADD, SUBTRACT, MULTIPLY, EQUAL = range(7)
AND, OR, NOT, TO_REAL = range(12, 16)
REAL = 1
_OPERATORS = dict(zip(range(ADD, AND), (operator.add, operator.sub, operator.mul, *COMPARISONS), strict=True))
_FILTER = types.void(types.CPointer(types.voidptr), types.voidptr, types.int64, types.CPointer(types.int64))


@kernel
def compare(first, second, count, operation, mask):
    """Compare two columns row by row."""
    for i in range(count):
        a, b = first[i], second[i]
        if operation == 0:
            mask[i] = a == b
        elif operation == 1:
            mask[i] = a != b
        elif operation == 2:
            mask[i] = a < b
        elif operation == 3:
            mask[i] = a <= b
        elif operation == 4:
            mask[i] = a > b
        else:
            mask[i] = a >= b


@kernel
def choose(mask, count, chosen):
    """Write the places of the rows that the mask has; return how many."""
    found = 0
    for i in range(count):
        chosen[found] = i
        found += mask[i]
    return found


@kernel
def gather(values, chosen, count, gathered):
    """Copy the chosen rows' values."""
    for i in range(count):
        gathered[i] = values[chosen[i]]


@kernel
def count_rows(mask, count):
    """Count the rows that the mask has."""
    found = 0
    for i in range(count):
        found += mask[i]
    return found


@kernel
def sum_rows(values, mask, count):
    """Add up the values that the mask has, in their own type."""
    total = values[0] - values[0] if count else values.dtype.type(0)
    for i in range(count):
        total += values[i] if mask[i] else values.dtype.type(0)
    return total


@kernel
def bucket_of(key, bits):
    """Return a key's bucket: the finaliser of MurmurHash3, of which the low bits are taken."""
    hashed = np.uint64(key)
    hashed = (hashed ^ (hashed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    hashed = (hashed ^ (hashed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    hashed ^= hashed >> np.uint64(33)
    return np.int64(hashed & ((np.uint64(1) << np.uint64(bits)) - np.uint64(1)))


@kernel
def join_build(right, count, bits, heads, following):
    """Chain the right rows of each bucket, the last one first."""
    for i in range(1 << bits):
        heads[i] = -1
    for i in range(count):
        bucket = bucket_of(right[i], bits)
        following[i] = heads[bucket]
        heads[bucket] = i


@kernel
def join_probe(left, left_count, right, bits, heads, following, position, most, left_rows, right_rows):
    """Write the next pairs of equal keys, `most` at most; return how many."""
    found, row, candidate = 0, position[0], position[1]
    while row < left_count:
        if candidate < 0:
            candidate = heads[bucket_of(left[row], bits)]
        while candidate >= 0 and found < most:
            if right[candidate] == left[row]:
                left_rows[found], right_rows[found] = row, candidate
                found += 1
            candidate = following[candidate]
        if candidate >= 0:
            break
        row, candidate = row + 1, -1
    position[0], position[1] = row, candidate
    return found


@kernel
def join_nested(left, left_count, right, right_count, position, most, left_rows, right_rows):
    """Write the same pairs, by comparing each with each."""
    found, row, candidate = 0, position[0], position[1]
    while row < left_count:
        while candidate < right_count and found < most:
            if right[candidate] == left[row]:
                left_rows[found], right_rows[found] = row, candidate
                found += 1
            candidate += 1
        if candidate < right_count:
            break
        row, candidate = row + 1, 0
    position[0], position[1] = row, candidate
    return found


def compile_condition(nodes, top):
    """Compile a condition into one C function of (columns, known, count, mask); keep what is returned: it holds the code.

    `nodes`: (operation, type, first, second, column) of each node, as `engine.h` tells them.
    """
    used = sorted({column for operation, _, _, _, column in nodes if operation == COLUMN})
    places = {column: place for place, column in enumerate(used)}
    kinds = {column: kind for operation, kind, _, _, column in nodes if operation == COLUMN}
    condition = _function(nodes, top, places)
    columns_of = _columns([(column, kinds[column]) for column in used])
    size = len(nodes)

    @cfunc(_FILTER)
    def filter_rows(pointers, known, count, mask):
        columns = columns_of(pointers, count)
        integers, reals = carray(known, size, np.int64), carray(known, size, np.float64)
        masked = carray(mask, count)
        for row in range(count):
            masked[row] = condition(columns, integers, reals, row) != 0

    return filter_rows


def _columns(used):
    """Return a compiled function that makes a tuple of arrays of the addresses of columns."""
    if not used:
        return kernel_of(lambda pointers, count: ())
    (column, kind), rest = used[0], _columns(used[1:])
    number = np.float64 if kind == REAL else np.int64

    def columns(pointers, count):
        return (carray(pointers[column], count, number), *rest(pointers, count))

    return kernel_of(columns)


def kernel_of(function):
    """Compile a closure: as the other kernels, but for a place on the disk, since it is made anew for each condition."""
    return kernel_uncached(function)


def _function(nodes, at, places):
    """Return a compiled function of a row that is a node of a condition."""
    operation, kind, first, second, column = nodes[at]
    if operation == COLUMN:
        place = places[column]
        return kernel_of(lambda columns, integers, reals, row: columns[place][row])
    if operation in {CONSTANT, PARAMETER}:
        if kind == REAL:
            return kernel_of(lambda columns, integers, reals, row: reals[at])
        return kernel_of(lambda columns, integers, reals, row: integers[at])
    return kernel_of(_operator(operation, _function(nodes, first, places), second >= 0 and _function(nodes, second, places)))


def _operator(operation, one, other):
    """Return a function that applies an operator to one or two others."""
    if operation == NOT:
        return lambda columns, integers, reals, row: np.int64(one(columns, integers, reals, row) == 0)
    if operation == TO_REAL:
        return lambda columns, integers, reals, row: np.float64(one(columns, integers, reals, row))
    if operation == AND:
        return lambda columns, integers, reals, row: np.int64(
            (one(columns, integers, reals, row) != 0) & (other(columns, integers, reals, row) != 0)
        )
    if operation == OR:
        return lambda columns, integers, reals, row: np.int64(
            (one(columns, integers, reals, row) != 0) | (other(columns, integers, reals, row) != 0)
        )
    apply = _OPERATORS[operation]
    if operation >= EQUAL:
        return lambda columns, integers, reals, row: np.int64(
            apply(one(columns, integers, reals, row), other(columns, integers, reals, row))
        )
    return lambda columns, integers, reals, row: apply(one(columns, integers, reals, row), other(columns, integers, reals, row))
