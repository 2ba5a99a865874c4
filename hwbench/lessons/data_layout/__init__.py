"""Data layout: one field of every record, the records kept whole, by field, and in blocks."""

from typing import Any

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
    longest,
)
from hwbench.units import significant

FIELDS = 8
RECORD_BYTES = 8 * FIELDS
BITS = 11  # of a block: 2048 records, 16 KiB a field
WHOLE = 20_000  # records taken whole
CONTROL_RECORDS = 100_000
Words = NDArray[Any]


def count_of(size: int) -> int:
    """Return how many records to take for `size` bytes: a block less, so that columns do not all begin in the same set."""
    records = size // RECORD_BYTES
    return records - (1 << BITS) if records >= 16 << BITS else records


def rows_of(records: int, random: np.random.Generator) -> Words:
    """Return records of small numbers, one after the other."""
    rows = array(records * FIELDS)
    rows[:] = random.integers(0, 1009, rows.size, dtype=np.int16)
    return rows


def columns_of(rows: Words) -> Words:
    """Return the same records by field."""
    columns = array(rows.size)
    columns.reshape(FIELDS, -1)[:] = rows.reshape(-1, FIELDS).T
    return columns


def blocks_of(rows: Words, bits: int) -> Words:
    """Return the same records in blocks, each by field."""
    blocks = array(rows.size)
    blocks.reshape(-1, FIELDS, 1 << bits)[:] = rows.reshape(-1, 1 << bits, FIELDS).transpose(0, 2, 1)
    return blocks


def summed(kind: str, words: Words, least_records: int = 0) -> Case:
    """Return the sum of one field in a layout, gone over until so many records were read."""
    records = words.size // FIELDS
    passes = -(-max(least_records, 1) // records)
    least = 8.0 * records if passes == 1 else 0.0
    return Case(f"sum_{kind}", (words, records, passes), work=records * passes, least_bytes=least)


def summed_blocks(blocks: Words, bits: int) -> Case:
    """Return the sum of one field in blocks."""
    records = blocks.size // FIELDS
    return Case("sum_blocks", (blocks, records, bits), work=records, least_bytes=8.0 * records)


def whole(kind: str, wanted: Words, *layout: Any) -> Case:
    """Return the sum of all fields of some records; one call a sample, for what runs in between clears the caches."""
    return Case(f"whole_{kind}", (*layout, wanted, wanted.size), work=wanted.size, before=lambda: None)


def controls(here: Here, random: np.random.Generator) -> Cases:
    """Rows and columns that fit the first level."""
    rows = rows_of(count_of(here.sizes.l1), random)
    return {
        "control_slow": summed("rows", rows, CONTROL_RECORDS),
        "control_fast": summed("columns", columns_of(rows), CONTROL_RECORDS),
    }


def pair(here: Here, random: np.random.Generator, size: int) -> Cases:
    """Rows and columns over `size` bytes, and both in the first level."""
    rows = rows_of(count_of(size), random)
    return {"slow": summed("rows", rows), "fast": summed("columns", columns_of(rows)), **controls(here, random)}


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: rows; fast: columns; beside them blocks, and whole records at random in all three."""
    made = pair(here, random, 2 * here.sizes.far)
    rows, columns = made["slow"].arguments[0], made["fast"].arguments[0]
    blocks = blocks_of(rows, BITS)
    wanted = random.integers(0, rows.size // FIELDS, WHOLE)
    return {
        **made,
        "blocks": summed_blocks(blocks, BITS),
        "whole_rows": whole("rows", wanted, rows),
        "whole_columns": whole("columns", wanted, columns, rows.size // FIELDS),
        "whole_blocks": whole("blocks", wanted, blocks, BITS),
    }


def predict(here: Here) -> Prediction:
    """A row costs a line from memory; an element of a column an eighth of one, or a turn of the loop."""
    prices = here.prices
    turn = prices.cycles("a turn of the loop: one addition after the other")
    return Prediction(
        slow=longest(
            turn, prices.item("bytes read from memory: a line", "dram.read_bandwidth", here.sizes.line, "cache")
        ),
        fast=longest(turn, prices.item("bytes read from memory: one number", "dram.read_bandwidth", 8, "cache")),
        how="a row brings a whole line for one number, a column eight numbers a line; the loop adds one number a cycle",
    )


def line_costs(seen: Seen) -> Claim:
    """A line that was fetched ahead against an addition."""
    line = seen.prices.item("", "dram.read_bandwidth", seen.here.sizes.line).ns
    ratio = line / seen.prices.cycles("").ns
    return Claim(
        "a line from memory takes as long as several additions, even when it is fetched ahead",
        f"as long as {significant(ratio)} additions",
        ratio >= 3,
    )


def blocks_keep(seen: Seen) -> Claim:
    """One field out of blocks."""
    slow, fast, blocks = (seen.ns(case) for case in ("slow", "fast", "blocks"))
    return Claim(
        "blocks keep most of what columns gain",
        f"a field of a record takes {significant(slow)} ns in rows, {significant(blocks)} ns in blocks, "
        f"{significant(fast)} ns in columns",
        blocks < (slow * fast) ** 0.5,
    )


def whole_in_rows(seen: Seen) -> Claim:
    """Whole records at random: rows win."""
    rows, columns = seen.ns("whole_rows"), seen.ns("whole_columns")
    return Claim(
        "whole records at random are dearer in columns than in rows, though not eightfold",
        f"×{significant(columns / rows)}",
        1.2 * rows <= columns < FIELDS * rows,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """One field, and whole records at random, over blocks of so many records."""
    bits = int(value).bit_length() - 1
    rows = rows_of(here.sizes.far // RECORD_BYTES, random)
    blocks = blocks_of(rows, bits)
    wanted = random.integers(0, rows.size // FIELDS, WHOLE)
    return {"one field": summed_blocks(blocks, bits), "whole records": whole("blocks", wanted, blocks, bits)}


LESSON = Lesson(
    title="Rows, columns, blocks: what a line brings along",
    chapter="Caches",
    cause="cache",
    unit="record",
    cases=cases,
    predict=predict,
    claims={
        "line_costs": line_costs,
        "blocks_keep": blocks_keep,
        "whole_in_rows": whole_in_rows,
    },
    sweep=Sweep(
        axis="records in a block",
        unit="",
        title="one field of every record, and whole records at random, by the size of the blocks",
        values=lambda _: [4.0**power for power in range(9)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Lay out the records so that summing the first field of each reads only lines full of first fields. `arrange` gets "
        "the rows and their number of words and may write them in any order; `solve` sums what `arrange` wrote.",
        arrange=("keep", "by_field"),
        inputs=lambda here, random: pair(here, random, here.sizes.far),
    ),
    absent=lambda seen: (
        "this machine reads memory so fast that the loop, at one addition a cycle, does not wait for it: a line takes "
        f"{significant(seen.prices.item('', 'dram.read_bandwidth', seen.here.sizes.line).ns)} ns, an addition "
        f"{significant(seen.prices.cycles('').ns)} ns"
    ),
    machine_code={
        "sum_rows": ("loop", "scalar"),
        "sum_columns": ("loop", "scalar"),
        "sum_blocks": ("loop", "scalar"),
        "whole_rows": ("loop", "scalar"),
        "whole_columns": ("loop", "scalar"),
        "whole_blocks": ("loop", "scalar"),
        "numba:sum_rows": ("loop", "scalar"),
        "numba:sum_columns": ("loop", "scalar"),
    },
    needs=("dram.read_bandwidth",),
)
