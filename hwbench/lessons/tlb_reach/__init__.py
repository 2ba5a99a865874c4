"""The reach of the TLB: as many lines, one in each page and side by side."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
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
    shuffled,
)
from hwbench.units import format_bytes, significant

STEPS = 30_000
APART = 5  # pages: some cores keep neighbouring ones in one entry
WORD = 8


def spread(here: Here, count: int) -> NDArray[np.int64]:
    """Return the places of so many lines, one in every fifth page, its place in the page turning so that all sets are used."""
    numbers = np.arange(count)
    lines = here.page // here.sizes.line
    return (numbers * APART * here.page + (numbers + numbers // lines) % lines * here.sizes.line) // WORD


def packed(here: Here, count: int) -> NDArray[np.int64]:
    """Return the places of so many lines side by side."""
    return np.arange(count) * (here.sizes.line // WORD)


def ring(places: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Return the words of a ring through nodes at those places, in a random order that begins with the first."""
    count = len(places)
    order = places[shuffled(count, random)]
    words = array(int(places[-1]) + 2)
    words[order] = np.roll(order, -1)
    words[order + 1] = np.arange(count) % 1009
    return words


def pair(here: Here, count: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the walk through so many lines, one a page and packed."""
    slow, fast = (
        Case("walk", (ring(places(here, count), random), STEPS), work=STEPS, least_bytes=16.0 * count)
        for places in (spread, packed)
    )
    return slow, fast


def many(here: Here) -> int:
    """Return four times as many pages as the first level of the TLB holds, if their lines fit the first level of the cache."""
    entries = here.prices["dtlb.l1.entries"]
    return int(min(4 * entries, 1.5 * here.sizes.l1 / here.sizes.line))


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: more pages than the first level of the TLB holds; the control: a quarter of what it holds."""
    slow, fast = pair(here, many(here), random)
    few = max(int(here.prices["dtlb.l1.entries"] / 4), 2)
    control_slow, control_fast = pair(here, few, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A step is a load from the first level, and the translation that its page waits for."""
    load = here.prices.item("a load from the first level, which the next one waits for", "l1d.latency", cause="cache")
    translation = here.prices.item("a translation from the second level of the TLB", "dtlb.l1.miss_cost", cause="tlb")
    return Prediction(
        slow=(load, translation),
        fast=(load,),
        how="the lines of both are in the first level of the cache; the pages of one are too many for that of the TLB",
    )


def applies(here: Here) -> str:
    """Whether lines enough fit the cache."""
    entries = here.prices["dtlb.l1.entries"]
    if many(here) < 1.5 * entries:
        return f"the first level of the TLB holds {entries:.0f} pages, of which so many lines do not fit the cache"
    return ""


def reach(seen: Seen) -> Claim:
    """What the first level of the TLB reaches."""
    bytes_reached = seen.prices["dtlb.l1.entries"] * seen.here.page
    held = seen.prices["l2.capacity"]
    return Claim(
        "the pages of which the first level of the TLB knows are less than the second-level cache holds",
        f"{format_bytes(bytes_reached)}, and a cache of {format_bytes(held)}",
        bytes_reached < held,
    )


def second(seen: Seen) -> Claim:
    """What a translation from the second level costs."""
    cost, load = seen.prices["dtlb.l1.miss_cost"], seen.prices["l1d.latency"]
    return Claim(
        "a translation from the second level adds more than half of a load from the first-level cache to it",
        f"{significant(cost)} ns more, a load {significant(load)} ns",
        cost > load / 2,
    )


def walked(seen: Seen) -> Claim:
    """What a walk costs."""
    walk, cost = seen.prices["page_walk.cost"], seen.prices["dtlb.l1.miss_cost"]
    return Claim(
        "a walk through the page tables takes longer still",
        f"{significant(walk)} ns, against {significant(cost)} ns",
        walk > cost,
    )


def lines_alone(seen: Seen) -> Claim:
    """The same number of lines, packed, many and few."""
    many_lines, few_lines = seen.ns("fast"), seen.ns("control_fast")
    return Claim(
        "packed, many lines take no longer than a few, within a fifth",
        f"{significant(many_lines)} and {significant(few_lines)} ns a step",
        many_lines < 1.2 * few_lines,
    )


def sweep_values(here: Here) -> list[float]:
    """Numbers of pages, as far as memory goes."""
    most = min(4 * 2048, 2 * here.sizes.far // (APART * here.page))
    return [float(int(count)) for count in doubling(8, most, 2)]


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both layouts of so many lines."""
    slow, fast = pair(here, int(value), random)
    return {"one line a page": slow, "lines side by side": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give the nodes other values."""
    words = arguments[0]
    node = int(words[0])
    while node != 0:
        words[node + 1] = random.integers(0, 1009)
        node = int(words[node])


LESSON = Lesson(
    title="The reach of the TLB: one line in each page",
    chapter="Translation",
    cause="tlb",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"reach": reach, "second": second, "walked": walked, "lines_alone": lines_alone},
    sweep=Sweep(
        axis="lines",
        unit="",
        title="a step through a ring, by its number of lines",
        values=sweep_values,
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The nodes of a ring lie one in each of hundreds of pages. `arrange` may lay them out anew, in as many words: bring "
        "them together in a few pages. `solve` walks what `arrange` wrote; the first node begins at word 0.",
        arrange=("keep", "pack"),
        renew=renew,
    ),
    absent=lambda seen: (
        "a translation from the second level of the TLB is nearly free on this core: "
        f"{significant(seen.prices['dtlb.l1.miss_cost'])} ns"
    ),
    applies=applies,
    machine_code={
        "walk": ("loop", "dependent", "scalar", "branchless"),
        "numba:walk": ("loop", "dependent", "scalar"),
    },
    needs=("dtlb.l1.entries", "dtlb.l1.miss_cost", "l1d.latency"),
)
