"""Integer division: a remainder by division, and by multiplications."""

import numpy as np

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
from hwbench.units import significant

KEYS = 1 << 16
WORD = 4  # bytes of a key and of a bucket
INSTRUCTIONS = (
    9  # load, copy, two multiplications (the wide one counts twice), addition from the table, count, compare, jump
)


def pair(size: int, count: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the look-ups of random keys in a table of `size` bytes, by division and by reciprocal."""
    table = array(size // WORD - 1, np.uint32)  # one less: not a power of two
    table[:] = np.arange(table.size) % 1009
    keys = array(count, np.uint32)
    keys[:] = random.integers(0, 1 << 32, count, dtype=np.uint32)
    division, reciprocal = (
        Case(f"by_{way}", (keys, count, table, table.size), work=count) for way in ("division", "reciprocal")
    )
    return division, reciprocal


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a table in the first level; the control: one in memory, where the look-up takes longer than a division."""
    slow, fast = pair(here.sizes.l1 // 2, KEYS, random)
    far = here.in_python(here.sizes.far, here.sizes.far // 8)
    control_slow, control_fast = pair(far, far // here.sizes.line, random)
    keys, count, table, buckets = slow.arguments
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "constant": Case("by_constant", (keys, count, table), work=count),
        "mask": Case("by_mask", (keys, count, table, (buckets + 1) // 2), work=count),
    }


def predict(here: Here) -> Prediction:
    """Divisions come one after the other out of the divider; multiplications are begun one a cycle."""
    return Prediction(
        slow=longest(
            here.prices.item("divisions side by side", "divide.throughput.i32", 1.0, "execution"),
            here.prices.instructions(INSTRUCTIONS),
        ),
        fast=longest(
            here.prices.item("multiplications side by side", "multiply.throughput.i64", 2.0, "execution"),
            here.prices.instructions(INSTRUCTIONS),
            here.prices.item("jumps back", "branch.taken.throughput", 1.0, "execution"),
        ),
        how="no key waits for another, so the unit that is busy longest for each key sets the pace: the divider, or the multiplier",
    )


def dear(seen: Seen) -> Claim:
    """A division against a multiplication, side by side."""
    divided, multiplied = (1e9 / seen.prices[f"{name}.throughput.i32"] for name in ("divide", "multiply"))
    return Claim(
        "a division keeps its unit busy several times as long as a multiplication",
        f"{significant(divided)} ns against {significant(multiplied)} ns",
        divided > 3 * multiplied,
    )


def constant_is_known(seen: Seen) -> Claim:
    """A divisor that the compiler knows against one that it does not."""
    known, unknown = seen.ns("constant"), seen.ns("slow")
    return Claim(
        "a remainder by a constant takes less time than one by a variable",
        f"{significant(known)} ns against {significant(unknown)} ns",
        known < unknown / 1.2,
    )


def mask_is_cheapest(seen: Seen) -> Claim:
    """A power of two needs no arithmetic to speak of."""
    mask, reciprocal = seen.ns("mask"), seen.ns("fast")
    return Claim(
        "with a power of two and a mask it takes no longer than with a reciprocal",
        f"{significant(mask)} ns against {significant(reciprocal)} ns",
        mask <= 1.1 * reciprocal,
    )


def memory_hides(seen: Seen) -> Claim:
    """With a table in memory the division is done while the line is on its way."""
    division, reciprocal = seen.ns("control_slow"), seen.ns("control_fast")
    return Claim(
        "in a table that fits no cache it does not matter how the bucket is found",
        f"{significant(division)} ns by division, {significant(reciprocal)} ns by reciprocal",
        division < 1.25 * reciprocal,
    )


def python_hides(seen: Seen) -> Claim:
    """Python's own work is more than the division."""
    division, reciprocal = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "in plain Python the detour costs more than it saves",
        f"{significant(division)} ns by division, {significant(reciprocal)} ns by reciprocal",
        division < reciprocal,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways with a table of such a size."""
    division, reciprocal = pair(int(value), max(KEYS, int(value) // here.sizes.line), random)
    return {"by division": division, "by reciprocal": reciprocal}


LESSON = Lesson(
    title="Integer division: the slow instruction",
    chapter="Execution",
    cause="execution",
    unit="look-up",
    cases=cases,
    predict=predict,
    claims={
        "dear": dear,
        "constant_is_known": constant_is_known,
        "mask_is_cheapest": mask_is_cheapest,
        "memory_hides": memory_hides,
        "python_hides": python_hides,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a look-up, by the size of the table",
        values=lambda here: doubling(here.sizes.l1 / 2, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` finds each key's bucket by a division. The number of buckets is the same for all keys of a call, and it is not a "
        "power of two. Find the very same buckets without dividing for each key.",
    ),
    absent=lambda seen: (
        f"this CPU divides quickly: one division every {significant(1e9 / seen.prices['divide.throughput.i32'])} ns, "
        f"hardly longer than the rest of a look-up takes"
    ),
    machine_code={
        "by_division": ("loop", "division", "scalar"),
        "by_reciprocal": ("loop", "no_division", "scalar"),
        "by_constant": ("loop", "no_division", "scalar"),
        "by_mask": ("loop", "no_division", "scalar"),
        "numba:by_division": ("loop", "division"),
    },
    needs=("divide.throughput.i32", "multiply.throughput.i64", "branch.taken.throughput", "core.width"),
)
