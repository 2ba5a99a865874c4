"""A table of eight columns of eight bytes, row after row or column after column."""

from hwbench.lessons.jit import twin

COLUMNS, WANTED = 8, 3


@twin
def sum_rows(table, rows, passes):
    """Sum one column of a table kept in rows: a whole line comes for the sake of eight bytes."""
    total = 0
    for _ in range(passes):
        for row in range(rows):
            total += table[COLUMNS * row + WANTED]
    return total


@twin
def sum_columns(table, rows, passes):
    """Sum one column of a table kept in columns: a line brings eight values, and all of them are wanted."""
    total = 0
    for _ in range(passes):
        for row in range(rows):
            total += table[WANTED * rows + row]
    return total


@twin
def fetch_rows(table, rows, wanted, count):
    """Fetch whole rows here and there from a table kept in rows: a miss a row."""
    total = 0
    for which in range(count):
        for column in range(COLUMNS):
            total += table[COLUMNS * wanted[which] + column]
    return total


@twin
def fetch_columns(table, rows, wanted, count):
    """Fetch the same from a table kept in columns: eight misses a row, each on a page of its own."""
    total = 0
    for which in range(count):
        for column in range(COLUMNS):
            total += table[column * rows + wanted[which]]
    return total
