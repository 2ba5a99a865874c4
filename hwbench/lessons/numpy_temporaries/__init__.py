"""Temporaries of numpy: the same operations on the same blocks, operation by operation and block by block."""

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
    placed,
)
from hwbench.units import significant

WORD = 8
ARRAYS = 2
TERMS = 9


def pair(size: int, block: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return a polynomial over two arrays of `size` bytes together, in blocks of so many elements, in both orders."""
    count = size // (ARRAYS * WORD)
    coefficients = random.integers(1, 10, TERMS).astype(np.float64)
    given: tuple[Argument, ...] = (
        placed(random.random(count)),
        array(count, np.float64),
        count,
        coefficients,
        TERMS,
        block,
    )
    slow, fast = (Case(name, given, work=count, build="vector") for name in ("by_operation", "by_block"))
    return slow, fast


def block_of(here: Here) -> int:
    """Return how many elements of both arrays fit half of the second level."""
    return here.sizes.l2 // (ARRAYS * WORD)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: arrays that fit no cache; the control: arrays of two blocks that fit the second level together."""
    slow, fast = pair(here.sizes.far, block_of(here), random)
    control_slow, control_fast = pair(here.sizes.l2, block_of(here) // 2, random)
    found = {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}
    if here.language == "python":
        whole = (*slow.arguments[:-1], slow.arguments[2])
        found["whole arrays"] = replace(slow, arguments=whole)
        found["expression"] = replace(slow, function="expression")
    else:
        found["fused"] = replace(slow, function="fused")
    return found


def passes(here: Here, level: str, text: str) -> tuple[Item, ...]:
    """Return what the operations take of an element where their arrays are in a level."""
    item, times = here.prices.item, TERMS - 1
    if level == "dram":
        # In place no line is fetched only to be overwritten: what is moved is two thirds of what a copy moves.
        moved = item(text, "dram.copy_bandwidth", 2 / 3 * WORD * (3 + 2) * times, "cache")
        return (
            moved,
            item("bytes filled", "dram.write_bandwidth", WORD),
            item("bytes summed", "dram.read_bandwidth", WORD),
        )
    return (
        item(f"{text}, multiplied", f"{level}.triad_bandwidth", WORD * 3 * times, "cache"),
        item(f"{text}, added to", f"{level}.copy_bandwidth", WORD * 2 * times, "cache"),
        item("bytes filled", f"{level}.write_bandwidth", WORD),
        item("bytes summed", f"{level}.read_bandwidth", WORD),
    )


def predict(here: Here) -> Prediction:
    """Every operation goes to memory and back; or a block goes there and back once."""
    once = here.prices.item("bytes of blocks to the cache and back", "dram.copy_bandwidth", WORD * ARRAYS, "cache")
    return Prediction(
        slow=passes(here, "dram", "bytes to the core and back to memory"),
        fast=(*passes(here, "l2", "bytes of a block in the second level"), once),
        how="an operation of numpy reads and writes its arrays at the bandwidth of where they are; it hardly computes",
    )


def far_bandwidth(seen: Seen) -> Claim:
    """Memory against the second level."""
    near, far = seen.prices["l2.copy_bandwidth"], seen.prices["dram.copy_bandwidth"]
    return Claim(
        "the second level moves several times as many bytes in a second as memory does",
        f"{significant(near / 1e9)} GB/s against {significant(far / 1e9)} GB/s",
        near > 3 * far,
    )


def order_no_matter(seen: Seen) -> Claim:
    """The control."""
    ratio = seen.ns("control_slow", "python") / seen.ns("control_fast", "python")
    return Claim("in the second level the order does not matter", f"×{significant(ratio)}", 0.8 < ratio < 1.25)


def whole_is_slow(seen: Seen) -> Claim:
    """Whole arrays against blocks in the order of operations."""
    whole, slow = seen.ns("whole arrays", "python"), seen.ns("slow", "python")
    return Claim(
        "an operation on a whole array takes about as long as one on all of its blocks in turn",
        f"{significant(whole)} ns against {significant(slow)} ns an element",
        0.67 < whole / slow < 1.5,
    )


def fresh_memory(seen: Seen) -> Claim:
    """Fresh temporaries against memory that is used again."""
    fresh, whole = seen.ns("expression", "python"), seen.ns("whole arrays", "python")
    return Claim(
        "temporaries in fresh memory cost more again than arrays that are reused",
        f"{significant(fresh)} ns against {significant(whole)} ns an element",
        fresh > 1.1 * whole,
    )


def fused_wins(seen: Seen) -> Claim:
    """One loop for all operations."""
    fused, blocks = seen.ns("fused", "c"), seen.ns("fast", "c")
    return Claim(
        "one loop that does all operations for a value is faster than blocks",
        f"{significant(fused)} ns against {significant(blocks)} ns an element in C",
        fused < blocks,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both orders with blocks of more and more bytes."""
    slow, fast = pair(here.sizes.far // 4, int(value) // (ARRAYS * WORD), random)
    return {"by operation": slow, "by block": fast}


def sweep_values(here: Here) -> list[float]:
    """Return the bytes of a block, from a few pages to all."""
    least = 2.0**14
    return [least * 2**step for step in range(int(np.log2(here.sizes.far // 4 / least)) + 1)]


LESSON = Lesson(
    title="Temporaries: to memory and back for every operation",
    chapter="Python",
    cause="cache",
    unit="element",
    cases=cases,
    predict=predict,
    claims={
        "far_bandwidth": far_bandwidth,
        "order_no_matter": order_no_matter,
        "whole_is_slow": whole_is_slow,
        "fresh_memory": fresh_memory,
        "fused_wins": fused_wins,
    },
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="an element of a polynomial, by the bytes of a block",
        values=sweep_values,
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Each operation goes through the whole input before the next begins. Change the order so that what an operation "
        "leaves is still in the cache when the next one needs it. `out` must hold the values, and their sum is returned.",
        language="python",
    ),
    absent=lambda seen: (
        f"memory moves {significant(seen.prices['dram.copy_bandwidth'] / 1e9)} GB/s here, hardly less than the second level"
    ),
    machine_code={"by_operation": ("loop", "vector"), "by_block": ("loop", "vector"), "fused": ("loop", "vector")},
    needs=("dram.copy_bandwidth", "l2.copy_bandwidth", "l2.triad_bandwidth"),
    language="python",
)
