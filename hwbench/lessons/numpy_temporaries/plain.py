"""A polynomial by Horner's rule in numpy: every operation goes through a whole array, or through a block of it."""

import numpy as np


def arguments(function, arguments):
    """Leave out the lengths, which numpy's arrays know."""
    x, out, _, coefficients, _, block = arguments
    return x, out, coefficients.tolist(), block


def blocks(x, out, block):
    """Return views of the input and the output, block by block."""
    return [(x[start : start + block], out[start : start + block]) for start in range(0, x.size, block)]


def by_operation(x, out, coefficients, block):
    """Each operation for all blocks before the next; with one block as large as the array that is what is usually written."""
    parts = blocks(x, out, block)
    for _, result in parts:
        result[:] = coefficients[0]
    for coefficient in coefficients[1:]:
        for part, result in parts:
            np.multiply(result, part, out=result)
        for _, result in parts:
            np.add(result, coefficient, out=result)
    return sum(float(result.sum()) for _, result in parts)


def by_block(x, out, coefficients, block):
    """All operations for one block before the next: the same calls in another order."""
    total = 0.0
    for part, result in blocks(x, out, block):
        result[:] = coefficients[0]
        for coefficient in coefficients[1:]:
            np.multiply(result, part, out=result)
            np.add(result, coefficient, out=result)
        total += float(result.sum())
    return total


def expression(x, out, coefficients, block):
    """The same as an expression: numpy takes fresh memory for what lies between the operations."""
    result = coefficients[0]
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return float(result.sum())
