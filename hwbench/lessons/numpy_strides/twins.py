"""A table of doubles, stored row by row or column by column: the steps say how far it is to the next row and column."""

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin


@twin
def add_columns(values, rows, columns, row_step, column_step, rounds):
    """Sum a table column by column, four sums at a time, so that it waits for memory and not for the addition before."""
    total = 0.0
    for _ in range(rounds):
        for column in range(columns):
            first = second = third = fourth = 0.0
            place = keep(column * column_step)
            for _ in range(rows // 4):
                first += values[place]
                second += values[place + row_step]
                third += values[place + 2 * row_step]
                fourth += values[place + 3 * row_step]
                place += 4 * row_step
            total += first + second + third + fourth
    return total
