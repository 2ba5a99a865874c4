"""The same with Python's threads: beside the switch, the one lock has to be handed over."""

import os
import threading
from array import array

BATCH = 64


def arguments(function, arguments):
    """Turn the items into Python's own array."""
    items, count, rounds = arguments
    return array("q", items.tolist()), count, rounds


def made_of(item, rounds):
    """Make something of an item: a chain of so many multiplications."""
    for _ in range(rounds):
        item = (item * 1103515245 + 12345) & 0x7FFFFFFF
    return item


def answer_all(ask, answer, rounds):
    """Sleep until something is asked, answer all that has come in one go, end when the pipe is shut."""
    while got := os.read(ask, 8 * BATCH):
        os.write(answer, array("q", [made_of(item, rounds) for item in array("q", got)]).tobytes())


def exchanged(items, count, rounds, step):
    """Send the items to another thread, so many at a time, and return the sum of its answers."""
    ask, answer = os.pipe(), os.pipe()
    other = threading.Thread(target=answer_all, args=(ask[0], answer[1], rounds))
    other.start()
    total = 0
    for first in range(0, count, step):
        os.write(ask[1], items[first : min(first + step, count)].tobytes())
        total += sum(array("q", os.read(answer[0], 8 * step)))
    os.close(ask[1])
    other.join()
    for end in (ask[0], *answer):
        os.close(end)
    return total


def ask_each(items, count, rounds):
    """Ask for each item and wait."""
    return exchanged(items, count, rounds, 1)


def ask_batches(items, count, rounds):
    """Ask for a batch and wait."""
    return exchanged(items, count, rounds, BATCH)
