"""Boxed numbers: an array of references to objects with a number in each, against an array of the numbers."""

import sys

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
    longest,
    placed,
)
from hwbench.units import significant

WORD = 8
BOX_WORDS = 4
VALUE = 3
BOXED_BYTES = WORD * (1 + BOX_WORDS)
LEAST, MOST = 1000, 1 << 20  # none of the small integers that Python makes once and shares


def boxed(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a heap: a reference to each box, then the boxes of four words, the value in the last."""
    heap = array(values.size * (1 + BOX_WORDS))
    references, boxes = heap[: values.size], heap[values.size :].reshape(-1, BOX_WORDS)
    references[:] = values.size + BOX_WORDS * np.arange(values.size)
    boxes[:, 0] = 1
    boxes[:, VALUE] = values
    return heap


def pair(count: int, random: np.random.Generator, least_work: int = 0) -> tuple[Case, Case]:
    """Return the sum over so many boxed numbers and the sum over the same ones packed."""
    values = random.integers(LEAST, MOST, count)
    rounds = -(-max(least_work, 1) // count)
    slow = Case("add_boxed", (boxed(values), count, rounds), work=count * rounds)
    fast = Case("add_packed", (placed(values), count, rounds), work=count * rounds, least_bytes=WORD * count)
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: many numbers. The control: in Python a single one, where only the call counts; in C the first level."""
    last = here.sizes.last or here.sizes.l2
    slow, fast = pair(here.in_python(here.sizes.far // BOXED_BYTES, last // WORD), random)
    few = here.in_python(here.sizes.l1 // BOXED_BYTES, 1)
    control_slow, control_fast = pair(few, random, least_work=here.in_python(50_000, 100))
    found = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language == "python":
        found["builtin"] = Case("add_list", slow.arguments, work=slow.work)
        found["loop"] = Case("add_in_a_loop", slow.arguments, work=slow.work)
        found["boxed in passing"] = Case("box_each", fast.arguments, work=fast.work)
    return found


def predict(here: Here) -> Prediction:
    """A boxed number is added into a new box; a packed one comes with others in a vector."""
    prices = here.prices
    level = "l3" if here.sizes.last and prices.has("l3.read_bandwidth") else "l2"
    return Prediction(
        slow=(
            prices.item("additions of boxed integers", "python.integer", cause="instructions"),
            prices.item("bytes of boxes and references", "dram.read_bandwidth", BOXED_BYTES, "cache"),
        ),
        fast=longest(
            prices.item("bytes of packed numbers", f"{level}.read_bandwidth", WORD, "cache"),
            prices.cycles("additions of a vector of four, one after the other", 1 / 4),
        ),
        how="an addition looks up what it adds, takes a new object for the sum and gives the old one back; "
        "packed numbers are added by vectors as they stream by",
    )


def bytes_apiece(seen: Seen) -> Claim:
    """The size of an integer object and its reference."""
    size = sys.getsizeof(MOST) + WORD
    line = seen.prices["l1d.line_size"]
    return Claim(
        "a Python integer takes several times the bytes of the number in it",
        f"{sys.getsizeof(MOST)} bytes and {WORD} for the reference: a line has room for {significant(line / size)}, not {line / WORD:.0f}",
        size >= 3 * WORD,
    )


def new_box(seen: Seen) -> Claim:
    """An addition in Python against one of the core."""
    ratio = seen.prices["python.integer"] / seen.prices["add.latency.i64"]
    return Claim(
        "an addition of two boxed integers takes tens of the core's own additions",
        f"×{significant(ratio)}",
        ratio >= 20,
    )


def loop_on_top(seen: Seen) -> Claim:
    """The interpreter's loop against the built-in sum over the same list."""
    loop, builtin = seen.ns("loop", "python"), seen.ns("builtin", "python")
    return Claim(
        "a loop of the interpreter takes longer again than the built-in sum of the same list",
        f"{significant(loop)} ns against {significant(builtin)} ns a number",
        loop > 1.5 * builtin,
    )


def one_number(seen: Seen) -> Claim:
    """The control in Python."""
    ratio = seen.ns("control_slow", "python") / seen.ns("control_fast", "python")
    return Claim("with a single number both take as long", f"×{significant(ratio)}", 0.8 < ratio < 1.25)


def boxing_each(seen: Seen) -> Claim:
    """A loop over an array of numpy against one over a list."""
    array_ns, list_ns = seen.ns("boxed in passing", "python"), seen.ns("loop", "python")
    return Claim(
        "a loop over an array of numpy takes longer than one over a list",
        f"{significant(array_ns)} ns against {significant(list_ns)} ns a number",
        array_ns > 1.2 * list_ns,
    )


def layout_alone(seen: Seen) -> Claim:
    """The layout without Python."""
    native = seen.gain("c")
    return Claim(
        "the layout alone, in C, still costs a factor, though a smaller one",
        f"×{significant(native)} in C, ×{significant(seen.ratio.value)} in Python",
        1.2 < native < seen.ratio.value,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both sums over so many numbers."""
    slow, fast = pair(int(value), random, least_work=here.in_python(20_000, 2_000))
    return {"boxed": slow, "packed": fast}


def exercise_cases(here: Here, random: np.random.Generator) -> Cases:
    """Packed numbers, that are boxed one by one or not at all."""
    few, many = (placed(random.integers(LEAST, MOST, count)) for count in (1, 50_000))
    slow, fast = (Case(name, (many, many.size, 1), work=many.size) for name in ("box_each", "add_packed"))
    control_slow, control_fast = (Case(name, (few, 1, 100), work=100) for name in ("box_each", "add_packed"))
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


LESSON = Lesson(
    title="Boxed numbers: every one an object",
    chapter="Python",
    cause="instructions",
    unit="number",
    cases=cases,
    predict=predict,
    claims={
        "bytes_apiece": bytes_apiece,
        "new_box": new_box,
        "loop_on_top": loop_on_top,
        "one_number": one_number,
        "boxing_each": boxing_each,
        "layout_alone": layout_alone,
    },
    sweep=Sweep(
        axis="numbers",
        unit="",
        title="a number of a sum, by how many there are",
        values=lambda here: doubling(1, (here.sizes.last or here.sizes.l2) / WORD),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The numbers are packed, and this loop takes each of them out into a box to add it. Have numpy add them where "
        "they lie. `rounds` says how many times over; the result is a Python integer.",
        language="python",
        functions=("box_each", "add_packed"),
        inputs=exercise_cases,
    ),
    absent=lambda seen: (
        f"this Python adds boxed integers at {significant(seen.prices['python.integer'])} ns, hardly more than packed ones"
    ),
    machine_code={"add_boxed": ("loop", "dependent", "scalar"), "add_packed": ("loop", "scalar")},
    needs=("python.integer", "dram.read_bandwidth"),
    language="python",
)
