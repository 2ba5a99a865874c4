"""The same loop run by the interpreter and compiled by numba, called from the same loop of Python."""

import numba

FIRST = 1000
"""Beyond the small integers that Python makes once and shares."""


def arguments(function, arguments):
    """Turn the array of sizes into a list of Python's integers."""
    return (arguments[0].tolist(),)


def steps(count):
    """Do so many steps: a comparison, a subtraction and an addition each, every one of them on objects."""
    number, last, total = FIRST, FIRST + count, 0
    while number < last:
        total = number - total
        number += 1
    return total


@numba.njit(nogil=True)
def compiled_steps(count):
    """Do the same steps in machine code: three instructions or so each, in registers."""
    number, last, total = FIRST, FIRST + count, 0
    while number < last:
        total = number - total
        number += 1
    return total


def interpreted(sizes):
    """Call the plain function for each size."""
    total = 0
    for size in sizes:
        total += steps(size)
    return total


def compiled(sizes):
    """Call the compiled function for each size: what is paid is the way in and out, and hardly the steps."""
    total = 0
    for size in sizes:
        total += compiled_steps(size)
    return total
