"""Layers: an addition behind objects, look-ups and calls, and the same addition in place."""

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
    doubling,
    placed,
)
from hwbench.units import significant

LEAST, MOST = 1000, 1 << 20  # none of the small integers that Python makes once and shares
LONG_WORDS = 2048
COUNT = 10_000
CALLS = 3
LOOK_UPS = CALLS + 4  # the methods, the till, the ledger; the total is looked up and put back


def pair(count: int, words: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the sum of numbers of so many words through the layers, and in place."""
    numbers = placed(random.integers(LEAST, MOST, count * words))
    slow, fast = (
        Case(name, (array(words), numbers, count, words), work=count) for name in ("through_layers", "in_place")
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: numbers of one word; the control: so long that the way to the addition does not count."""
    slow, fast = pair(COUNT, 1, random)
    control_slow, control_fast = pair(64, LONG_WORDS, random)
    found = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language == "python":
        found["bound"] = Case("bound", slow.arguments, work=slow.work)
    return found


def predict(here: Here) -> Prediction:
    """The look-ups and the call come on top of the addition and the loop."""
    prices = here.prices
    loop = prices.item("turns of the loop", "python.loop")
    addition = prices.item("additions", "python.integer")
    return Prediction(
        slow=(
            loop,
            addition,
            prices.item("look-ups of attributes", "python.attribute", LOOK_UPS),
            prices.item("calls of a method", "python.call", CALLS),
        ),
        fast=(loop, addition),
        how="every look-up and every call costs by itself, since the interpreter does one after the other and leaves out none",
    )


def call_beats_addition(seen: Seen) -> Claim:
    """A call of a Python function against an addition."""
    call, addition = seen.prices["python.call"], seen.prices["python.integer"]
    return Claim(
        "a call of a function that does nothing takes longer than an addition of two integers",
        f"{significant(call)} ns against {significant(addition)} ns",
        call > addition,
    )


def attribute_costs(seen: Seen) -> Claim:
    """A look-up of an attribute in cycles."""
    cycles = seen.prices["python.attribute"] / seen.prices["add.latency.i64"]
    return Claim(
        "an attribute looked up takes many cycles, even with the caches of the interpreter warm",
        f"{significant(cycles)} cycles",
        cycles >= 6,
    )


def native_call(seen: Seen) -> Claim:
    """A call of C through a pointer against a call of Python."""
    ratio = seen.prices["python.call"] / seen.prices["call.indirect"]
    return Claim("a call in C through a pointer costs a tenth of that or less", f"×1/{significant(ratio)}", ratio >= 10)


def binding_helps(seen: Seen) -> Claim:
    """The method looked up once."""
    slow, bound, fast = (seen.ns(name, "python") for name in ("slow", "bound", "fast"))
    return Claim(
        "to look the innermost method up once and call that one saves a good part of it",
        f"{significant(slow)} ns, bound {significant(bound)} ns, in place {significant(fast)} ns",
        fast < bound < slow - (slow - fast) / 4,
    )


def numba_counts(seen: Seen) -> Claim:
    """The layers under numba."""
    ratio = seen.gain("numba")
    return Claim(
        "under numba layers that pass arrays on are not free either",
        f"×{significant(ratio)} under numba",
        ratio > 1.2,
    )


def long_work_hides(seen: Seen) -> Claim:
    """The control."""
    ratio = seen.ns("control_slow", "python") / seen.ns("control_fast", "python")
    return Claim("around long work the layers do not show", f"×{significant(ratio)}", 0.8 < ratio < 1.25)


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both sums over numbers of so many words."""
    words = int(value)
    slow, fast = pair(max(4096 // words, 16), words, random)
    return {"through layers": slow, "in place": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Draw some of the numbers anew."""
    numbers = arguments[1]
    numbers[random.integers(0, numbers.size, 64)] = random.integers(LEAST, MOST, 64)


LESSON = Lesson(
    title="Layers: look-ups and calls on the way to the work",
    chapter="Python",
    cause="instructions",
    unit="addition",
    cases=cases,
    predict=predict,
    claims={
        "call_beats_addition": call_beats_addition,
        "attribute_costs": attribute_costs,
        "native_call": native_call,
        "binding_helps": binding_helps,
        "numba_counts": numba_counts,
        "long_work_hides": long_work_hides,
    },
    sweep=Sweep(
        axis="words",
        unit="",
        title="an addition, by the words of the numbers",
        values=lambda _: doubling(1, LONG_WORDS),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`shop.add` passes each number to `shop.till.add`, and that to `shop.till.ledger.add`, which adds it to "
        "`shop.till.ledger.total`. Pass the layers once for all numbers: same sum, and the ledger still holds it at the end.",
        language="python",
        renew=renew,
    ),
    absent=lambda seen: (
        f"this Python takes {significant(seen.prices['python.call'])} ns for a call and "
        f"{significant(seen.prices['python.attribute'])} ns for an attribute, hardly more than for an addition"
    ),
    machine_code={"through_layers": ("loop", "indirect", "call"), "in_place": ("loop", "scalar")},
    needs=("python.call", "python.attribute", "python.integer", "python.loop"),
    language="python",
)
