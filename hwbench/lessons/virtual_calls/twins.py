"""Shapes of several kinds in one array, each asked for its area through a pointer to its kind's function.

numba has no table of functions that is as quick as C's, so the table holds addresses, and `call` calls what is at one.
"""

import numpy as np
from llvmlite import ir
from numba import cfunc, int64
from numba.extending import intrinsic

from hwbench.lessons.jit import twin

KIND, WIDTH, HEIGHT, SHAPE_WORDS = 0, 1, 2, 4
AREA = int64(int64, int64)


@cfunc(AREA)
def rectangle(width, height):
    """Return the area of a rectangle."""
    return width * height


@cfunc(AREA)
def triangle(width, height):
    """Return the area of a right-angled triangle, rounded down."""
    return width * height >> 1


@cfunc(AREA)
def frame(width, height):
    """Return the area of a rectangle's rim that is one wide."""
    return 2 * (width + height) - 4


@cfunc(AREA)
def cross(width, height):
    """Return the area of two bars that are one wide and cross."""
    return width + height - 1


AREA_OF = np.array([kind.address for kind in (rectangle, triangle, frame, cross)])


@intrinsic
def call(typing_context, address, width, height):
    """Call the function at an address with two int64 and return what it returns."""

    def generate(context, builder, signature, arguments):
        word = ir.IntType(64)
        function = ir.FunctionType(word, [word, word]).as_pointer()
        return builder.call(builder.inttoptr(arguments[0], function), arguments[1:])

    return int64(int64, int64, int64), generate


@twin
def total_area(shapes, count):
    """Make one call through a pointer for each shape: the core has to guess which function it will be."""
    total = 0
    for i in range(count):
        shape = SHAPE_WORDS * i
        total += call(AREA_OF[shapes[shape + KIND]], int64(shapes[shape + WIDTH]), int64(shapes[shape + HEIGHT]))
    return total
