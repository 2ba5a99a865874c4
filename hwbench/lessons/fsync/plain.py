"""The same in plain Python: what the disk takes hides everything else."""

import os


def arguments(function, arguments):
    """Let Python cut the records without numpy's detour."""
    records, *others = arguments
    return memoryview(records).cast("B"), *others


def put(file, records, record, words):
    """Write one record to its place."""
    size = 8 * words
    os.pwrite(file, records[record * size : (record + 1) * size], record * size)


def sum_of(file, count, words):
    """Read the records back, and sum what the file has."""
    size = 8 * words
    return sum(sum(memoryview(os.pread(file, size, record * size)).cast("q")) for record in range(count))


def sync_each(records, count, words, file):
    """Wait for the disk after each record: it must say that it has it before the next is written."""
    for record in range(count):
        put(file, records, record, words)
        os.fsync(file)
    return sum_of(file, count, words)


def sync_once(records, count, words, file):
    """Write all records to the system's memory and wait for the disk once."""
    for record in range(count):
        put(file, records, record, words)
    os.fsync(file)
    return sum_of(file, count, words)
