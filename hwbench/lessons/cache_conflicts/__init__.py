"""Cache conflicts: a few lines a power of two apart, and as many spread over the sets."""

import numpy as np

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
    shuffled,
)
from hwbench.units import format_bytes, significant

WORD = 8
STEPS = 60_000
TIMES_THE_WAYS = 3  # lines for each place of a set: more than any replacement policy could keep


def way(here: Here) -> int:
    """Return how many bytes a way of the first level holds: lines so far apart fall into one set."""
    return int(here.prices["l1d.capacity"] / here.prices["l1d.associativity"])


def ways(here: Here) -> int:
    """Return how many lines a set of the first level holds."""
    return int(here.prices["l1d.associativity"])


def ring(lines: int, stride: int, random: np.random.Generator, here: Here) -> Case:
    """Return a walk through so many lines that lie `stride` bytes apart, in a random order."""
    words = array((lines * (way(here) + here.sizes.line)) // WORD)
    order = shuffled(lines, random) * (stride // WORD)
    words[order] = np.roll(order, -1)
    words[order + 1] = 1 + np.arange(lines) % 7
    steps = STEPS // lines * lines
    return Case("walk", (words, steps), work=steps)


def pair(lines: int, random: np.random.Generator, here: Here) -> tuple[Case, Case]:
    """Return the walk through lines of one set, and through as many lines on as many pages that lie in sets of their own."""
    return ring(lines, way(here), random, here), ring(lines, way(here) + here.sizes.line, random, here)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: three times as many lines of one set as it holds; the control: half as many as it holds."""
    slow, fast = pair(TIMES_THE_WAYS * ways(here), random, here)
    control_slow, control_fast = pair(max(ways(here) // 2, 2), random, here)
    full, _ = pair(ways(here), random, here)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "a set just full": full,
    }


def predict(here: Here) -> Prediction:
    """A line that found no place in its set is in the second level."""
    return Prediction(
        slow=(here.prices.item("loads from the second level", "l2.latency", cause="cache"),),
        fast=(here.prices.item("loads from the first level", "l1d.latency", cause="cache"),),
        how=f"{TIMES_THE_WAYS * ways(here)} lines that are {format_bytes(way(here))} apart share a set of {ways(here)}: each "
        "has been put out by the others when its turn comes again",
    )


def small(seen: Seen) -> Claim:
    """The memory that conflicts against the cache."""
    lines = TIMES_THE_WAYS * ways(seen.here)
    used, whole = lines * seen.here.sizes.line, seen.prices["l1d.capacity"]
    return Claim(
        "lines that fill a tenth of the first level or less put each other out of it",
        f"{lines} lines, {format_bytes(used)} of {format_bytes(int(whole))}; ×{significant(seen.ratio.value)}",
        used <= whole / 10 and seen.ratio.value > 1.5,
    )


def second_level(seen: Seen) -> Claim:
    """A step among conflicting lines against a load from the second level."""
    took, latency = seen.ns("slow"), seen.prices["l2.latency"]
    return Claim(
        "each step then takes about as long as the second level does to answer",
        f"{significant(took)} ns a step, {significant(latency)} ns a load from the second level",
        latency / 1.5 < took < 1.5 * latency,
    )


def set_size(seen: Seen) -> Claim:
    """The associativity as measured."""
    return Claim(
        "a set of the first level holds four to sixteen lines",
        f"{ways(seen.here)} lines, {format_bytes(way(seen.here))} apart",
        4 <= ways(seen.here) <= 16,
    )


def just_full(seen: Seen) -> Claim:
    """As many lines as a set holds."""
    full, fast = seen.ns("a set just full"), seen.ns("fast")
    return Claim(
        "as many lines as a set holds do not conflict",
        f"{significant(full)} ns a step for {ways(seen.here)} lines, {significant(fast)} ns when spread",
        full < 1.25 * fast,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Walk through so many lines, of one set and spread."""
    conflicting, spread = pair(int(value), random, here)
    return {"in one set": conflicting, "spread over the sets": spread}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give all nodes other values."""
    words = arguments[0]
    node = 0
    while True:
        words[node + 1] = random.integers(1, 1009)
        node = int(words[node])
        if node == 0:
            return


LESSON = Lesson(
    title="Cache conflicts: many lines for one set",
    chapter="Caches",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"small": small, "second_level": second_level, "set_size": set_size, "just_full": just_full},
    sweep=Sweep(
        axis="lines",
        unit="",
        title="a step through lines a power of two apart, by how many there are",
        values=lambda here: range(2, 2 * ways(here) + 4),
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="The nodes of a ring lie a power of two apart and put each other out of the first level. `arrange` gets them as they "
        "are and writes them anew, wherever you like in a piece of memory of the same size; `solve` walks what `arrange` wrote.",
        arrange=("keep", "pack"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"the second level answers hardly later than the first here: {significant(seen.prices['l2.latency'])} ns and "
        f"{significant(seen.prices['l1d.latency'])} ns"
    ),
    machine_code={"walk": ("loop", "dependent", "scalar"), "numba:walk": ("loop", "dependent", "scalar")},
    needs=("l1d.capacity", "l1d.associativity", "l1d.latency", "l2.latency"),
)
