"""A hash table's first step: from a key to a bucket, by division and by multiplications, and the look-up in the bucket."""

from llvmlite import ir
from numba import int64, uint32, uint64
from numba.extending import intrinsic

from hwbench.lessons.jit import twin

ALL_ONES = uint64(2**64 - 1)
BUCKETS = 1000


@intrinsic
def high_half(typing_context, a, b):
    """Return the upper 64 of the 128 bits of a product, for which numba has no words."""

    def generate(context, builder, signature, arguments):
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(one, wide) for one in arguments))
        return builder.trunc(builder.lshr(product, wide(64)), ir.IntType(64))

    return uint64(uint64, uint64), generate


@twin
def by_division(keys, count, table, buckets):
    """Take the remainder of a division by a number that LLVM does not know: the divider takes its time for every key."""
    divisor = uint32(buckets)
    total = 0
    for i in range(count):
        total += int64(table[keys[i] % divisor])
    return total


@twin
def by_reciprocal(keys, count, table, buckets):
    """Divide once, for the reciprocal: its product with a key has the quotient's fraction, from which the remainder comes."""
    divisor = uint64(buckets)
    reciprocal = ALL_ONES // divisor + uint64(1)
    total = 0
    for i in range(count):
        total += int64(table[high_half(reciprocal * uint64(keys[i]), divisor)])
    return total


@twin
def by_constant(keys, count, table):
    """Take the remainder by a divisor that LLVM knows: it finds the reciprocal itself."""
    total = 0
    for i in range(count):
        total += int64(table[keys[i] % uint32(BUCKETS)])
    return total


@twin
def by_mask(keys, count, table, buckets):
    """Take the lowest bits, which are the remainder by a power of two."""
    mask = uint32(buckets - 1)
    total = 0
    for i in range(count):
        total += int64(table[keys[i] & mask])
    return total
