"""The shape of a text (a hash of the kinds of its bytes), the kinds found by a chain of tests and looked up in a table."""

import numpy as np
from numba import int64

from hwbench.kernels._machine import keep_above
from hwbench.lessons.jit import twin

LOWER, UPPER, DIGIT, SPACE, MARK, OTHER = range(1, 7)


@twin
def kind_of(byte):
    """Test for one kind after the other; `keep_above` makes LLVM leave each test a jump of its own."""
    if ord("a") <= byte <= ord("z"):
        return LOWER
    byte = keep_above(byte)
    if ord("A") <= byte <= ord("Z"):
        return UPPER
    byte = keep_above(byte)
    if ord("0") <= byte <= ord("9"):
        return DIGIT
    byte = keep_above(byte)
    if byte == ord(" "):
        return SPACE
    byte = keep_above(byte)
    if ord("!") <= byte <= ord("/"):
        return MARK
    byte = keep_above(byte)
    return OTHER


@twin
def with_kind(shape, kind):
    """One step of the FNV-1a hash: the same chain, whichever way the kind was found."""
    return ((shape ^ kind) * 16777619) & 0xFFFFFFFF


@twin
def by_tests(text, length):
    """Ask for every byte of the text what it is: a random byte is a wrong guess at the test that it passes."""
    shape = 2166136261
    for i in range(length):
        shape = with_kind(shape, kind_of(int64(text[i])))
    return shape


@twin
def by_table(text, length):
    """Ask once for every byte that there can be, and look up those of the text: a load from the first level, no jump."""
    kinds = np.empty(256, np.uint8)
    for byte in range(256):
        kinds[byte] = kind_of(byte)
    shape = 2166136261
    for i in range(length):
        shape = with_kind(shape, int64(kinds[text[i]]))
    return shape
