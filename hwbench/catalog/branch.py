"""Conditional branches by pattern and bias, indirect jumps by sequence of targets, calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench.catalog import Prepared, Work, kernel
from hwbench.units import MIB

if TYPE_CHECKING:
    from numpy.typing import NDArray

ONE_BRANCH: Final = Work(branches=1, loads=1, bytes=1)
TARGETS: Final = 64
HANDLERS: Final = 16
CALLS: Final = 16
STEP: Final = 3


def random_outcomes(size: int, taken: float = 0.5, seed: int = 1) -> NDArray[np.uint8]:
    """Return `size` independent outcomes, 1 with probability `taken`."""
    return (np.random.default_rng(seed).random(size) < taken).astype(np.uint8)


def repeated(pattern: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a pattern repeated whole until it fills at least `size` bytes, so that going round does not break it."""
    return np.tile(pattern, -(-size // pattern.size))


def random_targets(size: int, among: int = TARGETS, seed: int = 1) -> NDArray[np.uint8]:
    """Return `size` independent targets below `among`."""
    return np.random.default_rng(seed).integers(0, among, size).astype(np.uint8)


def cycle_of_targets(size: int, among: int, seed: int = 1) -> NDArray[np.uint8]:
    """Return the same `among` targets in the same random order over and over."""
    return repeated(np.random.default_rng(seed).permutation(among).astype(np.uint8), size)


def _walked(values: NDArray[np.uint8], worth: NDArray[np.int64]) -> Prepared:
    """Return the inputs of a walk over `values`; `worth` is what each adds to the checksum."""

    def checksum(repeats: int) -> int:
        whole, rest = divmod(repeats, values.size)
        return int(whole * worth.sum() + worth[:rest].sum())

    return Prepared((values, np.zeros(1, dtype=np.int64), values.size), ONE_BRANCH, checksum=checksum)


def outcomes_prepared(outcomes: NDArray[np.uint8]) -> Prepared:
    """Return the inputs of the conditional kernel for given outcomes."""
    return _walked(outcomes, np.where(outcomes != 0, 3, 1).astype(np.int64))


def targets_prepared(targets: NDArray[np.uint8]) -> Prepared:
    """Return the inputs of the indirect kernel for given targets."""
    return _walked(targets, targets.astype(np.int64) % TARGETS + 1)


@kernel("branch.random", function="conditional", unit="branches", size=1 * MIB)
def random(size: int) -> Prepared:
    """Branch on fair coins: every second guess is wrong, whatever the predictor."""
    return outcomes_prepared(random_outcomes(size))


@kernel("branch.biased", function="conditional", unit="branches", size=1 * MIB)
def biased(size: int) -> Prepared:
    """Branch on coins that fall one way in ten: one guess in ten is wrong at the least."""
    return outcomes_prepared(random_outcomes(size, taken=0.1))


@kernel("branch.alternating", function="conditional", unit="branches", size=1 * MIB)
def alternating(size: int) -> Prepared:
    """Branch one way and the other in turn: every predictor with a history learns it."""
    return outcomes_prepared(repeated(np.array([0, 1], dtype=np.uint8), size))


@kernel("branch.period_1000", function="conditional", unit="branches", size=1 * MIB)
def period_1000(size: int) -> Prepared:
    """Branch on a thousand fair coins over and over: a modern predictor learns them by heart."""
    return outcomes_prepared(repeated(random_outcomes(1000), size))


@kernel("branch.always", function="conditional", unit="branches", size=1 * MIB)
def always(size: int) -> Prepared:
    """Branch always the same way."""
    return outcomes_prepared(np.ones(size, dtype=np.uint8))


@kernel("branch.indirect_random", function="indirect", unit="branches", size=1 * MIB)
def indirect_random(size: int) -> Prepared:
    """Jump to one of 64 targets at random: 63 guesses in 64 are wrong."""
    return targets_prepared(random_targets(size))


@kernel("branch.indirect_periodic", function="indirect", unit="branches", size=1 * MIB)
def indirect_periodic(size: int) -> Prepared:
    """Jump to 64 targets in the same order over and over."""
    return targets_prepared(cycle_of_targets(size, TARGETS))


@kernel("branch.indirect_constant", function="indirect", unit="branches", size=1 * MIB)
def indirect_constant(size: int) -> Prepared:
    """Jump through the table always to the same target."""
    return targets_prepared(np.full(size, 5, dtype=np.uint8))


def threaded_prepared(targets: NDArray[np.uint8]) -> Prepared:
    """Return the inputs of the kernel of handlers for given targets."""
    return _walked(targets, targets.astype(np.int64) % HANDLERS + 1)


IN_ASSEMBLY: Final = "written in assembly: compilers merge the handlers' jumps into one"


@kernel("branch.threaded_random", function="threaded", unit="branches", size=1 * MIB, only_c=IN_ASSEMBLY)
def threaded_random(size: int) -> Prepared:
    """Jump from handler to handler of 16, as an interpreter does, at random."""
    return threaded_prepared(random_targets(size, HANDLERS))


@kernel("branch.threaded_period_64", function="threaded", unit="branches", size=1 * MIB, only_c=IN_ASSEMBLY)
def threaded_period_64(size: int) -> Prepared:
    """Jump from handler to handler of 16 by a program of 64 random steps over and over."""
    return threaded_prepared(repeated(random_targets(64, HANDLERS), size))


def table_prepared(targets: NDArray[np.uint8]) -> Prepared:
    """Return the inputs of the kernel that calls from one place for given targets: a call, with its return, a repeat."""
    return replace(threaded_prepared(targets), work=Work(calls=1, branches=2, loads=1, bytes=1))


NO_TABLE: Final = "numba's code makes no table of functions"


@kernel("branch.call_table_random", function="call_table", unit="calls", size=1 * MIB, only_c=NO_TABLE)
def call_table_random(size: int) -> Prepared:
    """Call one of 16 functions from one place, at random: 15 guesses in 16 are wrong."""
    return table_prepared(random_targets(size, HANDLERS))


@kernel("branch.call_table_cycle", function="call_table", unit="calls", size=1 * MIB, only_c=NO_TABLE)
def call_table_cycle(size: int) -> Prepared:
    """Call 16 functions from one place in the same order over and over."""
    return table_prepared(cycle_of_targets(size, HANDLERS))


def _calls(calls: int) -> Prepared:
    return Prepared((STEP,), Work(operations=CALLS, calls=calls), checksum=lambda repeats: CALLS * STEP * repeats)


@kernel("branch.call_none", function="call_none", unit="operations", size=8)
def call_none(_size: int) -> Prepared:
    """Add 16 times in place: what the calls are compared with."""
    return _calls(0)


@kernel(
    "branch.call_direct",
    function="call_direct",
    unit="calls",
    size=8,
    only_c="numba's code model makes every call one through a register",
)
def call_direct(_size: int) -> Prepared:
    """Add 16 times in a function that is called."""
    return _calls(CALLS)


@kernel("branch.call_indirect", function="call_indirect", unit="calls", size=8)
def call_indirect(_size: int) -> Prepared:
    """Add 16 times in a function that is called through a pointer, always the same."""
    return _calls(CALLS)
