"""Reference counts: the same list copied, its objects scattered over memory, and a few that stay in the first level."""

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
from hwbench.units import KIB, significant

OBJECT_WORDS = 4
VALUE = 3
OBJECT_BYTES = 8 * OBJECT_WORDS
REFERENCE_BYTES = 8
PIECE = 1000
IN_PYTHON = 1_000_000  # references, as many as the lists by which Python's prices are taken
FIRST, STEP = 1000, 7  # none of the small integers that Python makes once and shares
COUNTED = 16  # instructions for a reference: to copy and count it, to drop and count it
TURNS = 300_000


def listed(references: int, objects: int, few: int, order: np.random.Generator | None) -> Case:
    """Return the copy of a list of so many references to so many objects, scattered if there is something to draw from.

    What is at a place of the list has the same value for any number of objects that is a multiple of `few`.
    """
    numbers = np.arange(objects) if order is None else order.permutation(objects)
    heap = array(objects * OBJECT_WORDS)
    rows = heap.reshape(-1, OBJECT_WORDS)
    rows[:, 0] = 1
    rows[numbers, VALUE] = FIRST + STEP * (np.arange(objects) % few)
    items = placed(numbers[np.arange(references) % objects])
    return Case("copy", (items, references, heap, array(PIECE), PIECE), work=references)


def few_of(here: Here) -> int:
    """Return how many objects fit a part of the first level."""
    return here.sizes.l1 // (4 * OBJECT_BYTES)


def many_of(here: Here, size: int) -> int:
    """Return how many objects, and one reference to each, take so many bytes: a multiple of the few."""
    few = few_of(here)
    return max(size // (OBJECT_BYTES + REFERENCE_BYTES) // few, 1) * few


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: counts scattered over memory and in the first level; the control: few objects, in both orders."""
    few = few_of(here)
    many = many_of(here, here.in_python(here.sizes.far, _python_bytes()))
    short = 100 * PIECE
    found = {
        "slow": listed(many, many, few, random),
        "fast": listed(many, few, few, None),
        "control_slow": listed(short, few, few, random),
        "control_fast": listed(short, few, few, None),
    }
    slow = found["slow"]
    if here.language == "python":
        found["packed"] = Case("copy_packed", slow.arguments, work=slow.work)
        found |= _threads(here)
    else:
        found["borrowed"] = Case("borrow", slow.arguments, work=slow.work)
    return found


def _python_bytes() -> int:
    return IN_PYTHON * (OBJECT_BYTES + REFERENCE_BYTES)


def _threads(here: Here) -> Cases:
    """Return a thread that computes, and two of them at once, where there are two CPUs for them."""
    if len(here.cpus) < 2:
        return {}
    alone = Case("count_down", (TURNS,), work=TURNS)
    return {"a thread": alone, "two threads": Case("count_down", (TURNS,), work=TURNS, beside=(alone,))}


def predict(here: Here) -> Prediction:
    """A count in memory is a miss of which others overlap; one in the first level takes its instructions."""
    prices = here.prices
    work = prices.instructions(COUNTED, "instructions to copy, count up, drop and count down")
    miss = prices.load(
        _python_bytes(), "counts fetched from memory, as many at a time as overlap", 1 / prices["dram.mlp"]
    )
    read = prices.item("bytes of the list itself", "dram.read_bandwidth", REFERENCE_BYTES)
    again = prices.item(
        "counts found in the second level when the copy goes", "l2.latency", 1 / prices["l2.mlp"], "cache"
    )
    return Prediction(
        slow=(miss, again, read, work),
        fast=(read, work),
        how="to copy a reference its object's count is changed, wherever that lies; the misses do not wait for each other",
    )


def scattered_counts(seen: Seen) -> Claim:
    """The run's ratio."""
    return Claim(
        "a list is copied several times faster if the counts of its objects are in the cache",
        f"×{significant(seen.ratio.value)}",
        seen.ratio.value > 2,
    )


def fraction(seen: Seen) -> Claim:
    """What a scattered count adds, against a miss that is waited for."""
    more = seen.ns("slow") - seen.ns("fast")
    latency = seen.prices.load(_python_bytes()).price_ns
    return Claim(
        "a scattered count costs a fraction of the latency of memory",
        f"{significant(more)} ns of {significant(latency)} ns",
        more < latency / 2,
    )


def packed_has_none(seen: Seen) -> Claim:
    """An array of numpy of the same length."""
    slow, packed = seen.ns("slow", "python"), seen.ns("packed", "python")
    return Claim(
        "an array of as many packed numbers is copied many times faster",
        f"{significant(packed)} ns against {significant(slow)} ns an element",
        packed < slow / 4,
    )


def borrowing(seen: Seen) -> Claim:
    """The same list in C, without counting."""
    counted, borrowed = seen.ns("slow", "c"), seen.ns("borrowed", "c")
    return Claim(
        "in C, where references can be borrowed, the same scattered list is copied several times faster without counting",
        f"{significant(borrowed)} ns against {significant(counted)} ns",
        borrowed < counted / 2,
    )


def one_at_a_time(seen: Seen) -> Claim:
    """Two threads that compute, against one."""
    ratio = seen.ns("two threads", "python") / seen.ns("a thread", "python")
    return Claim(
        "two threads that compute take about twice as long as one, though there is a CPU for each",
        f"×{significant(ratio)}",
        ratio > 1.6,
    )


def atomic_price(seen: Seen) -> Claim:
    """An atomic addition against a plain one."""
    ratio = seen.prices["atomic.uncontended"] / seen.prices["add.latency.i64"]
    return Claim(
        "an atomic addition takes several times as long as a plain one, even if no other core wants the line",
        f"×{significant(ratio)}",
        ratio > 3,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Lists of so many bytes with their objects, in order and scattered."""
    few, many = few_of(here), many_of(here, int(value))
    length = max(many, 20 * PIECE)
    return {"scattered": listed(length, many, few, random), "in order": listed(length, many, few, None)}


def exercise_cases(here: Here, random: np.random.Generator) -> Cases:
    """The lesson's four cases."""
    made = cases(here, random)
    return {name: made[name] for name in ("slow", "control_slow")} | {
        "fast": made["slow"],
        "control_fast": made["control_slow"],
    }


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give the objects other values."""
    values = arguments[2].reshape(-1, OBJECT_WORDS)[:, VALUE]
    values += random.integers(1, 100)


LESSON = Lesson(
    title="Reference counts: to look is to write",
    chapter="Python",
    cause="cache",
    unit="reference",
    cases=cases,
    predict=predict,
    claims={
        "scattered_counts": scattered_counts,
        "fraction": fraction,
        "packed_has_none": packed_has_none,
        "borrowing": borrowing,
        "one_at_a_time": one_at_a_time,
        "atomic_price": atomic_price,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a reference of a list that is copied, by the memory that list and objects take",
        values=lambda here: doubling(4 * KIB, here.in_python(here.sizes.far, _python_bytes())),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` copies a list piece by piece and counts every reference up and down again. The list itself holds on to "
        "all of its objects meanwhile, so the copy may borrow. At the end all counts must be as before, and `part` hold the "
        "last piece.",
        functions=("copy", "borrow"),
        inputs=exercise_cases,
        renew=renew,
    ),
    absent=lambda seen: (
        "counts that lie scattered over memory are changed hardly slower here than those in the first level"
    ),
    machine_code={"copy": ("loop", "dependent", "scalar"), "borrow": ("loop",)},
    needs=("dram.mlp", "dram.read_bandwidth", "l2.mlp", "l2.latency"),
    language="python",
)
