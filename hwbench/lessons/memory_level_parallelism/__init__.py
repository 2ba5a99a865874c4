"""Memory-level parallelism: the same walks one after the other, and side by side."""

import numpy as np

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
    longest,
)
from hwbench.units import significant

NODE_WORDS = 8
NODE_BYTES = 8 * NODE_WORDS
RINGS = 8
PERIOD = 64  # values repeat along a ring: so many steps have the same sum wherever they begin
STEPS = 1 << 16  # of a call, on all rings together


def walks(here: Here, size: int, rings: int, random: np.random.Generator) -> dict[str, Case]:
    """Return both ways of walking so many rings, of equal length, all scattered over the same `size` bytes."""
    count = size // NODE_BYTES
    orders = random.permutation(count).reshape(rings, -1)
    nodes = array(count * NODE_WORDS).reshape(count, NODE_WORDS)
    nodes[orders, 0] = np.roll(orders, -1, axis=1)
    nodes[orders, 1] = 1 + np.arange(orders.shape[1]) % PERIOD
    work = here.in_python(STEPS, STEPS // 2)
    return {
        name: Case(name, (nodes.ravel(), orders[:, 0].copy(), rings, work // rings), work=work)
        for name in ("one_by_one", "side_by_side")
    }


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: eight rings, one after the other; fast: side by side. The control has one ring: there is nothing beside it."""
    size = here.in_python(here.sizes.far, here.sizes.far // 8)
    many, single = walks(here, size, RINGS, random), walks(here, size, 1, random)
    return {
        "slow": many["one_by_one"],
        "fast": many["side_by_side"],
        "control_slow": single["one_by_one"],
        "control_fast": single["side_by_side"],
    }


def miss(here: Here) -> Item:
    """Return a step that waits for memory."""
    return here.prices.load(here.sizes.far, "loads that wait for memory")


def predict(here: Here) -> Prediction:
    """As many misses at a time as there are rings, unless the core or the page walker holds fewer."""
    at_a_time = min(RINGS, here.prices["dram.mlp"])
    overlapped = miss(here).times(1 / at_a_time).called("loads that wait for memory, side by side")
    walk = here.prices.item("walks of the page tables, side by side", "page_walk.throughput", cause="tlb")
    return Prediction(
        slow=(miss(here),),
        fast=longest(overlapped, walk),
        how=f"{RINGS} rings have {RINGS} misses under way at a time, if this core can keep as many",
    )


def eightfold(seen: Seen) -> Claim:
    """The gain against the number of rings."""
    return Claim(
        "eight walks side by side take less than twice as long as one of them",
        f"×{significant(seen.ratio.value)} with {RINGS} rings",
        seen.ratio.value > RINGS / 2,
    )


def miss_price(seen: Seen) -> Claim:
    """A miss against an addition."""
    additions = miss(seen.here).price_ns / seen.prices["add.latency.i64"]
    return Claim(
        "a load that misses every cache takes as long as a hundred additions, or more",
        f"{significant(additions)} additions",
        additions >= 100,
    )


def limit(seen: Seen) -> Claim:
    """How many misses this core keeps under way."""
    many = seen.prices["dram.mlp"]
    return Claim(
        "a core keeps ten or more misses under way at a time, but not hundreds",
        f"{significant(many)} at a time",
        10 <= many < 200,
    )


def python_hides(seen: Seen) -> Claim:
    """An interpreter's step does not let the next miss begin."""
    there = seen.gain("python")
    native = seen.gain("c")
    return Claim(
        "in plain Python much less overlaps",
        f"×{significant(there)} in Python, ×{significant(native)} in C",
        there < native / 2,
    )


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some nodes other values."""
    nodes = arguments[0].reshape(-1, NODE_WORDS)
    nodes[random.integers(0, len(nodes), 256), 1] = random.integers(1, 1009, 256)


LESSON = Lesson(
    title="Memory-level parallelism: misses side by side",
    chapter="Caches",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"miss_price": miss_price, "eightfold": eightfold, "limit": limit, "python_hides": python_hides},
    sweep=Sweep(
        axis="rings",
        unit="",
        title="a step of a walk through memory, by how many walks there are",
        values=lambda _: (1, 2, 4, 8, 16, 32),
        cases=lambda here, value, random: walks(here, here.sizes.far // 2, int(value), random),
    ),
    exercise=Exercise(
        task="`solve` walks several rings, one after the other. Have their misses overlap. The sum must stay the same, and `at` "
        "must say where each walk stands at the end.",
        renew=renew,
    ),
    absent=lambda seen: (
        f"this core keeps only {significant(seen.prices['dram.mlp'])} misses under way at a time, or a step through memory "
        f"takes so little ({significant(miss(seen.here).ns)} ns) that the loop hides it"
    ),
    machine_code={
        "one_by_one": ("loop", "dependent", "scalar"),
        "side_by_side": ("loop", "dependent", "scalar"),
    },
    needs=("dram.mlp", "page_walk.throughput"),
)
