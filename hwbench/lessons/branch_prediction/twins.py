"""The sum of those values that reach a threshold, with a branch that LLVM may not turn into anything else."""

from hwbench.kernels._machine import keep_above
from hwbench.lessons.jit import twin


@twin
def sum_of_large(values, count, threshold):
    """Take one conditional jump a value: the core guesses its way and runs on; a wrong guess throws away that work."""
    total = 0
    for i in range(count):
        if values[i] >= threshold:
            total = keep_above(total + values[i])
    return total
