"""4K aliasing: a store and a load that have nothing in common but the low 12 bits of their addresses."""

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
from hwbench.units import significant

STATES = 256
ALIKE = 4096
TURNS = 40_000
MANY = 192
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)


def pair(states: int, random: np.random.Generator, turns: int = TURNS) -> tuple[Case, Case]:
    """Return a machine that goes round so many states, its cell beside the first one's entry and far from it."""
    table = array(STATES, np.uint8)
    visited = 1 + random.permutation(STATES - 1)[:states]
    table[visited] = np.roll(visited, -1)
    table[0] = visited[0]
    slow, fast = (
        Case(function, (table, turns, array(2 * ALIKE, np.uint8)), work=turns, least_bytes=float(states))
        for function in ("alias", "apart")
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a machine at rest in one state; the control: one that seldom comes to the entry beside the cell."""
    slow, fast = pair(1, random)
    control_slow, control_fast = pair(MANY, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A turn is a load that waits for the one before, and what a false match adds to it."""
    load = here.prices.item("a load from the first level, which the next one waits for", "l1d.latency", cause="cache")
    held_up = here.prices.item("a store taken for the one that the load wants", "alias_4k.penalty", cause="cache")
    return Prediction(
        slow=(load, held_up),
        fast=(load,),
        how="the state goes from load to load; the store and the sum are done beside it",
    )


def low_bits(seen: Seen) -> Claim:
    """What a false match costs, in loads."""
    penalty, load = seen.prices["alias_4k.penalty"], seen.prices["l1d.latency"]
    return Claim(
        "a load that follows a store 4 KiB away takes longer than others, by a tenth at least",
        f"{significant(penalty)} ns more, a load {significant(load)} ns",
        penalty > load / 10,
    )


def cheaper_than_failing(seen: Seen) -> Claim:
    """A false match against a forwarding that fails."""
    penalty, failed = seen.prices["alias_4k.penalty"], seen.prices["store_forward.failed"]
    return Claim(
        "a false match costs less than a load that two waiting stores would have to serve",
        f"{significant(penalty)} ns, against {significant(failed)} ns",
        penalty < failed,
    )


def seldom(seen: Seen) -> Claim:
    """The same machine when it moves about."""
    near, far = seen.ns("control_slow"), seen.ns("control_fast")
    return Claim(
        "a machine that goes round many states runs at the same speed wherever the cell lies",
        f"{significant(near)} and {significant(far)} ns a turn",
        near < 1.25 * far,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both cells, for a machine that goes round so many states."""
    slow, fast = pair(int(value), random)
    return {"4 KiB away": slow, "2 KiB further": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give the states other numbers."""
    table = arguments[0]
    number = shuffled(STATES, random)
    old = table.copy()
    table[number] = number[old]
    table[0] = number[old[0]]


LESSON = Lesson(
    title="4K aliasing: a load that mistakes a store for its own",
    chapter="Caches",
    cause="cache",
    unit="turn",
    cases=cases,
    predict=predict,
    claims={"low_bits": low_bits, "cheaper_than_failing": cheaper_than_failing, "seldom": seldom},
    sweep=Sweep(
        axis="states",
        unit="",
        title="a turn of the machine, by the states that it goes round, one of them beside the cell",
        values=lambda here: COUNTS,
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` chooses a place in `room` for the cell that shows the state, and chooses badly: 4 KiB, or a multiple of "
        "it, from the entry that is loaded next. Find a better place. Each state must still be stored in the cell, which is 0 "
        "again at the end.",
        renew=renew,
    ),
    absent=lambda seen: (
        "this core compares enough of the addresses, or soon learns that they differ: a load after a store 4 KiB away takes "
        f"{significant(max(seen.prices['alias_4k.penalty'], 0.0))} ns more here than after one elsewhere"
    ),
    machine_code={
        "alias": ("loop", "scalar", "branchless", "dependent"),
        "apart": ("loop", "scalar", "branchless", "dependent"),
        "numba:alias": ("loop", "scalar", "dependent"),
        "numba:apart": ("loop", "scalar", "dependent"),
    },
    needs=("alias_4k.penalty", "l1d.latency"),
)
