"""The same in plain Python, which has no atomic addition: a lock around each, or around the one at the end."""

import threading

door = threading.Lock()


def arguments(function, arguments):
    """Turn the items into Python's integers; the total stays where it is, for all threads."""
    items, jobs, size, rounds, total = arguments
    return items.tolist(), jobs, size, rounds, memoryview(total)


def job(items, first, size):
    """Return the sum of `size` items."""
    total = 0
    for item in range(first, first + size):
        total += items[item]
    return total


def add_each(items, jobs, size, rounds, total):
    """Add each job's result to the total under a lock."""
    before = total[0]
    for _ in range(rounds):
        for one in range(jobs):
            result = job(items, one * size, size)
            with door:
                total[0] += result
    return total[0] - before


def add_once(items, jobs, size, rounds, total):
    """Add up the results in a variable of this thread's own, and take the lock once."""
    before = total[0]
    mine = 0
    for _ in range(rounds):
        for one in range(jobs):
            mine += job(items, one * size, size)
    with door:
        total[0] += mine
    return total[0] - before
