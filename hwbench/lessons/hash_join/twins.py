"""A join of two tables: the outer one is a column of keys, the inner one rows of a key and a value."""

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

ROW_WORDS = 2


@twin
def matches(rows, first, end, key):
    """Add up the values of the rows from `first` to before `end` that have this key."""
    total = 0
    part = rows[ROW_WORDS * first : ROW_WORDS * end]  # counted from 0, no index needs a test for being negative
    for row in range(end - first):
        if part[ROW_WORDS * row] == key:
            total += part[ROW_WORDS * row + 1]
    return total


@twin
def nested(outer, outer_count, inner, inner_count, buckets, starts, grouped):
    """Nested loop join: every outer row against every inner row."""
    total = 0
    for row in range(outer_count):
        total += matches(inner, keep(0), inner_count, outer[row])  # kept, so that both joins are compiled alike
    return total


@twin
def hashed(outer, outer_count, inner, inner_count, buckets, starts, grouped):
    """Hash join: lay out the inner rows bucket by bucket, then every outer row against those of its own bucket."""
    total, before = 0, 0
    starts[: buckets + 2] = 0
    for row in range(inner_count):
        starts[(inner[ROW_WORDS * row] & (buckets - 1)) + 2] += 1
    for bucket in range(buckets + 2):
        before += starts[bucket]
        starts[bucket] = before
    for row in range(inner_count):
        key = inner[ROW_WORDS * row]
        bucket = key & (buckets - 1)
        place = starts[bucket + 1]
        starts[bucket + 1] = place + 1
        grouped[ROW_WORDS * place] = key
        grouped[ROW_WORDS * place + 1] = inner[ROW_WORDS * row + 1]
    for row in range(outer_count):
        bucket = outer[row] & (buckets - 1)
        total += matches(grouped, starts[bucket], starts[bucket + 1], outer[row])
    return total
