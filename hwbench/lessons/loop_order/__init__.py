"""The order of loops: a matrix by its rows and by its columns, and turned over in tiles."""

import math

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
    longest,
)
from hwbench.units import KIB, significant

WORD = 8
ROW = 8 * KIB  # two pages: each step down a column is another page
LEAST_WORDS = 100_000  # of a call: enough for the clock


def columns_of(here: Here) -> int:
    """Return how long a row is: a line more than pages, since rows of a power of two would all use the same sets."""
    return (ROW + here.sizes.line) // WORD


def rows_of(here: Here) -> int:
    """Return how many rows fill memory beyond every cache."""
    return here.sizes.far // (columns_of(here) * WORD)


def both(rows: int, columns: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the sum of a matrix by columns and by rows."""
    matrix = array(rows * columns)
    matrix[:] = random.integers(0, 1009, matrix.size)
    rounds = -(-LEAST_WORDS // matrix.size)
    work = matrix.size * rounds
    arguments = (matrix, rows, columns, rounds)
    slow, fast = (Case(name, arguments, work=work, least_bytes=WORD * work) for name in ("by_columns", "by_rows"))
    return slow, fast


def turned(side: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the transposition of a square, as it is written down and in tiles."""
    matrix, out = array(side * side), array(side * side)
    matrix[:] = random.integers(0, 1009, matrix.size)
    work = matrix.size
    plain, tiled = (
        Case(name, (matrix, side, side, out), work=work, least_bytes=2 * WORD * work)
        for name in ("transpose", "transpose_in_tiles")
    )
    return plain, tiled


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: a matrix in memory by columns; fast: by rows. The control fits the first level. Beside them: turning one over."""
    slow, fast = both(rows_of(here), columns_of(here), random)
    side = math.isqrt(here.sizes.l1 // WORD)
    control_slow, control_fast = both(side, side, random)
    found = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language != "python":
        square = 1 << int(math.log2(here.sizes.far // 2 // WORD) / 2)
        found["transposed"], found["transposed in tiles"] = turned(square, random)
    return found


def walk(here: Here) -> Item:
    """Return the walk of the page tables that each step down a column takes."""
    return here.prices.item("walks of the page tables, side by side", "page_walk.throughput", cause="tlb")


def lines(here: Here) -> Item:
    """Return what the lines cost: a new one comes from memory, and stays for the next columns where the next levels hold them."""
    share = WORD / here.sizes.line
    new, kept = here.prices.load(here.sizes.far).ns, here.prices.load(rows_of(here) * here.sizes.line).ns
    text = "lines from memory, and again from where a column's lines are kept, side by side"
    item = here.prices.load(here.sizes.far, text)
    return item.times((share + (1 - share) * kept / new) / here.prices["dram.mlp"])


def predict(here: Here) -> Prediction:
    """A step down a column takes a line and, beyond the TLB's reach, a walk; one along a row a word's share of a line."""
    known = here.prices.has("dtlb.l2.entries") and here.prices["dtlb.l2.entries"] >= rows_of(here)
    add = here.prices.cycles("additions, one after the other")
    word = here.prices.item("bytes of a word from memory", "dram.read_bandwidth", WORD, "cache")
    return Prediction(
        slow=longest(lines(here), add) if known else longest(lines(here), walk(here), add),
        fast=longest(word, add),
        how="rows are longer than a page, so that a step down a column goes to another line and another page; along a row it "
        "is the next word, and what takes longest of bytes and additions hides the rest",
    )


def tiles(seen: Seen) -> Claim:
    """Tiles against rows, turning over a matrix."""
    plain, tiled = seen.ns("transposed"), seen.ns("transposed in tiles")
    return Claim(
        "a large square matrix whose side is a power of two is turned over faster in tiles",
        f"{significant(plain)} ns a word as it is written down, {significant(tiled)} ns in tiles",
        tiled < plain / 1.1,
    )


def numpy_too(seen: Seen) -> Claim:
    """Numpy goes the way it is told."""
    slow, fast = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "numpy's own loops are slower down the columns as well",
        f"×{significant(slow / fast)} in numpy",
        slow > 1.5 * fast,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Sum a square matrix of so many bytes, its rows an odd number of lines long."""
    line = here.sizes.line // WORD
    side = max(math.isqrt(int(value) // WORD) // (2 * line) * 2 * line + line, line)
    slow, fast = both(side, side, random)
    return {"by columns": slow, "by rows": fast}


LESSON = Lesson(
    title="The order of loops: along the rows, not down the columns",
    chapter="Caches",
    cause="cache",
    unit="word",
    cases=cases,
    predict=predict,
    claims={"tiles": tiles, "numpy_too": numpy_too},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a word of a square matrix that is summed, by the matrix's size",
        values=lambda here: [
            here.sizes.l1 / 2 * 4**step for step in range(9) if here.sizes.l1 / 2 * 4**step <= here.sizes.far
        ],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` sums a matrix column by column, although its rows are what lies together in memory. Go through it in an "
        "order that memory likes better; the sum must stay the same for any number of rows and columns.",
    ),
    absent=lambda seen: (
        f"this core keeps so many misses under way that a step down a column costs only {significant(lines(seen.here).ns)} ns"
    ),
    machine_code={
        "by_columns": ("loop", "scalar"),
        "by_rows": ("loop", "scalar"),
        "transpose": ("loop", "scalar"),
        "transpose_in_tiles": ("loop", "scalar"),
    },
    needs=("dram.read_bandwidth", "dram.mlp", "page_walk.throughput"),
)
