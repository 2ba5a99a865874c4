"""Store forwarding: a number pushed as two halves and popped whole, and pushed whole."""

import numpy as np

from hwbench.lessons.kit import (
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
    placed,
)
from hwbench.units import significant

TURNS = 1024
PASSES = 32
LATE = 300  # pushes: no core has so many stores waiting; and not 4 KiB apart, where one could be taken for another
ASIDE = 2048  # bytes: the low bits of an item's address are not those of the cell of its turn
LAGS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)


def pair(lag: int, random: np.random.Generator, passes: int = PASSES) -> tuple[Case, Case]:
    """Return the queue that is pushed in halves and the one that is pushed whole, popped `lag` pushes later."""
    items = placed(random.integers(0, 1 << 40, TURNS), offset=ASIDE)
    slow, fast = (
        Case(function, (items, array(TURNS + lag), lag, passes), work=TURNS * passes, least_bytes=16.0 * TURNS)
        for function in ("halves", "whole")
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: popped at once; the control: popped when the stores have long reached the cache."""
    slow, fast = pair(0, random)
    control_slow, control_fast = pair(LATE, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def longer(*ways: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the way from one turn to the next that takes longest."""
    return max(ways, key=lambda way: sum(item.ns for item in way))


def predict(here: Here) -> Prediction:
    """The state goes from turn to turn by a multiplication and through memory: the longer way counts."""
    prices = here.prices
    by_registers = (
        prices.item("a multiplication", "multiply.latency.i64", cause="execution"),
        prices.cycles("two additions", 2, "execution"),
    )
    by_stores = (
        prices.item("a load that waits for two stores", "store_forward.failed", cause="cache"),
        prices.cycles("the shift before the second store, the addition after the load", 2, "execution"),
    )
    by_store = (
        prices.item("a load served by the store before it", "store_forward.latency", cause="cache"),
        prices.cycles("the addition after the load", 1, "execution"),
    )
    return Prediction(
        slow=longer(by_stores, by_registers),
        fast=longer(by_store, by_registers),
        how="a turn waits for the one before, by way of memory and by way of the multiplication: the longer one counts",
    )


def failed(seen: Seen) -> Claim:
    """A load that two stores must serve against one that one store serves."""
    ratio = seen.prices["store_forward.failed"] / seen.prices["store_forward.latency"]
    return Claim(
        "a load that finds its bytes in two waiting stores takes at least twice as long as one that finds them in one",
        f"×{significant(ratio)}",
        ratio >= 2,
    )


def contained(seen: Seen) -> Claim:
    """A load of a part of a store."""
    part, whole = seen.prices["store_forward.contained"], seen.prices["store_forward.failed"]
    return Claim(
        "a load of a part of what one store wrote is still served by it",
        f"{significant(part)} ns, against {significant(whole)} ns where it cannot be served",
        part < whole / 1.5,
    )


def nearer(seen: Seen) -> Claim:
    """A forwarded load against one from the first level."""
    forwarded, cache = seen.prices["store_forward.latency"], seen.prices["l1d.latency"]
    return Claim(
        "through a waiting store a number is back in hardly more time than a load from the first level takes",
        f"{significant(forwarded)} ns, a load {significant(cache)} ns",
        forwarded < 1.5 * cache,
    )


def drained(seen: Seen) -> Claim:
    """The same two stores when they have reached the cache."""
    early, late = seen.ns("slow"), seen.ns("control_slow")
    return Claim(
        "the same stores and the same load cost a fraction when the pop comes late enough",
        f"{significant(late)} ns a turn instead of {significant(early)} ns",
        late < early / 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both queues, popped so many pushes later."""
    slow, fast = pair(int(value), random, 8)
    return {"two stores": slow, "one store": fast}


LESSON = Lesson(
    title="Store forwarding: a load that meets two stores",
    chapter="Caches",
    cause="cache",
    unit="turn",
    cases=cases,
    predict=predict,
    claims={"failed": failed, "contained": contained, "nearer": nearer, "drained": drained},
    sweep=Sweep(
        axis="pushes",
        unit="",
        title="a push and a pop, by the pushes between a number and its pop",
        values=lambda here: LAGS,
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="`solve` pushes the state as two halves of 4 bytes and pops it, in the same turn, as 8 bytes. Keep the queue in "
        "memory as it is, turn by turn, but let the pop find its bytes in one place.",
    ),
    absent=lambda seen: (
        "this core serves a load from two stores nearly as fast as from one: "
        f"{significant(seen.prices['store_forward.failed'])} ns, {significant(seen.prices['store_forward.latency'])} ns"
    ),
    machine_code={
        "halves": ("loop", "scalar", "branchless"),
        "whole": ("loop", "scalar", "branchless"),
        "numba:halves": ("loop", "scalar"),
        "numba:whole": ("loop", "scalar"),
    },
    needs=("store_forward.latency", "store_forward.failed"),
)
