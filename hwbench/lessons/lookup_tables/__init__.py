"""Lookup tables: the kinds of bytes found by tests, and looked up."""

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
    longest,
    placed,
)
from hwbench.units import significant

KINDS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789",
    " ",
    "!\"#$%&'()*+,-./",
    "\x80\x9f\xe4\xff",
)
TEST_INSTRUCTIONS = 3  # subtract, compare, jump
LOOP_INSTRUCTIONS = 6  # load, exclusive or, multiplication, count, compare, jump


def text_of(kinds: int, length: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return a text of the first so many kinds of characters, all of them as often."""
    each = 4096  # bytes of a kind to draw from
    bytes_of = np.array([random.choice(list(kind.encode("latin-1")), each) for kind in KINDS[:kinds]], dtype=np.uint8)
    return bytes_of[random.integers(0, kinds, length), random.integers(0, each, length)]


def pair(text: NDArray[np.uint8]) -> tuple[Case, Case]:
    """Return both ways over a text."""
    laid_out = placed(text)
    tests, table = (Case(f"by_{way}", (laid_out, text.size), work=text.size) for way in ("tests", "table"))
    return tests, table


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a text of all kinds; the control: one in which every byte passes the first test."""
    length = here.in_python(here.unlearnable_outcomes, 1 << 17)
    slow, fast = pair(text_of(len(KINDS), length, random))
    control_slow, control_fast = pair(text_of(1, length, random))
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """Each byte is a surprise at the one test that it passes, unless it passes none."""
    kinds = len(KINDS)
    tests = (kinds * (kinds + 1) / 2 - 1) / kinds
    return Prediction(
        slow=(
            *longest(
                here.prices.chain(
                    "the hash: each step waits for the one before", "multiply.latency.i32", "add.latency.i64"
                ),
                here.prices.instructions(LOOP_INSTRUCTIONS + TEST_INSTRUCTIONS * tests, "instructions of the tests"),
                here.prices.item("jumps taken", "branch.taken.throughput", 2.0, "execution"),
            ),
            here.prices.item("wrong guesses", "branch.mispredict_cost", (kinds - 1) / kinds, "branch"),
        ),
        fast=longest(
            here.prices.chain(
                "the hash: each step waits for the one before", "multiply.latency.i32", "add.latency.i64"
            ),
            here.prices.instructions(LOOP_INSTRUCTIONS + 1, "instructions of a look-up"),
            here.prices.item("jumps taken", "branch.taken.throughput", 1.0, "execution"),
        ),
        how="of several kinds, all as likely, each test is guessed to fail and is wrong where the byte is of its kind",
    )


def flat(seen: Seen) -> Claim:
    """A look-up does not care what the text is like."""
    mixed, uniform = seen.ns("fast"), seen.ns("control_fast")
    return Claim(
        "a look-up takes the same time in any text",
        f"{significant(mixed)} ns in a mixed text, {significant(uniform)} ns in one of lower-case letters",
        max(mixed, uniform) <= 1.25 * min(mixed, uniform),
    )


def load_or_guess(seen: Seen) -> Claim:
    """A load from the first level against a wrong guess."""
    load, guess = seen.prices["l1d.latency"], seen.prices["branch.mispredict_cost"]
    return Claim(
        "a load from the first level takes a fraction of what a wrong guess costs, even if all has to wait for it",
        f"{significant(load)} ns against {significant(guess)} ns",
        load < guess / 2,
    )


def evicted(seen: Seen) -> Claim:
    """A load from memory against a wrong guess."""
    load, guess = seen.prices.load(seen.here.sizes.far).price_ns, seen.prices["branch.mispredict_cost"]
    return Claim(
        "a load from memory takes longer than several wrong guesses",
        f"{significant(load)} ns against {significant(guess)} ns",
        load > 3 * guess,
    )


def fewer_bytecodes(seen: Seen) -> Claim:
    """In Python a table saves bytecodes, not guesses."""
    tests, table = seen.ns("control_slow", "python"), seen.ns("control_fast", "python")
    return Claim(
        "in plain Python the table is faster even where there is nothing to guess",
        f"{significant(tests)} ns by tests, {significant(table)} ns by table",
        tests > 1.1 * table,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways over a text of so many kinds."""
    tests, table = pair(text_of(int(value), here.unlearnable_outcomes, random))
    return {"by tests": tests, "by table": table}


LESSON = Lesson(
    title="Lookup tables: ask once, remember all answers",
    chapter="Branches",
    cause="branch",
    unit="byte",
    cases=cases,
    predict=predict,
    claims={"flat": flat, "load_or_guess": load_or_guess, "evicted": evicted, "fewer_bytecodes": fewer_bytecodes},
    sweep=Sweep(
        axis="kinds",
        unit="",
        title="a byte, by how many kinds of bytes there are in the text",
        values=lambda here: [float(kinds) for kinds in range(1, len(KINDS) + 1)],
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="`solve` hashes the kinds of the bytes of a text, and finds each kind by a chain of tests. Find it without a jump "
        "that depends on the byte. `kind_of` may be called, but not for every byte of the text.",
    ),
    absent=lambda seen: (
        f"a wrong guess costs only {significant(seen.prices['branch.mispredict_cost'])} ns on this CPU, "
        f"and the hash that both ways compute hides it"
    ),
    machine_code={
        "by_tests": ("loop", "branch", "scalar"),
        "by_table": ("loop", "branchless", "scalar"),
        "numba:by_tests": ("loop", "branch"),
    },
    needs=("branch.mispredict_cost", "branch.taken.throughput", "multiply.latency.i32", "core.width"),
)
