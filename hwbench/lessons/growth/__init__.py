"""Growth: looking rows up by their key, scanning the table against asking an index."""

import math
from dataclasses import replace

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
    Seen,
    Sweep,
    doubling,
    longest,
    placed,
)
from hwbench.units import format_time, significant

ROW_WORDS = 2
ROW_BYTES = ENTRY_BYTES = 16
MOST_ROWS = 4096  # more would make a call of the scan last too long
FEW = 16
LARGEST_KEY = 1 << 40
LEARNED = 1 << 16  # outcomes that a predictor may know by heart, where the profile does not tell


def table(count: int, queries: int, random: np.random.Generator) -> tuple[Argument, ...]:
    """Return rows in no order, the index of them, and keys to look up."""
    keys = np.cumsum(random.integers(1, LARGEST_KEY // count, count))
    where = random.permutation(count)
    rows = random.integers(0, 1000, (count, ROW_WORDS))
    rows[where, 0] = keys
    index = np.column_stack((keys, where))
    return placed(rows), placed(index), count, placed(random.choice(keys, queries)), queries


def lookups(count: int, queries: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the same look-ups in the same table by a scan and by the index."""
    arguments = table(count, queries, random)
    return Case("scan", arguments, work=queries), Case("search", arguments, work=queries)


def enough(here: Here, count: int) -> int:
    """Return so many look-ups that no predictor knows all their ways by heart when the same ones come again."""
    learned = here.prices["branch.pattern_length"] if here.prices.has("branch.pattern_length") else LEARNED
    return int(4 * learned / max(math.log2(count), 1))


def rows_of(here: Here) -> int:
    """Return the rows of a table that fits the second level together with its index: a power of two."""
    fits = here.sizes.l2 // (ROW_BYTES + ENTRY_BYTES)
    return min(1 << (fits.bit_length() - 1), MOST_ROWS)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a table of thousands of rows; the control: one of a single row; beside them a table of a few."""
    count = here.in_python(rows_of(here), rows_of(here) // 4)
    slow, fast = lookups(count, here.in_python(enough(here, count), 500), random)
    control_slow, control_fast = lookups(1, here.in_python(enough(here, 1), 2000), random)
    few_scanned, few_searched = lookups(FEW, here.in_python(enough(here, FEW), 2000), random)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "few scanned": few_scanned,
        "few searched": few_searched,
    }


def scanned(here: Here) -> Item:
    """Return the price of a row that a scan goes past."""
    prices = here.prices
    turn = longest(
        prices.cycles("rows scanned, a turn of the loop each", cause="algorithm"),
        prices.instructions(4, "instructions of the rows scanned", cause="algorithm"),
    )[0]
    jump = prices.item("", "branch.taken.throughput")  # a core that shares its predictor may make no turn faster
    return replace(turn, high_ns=max(turn.high_ns, jump.price_ns / turn.count))


def halved(here: Here, count: int) -> tuple[Item, ...]:
    """Return what a search of an index of so many entries takes."""
    prices, halvings = here.prices, math.ceil(math.log2(count))
    entries = [min(here.sizes.line * 2**step, ENTRY_BYTES * count) for step in range(halvings)]
    waits = sum(max(prices.load(size).price_ns - prices["l1d.latency"], 0.0) for size in entries)
    return (
        prices.item(
            "halvings that go the wrong way, and the end", "branch.mispredict_cost", halvings / 2 + 1, "branch"
        ),
        prices.cycles("cycles to find the middle, an addition and a shift each", 2 * halvings, "instructions"),
        Item("waits for entries beyond the first level", 0.5, waits, waits, waits, "latency_base", "cache"),
    )


def predict(here: Here) -> Prediction:
    """Half of the rows are scanned; the index is halved log2 n times, every other time the wrong way."""
    count = rows_of(here)
    left = here.prices.item("the jump out of the scan", "branch.mispredict_cost", cause="branch")
    turn = scanned(here)
    return Prediction(
        slow=(turn.times(count / 2), left),
        fast=halved(here, count),
        how=f"of {count} rows a scan reads half on average, at a turn of a loop each; a search halves the index "
        f"{math.log2(count):.0f} times, and a predictor can only toss a coin for each",
    )


def row_price(seen: Seen) -> Claim:
    """What a scanned row takes by the run, in cycles."""
    cycles = seen.ns("slow", "c") / (rows_of(seen.here) / 2) / seen.prices["add.latency.i64"]
    return Claim("a row that is only passed takes a cycle or two", f"{significant(cycles)} cycles", cycles < 3)


def wrong_way(seen: Seen) -> Claim:
    """A mispredicted halving against a scanned row."""
    ratio = seen.prices["branch.mispredict_cost"] / scanned(seen.here).ns
    return Claim(
        "a halving that goes the wrong way costs as much as ten rows or more", f"{significant(ratio)} rows", ratio >= 10
    )


def few_rows(seen: Seen) -> Claim:
    """A table of a few rows: the scan wins."""
    scan, search = seen.ns("few scanned", "c"), seen.ns("few searched", "c")
    return Claim(
        f"on {FEW} rows the scan is the faster of the two",
        f"{format_time(scan)} against {format_time(search)} a look-up",
        scan < search,
    )


def meet(seen: Seen) -> Claim:
    """Where the two laws meet, by the prices."""
    each, left = scanned(seen.here).ns, seen.prices["branch.mispredict_cost"]
    sizes = [2**power for power in range(1, 20)]
    crossing = next(n for n in sizes if n / 2 * each + left > sum(item.ns for item in halved(seen.here, n)))
    return Claim(
        "by the price list the two meet somewhere between ten and a few hundred rows",
        f"near {crossing} rows",
        8 <= crossing <= 512,
    )


def in_sqlite(seen: Seen) -> Claim:
    """SQLite with and without an index."""
    ratio = seen.gain("python")
    return Claim(
        "SQLite, asked the same by the same statement, shows the same gap once the table has an index",
        f"×{significant(ratio)} on {rows_of(seen.here) // 4} rows",
        ratio > 3,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both look-ups in a table of so many rows."""
    scan, search = lookups(int(value), enough(here, int(value)), random)
    return {"scan": scan, "index": search}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some rows other values; their keys stay."""
    rows = arguments[0].reshape(-1, ROW_WORDS)
    rows[random.integers(0, len(rows), 64), 1] = random.integers(0, 1000, 64)


LESSON = Lesson(
    title="Growth: a scan against an index",
    chapter="Engines",
    cause="algorithm",
    unit="look-up",
    cases=cases,
    predict=predict,
    claims={
        "row_price": row_price,
        "wrong_way": wrong_way,
        "few_rows": few_rows,
        "meet": meet,
        "in_sqlite": in_sqlite,
    },
    sweep=Sweep(
        axis="rows",
        unit="",
        title="a look-up by key, by the rows of the table",
        values=lambda here: doubling(1, 2 * rows_of(here)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Every look-up reads the table from its first row. Make it ask the index, which holds a pair of a key and the "
        "number of its row for every row, in the order of the keys. Every wanted key is in the table.",
        renew=renew,
    ),
    absent=lambda seen: (
        f"the table has {rows_of(seen.here)} rows here, which a scan at {format_time(scanned(seen.here).ns)} a row "
        "reads as fast as an index is searched"
    ),
    machine_code={
        "scan": ("loop", "scalar", "branch"),
        "search": ("loop", "scalar", "branch", "no_division"),
        "numba:search": ("loop", "branch"),
    },
    needs=("branch.mispredict_cost", "branch.taken.throughput", "l1d.latency"),
)
