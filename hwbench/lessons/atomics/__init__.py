"""Locks, atomics and private sums: results of many jobs added to one total by two threads, each at once or all at the end."""

from dataclasses import replace

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
    doubling,
)
from hwbench.units import significant

WORD = 8
LONGEST = 1024
"""Items in a job that takes far longer than anything that two threads do to one another."""
WORK = 3_000_000
"""Items in all: milliseconds, long against the time that two threads need to begin together."""

TURN = 17
"""Instructions of both loops around a job of one item, fillers included, as GCC makes them for x86-64; others need about as many."""


class Jobs:
    """Items that fit the first level, and one total for all threads; makes cases of them."""

    def __init__(self, here: Here, random: np.random.Generator, work: int = WORK) -> None:
        """Draw the items, and lay the total on a page of its own."""
        count = max(here.in_python(here.sizes.l1, LONGEST * WORD) // WORD // LONGEST, 1) * LONGEST
        self.items = random.integers(0, 100, count, dtype=np.int64)
        self.total = array(1024)
        self.work = work

    def alone(self, function: str, size: int, share: int = 1) -> Case:
        """Return a case of one thread that does jobs of so many items, of the work a share."""
        jobs = self.items.size // size
        rounds = max(self.work // share // self.items.size, 1)
        return Case(function, (self.items, jobs, size, rounds, self.total), work=float(jobs * rounds))

    def both(self, function: str, size: int, share: int = 1) -> Case:
        """Return the case of two threads that each do as much."""
        one = self.alone(function, size, share)
        return replace(one, beside=(one,))


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: an item is a job; the control: a job is so many items that its one addition does not count."""
    jobs = Jobs(here, random, here.in_python(WORK, 40_000))
    made = {
        "slow": jobs.both("add_each", 1),
        "fast": jobs.both("add_once", 1),
        "control_slow": jobs.both("add_each", LONGEST),
        "control_fast": jobs.both("add_once", LONGEST),
        "atomic_alone": jobs.alone("add_each", 1),
    }
    if here.language != "python":  # where each addition is under a lock as it is
        made["locked"] = jobs.both("add_locked", 1, share=8)
        made["locked_alone"] = jobs.alone("add_locked", 1, share=8)
    return made


def turn(here: Here) -> tuple[Item, Item]:
    """Return what a job of one item takes, with the loop around it."""
    return (
        here.prices.instructions(TURN, "instructions of a job of one item and the loop around it"),
        here.prices.item("jumps back", "branch.taken.throughput", 1, "instructions"),
    )


def predict(here: Here) -> Prediction:
    """A contended addition takes what it was measured to; a private one is a few instructions."""
    return Prediction(
        slow=(
            here.prices.item(
                "atomic additions that another core wants to make too", "atomic.contended", 1, "contention"
            ),
        ),
        fast=turn(here),
        how="an atomic addition ends before the next begins, so they add up; the jobs between them take no time beside that",
    )


def predict_exercise(here: Here) -> Prediction:
    """A solution is judged on one thread: an atomic addition that nobody else wants, or none."""
    alone = here.prices.item("atomic additions that nobody else wants to make", "atomic.uncontended", 1, "contention")
    return Prediction(slow=(alone,), fast=turn(here), how="one thread alone, with an atomic addition a job or without")


def dearer_alone(seen: Seen) -> Claim:
    """An atomic addition that nobody else wants against a plain one."""
    ratio = seen.prices["atomic.uncontended"] / seen.prices["add.latency.i64"]
    return Claim(
        "an atomic addition takes as long as several plain ones, even where no other thread wants the line",
        f"×{significant(ratio)}",
        ratio >= 3,
    )


def dearer_together(seen: Seen) -> Claim:
    """An atomic addition that another core wants to make too against one that nobody else wants."""
    ratio = seen.prices["atomic.contended"] / seen.prices["atomic.uncontended"]
    return Claim(
        "as soon as another core adds to the same word, it takes several times as long again",
        f"×{significant(ratio)}",
        ratio >= 3,
    )


def slower_than_one(seen: Seen) -> Claim:
    """Two threads that do twice the work together against one that does it all."""
    together, alone = seen.ns("slow") / 2, seen.ns("atomic_alone")
    return Claim(
        "two threads that add each result to one total are slower than one thread that does the work of both",
        f"{significant(together)} ns a job together, {significant(alone)} ns alone",
        together > alone,
    )


def locks_cost_more(seen: Seen) -> Claim:
    """A lock that two threads want against an atomic addition that they want."""
    locked, atomic = seen.ns("locked"), seen.ns("slow")
    return Claim(
        "a lock around so small a thing takes longer than an atomic addition",
        f"{significant(locked)} ns against {significant(atomic)} ns",
        locked > atomic,
    )


def lock_alone(seen: Seen) -> Claim:
    """A lock that nobody else wants against one that two threads want."""
    alone, together = seen.ns("locked_alone"), seen.ns("locked")
    return Claim(
        "a lock that nobody else wants takes less than half of what it takes between two threads",
        f"{significant(alone)} ns against {significant(together)} ns",
        alone < together / 2,
    )


def python_pays(seen: Seen) -> Claim:
    """A lock for each result in plain Python."""
    ratio = seen.gain("python")
    return Claim("plain Python pays for a lock too", f"×{significant(ratio)}", ratio > 1.1)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Two threads that add each job's result, that add once, and one thread that adds each, by the items in a job."""
    jobs, size = Jobs(here, random, WORK // 2), int(value)
    return {
        "each": jobs.both("add_each", size),
        "once": jobs.both("add_once", size),
        "each, one thread": jobs.alone("add_each", size),
    }


LESSON = Lesson(
    title="Locks, atomics and private sums",
    chapter="Systems",
    cause="contention",
    unit="job",
    cases=cases,
    predict=predict,
    claims={
        "dearer_alone": dearer_alone,
        "dearer_together": dearer_together,
        "slower_than_one": slower_than_one,
        "locks_cost_more": locks_cost_more,
        "lock_alone": lock_alone,
        "python_pays": python_pays,
    },
    sweep=Sweep(
        axis="size",
        unit="",
        title="a job of each of two threads, by the items in it",
        values=lambda _: doubling(1, LONGEST),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` adds the result of every job to a total that all threads share. Have it ask for the shared line as seldom "
        "as can be: the total must be right when it returns, and other threads may add to it meanwhile.",
        predict=predict_exercise,
    ),
    absent=lambda seen: (
        "atomic additions of two cores to one word cost hardly more here than private ones: "
        f"{significant(seen.prices['atomic.contended'])} ns each"
    ),
    machine_code={
        "add_each": ("loop", "atomic", "scalar"),
        "add_once": ("loop", "atomic", "scalar"),
        "add_locked": ("loop", "call"),
        "numba:add_each": ("loop", "atomic"),
    },
    needs=("atomic.contended", "atomic.uncontended"),
    cpus=2,
)
