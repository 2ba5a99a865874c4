"""The same records kept as an array of structures, a structure of arrays, or blocks of 8. Twin of c_src/layout.c."""

from hwbench.kernels._jit import kernel
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BLOCK = 8


@kernel
def one_of_structures(words, count, fields, field, repeats):
    """Sum one field of all records, `repeats` times; return the sum over all passes (it wraps), as do the following."""
    total = 0
    for _ in range(repeats):
        for i in range(count):
            total += words[i * fields + field]
    return total


@kernel
def one_of_arrays(words, count, fields, field, repeats):
    """Sum one field of all records, kept side by side."""
    total = 0
    for _ in range(repeats):
        for i in range(count):
            total += words[field * count + i]
    return total


@kernel
def one_of_blocks(words, count, fields, field, repeats):
    """Sum one field of all records, kept 8 by 8."""
    total = 0
    for _ in range(repeats):
        for block in range(count // BLOCK):
            base = (block * fields + field) * BLOCK
            for k in range(BLOCK):
                total += words[base + k]
    return total


@kernel
def all_of_structures(words, index, picks, count, fields, repeats):
    """Sum all fields of the records named by `index`."""
    total = 0
    for _ in range(repeats):
        for i in range(picks):
            base = index[i] * fields
            for field in range(fields):
                total += words[base + field]
    return total


@kernel
def all_of_arrays(words, index, picks, count, fields, repeats):
    """Sum all fields of the records named by `index`, each field in an array of its own."""
    total = 0
    for _ in range(repeats):
        for i in range(picks):
            for field in range(fields):
                total += words[field * count + index[i]]
    return total


@kernel
def all_of_blocks(words, index, picks, count, fields, repeats):
    """Sum all fields of the records named by `index`, kept 8 by 8."""
    total = 0
    for _ in range(repeats):
        for i in range(picks):
            record = index[i]
            base = record // BLOCK * fields * BLOCK + record % BLOCK
            for field in range(fields):
                total += words[base + field * BLOCK]
    return total


@intrinsic
def _load_anywhere(typing_context, address):
    """Return the int64 at an absolute address that need not be a multiple of 8."""

    def generate(context, builder, signature, arguments):
        pointer = builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())
        return builder.load(pointer, align=1)

    return types.int64(types.int64), generate


@kernel
def records(records_in, count, record_bytes, repeats):
    """Sum value and byte of records that lie `record_bytes` apart."""
    base = records_in.ctypes.data
    total = 0
    for _ in range(repeats):
        for i in range(count):
            total += _load_anywhere(base + i * record_bytes) + records_in[i * record_bytes + 8]
    return total
