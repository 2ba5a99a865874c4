"""A polynomial by Horner's rule, in operations on whole stretches of an array, as numpy has them; and in one loop."""

from hwbench.lessons.jit import twin


@twin
def multiply(out, x):
    """Multiply a stretch by another in place."""
    for i in range(out.size):
        out[i] *= x[i]


@twin
def add(out, value):
    """Add a number to a stretch in place."""
    for i in range(out.size):
        out[i] += value


@twin
def add_up(out):
    """Return the sum of a stretch, kept in four parts."""
    first = second = third = fourth = 0.0
    whole = out.size // 4
    for i in range(whole):
        first += out[4 * i]
        second += out[4 * i + 1]
        third += out[4 * i + 2]
        fourth += out[4 * i + 3]
    for i in range(4 * whole, out.size):
        first += out[i]
    return first + second + third + fourth


@twin
def by_operation(x, out, count, coefficients, terms, block):
    """Each operation for all blocks before the next: by the time it comes back to a block, that has left the cache."""
    total = 0.0
    for start in range(0, count, block):
        out[start : start + block] = coefficients[0]
    for term in range(1, terms):
        for start in range(0, count, block):
            multiply(out[start : start + block], x[start : start + block])
        for start in range(0, count, block):
            add(out[start : start + block], coefficients[term])
    for start in range(0, count, block):
        total += add_up(out[start : start + block])
    return total


@twin
def by_block(x, out, count, coefficients, terms, block):
    """All operations for one block before the next: the block is fetched once, and stays in the cache until it is done."""
    total = 0.0
    for start in range(0, count, block):
        part, result = x[start : start + block], out[start : start + block]
        result[:] = coefficients[0]
        for term in range(1, terms):
            multiply(result, part)
            add(result, coefficients[term])
        total += add_up(result)
    return total


@twin
def fused(x, out, count, coefficients, terms, block):
    """All operations for one value before the next: what lies between them stays in registers."""
    for i in range(count):
        value = coefficients[0]
        for term in range(1, terms):
            value = value * x[i] + coefficients[term]
        out[i] = value
    return add_up(out)
