"""The same three layers for numba: functions that call each other, and count a reference to each array that they pass on."""

import numpy as np

from hwbench.lessons.jit import twin


@twin
def add_words(total, numbers, start, words):
    """Add the number that begins there to the total, word by word with a carry."""
    carry = np.uint64(0)
    for word in range(words):
        first = np.uint64(total[word]) + carry
        second = first + np.uint64(numbers[start + word])
        carry = np.uint64(first < carry) + np.uint64(second < first)
        total[word] = second


@twin
def till(total, numbers, start, words):
    """Pass a number on to the ledger."""
    add_words(total, numbers, start, words)


@twin
def shop(total, numbers, start, words):
    """Pass a number on to the till."""
    till(total, numbers, start, words)


@twin
def folded(total, words):
    """Fold a total into one word."""
    fold = 0
    for word in range(words):
        fold ^= total[word]
    return fold


@twin
def through_layers(total, numbers, count, words):
    """Add up numbers, each through three functions."""
    total[:words] = 0
    for i in range(count):
        shop(total, numbers, i * words, words)
    return folded(total, words)


@twin
def in_place(total, numbers, count, words):
    """Add up the same numbers where they are needed."""
    total[:words] = 0
    for i in range(count):
        add_words(total, numbers, i * words, words)
    return folded(total, words)
