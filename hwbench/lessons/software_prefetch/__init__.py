"""Software prefetch: look-ups at random with work in between, and the same asked for some steps ahead."""

import math

import numpy as np
from numpy.typing import NDArray

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
    longest,
    placed,
)
from hwbench.units import significant

WORD = 8
ITEMS = 1 << 16
CHAIN = 2  # instructions of the work's chain in a turn
IN_A_TURN = 4  # all instructions of a turn, its count and its jump included
LITTLE = 2  # turns of work that leave the next misses in the core's sight


def turns_beyond(here: Here) -> int:
    """Return how many turns of the work fill this core's window by their chain alone."""
    return math.ceil(here.prices["core.window"] / CHAIN)


class Dealer:
    """Deals the places of the next look-ups from a shuffled pack of all lines, so that no call finds those of the last one."""

    def __init__(self, lines: int, line: int, random: np.random.Generator) -> None:
        """Shuffle the pack and deal the first hand."""
        self.pack = (random.permutation(lines) * (line // WORD)).astype(np.int32)
        self.places = np.zeros(ITEMS, dtype=np.int32)
        self.dealt = 0
        self()

    def __call__(self) -> None:
        """Deal a hand; a small pack goes round several times."""
        self.places[:] = self.pack[np.arange(self.dealt, self.dealt + ITEMS) % self.pack.size]
        self.dealt += ITEMS


Twice = tuple[NDArray[np.int64], NDArray[np.int64]]


def twice(size: int, random: np.random.Generator) -> Twice:
    """Return small numbers that fill `size` bytes, and once more: each of two cases has its own, or would warm the other's."""
    values = array(size // WORD)
    values[:] = random.integers(0, 1009, values.size)
    return values, placed(values)


def pair(values: Twice, turns: int, here: Here, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the look-ups as they come, and those that are asked for ahead; both are dealt the same places."""
    seed = int(random.integers(1 << 30))
    made = []
    for name, own in zip(("look_up", "look_up_ahead"), values, strict=True):
        dealer = Dealer(own.nbytes // here.sizes.line, here.sizes.line, np.random.default_rng(seed))
        made.append(Case(name, (own, dealer.places, ITEMS, turns), work=ITEMS, before=dealer))
    return made[0], made[1]


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: look-ups in memory with much work; the control: in the first level. Beside them: with little work."""
    far, near, much = twice(here.sizes.far, random), twice(here.sizes.l1, random), turns_beyond(here)
    slow, fast = pair(far, much, here, random)
    control_slow, control_fast = pair(near, much, here, random)
    little, little_ahead = pair(far, LITTLE, here, random)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "little work": little,
        "little work, ahead": little_ahead,
    }


def work(here: Here) -> Item:
    """Return the work of an item: a chain, an instruction a cycle."""
    return here.prices.cycles("the work, an instruction after the other", CHAIN * turns_beyond(here))


def miss(here: Here) -> Item:
    """Return a look-up that waits for memory."""
    return here.prices.load(here.sizes.far, "loads that wait for memory")


def predict(here: Here) -> Prediction:
    """Miss and work one after the other, but for the last part of the work, when the next miss is in the window."""
    hidden = here.prices["core.window"] / (IN_A_TURN * turns_beyond(here))
    waiting = miss(here).times(1 / here.prices["dram.mlp"]).called("loads that wait for memory, side by side")
    return Prediction(
        slow=(miss(here), work(here).times(1 - hidden).called("work before the next load comes into the window")),
        fast=longest(work(here), waiting),
        how="the core sees the next load when the rest of the work fits its window, and then waits for all of the miss; asked "
        "for ahead, it arrives during the work",
    )


def helps(seen: Seen) -> Claim:
    """What is left of the miss, beside the same in the first level."""
    miss, left = seen.ns("slow") - seen.ns("control_slow"), seen.ns("fast") - seen.ns("control_fast")
    return Claim(
        "asked for ahead, more than half of the miss is gone",
        f"memory adds {significant(miss)} ns to an item as it comes, {significant(max(left, 0.0))} ns to one asked for ahead",
        left < miss / 2,
    )


def window(seen: Seen) -> Claim:
    """How far the core sees."""
    entries = seen.prices["core.window"]
    return Claim(
        "a core sees a hundred to several hundred instructions ahead, and no farther",
        f"{significant(entries)} instructions",
        100 <= entries <= 1000,
    )


def needless(seen: Seen) -> Claim:
    """Where the window does it alone."""
    plain, ahead = seen.ns("little work"), seen.ns("little work, ahead")
    return Claim(
        "with little work in between, asking ahead gains much less, since the core overlaps the misses by itself",
        f"×{significant(plain / ahead)} with little work, ×{significant(seen.ratio.value)} with much",
        plain / ahead < 1 + (seen.ratio.value - 1) / 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Look up in memory with so many turns of work."""
    plain, ahead = pair(twice(here.sizes.far // 2, random), int(value), here, random)
    return {"as they come": plain, "asked for ahead": ahead}


LESSON = Lesson(
    title="Software prefetch: asking before the core can see it",
    chapter="Caches",
    cause="cache",
    unit="item",
    cases=cases,
    predict=predict,
    claims={"helps": helps, "window": window, "needless": needless},
    sweep=Sweep(
        axis="turns",
        unit="",
        title="a look-up in memory with work, by the turns of work",
        values=lambda _: [2**power for power in range(10)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` looks up values at random places and works on each for so long that the core does not see the next look-up "
        "in time. The places are known: have the lines come while other items are worked on.",
    ),
    absent=lambda seen: (
        f"this core waits so little for memory ({significant(miss(seen.here).ns)} ns beside {significant(work(seen.here).ns)} ns "
        "of work), or sees so far ahead, that it needs no help"
    ),
    machine_code={
        "look_up": ("loop", "scalar"),
        "look_up_ahead": ("loop", "scalar", "prefetch"),
        "numba:look_up_ahead": ("loop", "scalar", "prefetch"),
    },
    needs=("core.window", "dram.mlp"),
)
