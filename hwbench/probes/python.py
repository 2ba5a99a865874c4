"""What this Python charges: a call, an attribute, a boxed integer, a list of them, and the ways into compiled code.

Each act stands several times in a loop, a statement each (between commas they would make a tuple, which costs too), and the
same loop without it is taken off. The list is long enough that its
objects fill no cache: in the order of their allocation a prefetcher follows them, shuffled each is a miss.
Fooled by: the specialising interpreter (a warm loop is what is priced: calibration warms it), objects that lie in
another order than they were made in (a fresh list takes fresh memory, mostly), a debug build.
Source: timeit's own loop over `itertools.repeat`; PEP 659 on specialisation.
"""

from __future__ import annotations

import sys
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hwbench.catalog.twins import numba_module
from hwbench.measure import results
from hwbench.measure.bench import Case
from hwbench.probes import Known, probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found

COPIES: Final = 8
"""How often each act stands in its loop."""
TURNS: Final = 256
"""How long the list is whose turns are priced: its small integers are shared, and fill no cache."""
LIST_LENGTH: Final = 1_000_000
BYTES_PER_ELEMENT: Final = 64
"""A boxed integer (32), its place in two lists (16), and what shuffling takes."""
FIRST_BOXED: Final = 1000
"""Integers up to 256 are made once and shared."""


def nothing() -> None:
    """Do nothing."""


class Holder:
    """An object with one attribute."""

    def __init__(self) -> None:
        """Hold something."""
        self.held = 1


def empty_loop(repeats: int) -> int:
    """Loop and do nothing: what is taken off the others."""
    for _ in repeat(None, repeats):
        pass
    return repeats


def calls(repeats: int, act: Callable[[], object] = nothing) -> int:
    """Call a function without arguments, eight times a repeat."""
    for _ in repeat(None, repeats):
        act()
        act()
        act()
        act()
        act()
        act()
        act()
        act()
    return repeats


def attributes(repeats: int) -> int:
    """Look an attribute up, eight times a repeat."""
    holder = Holder()
    for _ in repeat(None, repeats):
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
        holder.held  # noqa: B018 - looking it up is the point
    return repeats


def additions(repeats: int) -> int:
    """Add two integers into a new object, eight times a repeat."""
    first, second, total = FIRST_BOXED, 2 * FIRST_BOXED, 0
    for _ in repeat(None, repeats):
        total = first + second
        total = first + second
        total = first + second
        total = first + second
        total = first + second
        total = first + second
        total = first + second
        total = first + second
    return total


def calls_with_one(repeats: int, act: Callable[[int], object]) -> int:
    """Call a function with one small integer, eight times a repeat."""
    for _ in repeat(None, repeats):
        act(1)
        act(1)
        act(1)
        act(1)
        act(1)
        act(1)
        act(1)
        act(1)
    return repeats


def turns(repeats: int, values: list[int]) -> int:
    """Go through a list and do nothing, as often as asked."""
    value = 0
    for _ in repeat(None, repeats):
        for value in values:  # noqa: B007 - its last value is returned
            pass
    return value


def walk(repeats: int, values: list[int]) -> int:
    """Add up a list, as often as asked."""
    total = 0
    for _ in repeat(None, repeats):
        total = sum(values)
    return total


def shuffled(values: list[int], seed: int = 1) -> list[int]:
    """Return a list of the same objects in random order."""
    objects = np.array(values, dtype=object)
    np.random.default_rng(seed).shuffle(objects)
    mixed: list[int] = objects.tolist()
    return mixed


def _acts(bench: Bench) -> dict[str, tuple[Callable[[int], int], str]]:
    """Return the loops by quantity, each with how it is told of."""
    native_nothing = bench.variant.bind("clock_nothing", ())
    acts: dict[str, tuple[Callable[[int], int], str]] = {
        "python.call": (calls, "a function of no arguments that does nothing"),
        "python.attribute": (attributes, "an attribute of an instance"),
        "python.integer": (additions, "the sum of two integers, a new object each time"),
        "python.cffi_call": (
            lambda repeats: calls_with_one(repeats, native_nothing),
            "a C function that does nothing, by cffi",
        ),
    }
    if bench.effort != "quick":
        compiled = _numba_nothing()
        if compiled is not None:
            acts["python.numba_call"] = (
                lambda repeats: calls_with_one(repeats, compiled),
                "a compiled function that does nothing, by numba",
            )
    return acts


def _numba_nothing() -> Callable[[int], Any] | None:
    """Return numba's function that does nothing, compiled; None where numba does not work."""
    try:
        compiled: Callable[[int], Any] = numba_module("clock").nothing
        compiled(1)
    except Exception:
        return None
    return compiled


def _walks(bench: Bench) -> Iterator[Found]:
    """Price an element of a list of boxed integers, in order and shuffled."""
    length = min(LIST_LENGTH, bench.memory_bytes // BYTES_PER_ELEMENT)
    values = list(range(FIRST_BOXED, FIRST_BOXED + length))
    mixed = shuffled(values)
    cases = [
        Case("in order", lambda repeats: walk(repeats, values), length),
        Case("shuffled", lambda repeats: walk(repeats, mixed), length),
    ]
    taken = bench.sample(cases, 0.6)
    caution = None if length == LIST_LENGTH else f"only {length} elements for want of memory"
    method = f"sum over a list of {length} integers"
    yield results.price(
        "python.list_walk", taken["in order"], method=f"{method} in the order they were made", caution=caution
    )
    yield results.price(
        "python.list_walk_shuffled", taken["shuffled"], method=f"{method} in random order", caution=caution
    )


TIMES: Final = (
    "python.call",
    "python.attribute",
    "python.integer",
    "python.loop",
    "python.list_walk",
    "python.list_walk_shuffled",
    "python.cffi_call",
    "python.numba_call",
)


@probe(group="python", quantities=dict.fromkeys(TIMES, "ns"), seconds=2.0, order=80)
def python(bench: Bench, known: Known) -> Iterator[Found]:
    """Price what this Python does for a program: calls, attributes, integers, lists, ways into compiled code."""
    acts = _acts(bench)
    cases = [Case(name, run) for name, (run, _) in acts.items()]
    few = list(range(TURNS))
    taken = bench.sample(
        [Case("empty", empty_loop), *cases, Case("turns", lambda repeats: turns(repeats, few), TURNS)], 0.9
    )
    version = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
    for name, (_, method) in acts.items():
        yield results.price_difference(
            name, taken[name], taken["empty"], method=f"{version}: {method}, less the loop", per=COPIES
        )
    yield results.price("python.loop", taken["turns"], method=f"{version}: a turn of a for loop over a list")
    if "python.numba_call" not in acts:
        is_left_out = bench.effort == "quick"
        reason = "left out of a quick run: importing numba takes long" if is_left_out else "numba does not work here"
        yield results.missing("python.numba_call", "ns", reason)
    yield from _walks(bench)
