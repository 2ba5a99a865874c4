"""Column store: one column of a table that is kept row by row, or column by column."""

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
)
from hwbench.units import KIB, format_bytes, format_time, significant

COLUMNS = 8
VALUE_BYTES = 8
ROW_BYTES = COLUMNS * VALUE_BYTES
APART = 264  # rows less than a power of two, so that columns do not all begin in the same set of a cache
FETCHED = 20_000  # rows


def tables(rows: int, random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a table kept in rows, and the same kept in columns."""
    by_row, by_column = array(rows * COLUMNS), array(rows * COLUMNS)
    by_column[:] = random.integers(0, 1000, rows * COLUMNS, dtype=np.int16)
    by_row.reshape(rows, COLUMNS)[:] = by_column.reshape(COLUMNS, rows).T
    return by_row, by_column


def pair(size: int, random: np.random.Generator, least_rows: int = 0) -> tuple[Case, Case]:
    """Return the sum of one column of a table of so many bytes, in as many passes as make up so many rows, both ways."""
    rows = max(size // ROW_BYTES - APART, size // ROW_BYTES // 2)
    passes = -(-max(least_rows, rows) // rows)
    by_row, by_column = tables(rows, random)
    return (
        Case("sum_rows", (by_row, rows, passes), work=rows * passes, least_bytes=rows * passes * VALUE_BYTES),
        Case("sum_columns", (by_column, rows, passes), work=rows * passes, least_bytes=rows * passes * VALUE_BYTES),
    )


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a table of which not even a column fits a cache; the control: one that fits the first level."""
    slow, fast = pair(2 * here.sizes.far, random)
    control_slow, control_fast = pair(here.sizes.l1, random, here.in_python(200_000, 20_000))
    (by_row, rows, _), (by_column, _, _) = slow.arguments, fast.arguments
    wanted = random.integers(0, rows, FETCHED)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "whole rows from rows": Case("fetch_rows", (by_row, rows, wanted, FETCHED), work=FETCHED),
        "whole rows from columns": Case("fetch_columns", (by_column, rows, wanted, FETCHED), work=FETCHED),
    }


def predict(here: Here) -> Prediction:
    """A row is a line (or several rows share one): all of it is brought; of a column only the values are."""
    prices, brought = here.prices, min(ROW_BYTES, here.sizes.line)
    turn = prices.cycles("additions, each to the one before", cause="execution")
    return Prediction(
        slow=longest(
            turn,
            prices.item("bytes of the row", "dram.read_bandwidth", brought, "bandwidth"),
            prices.item("lines fetched ahead", "prefetch.sequential_latency", brought / here.sizes.line, "bandwidth"),
        ),
        fast=longest(
            turn,
            prices.item("bytes of the value", "dram.read_bandwidth", VALUE_BYTES, "bandwidth"),
            prices.item(
                "lines fetched ahead", "prefetch.sequential_latency", VALUE_BYTES / here.sizes.line, "bandwidth"
            ),
        ),
        how=f"a row kept together brings {brought} bytes from memory for the {VALUE_BYTES} that are summed, at the pace of "
        "a sequential read; the additions go on meanwhile, and show only where they take longer",
    )


def whole_rows(seen: Seen) -> Claim:
    """Whole rows fetched from either, by the run."""
    rows, columns = seen.ns("whole rows from rows", "c"), seen.ns("whole rows from columns", "c")
    return Claim(
        "to fetch whole rows here and there takes longer from columns than from rows",
        f"{format_time(columns)} a row against {format_time(rows)}",
        columns > 1.2 * rows,
    )


def near(seen: Seen) -> Claim:
    """Both ways in the first level, by the run."""
    ratio = seen.ns("control_slow", "c") / seen.ns("control_fast", "c")
    return Claim(
        "in the first level a value out of a row takes no longer than one out of a column",
        f"×{significant(ratio)} at {format_bytes(seen.here.sizes.l1)}",
        ratio < 1.25,
    )


def line_price(seen: Seen) -> Claim:
    """A line that was fetched ahead, in additions."""
    line = seen.prices["prefetch.sequential_latency"]
    additions = line / seen.prices["add.latency.i64"]
    return Claim(
        "even where the prefetcher runs ahead, a line from memory takes as long as several dependent additions",
        f"{format_time(line)}, {significant(additions)} additions",
        additions > 3,
    )


def in_numpy(seen: Seen) -> Claim:
    """The ratio in numpy."""
    ratio = seen.gain("python")
    return Claim(
        "numpy shows the same with `order='C'` and `order='F'`: one statement, two layouts",
        f"×{significant(ratio)}",
        ratio > 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways over a table of so many bytes."""
    slow, fast = pair(int(value), random, least_rows=20_000)
    return {"rows": slow, "columns": fast}


def exercise_cases(here: Here, random: np.random.Generator) -> Cases:
    """The cases of the lesson with half of the memory, since a solution lays out the table anew."""
    slow, fast = pair(here.sizes.far, random)
    control_slow, control_fast = pair(here.sizes.l1, random, 200_000)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


LESSON = Lesson(
    title="Column store: pay for what you read",
    chapter="Engines",
    cause="bandwidth",
    unit="row",
    cases=cases,
    predict=predict,
    claims={"whole_rows": whole_rows, "near": near, "line_price": line_price, "in_numpy": in_numpy},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a row of a sum over one column, by the size of the table",
        values=lambda here: doubling(4 * KIB, 2 * here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="The table is kept row by row, and only its column 3 is ever summed. `arrange` gets the table as it is and may lay "
        "it out anew; `solve` sums column 3 of what `arrange` wrote. Values change from call to call.",
        functions=("sum_rows", "sum_columns"),
        arrange=("keep", "turn"),
        inputs=exercise_cases,
    ),
    absent=lambda seen: (
        f"a line from memory takes {format_time(seen.prices['prefetch.sequential_latency'])} here when it is fetched ahead, "
        "no longer than the addition of what is in it"
    ),
    machine_code={
        "sum_rows": ("loop", "scalar", "branchless"),
        "sum_columns": ("loop", "scalar", "branchless"),
        "fetch_rows": ("loop", "scalar"),
        "fetch_columns": ("loop", "scalar"),
        "numba:sum_rows": ("loop", "scalar"),
        "numba:sum_columns": ("loop", "scalar"),
    },
    needs=("dram.read_bandwidth", "prefetch.sequential_latency"),
)
