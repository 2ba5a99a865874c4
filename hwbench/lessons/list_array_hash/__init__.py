"""List, sorted array, hash table: how many loads a look-up makes one after the other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Item,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
)
from hwbench.units import significant

NODE_WORDS = 8
KEY_BYTES = 8 * (NODE_WORDS + 1)  # a node and a bucket
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
LOOKUPS = 2_000
LONG_CHAINS = 8
NOT_FIRST = np.exp(
    -1
)  # the share of keys that are not the first of their bucket, where there are as many buckets as keys
Words = NDArray[Any]


class Keys:
    """Keys with values, even ones and odd ones by turns; nodes are numbered in a random order."""

    def __init__(self, count: int, random: np.random.Generator) -> None:
        self.count = count
        self.keys = random.permutation(2 * count)[:count].astype(np.int64) * 2 + 1
        self.values = random.integers(0, 512, count) * 2
        self.wanted = random.choice(self.keys, LOOKUPS)

    def queries(self, wanted: Words) -> Words:
        """Return what is asked for: all values are even, so that the bit a look-up takes from the last is always 0."""
        queries = array(LOOKUPS)
        queries[:] = wanted
        return queries

    def table(self, buckets: int) -> Words:
        """Return the keys in so many buckets: one makes a list, in the order of the nodes' numbers upside down."""
        words = array(NODE_WORDS + self.count * (1 + NODE_WORDS))
        heads, nodes = words[NODE_WORDS:][: self.count], words[NODE_WORDS + self.count :].reshape(-1, NODE_WORDS)
        words[0] = buckets - 1
        heads[:] = -1
        nodes[:, 0], nodes[:, 1] = self.keys, self.values
        chosen = (self.keys.astype(np.uint64) * GOLDEN >> np.uint64(32)) & np.uint64(buckets - 1)
        order = np.random.default_rng(self.count).permutation(self.count)
        for bucket, node in zip(chosen[order].tolist(), order.tolist(), strict=True):
            nodes[node, 2] = heads[bucket]
            heads[bucket] = node
        return words

    def pairs(self) -> Words:
        """Return the keys in order, each followed by its value."""
        order = np.argsort(self.keys)
        words = array(2 * self.count)
        words[::2], words[1::2] = self.keys[order], self.values[order]
        return words


def case(keys: Keys, layout: Words, wanted: Words, function: str = "look_up") -> Case:
    """Return look-ups in a layout."""
    return Case(function, (layout, keys.count, keys.queries(wanted), LOOKUPS), work=LOOKUPS, least_bytes=8 * LOOKUPS)


