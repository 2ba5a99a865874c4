"""A matrix in one array, row after row, as C and numpy lay it out: the words of a row are neighbours."""

from hwbench.lessons.jit import twin

TILE = 8


@twin
def by_columns(matrix, rows, columns, rounds):
    """Sum the matrix column by column: each step goes a whole row on, to another line."""
    total = 0
    for _ in range(rounds):
        for column in range(columns):
            for row in range(rows):
                total += matrix[row * columns + column]
    return total


@twin
def by_rows(matrix, rows, columns, rounds):
    """Sum the matrix row by row: each step goes to the next word."""
    total = 0
    for _ in range(rounds):
        for row in range(rows):
            for column in range(columns):
                total += matrix[row * columns + column]
    return total


@twin
def transpose(matrix, rows, columns, turned):
    """Write rows as columns: either the loads or the stores go across the rows."""
    for row in range(rows):
        for column in range(columns):
            turned[column * rows + row] = matrix[row * columns + column]
    return turned[rows * columns - 1]


@twin
def transpose_in_tiles(matrix, rows, columns, turned):
    """Write rows as columns tile by tile: the lines of a tile stay until all of their words are used."""
    for top in range(0, rows, TILE):
        for left in range(0, columns, TILE):
            for row in range(top, min(top + TILE, rows)):
                for column in range(left, min(left + TILE, columns)):
                    turned[column * rows + row] = matrix[row * columns + column]
    return turned[rows * columns - 1]
