"""The same shop with its till and its ledger as Python's objects. An addition of long numbers is one call of C for it too."""

import numpy as np


class Ledger:
    """Keeps a total."""

    def __init__(self):
        self.total = 0

    def add(self, number):
        """Add a number to the total."""
        self.total += number


class Till:
    """Has a ledger, and passes numbers on to it."""

    def __init__(self):
        self.ledger = Ledger()

    def add(self, number):
        """Pass a number on."""
        self.ledger.add(number)


class Shop:
    """Has a till, and passes numbers on to it."""

    def __init__(self):
        self.till = Till()

    def add(self, number):
        """Pass a number on."""
        self.till.add(number)


def arguments(function, arguments):
    """Make an integer of every so many words."""
    _, words, count, length = arguments
    rows = words[: count * length].reshape(count, length)
    return Shop(), [int.from_bytes(row.tobytes(), "little") for row in rows], length


def folded(total, length):
    """Fold a total into one word."""
    words = np.frombuffer(total.to_bytes(8 * length, "little"), np.int64)
    return int(np.bitwise_xor.reduce(words))


def through_layers(shop, numbers, length):
    """Add up numbers, each through all layers: three calls, and seven look-ups on the way."""
    shop.till.ledger.total = 0
    for number in numbers:
        shop.add(number)
    return folded(shop.till.ledger.total, length)


def in_place(shop, numbers, length):
    """Add up the same numbers in a local variable; the layers are passed once, at the end."""
    total = 0
    for number in numbers:
        total += number
    shop.till.ledger.total = total
    return folded(total, length)


def bound(shop, numbers, length):
    """Add up numbers by the innermost method, looked up once: one call each."""
    shop.till.ledger.total = 0
    add = shop.till.ledger.add
    for number in numbers:
        add(number)
    return folded(shop.till.ledger.total, length)