def count_of(here: Here) -> int:
    """Return as many keys as fit half of the second level, as a power of two."""
    return 1 << ((here.sizes.l2 // KEY_BYTES).bit_length() - 1)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: all keys in one list; fast: a bucket for each key; control: the key that is first in the list, in both."""
    keys = Keys(count_of(here), random)
    whole, table = keys.table(1), keys.table(keys.count)
    first = whole[NODE_WORDS + keys.count + NODE_WORDS * whole[NODE_WORDS]]
    always = np.full(LOOKUPS, first)
    return {
        "slow": case(keys, whole, keys.wanted),
        "fast": case(keys, table, keys.wanted),
        "control_slow": case(keys, whole, always),
        "control_fast": case(keys, table, always),
        "long chains": case(keys, keys.table(keys.count // LONG_CHAINS), keys.wanted),
        "sorted": case(keys, keys.pairs(), keys.wanted, "look_up_sorted"),
    }


def hashing(here: Here) -> tuple[Item, Item]:
    """Return what it takes to find the bucket: a multiplication, a shift, a mask, and the bit of the last value."""
    return (
        here.prices.item("multiplication that scatters the key", "multiply.latency.i64", cause="execution"),
        here.prices.cycles("shift, mask, and what makes look-ups wait for each other", 4, "execution"),
    )


def predict(here: Here) -> Prediction:
    """A list is walked half through; a table takes the bucket, a node and a half, and a wrong guess now and then."""
    prices, count = here.prices, count_of(here)
    return Prediction(
        slow=(prices.load(8.0 * NODE_WORDS * count, "nodes passed, half of the list", (count + 1) / 2),),
        fast=(
            prices.load(KEY_BYTES * count, "loads: the bucket, and a node and a half", 2.5),
            *hashing(here),
            prices.item("keys that were not the first of their bucket", "branch.mispredict_cost", NOT_FIRST, "branch"),
        ),
        how="loads of a look-up wait for each other, so they are counted: half of the list, against the bucket and its chain, "
        "which is 1.5 nodes long on average where there are as many buckets as keys",
    )


def hash_is_cheap(seen: Seen) -> Claim:
    """What the hash costs against a load that it saves."""
    cost = sum(item.ns for item in hashing(seen.here))
    load = seen.prices["l2.latency"]
    return Claim(
        "a simple hash costs no more than a load from the second level",
        f"{significant(cost)} ns, and a load {significant(load)} ns",
        cost <= load * 1.1,
    )


def sorted_between(seen: Seen) -> Claim:
    """The sorted array against both."""
    whole, halved, table = (seen.ns(name) for name in ("slow", "sorted", "fast"))
    return Claim(
        "the sorted array lies between the list and the table",
        f"a look-up takes {significant(whole)} ns in the list, {significant(halved)} ns sorted, {significant(table)} ns "
        "in the table",
        table < halved < whole,
    )


def chains_cost(seen: Seen) -> Claim:
    """Eight keys to a bucket."""
    long, short = seen.ns("long chains"), seen.ns("fast")
    return Claim(
        "a table whose buckets hold eight keys each is slower than one with a bucket for each key",
        f"×{significant(long / short)}",
        long > 1.2 * short,
    )


def first_is_free(seen: Seen) -> Claim:
    """What is found at once is found as fast in a list."""
    ratio = seen.ns("control_slow") / seen.ns("control_fast")
    return Claim(
        "the first key of the list is found as quickly as in the table",
        f"×{significant(ratio)}",
        ratio < 1.25,
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """A list, a sorted array, and a table of so many keys."""
    keys = Keys(int(value), random)
    return {
        "list": case(keys, keys.table(1), keys.wanted),
        "sorted": case(keys, keys.pairs(), keys.wanted, "look_up_sorted"),
        "table": case(keys, keys.table(keys.count), keys.wanted),
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some keys other values, and ask for the keys in another order."""
    table, count, queries, _ = arguments
    nodes = table[NODE_WORDS + count :].reshape(-1, NODE_WORDS)
    nodes[random.integers(0, count, 64), 1] = random.integers(0, 512, 64) * 2
    random.shuffle(queries)


LESSON = Lesson(
    title="List, sorted array, hash table: count the loads",
    chapter="Caches",
    cause="algorithm",
    unit="look-up",
    cases=cases,
    predict=predict,
    claims={
        "hash_is_cheap": hash_is_cheap,
        "sorted_between": sorted_between,
        "chains_cost": chains_cost,
        "first_is_free": first_is_free,
    },
    sweep=Sweep(
        axis="keys",
        unit="",
        title="a look-up, by the number of keys",
        values=lambda here: doubling(1, count_of(here)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="All keys are in one bucket, so every look-up walks through a list. Arrange the same nodes so that a look-up passes "
        "only one or two of them; there is room for as many buckets as nodes. `solve` must find the same values.",
        arrange=("keep", "rehash"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"a step along a list costs {significant(seen.prices['l1d.latency'])} ns here; with so few keys a hash saves nothing"
    ),
    machine_code={
        "look_up": ("loop", "dependent", "scalar", "branch"),
        "look_up_sorted": ("loop", "branchless"),
        "numba:look_up": ("loop", "dependent"),
    },
    needs=("multiply.latency.i64", "branch.mispredict_cost", "l2.latency"),
)
