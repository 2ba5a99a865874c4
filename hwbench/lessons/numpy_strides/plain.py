"""The same table as numpy has it: an array and its strides. The code does not say in which order the values lie."""


def arguments(function, arguments):
    """Lay the shape and the strides over the values: no copy is made."""
    values, rows, columns, _, column_step, rounds = arguments
    return (values.reshape(rows, columns) if column_step == 1 else values.reshape(columns, rows).T), rounds


def add_columns(table, rounds):
    """Sum a table column by column: a column is a view, whose values lie side by side or a row apart."""
    total = 0.0
    for _ in range(rounds):
        for column in table.T:
            total += float(column.sum())
    return total


def add_at_once(table, rounds):
    """Sum the columns of a table in one call: numpy goes through memory in the order in which the values lie."""
    total = 0.0
    for _ in range(rounds):
        total += float(table.sum(axis=0).sum())
    return total
