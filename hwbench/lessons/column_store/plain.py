"""The same in numpy: an array of two dimensions, in the order of C or in that of Fortran."""

COLUMNS, WANTED = 8, 3


def arguments(function, arguments):
    """Give the table its two dimensions, rows first or columns first as it lies in memory."""
    table, rows, *rest = arguments
    shape = (rows, COLUMNS) if function.endswith("rows") else (COLUMNS, rows)
    return table.reshape(shape), *rest


def sum_rows(table, passes):
    """Sum one column of a table kept in rows."""
    return sum(int(table[:, WANTED].sum()) for _ in range(passes))


def sum_columns(table, passes):
    """Sum one column of a table kept in columns."""
    return sum(int(table[WANTED].sum()) for _ in range(passes))


def fetch_rows(table, wanted, count):
    """Fetch whole rows here and there from a table kept in rows."""
    return int(table[wanted].sum())


def fetch_columns(table, wanted, count):
    """Fetch the same from a table kept in columns."""
    return int(table[:, wanted].sum())
