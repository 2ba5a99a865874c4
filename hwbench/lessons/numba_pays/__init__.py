"""When numba pays: a loop in plain Python and compiled, in long calls and in calls so short that the call eats the gain."""

import time
from collections.abc import Callable

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
    Prediction,
    Prices,
    Seen,
    Sweep,
)
from hwbench.units import significant

LONG = 10_000
LONG_CALLS = 5
CALLS = 1000
TRIED, TRIALS = 100, 25
FEW = 4


def pair(sizes: list[int]) -> tuple[Case, Case]:
    """Return calls of so many steps each, of the plain function and of the compiled one."""
    given = np.array(sizes, np.int64)
    slow, fast = (Case(name, (given,), work=sum(sizes)) for name in ("interpreted", "compiled"))
    return slow, fast


def call(prices: Prices) -> tuple[Item, ...]:
    """Return what a call of the plain function takes apart from its steps."""
    return (
        prices.item("calls of a function", "python.call"),
        prices.item("where to end", "python.integer"),
        prices.item("look-ups of a global name, twice", "python.attribute", 2),
        prices.item("the last turn of the loop, which only ends it", "python.loop"),
    )


def step(prices: Prices) -> tuple[Item, Item]:
    """Return what a step of the plain function takes: two results that are new objects, and the turn of the loop."""
    return (
        prices.item("a subtraction and an addition", "python.integer", 2, "instructions"),
        prices.item("turns of the loop", "python.loop"),
    )


def break_even(prices: Prices) -> float:
    """Return the steps for which the plain function takes as long as it takes to get into a compiled one."""
    more = prices["python.numba_call"] - sum(item.ns for item in call(prices))
    return float(max(more / sum(item.ns for item in step(prices)), 1.0))


def taken(function: Callable[[list[int]], int], steps: int) -> float:
    """Return the least ns of a call of so many steps, over a few hundred."""
    sizes = [steps] * TRIED
    best = float("inf")
    for _ in range(TRIALS):
        started = time.perf_counter_ns()
        function(sizes)
        best = min(best, (time.perf_counter_ns() - started) / TRIED)
    return best


def break_even_now() -> float:
    """Return the same as measured at this moment: what calls cost may have moved since the prices were taken."""
    from hwbench.lessons.numba_pays import plain  # noqa: PLC0415 - numba, which only a run needs

    plain.compiled([1])  # type: ignore[no-untyped-call]  # compiled before it is timed
    few, more, compiled = taken(plain.interpreted, 1), taken(plain.interpreted, 9), taken(plain.compiled, 1)
    return float(max(1.0 + (compiled - few) / max((more - few) / 8, 1.0), 1.0))


def around(mean: float, count: int) -> list[int]:
    """Return so many whole numbers with that mean, each next to it."""
    low = int(mean)
    return [low + 1 if number < (mean - low) * count else low for number in range(count)]


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: long calls; the control: calls that take the interpreter as long as it takes to call the compiled."""
    slow, fast = pair([LONG] * LONG_CALLS)
    control_slow, control_fast = pair(around(break_even_now(), CALLS))
    tiny_slow, tiny_fast = pair([1] * CALLS)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "one step": tiny_slow,
        "one step, compiled": tiny_fast,
    }


def predict(here: Here) -> Prediction:
    """Steps of the interpreter against a cycle each and the way into compiled code."""
    prices = here.prices
    return Prediction(
        slow=(*step(prices), *(item.times(1 / LONG) for item in call(prices))),
        fast=(
            prices.cycles("subtractions, each waiting for the one before", 1.0, "execution"),
            prices.item("calls of a compiled function", "python.numba_call", 1 / LONG),
        ),
        how="the interpreter pays for every step several times over, the compiled function hardly a cycle; but that costs a "
        "dear call, spread over the steps",
    )


def dear_call(seen: Seen) -> Claim:
    """A call of a compiled function against one of a plain one."""
    compiled, plain = seen.prices["python.numba_call"], seen.prices["python.call"]
    return Claim(
        "a call of a compiled function from Python takes several times as long as a call of a plain one",
        f"{significant(compiled)} ns against {significant(plain)} ns",
        compiled > 3 * plain,
    )


def pays_from(seen: Seen) -> Claim:
    """Where the two meet."""
    steps = break_even(seen.prices)
    return Claim(
        "it pays as soon as there are more than a few steps in a call",
        f"from {significant(steps)} steps on",
        steps < 20,
    )


def loop_gain(seen: Seen) -> Claim:
    """The run's ratio."""
    return Claim(
        "a loop over numbers is compiled to run tens to hundreds of times as fast",
        f"×{significant(seen.ratio.value)}",
        seen.ratio.value > 10,
    )


