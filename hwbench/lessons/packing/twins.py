"""Tasks that name their successor and what they cost: whole records, the hot fields by themselves, both in one word."""

from numpy import int64

from hwbench.lessons.jit import twin

RECORD_WORDS = 16
HOT_WORDS = 2
COST_BITS = 8
COST_MASK = 255


@twin
def walk_whole(records, steps):
    """Walk through whole records: each step brings a line near, of which two words in sixteen are looked at."""
    task, total = 0, 0
    for _ in range(steps):
        total += int64(records[RECORD_WORDS * task + 1])
        task = int64(records[RECORD_WORDS * task])
    return total


@twin
def walk_split(hot, steps):
    """Walk through the hot fields, split from the cold ones: eight tasks share a line."""
    task, total = 0, 0
    for _ in range(steps):
        total += int64(hot[HOT_WORDS * task + 1])
        task = int64(hot[HOT_WORDS * task])
    return total


@twin
def walk_packed(packed, steps):
    """Walk through packed words: sixteen tasks share a line; taking the fields apart is a shift and a mask."""
    task, total = 0, 0
    for _ in range(steps):
        word = int64(packed[task])
        total += word & COST_MASK
        task = word >> COST_BITS
    return total
