"""An interpreter: a program of instructions (an operation in the low half of a word, an operand in the high one).

LLVM makes a jump through a table of the comparisons; all operations add, so that the result does not depend on their order.
"""

from numba import int64

from hwbench.kernels._machine import keep_above, keep_below
from hwbench.lessons.jit import twin


@twin
def run(program, length):  # noqa: C901, PLR0912 - a switch is what this is about
    """Take one indirect jump an instruction: the core guesses its target as it guesses the way of a branch."""
    a, b, c, d = 0, 0, 0, 0
    for i in range(length):
        operation, x = int64(program[i]) & 15, (int64(program[i]) >> 16) & 0xFFFF
        if operation == 0:
            a = keep_above(a + x)
        elif operation == 1:
            b = keep_below(b + x)
        elif operation == 2:
            c = keep_above(c + x)
        elif operation == 3:
            d = keep_below(d + x)
        elif operation == 4:
            a = keep_above(a - x)
        elif operation == 5:
            b = keep_below(b - x)
        elif operation == 6:
            c = keep_above(c - x)
        elif operation == 7:
            d = keep_below(d - x)
        elif operation == 8:
            a = keep_above(a + 2 * x)
        elif operation == 9:
            b = keep_below(b + 2 * x)
        elif operation == 10:
            c = keep_above(c + 2 * x)
        elif operation == 11:
            d = keep_below(d + 2 * x)
        elif operation == 12:
            a = keep_above(a + 4 * x)
        elif operation == 13:
            b = keep_below(b + 4 * x)
        elif operation == 14:
            c = keep_above(c + 4 * x)
        elif operation == 15:
            d = keep_below(d + 4 * x)
    return (a + 3 * b + 5 * c + 7 * d) & 0xFFFFFFFF
