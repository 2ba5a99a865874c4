"""The clock's own price: events timed one by one, and the same events timed all together."""

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

EVENTS = 20_000
LONG = 4096  # steps of an event beside which the clock is nothing


def case(function: str, events: int, steps: int, seed: int) -> Case:
    """Return so many events of so many steps each, timed by a function."""
    values = array(events)
    values[:] = np.random.default_rng(seed).integers(0, 1 << 31, events)
    return Case(function, (values, events, steps), work=events)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: events of one step; the control: events that take far longer than the clock."""
    seed = int(random.integers(1 << 32))
    few = here.in_python(400, 20)
    return {
        "slow": case("time_each", EVENTS, 1, seed),
        "fast": case("time_all", EVENTS, 1, seed),
        "control_slow": case("time_each", few, LONG, seed),
        "control_fast": case("time_all", few, LONG, seed),
    }


def mend(here: Here, random: np.random.Generator) -> Cases:
    """Give the exercise's cases: the same, but of the control's long events the price of a step counts."""
    made = cases(here, random)
    for name in ("control_slow", "control_fast"):
        case = made[name]
        made[name] = Case(case.function, case.arguments, work=case.work * LONG)
    return made


def event(here: Here) -> tuple[Item, ...]:
    """Return the price of an event of one step: a chain of a multiplication, an addition and a mask."""
    return (
        here.prices.item("multiplication, in a chain", "multiply.latency.i64", cause="execution"),
        here.prices.cycles("addition and mask, in the chain", 2, "execution"),
    )


def predict(here: Here) -> Prediction:
    """Around each event the clock is read twice, and waits for what came before; around all, as good as never."""
    return Prediction(
        slow=(*event(here), here.prices.item("readings of the clock", "clock_read.cost", 2, "system")),
        fast=event(here),
        how="a reading of the clock does not begin before what came ahead of it is done, so nothing overlaps",
    )


def dozens(seen: Seen) -> Claim:
    """What a reading costs in additions."""
    additions = seen.prices["clock_read.cost"] / seen.prices["add.latency.i64"]
    return Claim(
        "a reading of the clock takes as long as a dozen additions at the least, and often a hundred",
        f"{significant(additions)} additions",
        additions >= 12,
    )


def coarse(seen: Seen) -> Claim:
    """The clock's step is longer than a cycle."""
    step, addition = seen.prices["clock.resolution"], seen.prices["add.latency.i64"]
    return Claim(
        "the least step of the clock is longer than an addition takes",
        f"{significant(step)} ns against {significant(addition)} ns",
        step > addition,
    )


def two_readings(seen: Seen) -> Claim:
    """What is added is what the price list says."""
    added, price = seen.ns("slow", "c") - seen.ns("fast", "c"), 2 * seen.prices["clock_read.cost"]
    return Claim(
        "what an event takes on top when it is timed by itself is the price of two readings",
        f"{significant(added)} ns longer, two readings {significant(price)} ns",
        price / 1.5 < added < price * 1.5,
    )


def python_hides(seen: Seen) -> Claim:
    """In Python an event is dear by itself."""
    slow, fast = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "in plain Python the clock takes a smaller share, since an event takes so much longer",
        f"×{significant(slow / fast)} in Python",
        slow / fast < seen.gain("c"),
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Events of so many steps, for each of which the time is given."""
    seed, steps = int(random.integers(1 << 32)), int(value)
    events = max(1, here.in_python(65536, 16384) // steps)
    each, all_ = (case(name, events, steps, seed) for name in ("time_each", "time_all"))
    return {
        "each timed": Case(each.function, each.arguments, work=events * steps),
        "all timed": Case(all_.function, all_.arguments, work=events * steps),
    }


LESSON = Lesson(
    title="The clock's own price: timing events one by one",
    chapter="Measuring",
    cause="system",
    unit="event",
    cases=cases,
    predict=predict,
    claims={"dozens": dozens, "coarse": coarse, "two_readings": two_readings, "python_hides": python_hides},
    sweep=Sweep(
        axis="steps",
        unit="",
        title="a step of an event, by the steps between two readings of the clock",
        values=lambda here: doubling(1, LONG),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` times each event by itself and pays for two readings of the clock each time. Time them so that the mean "
        "of an event comes out as well and the clock costs next to nothing. The final state of the generator must be the same.",
        inputs=mend,
    ),
    absent=lambda seen: (
        f"a reading of the clock takes {significant(seen.prices['clock_read.cost'])} ns here, less than the event"
    ),
    machine_code={"time_each": ("loop", "call", "scalar"), "time_all": ("loop", "scalar")},
    needs=("clock_read.cost", "multiply.latency.i64"),
)
