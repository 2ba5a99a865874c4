"""Hash join: every row of one table against every row of another, or against those of its bucket."""

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
    array,
    doubling,
    longest,
    placed,
)
from hwbench.units import format_time, significant

ROW_WORDS = 2
ROW_BYTES, START_BYTES = 16, 8
MOST_ROWS = 1024  # more would make a call of the nested loop last too long
OUTER_FOR_EACH = 16  # outer rows for each inner one


def join(inner_count: int, outer_count: int, random: np.random.Generator, buckets: int = 0) -> tuple[Argument, ...]:
    """Return two tables and room for a hash table, of as many buckets as there are inner rows unless told otherwise."""
    inner = random.integers(0, 1000, (inner_count, ROW_WORDS))
    inner[:, 0] = random.permutation(inner_count)
    outer = random.choice(inner[:, 0], outer_count)
    starts, grouped = array(inner_count + 2), array(inner.size)
    return placed(outer), outer_count, placed(inner), inner_count, buckets or inner_count, starts, grouped


def pair(arguments: tuple[Argument, ...]) -> tuple[Case, Case]:
    """Return both joins of the same tables."""
    return Case("nested", arguments, work=arguments[1]), Case("hashed", arguments, work=arguments[1])


def rows_of(here: Here) -> int:
    """Return the rows of an inner table whose hash table fits the first level: a power of two."""
    fits = here.sizes.l1 // (ROW_BYTES + START_BYTES)
    return min(1 << (fits.bit_length() - 1), MOST_ROWS)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: every outer row finds one inner row; the control: a hash table of a single bucket."""
    inner = here.in_python(rows_of(here), rows_of(here) // 4)
    slow, fast = pair(join(inner, OUTER_FOR_EACH * inner, random))
    control_slow, control_fast = pair(join(inner, OUTER_FOR_EACH * inner, random, buckets=1))
    outer, _, *table = fast.arguments
    built = Case("hashed", (outer, inner // 64, *table), work=inner)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast, "build": built}


def pair_of_rows(here: Here) -> Item:
    """Return the price of a pair of rows that does not match."""
    prices = here.prices
    turn = longest(
        prices.cycles("pairs looked at, a turn of the loop each", cause="algorithm"),
        prices.instructions(4, "instructions of the pairs looked at", cause="algorithm"),
    )[0]
    jump = prices.item("", "branch.taken.throughput")  # a core that shares its predictor may make no turn faster
    return replace(turn, high_ns=max(turn.high_ns, jump.price_ns / turn.count))


def probe(here: Here) -> tuple[Item, ...]:
    """Return what an outer row takes that finds the one row of its bucket: work that waits for nothing."""
    prices = here.prices
    called = (prices.instructions(21, "instructions of a probe"), prices.item("calls", "call.direct"))
    jumps = prices.item("jumps of a probe, the call's among them", "branch.taken.throughput", 5, "instructions")
    return called if sum(item.ns for item in called) > jumps.ns else (jumps,)


def predict(here: Here) -> Prediction:
    """An outer row meets all inner rows, or one; the table is built once for many outer rows."""
    inner = rows_of(here)
    unforeseen = here.prices.item("jumps not foreseen, to the match and out of the loop", "branch.mispredict_cost", 2)
    return Prediction(
        slow=(pair_of_rows(here).times(inner), unforeseen),
        fast=(
            *probe(here),
            here.prices.instructions(23 / OUTER_FOR_EACH, "instructions of the build, of its part for an outer row"),
        ),
        how=f"each outer row is compared with all {inner} inner rows, or with the one in its bucket; the buckets are filled "
        f"once for {OUTER_FOR_EACH * inner} outer rows",
    )


def pair_price(seen: Seen) -> Claim:
    """What a pair takes by the run, in cycles."""
    cycles = seen.ns("slow", "c") / rows_of(seen.here) / seen.prices["add.latency.i64"]
    return Claim("a pair that does not match takes a cycle or two", f"{significant(cycles)} cycles", cycles < 3)


def build_pays(seen: Seen) -> Claim:
    """What building takes, in pairs."""
    pairs = seen.ns("build", "c") / pair_of_rows(seen.here).ns
    return Claim(
        "to put a row into the hash table takes no longer than to look at some tens of pairs",
        f"{format_time(seen.ns('build', 'c'))} a row, as much as {significant(pairs)} pairs",
        pairs < 60,
    )


def misses(seen: Seen) -> Claim:
    """A probe that misses every cache, overlapped with others, in pairs."""
    miss = seen.prices["dram.latency"] / seen.prices["dram.mlp"]
    pairs = miss / pair_of_rows(seen.here).ns
    return Claim(
        "since probes do not wait for each other, even one that misses every cache costs no more than a few hundred pairs",
        f"{format_time(miss)} when they overlap, as much as {significant(pairs)} pairs",
        pairs < 400,
    )


def python_shows(seen: Seen) -> Claim:
    """The ratio of plain Python."""
    ratio = seen.gain("python")
    return Claim(
        "plain Python, where each pair costs many times as much, shows the same gap",
        f"×{significant(ratio)} with {rows_of(seen.here) // 4} inner rows",
        ratio > 5,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both joins of as many outer rows with so many inner ones."""
    slow, fast = pair(join(int(value), 4 * MOST_ROWS, random))
    return {"nested loop": slow, "hash join": fast}


LESSON = Lesson(
    title="Hash join: all pairs, or those that can match",
    chapter="Engines",
    cause="algorithm",
    unit="outer row",
    cases=cases,
    predict=predict,
    claims={"pair_price": pair_price, "build_pays": build_pays, "misses": misses, "python_shows": python_shows},
    sweep=Sweep(
        axis="inner rows",
        unit="",
        title="a row of the outer table, by the rows of the inner one",
        values=lambda here: doubling(1, 8 * rows_of(here)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Every outer row is compared with every inner row. Group the inner rows by the lowest bits of their keys first, "
        "then compare an outer row only with those of its bucket. There is room for `buckets + 2` words in `starts` and for all "
        "inner rows in `grouped`; `buckets` is a power of two.",
    ),
    absent=lambda seen: (
        f"the inner table has {rows_of(seen.here)} rows here, which at {format_time(pair_of_rows(seen.here).ns)} a pair "
        "take no longer than a probe"
    ),
    machine_code={
        "nested": ("loop", "call"),
        "hashed": ("loop", "call", "no_division"),
        "numba:hashed": ("loop", "no_division"),
    },
    needs=("branch.mispredict_cost", "branch.taken.throughput", "call.direct"),
)
