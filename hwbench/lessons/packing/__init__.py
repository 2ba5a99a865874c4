"""Packing: the hot fields of a record apart from the cold ones, and in fewer bits."""

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
    shuffled,
)
from hwbench.units import format_bytes, significant

RECORD_WORDS = 16
RECORD_BYTES = 4 * RECORD_WORDS
COST_BITS = 8
MOST_TASKS = 1 << (32 - COST_BITS)
STEPS = 20_000
Words = NDArray[Any]


def records_of(tasks: int, random: np.random.Generator) -> Words:
    """Return tasks in a ring that goes through all of them in a random order, with costs of eight bits."""
    records = array(tasks * RECORD_WORDS, np.uint32).reshape(tasks, RECORD_WORDS)
    order = shuffled(tasks, random)
    records[order, 0] = np.roll(order, -1)
    records[:, 1] = random.integers(0, 1 << COST_BITS, tasks)
    return records.ravel()


def split(records: Words) -> Words:
    """Return the two hot fields of every record."""
    hot = array(records.size // RECORD_WORDS * 2, np.uint32)
    hot.reshape(-1, 2)[:] = records.reshape(-1, RECORD_WORDS)[:, :2]
    return hot


def packed(records: Words) -> Words:
    """Return a word for each record, the cost in its lowest bits."""
    words = array(records.size // RECORD_WORDS, np.uint32)
    words[:] = records[::RECORD_WORDS] << COST_BITS | records[1::RECORD_WORDS]
    return words


def walks(tasks: int, random: np.random.Generator, least_steps: int = STEPS) -> tuple[Case, Case, Case]:
    """Return the walk through whole records, through split ones and through packed ones."""
    records = records_of(tasks, random)
    steps = tasks * -(-least_steps // tasks)
    return (
        Case("walk_whole", (records, steps), work=steps, least_bytes=tasks),
        Case("walk_split", (split(records), steps), work=steps, least_bytes=tasks),
        Case("walk_packed", (packed(records), steps), work=steps, least_bytes=tasks),
    )


def tasks_of(here: Here) -> int:
    """Return so many tasks that whole records fit no cache, by a factor of two at least."""
    return min(here.sizes.far // 4 // RECORD_BYTES, MOST_TASKS)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: whole records beyond all caches; fast: the same packed into a sixteenth; control: all in the first level."""
    slow, between, fast = walks(tasks_of(here), random)
    control_slow, _, control_fast = walks(here.sizes.l1 // RECORD_BYTES, random, 50_000)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast, "split": between}


def translated(here: Here, footprint: float) -> tuple[Item, ...]:
    """Return what translations take that the first level of the TLB, or both, no longer hold for so many bytes."""
    pages = footprint / here.page
    missed, walked = (max(1 - here.prices[f"dtlb.{level}.entries"] / pages, 0.0) for level in ("l1", "l2"))
    return (
        here.prices.item("translations from the second level", "dtlb.l1.miss_cost", missed, "tlb"),
        here.prices.item("page walks", "page_walk.cost", walked, "tlb"),
    )


def predict(here: Here) -> Prediction:
    """A step is a load that waits for the one before, out of a footprint of 64 bytes a task, or of four."""
    tasks = tasks_of(here)
    return Prediction(
        slow=(
            here.prices.load(RECORD_BYTES * tasks, "loads out of whole records"),
            here.prices.cycles("a shift that makes the record's number its address"),
            *translated(here, RECORD_BYTES * tasks),
        ),
        fast=(
            here.prices.load(4 * tasks, "loads out of packed words"),
            here.prices.cycles("a shift that takes the successor out of its word"),
            *translated(here, 4 * tasks),
        ),
        how="each step waits for the load of the step before; only how much memory the tasks take makes the difference",
    )


def shift_is_cheap(seen: Seen) -> Claim:
    """A shift against the misses that it saves."""
    tasks = tasks_of(seen.here)
    saved = seen.prices.load(RECORD_BYTES * tasks).ns - seen.prices.load(4 * tasks).ns
    cycle = seen.prices.cycles("").ns
    return Claim(
        "unpacking costs a cycle or two, and the misses that it saves cost many",
        f"from {format_bytes(RECORD_BYTES * tasks)} to {format_bytes(4 * tasks)} a load becomes "
        f"{significant(saved / cycle)} cycles cheaper",
        saved > 4 * cycle,
    )


def split_between(seen: Seen) -> Claim:
    """Splitting alone against splitting and packing."""
    whole, halfway, both = (seen.ns(case) for case in ("slow", "split", "fast"))
    return Claim(
        "splitting alone gains a part of it",
        f"{significant(whole)} ns a step through whole records, {significant(halfway)} ns through split ones, "
        f"{significant(both)} ns through packed ones",
        both * 0.95 < halfway < whole,
    )


def nothing_gained(seen: Seen) -> Claim:
    """Packing where everything fits anyway."""
    ratio = seen.ns("control_slow") / seen.ns("control_fast")
    return Claim(
        "where whole records fit the first level, packing gains nothing",
        f"×{significant(ratio)}",
        ratio < 1.25,
    )


def sweep_cases(_: Here, value: float, random: np.random.Generator) -> Cases:
    """The three walks over so many tasks."""
    whole, halfway, both = walks(int(value), random)
    return {"whole records": whole, "split": halfway, "packed": both}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some tasks other costs."""
    records = arguments[0].reshape(-1, RECORD_WORDS)
    records[random.integers(0, len(records), 64), 1] = random.integers(0, 1 << COST_BITS, 64)


LESSON = Lesson(
    title="Packing: more records in the same cache",
    chapter="Caches",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"shift_is_cheap": shift_is_cheap, "split_between": split_between, "nothing_gained": nothing_gained},
    sweep=Sweep(
        axis="tasks",
        unit="",
        title="a step from task to task, by the number of tasks",
        values=lambda here: doubling(64, min(here.sizes.far // RECORD_BYTES, MOST_TASKS)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Lay out the tasks so that as many as can be share a line, and walk through what you laid out. A task's number has "
        "at most 24 bits and its cost 8. `arrange` gets the whole records; only `solve` is timed.",
        arrange=("keep", "pack"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"a load from {format_bytes(RECORD_BYTES * tasks_of(seen.here))} costs hardly more here than one from "
        f"{format_bytes(4 * tasks_of(seen.here))}"
    ),
    machine_code={
        "walk_whole": ("loop", "dependent", "scalar"),
        "walk_split": ("loop", "dependent", "scalar"),
        "walk_packed": ("loop", "dependent", "scalar"),
    },
    needs=("dtlb.l1.entries", "dtlb.l1.miss_cost", "dtlb.l2.entries", "page_walk.cost"),
)
