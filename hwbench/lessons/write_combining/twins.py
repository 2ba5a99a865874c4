"""Stores to places that are given, one here, one there, or a line together; keys dealt to partitions in both ways."""

from numpy import int64, uint64

from hwbench.kernels._opaque import keep
from hwbench.lessons.jit import twin

LINE_KEYS = 16
SAMPLED = 61


@twin
def scatter(pairs, count, out, times):
    """Write each value to its place: the line has to come before a store can leave the core, for one value or for all."""
    total = 0
    for _ in range(times):
        for i in range(count):
            out[uint64(pairs[2 * i])] = pairs[2 * i + 1]
            total = keep(total + pairs[2 * i])
            total = keep(total + pairs[2 * i + 1])
    return total + sampled(out, count)


@twin
def sampled(out, words):
    """Sum a key here and there of what was written."""
    total = 0
    for place in range(0, words, SAMPLED):
        total += int64(out[place])
    return total


@twin
def deal_singly(keys, count, partitions, room, dealt, lines, out):
    """Carry each key to its place at once: as many lines and pages are being written to as there are partitions."""
    for partition in range(partitions):
        dealt[partition] = 0
    for i in range(count):
        partition = int64(keys[i]) & (partitions - 1)
        place = int64(dealt[partition])
        dealt[partition] = place + 1
        lines[LINE_KEYS * partition + (place & (LINE_KEYS - 1))] = keys[i]
        out[room * partition + place] = keys[i]
    return sampled(out, room * partitions)


@twin
def deal_by_lines(keys, count, partitions, room, dealt, lines, out):
    """Carry sixteen keys at a time: a place far away is written to once for a whole line."""
    for partition in range(partitions):
        dealt[partition] = 0
    for i in range(count):
        partition = int64(keys[i]) & (partitions - 1)
        place = int64(dealt[partition])
        dealt[partition] = place + 1
        line = LINE_KEYS * partition
        lines[line + (place & (LINE_KEYS - 1))] = keys[i]
        if place & (LINE_KEYS - 1) == LINE_KEYS - 1:
            to = room * partition + place + 1 - LINE_KEYS
            for key in range(LINE_KEYS):
                out[to + key] = lines[line + key]
    return sampled(out, room * partitions)
