"""Restrict: a sum behind a pointer that might be anywhere, and behind one that is known not to be among the numbers."""

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
from hwbench.units import KIB, significant

WORD = 8
LEAST_ADDITIONS = 500_000
MOST = 1000


def case(function: str, size: int, seed: int) -> Case:
    """Return the sum of an array of `size` bytes into a place of its own, as often as makes enough additions."""
    narrow = "narrow" in function
    count = size // (4 if narrow else WORD)
    passes = max(1, LEAST_ADDITIONS // count)
    values = array(count, np.int32 if narrow else np.int64)
    values[:] = np.random.default_rng(seed).integers(0, MOST, count)
    arguments = (values, count, passes, array(8))
    return Case(function, arguments, work=count * passes, build="vector", least_bytes=values.nbytes)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: without and with the promise; the control: numbers of a type that cannot be the sum's."""
    seed = int(random.integers(1 << 32))
    size = here.sizes.l1
    return {
        "slow": case("add_behind", size, seed),
        "fast": case("add_apart", size, seed),
        "control_slow": case("add_narrow_behind", size, seed),
        "control_fast": case("add_narrow_apart", size, seed),
        "local": case("add_local", size, seed),
    }


def mend(here: Here, random: np.random.Generator) -> Cases:
    """Give the exercise's cases: one type throughout; its control is so few numbers that none fill a vector."""
    seed = int(random.integers(1 << 32))
    few = {
        f"control_{name}": case(f"add_{how}", 3 * WORD, seed) for name, how in (("slow", "behind"), ("fast", "apart"))
    }
    return {**cases(here, np.random.default_rng(seed)), **few}


def predict(here: Here) -> Prediction:
    """With a store after each addition they go one by one; without, as fast as the first level gives numbers."""
    prices = here.prices
    numbers = here.lanes(WORD)
    return Prediction(
        slow=longest(
            prices.instructions(5, "instructions: load, add, store, step, jump"),
            prices.item("stores", "store.throughput", 1, "execution"),
            prices.cycles("additions one after another", 1, "execution"),
        ),
        fast=longest(
            prices.item("bytes from the first level", "l1d.read_bandwidth", WORD, "bandwidth"),
            prices.cycles(f"additions one after another, {numbers} at once", 1 / numbers, "vectorization"),
        ),
        how="the sum itself never leaves its register in either loop; but where it must be written for each number, there is a "
        "turn for each number",
    )


def stores(seen: Seen) -> Claim:
    """There are few stores a cycle."""
    ratio = seen.prices["store.throughput"] * seen.prices["add.latency.i64"] * 1e-9
    return Claim("a core writes only one or two words in a cycle", f"{significant(ratio)}", ratio < 3)


def local(seen: Seen) -> Claim:
    """A local variable does as well."""
    ratio = seen.ns("local", "c") / seen.ns("fast", "c")
    return Claim(
        "a local variable is worth as much as the word", f"×{significant(ratio)} of its time", 0.7 < ratio < 1.4
    )


def numba_asks(seen: Seen) -> Claim:
    """LLVM in numba asks at run time."""
    native = seen.gain("c")
    ratio = seen.gain("numba")
    return Claim(
        "numba, whose compiler compares the addresses at run time, hides most of it",
        f"×{significant(ratio)} in numba, ×{significant(native)} in C",
        ratio < max(1.25, native**0.5),
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both over a footprint."""
    seed = int(random.integers(1 << 32))
    return {"may overlap": case("add_behind", int(value), seed), "restrict": case("add_apart", int(value), seed)}


LESSON = Lesson(
    title="Restrict: what the compiler may not assume",
    chapter="Execution",
    cause="vectorization",
    unit="addition",
    cases=cases,
    predict=predict,
    claims={"stores": stores, "local": local, "numba_asks": numba_asks},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="an addition to a sum behind a pointer, by the memory that the numbers take",
        values=lambda here: doubling(KIB, here.sizes.far),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` writes its sum to memory after each addition, as it must: `sum` may point into `values`. Nobody calls it "
        "that way. Make it fast, with a word in its declaration or without.",
        functions=("add_behind", "add_apart"),
        inputs=mend,
    ),
    absent=lambda seen: (
        f"an addition takes {significant(seen.ns('slow'))} ns with a store after it and {significant(seen.ns('fast'))} ns without: "
        "this compiler asks at run time whether the pointers overlap, or uses no vectors"
    ),
    machine_code={
        "add_behind": ("loop", "scalar"),
        "add_apart": ("loop", "vector"),
        "add_local": ("loop", "vector"),
        "add_narrow_behind": ("loop", "vector"),
        "add_narrow_apart": ("loop", "vector"),
        "numba:add_apart": ("loop", "vector"),
    },
    needs=("store.throughput", "core.width", "l1d.read_bandwidth"),
)
