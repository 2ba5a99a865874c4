"""Allocation: a block of memory asked for and given back for each item, and one room used again and again."""

import numpy as np

from hwbench.lessons.kit import (
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
    hidden_in_python,
    longest,
    placed,
)
from hwbench.units import significant

BATCH = 32
ITEM_WORDS = 8
BATCHES = 512
OFTEN = 400
PAGES_OF_LARGE = 256


def pair(uses: int, batches: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return lists of malloc's items and of an arena's, each walked so many times; a unit of work is an item made."""
    count = BATCH * batches
    values = placed(random.integers(0, 1 << 30, count))
    slow, fast = (
        Case(function, (values, count, uses, array(BATCH * ITEM_WORDS)), work=count, least_bytes=8.0 * count)
        for function in ("by_malloc", "from_arena")
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: each item is used once; the control: hundreds of times before it is given back."""
    slow, fast = pair(1, BATCHES, random)
    control_slow, control_fast = pair(OFTEN, here.in_python(32, 4), random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """An item is filled in and walked to once; by malloc it is also found and taken back."""
    prices = here.prices
    walk = prices.item("a step along the list, from the first level", "l1d.latency", cause="cache")
    fill = longest(
        prices.item("two stores to fill the item in", "store.throughput", 2, "execution"),
        prices.instructions(6, "instructions to fill the item in and to count"),
    )
    found = prices.item("malloc and free of a block, many alive at a time", "malloc.batch_cost", 1, "allocation")
    return Prediction(
        slow=(found, *fill, walk),
        fast=(*fill, walk),
        how="a batch fits the first level of the cache; its list is walked once, each step waiting for the one before",
    )


def dear(seen: Seen) -> Claim:
    """The least that malloc and free cost, in loads."""
    cost, load = seen.prices["malloc.cost"], seen.prices["l1d.latency"]
    return Claim(
        "malloc and free of a small block take at least as long as five loads from the first level that wait for each other",
        f"{significant(cost)} ns, a load {significant(load)} ns",
        cost >= 5 * load,
    )


def alive(seen: Seen) -> Claim:
    """Many blocks alive against one."""
    one, many = seen.prices["malloc.cost"], seen.prices["malloc.batch_cost"]
    return Claim(
        "they take longer where hundreds of blocks are alive at a time than where one is",
        f"{significant(many)} ns instead of {significant(one)} ns",
        many > one,
    )


def large(seen: Seen) -> Claim:
    """A large block again and again."""
    cost, fault = seen.prices["malloc.large_cost"], seen.prices["page_fault.cost"]
    return Claim(
        "a block of a megabyte that is freed and asked for again has kept its pages",
        f"{significant(cost / 1000)} µs with a write to each page; {PAGES_OF_LARGE} page faults would be "
        f"{significant(PAGES_OF_LARGE * fault / 1000)} µs",
        cost < PAGES_OF_LARGE * fault / 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both kinds of items, each used so many times."""
    slow, fast = pair(int(value), 32, random)
    return {"malloc for each item": slow, "one arena": fast}


LESSON = Lesson(
    title="Allocation: the price of asking for each item's memory",
    chapter="Systems",
    cause="allocation",
    unit="item",
    cases=cases,
    predict=predict,
    claims={
        "dear": dear,
        "alive": alive,
        "large": large,
        "python_hides": hidden_in_python("in plain Python a pool gains less, since all else costs more"),
    },
    sweep=Sweep(
        axis="uses",
        unit="",
        title="to make an item and use it, by how often it is used",
        values=lambda here: doubling(1, 512),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` calls malloc and free for each item of a batch, and all items of a batch are done with at the same time. "
        "Make the list without the allocator: `room` has space for the 32 items of 64 bytes that a batch takes.",
    ),
    absent=lambda seen: (
        f"malloc and free of a small block take {significant(seen.prices['malloc.cost'])} ns here, which is little beside the rest"
    ),
    machine_code={"by_malloc": ("loop", "call", "dependent"), "from_arena": ("loop", "dependent", "scalar")},
    needs=("malloc.cost", "malloc.batch_cost", "l1d.latency"),
)
