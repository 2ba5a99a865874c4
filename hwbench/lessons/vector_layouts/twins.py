"""One field of every record, from two layouts: records one after another, and a column for each field."""

from numpy import uint32, uint64

from hwbench.lessons.jit import twin

FIELDS = 8


@twin
def out_of_records(table, count, field, times):
    """Sum the field out of whole records: the numbers lie apart, and each has to be brought into its lane by itself."""
    total = uint32(0)
    for _ in range(times):
        for record in range(count):
            total = uint32(total + uint32(table[uint64(FIELDS * record + field)]))
    return total


@twin
def out_of_columns(table, count, field, times):
    """Sum it out of its column: a vector load brings as many numbers as a register has lanes."""
    column = table[count * field : count * field + count]
    total = uint32(0)
    for _ in range(times):
        for record in range(count):
            total = uint32(total + uint32(column[record]))
    return total
