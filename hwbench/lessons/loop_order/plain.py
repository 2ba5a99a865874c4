"""The same with numpy: a column is a view with a step of a row, a row one without."""


def by_columns(matrix, rows, columns, rounds):
    """Sum the matrix, a column at a time."""
    table = matrix.reshape(rows, columns)
    return sum(int(table[:, column].sum()) for _ in range(rounds) for column in range(columns))


def by_rows(matrix, rows, columns, rounds):
    """Sum the matrix, a row at a time."""
    table = matrix.reshape(rows, columns)
    return sum(int(table[row].sum()) for _ in range(rounds) for row in range(rows))
