"""The typed loops of the plausible engine. Twin of c_src/plausible/kernels.c, whose header says more.

A mask is an int64 a row, 0 or 1. `compile_condition` makes one function of a whole condition: a compiled loop in which nothing is
left to decide, which the engine calls instead of a loop for each operator. It is written in LLVM's own words: of a Python function
an operator, numba would take more than a second.
"""

import numpy as np
from hwbench.kernels._jit import kernel
from llvmlite import ir
from numba import cfunc, types
from numba.core import cgutils
from numba.extending import intrinsic

WORD = ir.IntType(64)
COLUMN, AND, OR, NOT, TO_REAL = 2, 12, 13, 14, 15  # as in engine.h
REAL = 1
_ARITHMETIC = dict(zip(range(3, 6), ("add", "sub", "mul"), strict=True))
_COMPARISONS = dict(zip(range(6, 12), ("==", "!=", "<", "<=", ">", ">="), strict=True))
_LLVM_TYPES = (WORD, ir.DoubleType())
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
    total = nothing = values.dtype.type(0)
    for i in range(count):
        total += values[i] if mask[i] else nothing
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


def compile_condition(condition):
    """Compile a condition into one C function of (columns, known, count, mask); keep what is returned: it holds the code.

    A condition is (operation, type, column, *operands), the operands being conditions, as `engine.h` tells of its nodes.
    """

    @intrinsic
    def ask(typing_context, columns, known, count, mask):
        """Ask it of each row."""

        def generate(context, builder, signature, arguments):
            _write_loop(builder, condition, *arguments)
            return context.get_dummy_value()

        return types.void(columns, known, count, mask), generate

    @cfunc(_FILTER)
    def ask_rows(columns, known, count, mask):
        ask(columns, known, count, mask)

    return ask_rows


def _write_loop(builder, condition, columns, known, count, mask):
    """Write the loop over rows; what does not change with the row is loaded before it, for LLVM to see."""
    leaves = list(_leaves(condition))
    used = {column: _LLVM_TYPES[kind] for operation, kind, column, *_ in leaves if operation == COLUMN}
    addresses = builder.bitcast(columns, ir.IntType(64).as_pointer())
    arrays = {
        column: builder.inttoptr(builder.load(builder.gep(addresses, [WORD(column)])), kind.as_pointer())
        for column, kind in used.items()
    }
    constants = []
    for place, kind in enumerate(kind for operation, kind, *_ in leaves if operation != COLUMN):
        values = builder.bitcast(known, _LLVM_TYPES[kind].as_pointer())
        constants.append(builder.load(builder.gep(values, [WORD(place)])))
    with cgutils.for_range(builder, count) as loop:
        holds = _write(builder, condition, arrays, iter(constants), loop.index)
        builder.store(builder.zext(_is_true(builder, holds), WORD), builder.gep(mask, [loop.index]))


def _leaves(condition):
    """Yield the columns and constants of a condition, from left to right."""
    operands = condition[3:]
    if not operands:
        yield condition
    for operand in operands:
        yield from _leaves(operand)


def _write(builder, condition, arrays, constants, row):
    """Write a condition's value at a row; `constants` are handed out from left to right."""
    operation, _, column, *operands = condition
    if operation == COLUMN:
        return builder.load(builder.gep(arrays[column], [row]))
    if not operands:
        return next(constants)
    first, *second = [_write(builder, operand, arrays, constants, row) for operand in operands]
    if operation == TO_REAL:
        return builder.sitofp(first, ir.DoubleType())
    if operation == NOT:
        return builder.zext(builder.icmp_signed("==", first, WORD(0)), WORD)
    if operation in {AND, OR}:
        combine = builder.and_ if operation == AND else builder.or_
        return builder.zext(combine(_is_true(builder, first), _is_true(builder, second[0])), WORD)
    return _operate(builder, operation, operands[0][1] == REAL, first, second[0])


def _is_true(builder, value):
    """Write whether an integer is not 0, as a bit."""
    return builder.icmp_signed("!=", value, WORD(0))


def _operate(builder, operation, is_real, first, second):
    """Write an operator of two integers or of two reals, as C has it: integers wrap around, NaN is unequal to everything."""
    if operation in _ARITHMETIC:
        name = _ARITHMETIC[operation]
        return getattr(builder, f"f{name}" if is_real else name)(first, second)
    sign = _COMPARISONS[operation]
    if not is_real:
        bit = builder.icmp_signed(sign, first, second)
    else:
        bit = (builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered)(sign, first, second)
    return builder.zext(bit, WORD)
