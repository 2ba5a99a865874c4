"""False sharing: two threads, each with a counter of its own, on one line and on two."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

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
)
from hwbench.units import significant

WORD = 8
FAR = 64
"""Words between two cells that nothing brings together: further than any line, and than the pair of lines that some fetch."""
ITEMS = 1024
TIMES = 6_000_000
"""Several milliseconds: long against the time that two threads need to begin together."""


def pair(cells: NDArray[np.int64], apart: int, times: int, function: str = "count_up") -> tuple[Case, Case]:
    """Return a case that counts in the first cell while another thread counts so many words further on, and one alone."""
    first, other = (Case(function, (cells, place, times), work=times) for place in (0, apart))
    return replace(first, beside=(other,)), other


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: the other thread's cell is the next word; fast: it is far away; control: either cell with nobody beside."""
    cells, times = array(4 * FAR), here.in_python(TIMES, 40_000)
    slow, control_slow = pair(cells, 1, times)
    fast, control_fast = pair(cells, FAR, times)
    made = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language != "python":  # which has no atomic addition
        made["atomic_together"], _ = pair(cells, 1, times // 4, "count_atomically")
        made["atomic_apart"], _ = pair(cells, FAR, times // 4, "count_atomically")
    return made


def predict(here: Here) -> Prediction:
    """An addition to memory waits for the one before it; the line's way between the cores comes on top."""
    own = longest(
        here.prices.item("loads of what was just stored", "store_forward.renamed", cause="execution"),
        here.prices.cycles("additions, each to the result of the one before", cause="execution"),
    )
    lost = here.prices.item("times that the other core has taken the line", "false_sharing.penalty", cause="contention")
    return Prediction(
        slow=(*own, lost),
        fast=own,
        how="an addition loads what the one before has stored, out of the store buffer, where a core that follows its own stores "
        "hides it; on a shared line the price of false sharing comes on top",
    )


def trip(seen: Seen) -> Claim:
    """A line from another core against one in the first level."""
    ratio = seen.prices["core_to_core.latency"] / seen.prices["l1d.latency"]
    return Claim(
        "a line that comes from another core takes ten times as long as one in the core's first level, or more",
        f"×{significant(ratio)}",
        ratio >= 10,
    )


def buffered(seen: Seen) -> Claim:
    """What an addition loses against what a line's way takes."""
    lost, way = seen.prices["false_sharing.penalty"], seen.prices["core_to_core.latency"]
    return Claim(
        "an addition loses less on average than a line's way from core to core takes",
        f"{significant(lost)} ns lost, {significant(way)} ns one way",
        lost < way,
    )


def atomics_lose_more(seen: Seen) -> Claim:
    """What atomic additions lose on a shared line against what plain ones do."""
    atomic, plain = seen.ns("atomic_together") - seen.ns("atomic_apart"), seen.ns("slow") - seen.ns("fast")
    return Claim(
        "atomic additions lose more on a shared line than plain ones",
        f"{significant(atomic)} ns against {significant(plain)} ns each",
        atomic > plain,
    )


def alone(seen: Seen) -> Claim:
    """One thread does not care where its counter lies."""
    ratio = seen.ns("control_slow") / seen.ns("control_fast")
    return Claim("one thread alone is as fast in either place", f"×{significant(ratio)}", 0.8 < ratio < 1.25)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Two threads whose cells lie so many bytes apart, and one of them alone."""
    both, one = pair(array(4 * FAR), int(value) // WORD, TIMES // 2)
    return {"two threads": both, "one alone": one}


def halves(here: Here, random: np.random.Generator) -> Cases:
    """Two threads within one function, on two CPUs; the control: too few items for it to matter where they are counted."""
    items = random.integers(0, 100, ITEMS, dtype=np.int64)
    work = {"": TIMES // ITEMS, "control_": 0}
    return {
        f"{prefix}{side}": Case(
            function,
            (items, items.size, rounds, here.cpus[1 % len(here.cpus)]),
            work=float(max(rounds, 1) * items.size),
        )
        for prefix, rounds in work.items()
        for side, function in (("slow", "halves_together"), ("fast", "halves_apart"))
    }


LESSON = Lesson(
    title="False sharing: two counters on one line",
    chapter="Caches",
    cause="contention",
    unit="addition",
    cases=cases,
    predict=predict,
    claims={
        "trip": trip,
        "buffered": buffered,
        "atomics_lose_more": atomics_lose_more,
        "alone": alone,
        "python_hides": hidden_in_python("in plain Python the ratio is smaller"),
    },
    sweep=Sweep(
        axis="apart",
        unit="B",
        title="an addition to a counter, by how far away another thread counts",
        values=lambda _: doubling(WORD, WORD * FAR),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Two threads each add up one half of the items, each in a cell of its own, and yet they get in each other's way. "
        "Mend `solve` without touching `add_to`: it stands for a loop that must leave every addition in memory.",
        functions=("halves_together", "halves_apart"),
        inputs=halves,
    ),
    absent=lambda seen: (
        "the cores of this machine lose next to nothing on a line that both write: "
        f"{significant(seen.prices['false_sharing.penalty'])} ns for an addition"
    ),
    machine_code={
        "count_up": ("loop", "scalar"),
        "count_atomically": ("loop", "atomic"),
        "numba:count_up": ("loop", "scalar"),
        "numba:count_atomically": ("loop", "atomic"),
    },
    needs=("false_sharing.penalty", "core_to_core.latency", "store_forward.renamed"),
    cpus=2,
)
