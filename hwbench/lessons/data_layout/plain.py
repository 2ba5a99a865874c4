"""The same sums by numpy: a view with a stride is the same walk through memory, whatever the language on top of it."""

FIELDS = 8


def sum_rows(rows, records, passes):
    """Sum the first field of every row."""
    column = rows.reshape(records, FIELDS)[:, 0]
    return sum(int(column.sum()) for _ in range(passes))


def sum_columns(columns, records, passes):
    """Sum the first column."""
    column = columns[:records]
    return sum(int(column.sum()) for _ in range(passes))


def sum_blocks(blocks, records, bits):
    """Sum the first column of every block."""
    return int(blocks.reshape(-1, FIELDS, 1 << bits)[:, 0].sum())


def whole_rows(rows, wanted, count):
    """Sum all fields of some rows."""
    return int(rows.reshape(-1, FIELDS)[wanted[:count]].sum())


def whole_columns(columns, records, wanted, count):
    """Sum all fields of some records in columns."""
    return int(columns.reshape(FIELDS, records)[:, wanted[:count]].sum())


def whole_blocks(blocks, bits, wanted, count):
    """Sum all fields of some records in blocks."""
    chosen = wanted[:count]
    return int(blocks.reshape(-1, FIELDS, 1 << bits)[chosen >> bits, :, chosen & (1 << bits) - 1].sum())
