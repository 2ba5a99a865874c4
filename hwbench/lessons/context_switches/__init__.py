"""Context switches: a thread asks another for something, item by item and in batches."""

import numpy as np

from hwbench.lessons.kit import Case, Cases, Claim, Exercise, Here, Lesson, Prediction, Seen, Sweep, doubling
from hwbench.units import significant

BATCH = 64
COUNT = 4096
SWITCHES = 2
"""For a question and its answer: there, and back."""
LONG = 200_000
"""Multiplications for an item: so many that a switch does not count."""

SHORT = 1024
"""Multiplications up to which an item takes so little that many are asked for, lest the start of the thread be seen."""


def pair(count: int, rounds: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the items asked for one by one, and in batches."""
    items = random.integers(0, 1 << 31, count, dtype=np.int64)
    slow, fast = (Case(name, (items, count, rounds), work=count) for name in ("ask_each", "ask_batches"))
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: an answer takes next to no time; the control: it takes far longer than two switches."""
    slow, fast = pair(here.in_python(COUNT, COUNT // 2), 1, random)
    control_slow, control_fast = pair(BATCH, here.in_python(LONG, LONG // 50), random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A question and its answer go through a pipe each, with a switch each, shared by all that go at once."""
    switch = here.prices.item("switches to the other thread and back", "context_switch.cost", SWITCHES, "system")
    hop = here.prices.item("bytes through pipes, there and back", "pipe_hop.cost", SWITCHES, "system")
    return Prediction(
        slow=(switch, hop),
        fast=(switch.times(1 / BATCH), hop.times(1 / BATCH)),
        how=f"both threads run on one CPU, so each must sleep before the other can work; a batch of {BATCH} shares the price",
    )


def switch_and_call(seen: Seen) -> Claim:
    """A switch against a system call that does nothing."""
    ratio = seen.prices["context_switch.cost"] / seen.prices["syscall.cost"]
    return Claim("a switch takes several times as long as a system call", f"×{significant(ratio)}", ratio >= 3)


def switch_and_addition(seen: Seen) -> Claim:
    """A switch against an addition."""
    ratio = seen.prices["context_switch.cost"] / seen.prices["add.latency.i64"]
    return Claim(
        "in the time of one switch a core does a thousand dependent additions or more",
        f"×{significant(ratio)}",
        ratio >= 1000,
    )


def batches_help(seen: Seen) -> Claim:
    """What a batch saves, against its size."""
    return Claim(
        f"batches of {BATCH} save nearly all of it: ten times faster at the least",
        f"×{significant(seen.ratio.value)}",
        seen.ratio.value >= 10,
    )


def python_too(seen: Seen) -> Claim:
    """A question and its answer between two threads of Python."""
    python, native = seen.ns("slow", "python"), seen.ns("slow", "c")
    return Claim(
        "between two threads of plain Python it takes longer than between two of C",
        f"{significant(python / 1000)} µs an item in Python, {significant(native / 1000)} µs in C",
        python > native,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways of asking, by the multiplications that an answer takes."""
    count = BATCH * (16 if value <= SHORT else 2)
    slow, fast = pair(count, int(value), random)
    return {"one by one": slow, "in batches": fast}


LESSON = Lesson(
    title="Context switches: two threads that wait for each other",
    chapter="Systems",
    cause="system",
    unit="item",
    cases=cases,
    predict=predict,
    claims={
        "switch_and_call": switch_and_call,
        "switch_and_addition": switch_and_addition,
        "batches_help": batches_help,
        "python_too": python_too,
    },
    sweep=Sweep(
        axis="multiplications",
        unit="",
        title="an item, by the multiplications in its answer",
        values=lambda _: doubling(1, 1 << 16),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` asks another thread about every item and waits for the answer before it asks again. The other thread answers "
        f"up to {BATCH} items at once. Have the two of them change places less often; the other thread must still do the work.",
    ),
    absent=lambda seen: (
        f"a switch costs next to nothing on this system: {significant(seen.prices['context_switch.cost'])} ns"
    ),
    machine_code={"ask_each": ("loop", "call"), "ask_batches": ("loop", "call")},
    needs=("context_switch.cost", "pipe_hop.cost", "syscall.cost"),
    without={"numba": "numba's compiled code cannot start a thread that waits for another one"},
)
