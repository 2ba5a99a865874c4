"""Records of eight numbers, a line each, in three layouts: rows, columns, and blocks of 2**bits records."""

from hwbench.lessons.jit import twin

FIELDS = 8


@twin
def sum_rows(rows, records, passes):
    """Sum the first field of every row: each load needs a line of its own."""
    total = 0
    for _ in range(passes):
        for record in range(records):
            total += rows[FIELDS * record]
    return total


@twin
def sum_columns(columns, records, passes):
    """Sum the first column: eight loads in a row are served by one line."""
    total = 0
    for _ in range(passes):
        for record in range(records):
            total += columns[record]
    return total


@twin
def sum_blocks(blocks, records, bits):
    """Sum the first column of every block: as long as the block is, the next line is on its way; then comes a leap."""
    total, size = 0, 1 << bits
    for first in range(0, records, size):
        for record in range(first, first + size):
            total += blocks[(FIELDS - 1) * first + record]
    return total


@twin
def whole_rows(rows, wanted, count):
    """Sum all fields of some rows: one line has the whole record."""
    total = 0
    for i in range(count):
        for field in range(FIELDS):
            total += rows[FIELDS * wanted[i] + field]
    return total


@twin
def whole_columns(columns, records, wanted, count):
    """Sum all fields of some records in columns: eight lines in eight pages."""
    total = 0
    for i in range(count):
        for field in range(FIELDS):
            total += columns[records * field + wanted[i]]
    return total


@twin
def whole_blocks(blocks, bits, wanted, count):
    """Sum all fields of some records in blocks: eight lines, as far apart as the block is long."""
    total = 0
    for i in range(count):
        first = wanted[i] >> bits << bits
        for field in range(FIELDS):
            total += blocks[(FIELDS - 1) * first + (field << bits) + wanted[i]]
    return total
