"""Noise and the minimum: the same work with the CPU to itself, and beside a neighbour who wants it as well."""

import os
from functools import partial

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
    Missing,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
)
from hwbench.lessons.noise_minimum.neighbours import Neighbours
from hwbench.units import significant

COUNT = 1024  # numbers: they fit any first level
PASSES = 16_384  # some twenty milliseconds: several turns of any scheduler
IN_PYTHON = 256
SHORTER = 64
READINGS = 4000
WINDOW = 512


def case(passes: int, random: np.random.Generator, neighbours: Neighbours, wanted: str = "") -> Case:
    """Return so many passes of the work, for which the wanted neighbour is let run and all others are stopped."""
    values = array(COUNT)
    values[:] = random.integers(0, 1 << 31, COUNT)
    return Case("mix", (values, COUNT, passes), work=COUNT * passes, before=partial(neighbours.only, wanted))


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: beside one who computes, and alone; the control: beside one who sleeps, and alone."""
    passes, seed = here.in_python(PASSES, IN_PYTHON), int(random.integers(1 << 32))
    neighbours = Neighbours(here.cpus[0])

    def made(wanted: str, passes: int = passes) -> Case:
        return case(passes, np.random.default_rng(seed), neighbours, wanted)

    return {
        "slow": made("busy"),
        "fast": made(""),
        "control_slow": made("asleep"),
        "control_fast": made(""),
        "short": made("busy", max(1, passes // SHORTER)),
    }


def predict(here: Here) -> Prediction:
    """Two who want one CPU get half of it each, so what one of them does takes twice as long."""
    step: tuple[Item, ...] = (
        here.prices.item("multiplication, in a chain", "multiply.latency.i64", cause="execution"),
        here.prices.cycles("addition and mask, in the chain", 2, "execution"),
    )
    turns = tuple(item.called(f"the neighbour's turns, as long as: {item.text}", "contention") for item in step)
    return Prediction(
        slow=(*step, *turns),
        fast=step,
        how="the scheduler shares a CPU evenly among those of equal rank; what its switches cost is less than one in a hundred",
    )


def halved(seen: Seen) -> Claim:
    """Long stretches are twice as long."""
    ratio = seen.ratio.value
    return Claim(
        "work of many milliseconds takes about twice as long beside a neighbour who wants the same CPU",
        f"×{significant(ratio)}",
        1.5 < ratio < 2.6,
    )


def least(seen: Seen) -> Claim:
    """The least of short samples knows nothing of the neighbour."""
    if seen.twin is None or "short" not in seen.twin.cases:
        raise Missing("it has not been run")
    short, alone = (min(seen.twin.cases[name].samples) for name in ("short", "fast"))
    return Claim(
        "the least of the short samples, taken beside the busy neighbour, is what the work takes alone",
        f"{significant(short)} ns a step at the least, {significant(alone)} ns alone",
        0.85 < short / alone < 1.15,
    )


def switches(seen: Seen) -> Claim:
    """A switch costs microseconds."""
    cost = seen.prices["context_switch.cost"]
    return Claim(
        "a switch from one to the other takes some microseconds, far less than the turns between",
        f"{significant(cost / 1000)} µs",
        cost < 20_000,
    )


def applies(_: Here) -> str:
    """A neighbour has to be put on the CPU that is measured."""
    return "" if hasattr(os, "sched_setaffinity") else "this system cannot pin a process to a CPU"


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """A sample of so many passes, beside the neighbour and alone."""
    neighbours, seed = Neighbours(here.cpus[0]), int(random.integers(1 << 32))
    passes = max(1, int(value) // here.in_python(1, PASSES // IN_PYTHON))
    return {
        "beside": case(passes, np.random.default_rng(seed), neighbours, "busy"),
        "alone": case(passes, np.random.default_rng(seed), neighbours),
    }


def mend(here: Here, random: np.random.Generator) -> Cases:
    """Give the exercise's cases: readings that lie above a floor, by much at times; its control has a window of one."""
    seed = int(random.integers(1 << 32))

    def made(function: str, window: int) -> Case:
        readings = array(READINGS)
        readings[:] = 1000 + np.random.default_rng(seed).exponential(100, READINGS)
        return Case(function, (readings, READINGS, window), work=READINGS, least_bytes=8 * READINGS)

    return {
        "slow": made("envelope", WINDOW),
        "fast": made("envelope_queue", WINDOW),
        "control_slow": made("envelope", 1),
        "control_fast": made("envelope_queue", 1),
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Have some readings be less than they were."""
    readings = arguments[0]
    readings[random.integers(0, readings.size, 64)] -= random.integers(1, 400, 64)


LESSON = Lesson(
    title="Noise goes one way: why the minimum, and why in turns",
    chapter="Measuring",
    cause="contention",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"halved": halved, "least": least, "switches": switches},
    sweep=Sweep(
        axis="passes",
        unit="",
        title="a step, by how many passes of 1024 steps a sample has: the median",
        values=lambda here: doubling(64, 2 * PASSES),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="A long series of readings drifts, and each may be too large, but none too small: so the truth at any time is near the "
        "least of the last few hundred. `solve` looks at all of those again for each reading. Make it take each reading into account "
        "once. The window is at most 1024.",
        functions=("envelope", "envelope_queue"),
        inputs=mend,
        renew=renew,
    ),
    absent=lambda seen: (
        f"a step takes {significant(seen.ns('slow'))} ns beside the neighbour and {significant(seen.ns('fast'))} ns alone: "
        "the system gave the neighbour another CPU, or a smaller share"
    ),
    machine_code={
        "mix": ("loop", "scalar"),
        "envelope": ("loop", "scalar"),
        "envelope_queue": ("loop", "scalar"),
        "numba:mix": ("loop", "scalar"),
    },
    needs=("multiply.latency.i64",),
    applies=applies,
)
