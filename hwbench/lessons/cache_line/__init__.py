"""The cache line: all the words of an array, in order and a line apart."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import Case, Cases, Claim, Exercise, Here, Lesson, Prediction, Seen, Sweep, array, longest
from hwbench.units import significant

WORD = 8
LEAST_WORDS = 100_000  # of a call: enough for the clock


def words(size: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return small numbers that fill `size` bytes."""
    values = array(size // WORD)
    values[:] = random.integers(0, 1009, values.size)
    return values


def summed(values: NDArray[np.int64], stride: int) -> Case:
    """Return the sum of all words, `stride` of them apart, often enough for the clock."""
    rounds = -(-LEAST_WORDS // values.size)
    work = values.size * rounds
    return Case("sum_by_stride", (values, values.size, stride, rounds), work=work, least_bytes=WORD * work)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow: a word of each line at a time, from memory; fast: word by word. The control fits the first level."""
    far, near = words(here.sizes.far, random), words(here.sizes.l1, random)
    line = here.sizes.line // WORD
    return {
        "slow": summed(far, line),
        "fast": summed(far, 1),
        "control_slow": summed(near, line),
        "control_fast": summed(near, 1),
        "half a line apart": summed(far, line // 2),
    }


def predict(here: Here) -> Prediction:
    """A word costs a whole line's way from memory, or its share of one."""
    line = here.sizes.line
    word = here.prices.item("bytes of a word from memory", "dram.read_bandwidth", WORD, "cache")
    add = here.prices.cycles("additions, one after the other")
    return Prediction(
        slow=longest(here.prices.item("bytes of a line from memory", "dram.read_bandwidth", line, "cache"), add),
        fast=longest(word, add),
        how="a line comes from memory as fast as lines can come, and either one or all of its words are used; the "
        "additions, a cycle each, hide behind it or the other way round",
    )


def whole_line(seen: Seen) -> Claim:
    """The time for a line with one word used, against one with all used."""
    line = seen.here.sizes.line // WORD
    one, all_of_it = seen.ns("slow"), seen.ns("fast") * line
    return Claim(
        "to use all words of a line costs at most twice as much as to use one of them",
        f"{significant(one)} ns a line with one word of it used, {significant(all_of_it)} ns with all {line}",
        all_of_it < 2 * one,
    )


def half_line(seen: Seen) -> Claim:
    """Two words of a line against one."""
    half, full = seen.ns("half a line apart"), seen.ns("slow")
    return Claim(
        "with two words of a line used, a word costs clearly less than with one",
        f"{significant(half)} ns a word half a line apart, {significant(full)} ns a line apart",
        half < full / 1.3,
    )


def line_size(seen: Seen) -> Claim:
    """The line as it was measured, from conflicts."""
    line = seen.prices["l1d.line_size"]
    return Claim("a line has 64 bytes, on some CPUs 128", f"{line:.0f} bytes", line in (64, 128))


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Sum by a stride in bytes, from memory and from the first level."""
    stride = int(value) // WORD
    return {
        "from memory": summed(words(here.sizes.far // 2, random), stride),
        "from the first level": summed(words(here.sizes.l1, random), stride),
    }


LESSON = Lesson(
    title="The cache line: memory comes in pieces",
    chapter="Caches",
    cause="cache",
    unit="word",
    cases=cases,
    predict=predict,
    claims={"whole_line": whole_line, "half_line": half_line, "line_size": line_size},
    sweep=Sweep(
        axis="stride",
        unit="B",
        title="a word of an array that is summed with a stride, by the stride",
        values=lambda _: [WORD * 2**power for power in range(8)],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` sums all words of an array in passes, a stride apart, so that every line comes from memory once a pass. "
        "Have every line come once in all. The sum must stay the same for any stride.",
        functions=("sum_by_stride", "sum_in_order"),
    ),
    absent=lambda seen: (
        f"a line comes so fast here ({significant(seen.here.sizes.line / seen.prices['dram.read_bandwidth'] * 1e9)} ns) "
        "that the additions hide it"
    ),
    machine_code={
        "sum_by_stride": ("loop", "scalar"),
        "sum_in_order": ("loop", "scalar"),
        "numba:sum_by_stride": ("loop", "scalar"),
    },
    needs=("dram.read_bandwidth",),
)
