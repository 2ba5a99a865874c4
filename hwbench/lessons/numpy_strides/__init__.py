"""Strides of numpy: the columns of one and the same table, stored row by row and column by column."""

import numpy as np

from hwbench.lessons.kit import (
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Item,
    Lesson,
    Missing,
    Prediction,
    Prices,
    Seen,
    Sweep,
    longest,
    placed,
)
from hwbench.units import significant

WORD = 8
CURVE = "mountain"
ROWS_A_TURN = 4


def pair(rows: int, columns: int, random: np.random.Generator, least_work: int = 0) -> tuple[Case, Case]:
    """Return the sum of all columns of one table, stored by row and stored by column."""
    values = random.integers(0, 1000, (rows, columns)).astype(np.float64)
    rounds = -(-max(least_work, 1) // values.size)
    by_row = (placed(values), rows, columns, columns, 1, rounds)
    by_column = (placed(np.ascontiguousarray(values.T)), rows, columns, 1, rows, rounds)
    slow, fast = (
        Case("add_columns", order, work=values.size * rounds, least_bytes=values.nbytes)
        for order in (by_row, by_column)
    )
    return slow, fast


def shape(size: int, columns: int) -> tuple[int, int]:
    """Return rows and columns of a table of so many bytes."""
    return size // (WORD * columns) // ROWS_A_TURN * ROWS_A_TURN, columns


def wide(here: Here) -> int:
    """Return how many columns a row has that is eight lines long."""
    return here.sizes.line


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a table that fits no cache; the control: one that fits the first, its rows a line long."""
    slow, fast = pair(*shape(here.sizes.far, wide(here)), random)
    narrow = shape(here.sizes.l1, here.sizes.line // WORD)
    control_slow, control_fast = pair(*narrow, random, least_work=here.in_python(100_000, 4 * here.sizes.l1 // WORD))
    found = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language == "python":
        found["at once"] = Case("add_at_once", slow.arguments, work=slow.work, least_bytes=slow.least_bytes)
    return found


def strided(prices: Prices, size: int, stride: int, text: str) -> Item:
    """Return the price of a value at a stride in so many bytes or more, from the memory mountain."""
    points = [point for point in prices.profile.curves.get(CURVE, ()) if point["bytes"] >= size / 2]
    if not points:
        raise Missing(f"the curve {CURVE} was not measured")
    nearest = min((point["stride_bytes"] for point in points), key=lambda one: abs(np.log2(one / stride)))
    ns = sorted(WORD * 1e9 / point["bytes_per_second"] for point in points if point["stride_bytes"] == nearest)
    return Item(text, 1.0, float(np.median(ns)), ns[0], ns[-1], CURVE, "cache")


def predict(here: Here) -> Prediction:
    """A value alone on its line against one that shares it."""
    prices = here.prices
    return Prediction(
        slow=(strided(prices, here.sizes.far, WORD * wide(here), "values a row apart, each on a line of its own"),),
        fast=longest(
            prices.item("bytes of values side by side", "dram.read_bandwidth", WORD, "cache"),
            prices.item("additions", "add.throughput.f64", cause="instructions"),
        ),
        how="the rate of reading at this stride is a point of the memory mountain; side by side the whole line is used",
    )


def line_for_a_word(seen: Seen) -> Claim:
    """Bytes used at a stride of lines against those used side by side."""
    size, stride = seen.here.sizes.far, WORD * wide(seen.here)
    apart, beside = (strided(seen.prices, size, step, "").price_ns for step in (stride, WORD))
    return Claim(
        "values that are lines apart come several times slower than values side by side",
        f"{significant(apart)} ns against {significant(beside)} ns",
        apart > 3 * beside,
    )


def cache_forgives(seen: Seen) -> Claim:
    """The control in C, where no calls of numpy stand between."""
    ratio = seen.ns("control_slow", "c") / seen.ns("control_fast", "c")
    return Claim(
        "in a table that fits the first level strides do not matter", f"×{significant(ratio)} in C", ratio < 1.25
    )


def calls_count(seen: Seen) -> Claim:
    """Short columns in the first level against long ones in memory."""
    short, long = seen.ns("control_fast", "python"), seen.ns("fast", "python")
    return Claim(
        "with few values to a call of numpy each costs more than with many, even in the first level",
        f"{significant(short)} ns against {significant(long)} ns a value",
        short > long,
    )


def at_once(seen: Seen) -> Claim:
    """The same badly stored table, summed by one call."""
    slow, once = seen.ns("slow", "python"), seen.ns("at once", "python")
    return Claim(
        "one call over the axis is several times faster on the very same table",
        f"{significant(once)} ns against {significant(slow)} ns a value",
        once < slow / 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """The columns of tables of more and more columns, the footprint the same."""
    slow, fast = pair(*shape(here.sizes.far // 2, int(value)), random)
    return {"by row": slow, "by column": fast}


def exercise_cases(here: Here, random: np.random.Generator) -> Cases:
    """Half of the lesson's table, and the lesson's control."""
    slow, fast = pair(*shape(here.sizes.far // 2, wide(here)), random)
    control_slow, control_fast = pair(*shape(here.sizes.l1, here.sizes.line // WORD), random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


LESSON = Lesson(
    title="Strides: a column is not an array",
    chapter="Python",
    cause="cache",
    unit="value",
    cases=cases,
    predict=predict,
    claims={
        "line_for_a_word": line_for_a_word,
        "cache_forgives": cache_forgives,
        "calls_count": calls_count,
        "at_once": at_once,
    },
    sweep=Sweep(
        axis="columns",
        unit="",
        title="a value of a column, by the columns of the table",
        values=lambda _: [float(2**power) for power in range(10)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The table is stored row by row and summed column by column, each column on its own. Sum it so that memory is "
        "read in the order in which it lies. `rounds` says how many times over; the sum is a Python float.",
        language="python",
        functions=("add_columns", "add_at_once"),
        inputs=exercise_cases,
    ),
    absent=lambda seen: "values that are lines apart come hardly slower here than values side by side",
    machine_code={"add_columns": ("loop", "scalar")},
    needs=("dram.read_bandwidth", "add.throughput.f64"),
    language="python",
)