def neither_wins(seen: Seen) -> Claim:
    """The control."""
    ratio = seen.ns("control_slow", "python") / seen.ns("control_fast", "python")
    return Claim("at the break-even neither side wins by much", f"×{significant(ratio)}", 0.75 < ratio < 1.33)


def one_step_loses(seen: Seen) -> Claim:
    """Calls of one step."""
    plain, compiled = seen.ns("one step", "python"), seen.ns("one step, compiled", "python")
    return Claim(
        "for a single step the compiled function is the slower one",
        f"{significant(compiled)} ns against {significant(plain)} ns",
        compiled > plain,
    )


def a_cycle_or_so(seen: Seen) -> Claim:
    """A compiled step."""
    cycles = seen.ns("fast", "python") / seen.prices["add.latency.i64"]
    return Claim(
        "a step of the compiled loop takes a few cycles of the core", f"{significant(cycles)} cycles", cycles < 6
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Calls of so many steps."""
    slow, fast = pair([int(value)] * max(2000 // int(value), 1))
    return {"interpreted": slow, "compiled": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Let every call have a few steps more, or fewer."""
    sizes = arguments[0]
    few = max(int(sizes.min()) // 50, 1)
    sizes[:] = np.maximum(sizes + random.integers(-few, few + 1, sizes.size), 1)


def exercise_cases(here: Here, random: np.random.Generator) -> Cases:
    """Long calls of different lengths; for the control calls of a few steps."""
    slow, fast = pair([int(size) for size in random.integers(LONG // 2, 2 * LONG, LONG_CALLS)])
    control_slow, control_fast = pair([FEW] * CALLS)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


LESSON = Lesson(
    title="When numba pays: the call against the loop",
    chapter="Python",
    cause="instructions",
    unit="step",
    cases=cases,
    predict=predict,
    claims={
        "loop_gain": loop_gain,
        "neither_wins": neither_wins,
        "dear_call": dear_call,
        "pays_from": pays_from,
        "one_step_loses": one_step_loses,
        "a_cycle_or_so": a_cycle_or_so,
    },
    sweep=Sweep(
        axis="steps",
        unit="",
        title="a step, by how many there are in a call",
        values=lambda _: [1, 2, 4, 8, 16, 32, 100, 316, 1000, 3162, 10_000],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Have numba compile what takes the time: `import numba` is there, `@numba.njit` above a function is all that it "
        "needs. Think of where to draw the line: each call into compiled code costs, and so does compiling, once.",
        language="python",
        inputs=exercise_cases,
        renew=renew,
    ),
    absent=lambda seen: (
        f"this Python does a step at {significant(seen.ns('slow', 'python'))} ns, which compiling hardly betters"
    ),
    machine_code={},
    needs=("python.numba_call", "python.call", "python.integer", "python.attribute", "python.loop"),
    language="python",
    without={
        "c": "C is compiled to begin with: it has no interpreted side, and its functions are called in a nanosecond",
        "numba": "numba is the fast side of this lesson: what it costs to get there from Python is the other",
    },
)
