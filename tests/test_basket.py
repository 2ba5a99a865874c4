"""Counts taken at small sizes and wanted at a larger one: what grows is stretched, what does not is not. Exact."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from comparisons import comparison, evidence, machine, modelled, run, side

from hwbench.explain import bill, explain, explaining, outside
from hwbench.explain.attribution import Attribution
from hwbench.explain.basket import Basket, basket_of
from hwbench.explain.lines import Measured
from hwbench.explain.work import fixed_causes, growths_of
from hwbench.records import Command, Count, Growth, Side, Sized

LINEAR, SQUARE = (
    Growth(law=law, exponent=float(power), low=power, high=power) for law, power in (("n", 1), ("n^2", 2))
)


def counted(name: str, counts: dict[float, float], *, is_region: bool = True) -> Side:
    """Return a side whose counts of one thing were taken at these sizes, of its marked region alone or of all of it."""
    sizes = tuple(
        Sized(n=n, runs=(run(1.0),), evidence=(evidence({name: value}, n),)) for n, value in sorted(counts.items())
    )
    return Side(name="it", command=Command(argv=("it",), region=is_region), sizes=sizes)


def at(n: float, name: str, counts: dict[float, float], law: Growth = LINEAR) -> float:
    return basket_of(counted(name, counts), n, law).value(name)


def test_the_constant_part_of_a_region_stays_what_it_is() -> None:
    counts = {100: 5000.0 + 7 * 100, 200: 5000.0 + 7 * 200, 400: 5000.0 + 7 * 400}
    assert at(10_000, "instructions", counts) == pytest.approx(5000 + 7 * 10_000, rel=0.01)


def test_without_a_constant_part_all_of_it_is_stretched() -> None:
    assert at(1000, "instructions", {10: 300.0, 20: 1200.0, 40: 4800.0}, SQUARE) == pytest.approx(3e6, rel=0.01)


def test_a_few_events_grow_as_their_side_does_and_not_by_a_law_of_their_own() -> None:
    assert at(10_000, "syscalls", {156: 0.0, 312: 0.0, 625: 1.0}, SQUARE) < 1000


def test_even_a_plausible_law_of_a_few_events_is_not_theirs() -> None:
    cubic = {100: 1.0, 200: 8.0, 400: 64.0}
    assert at(4000, "syscalls", cubic, SQUARE) == pytest.approx(6400, rel=0.05)
    many = {n: 1000 * count for n, count in cubic.items()}
    assert at(4000, "syscalls", many, SQUARE) == pytest.approx(64e6, rel=0.05)


def test_nothing_that_rises_more_steeply_than_its_side_is_stretched_by_that() -> None:
    steep = {10: 1.0, 20: 2.0**10, 40: 2.0**20}
    assert at(400, "loads", steep, LINEAR) < 100 * steep[40]


def test_what_does_not_rise_is_not_stretched() -> None:
    assert at(10_000, "line_transfers", {625: 70_948.0, 2500: 61_930.0}) == 61_930.0


def test_branches_that_were_foreseen_are_not_called_mispredicted() -> None:
    names = {"branches.indirect": 1000.0, "branches.indirect.mispredicted": 10.0}
    basket = Basket(None, {name: Count(value=value) for name, value in names.items()}, {}, False, ())
    wrong = bill._detailed("dispatch", (10 * 25e-9, 0.0, 1e-6), basket, machine())
    assert [(line.item, line.count) for line in wrong] == [("mispredicted indirect branches", 10.0)]
    foreseen = bill._detailed("dispatch", (10 * 25e-9 * 6, 0.0, 1e-5), basket, machine())
    assert [(line.item, line.count) for line in foreseen] == [("indirect branches, most foreseen", 1000.0)]


def test_what_the_clock_interrupts_is_no_system_call() -> None:
    basket = Basket(None, {}, {}, False, ())
    quiet, working = (Measured(wall=5.0, user=4.0, system=system, off_cpu=0.0) for system in (0.01, 1.0))
    assert outside.kernel(basket, quiet, machine()) == []
    busy = outside.kernel(basket, working, machine())
    assert [line.item for line in busy] == [outside.KERNEL_REST]
    assert busy[0].seconds == pytest.approx(1.0 - 0.003 * 5.0)


def test_like_is_compared_with_like_where_one_side_was_timed_only() -> None:
    sizes = (1e3, 1e4, 1e5)
    a = side("a", dict.fromkeys(sizes, 0.001), {n: modelled(4e6) for n in sizes})
    b = side("b", {n: 1e-6 * n for n in sizes})
    laws = growths_of(a, b)
    assert [law.of for law in laws] == ["time", "time"]
    assert laws[0].exponent == 0.0
    assert laws[1].exponent == pytest.approx(1.0, abs=0.05)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "algorithm"


def sized(n: float, user: float, system: float, atomics: float) -> Sized:
    taken = run(user + system, user=user, system=system)
    return Sized(n=n, runs=(taken,) * 3, evidence=(evidence({"atomics": atomics}, n),))


def test_what_is_seen_to_grow_with_the_work_goes_with_it() -> None:
    grows = Side(name="b", sizes=tuple(sized(n, 1e-6 * n, 1e-6 * n, 10 * n) for n in (1e3, 1e4, 1e5)))
    once = Side(name="b", sizes=tuple(sized(n, 1e-6 * n, 0.05, 9000) for n in (1e3, 1e4, 1e5)))
    little = Side(name="b", sizes=tuple(sized(n, 1e-6 * n, 1e-9 * n, n / 1e4) for n in (1e3, 1e4, 1e5)))
    assert fixed_causes(grows, LINEAR) == ()
    assert fixed_causes(once, LINEAR) == ("system", "contention")
    assert fixed_causes(little, LINEAR) == ("system", "contention")
    assert fixed_causes(grows, Growth(law="unknown")) == ("system", "contention")


def test_the_kernels_part_of_a_scan_goes_with_the_scan() -> None:
    sizes = (1e3, 1e4, 1e5)
    a = side("a", dict.fromkeys(sizes, 0.001), {n: modelled(4e6) for n in sizes})
    scans = {n: modelled(4e3 * n) for n in sizes}
    b = Side(
        name="b",
        answers={"one": "same"},
        sizes=tuple(
            Sized(n=n, runs=(run(2e-6 * n, user=1e-6 * n, system=1e-6 * n),) * 5, evidence=(evidence(scans[n], n),))
            for n in sizes
        ),
    )
    found = explain(comparison(a, b, same_output=True), machine())
    shares = {cause.cause: cause.share for cause in found.causes}
    assert found.top_cause == "algorithm"
    assert shares["algorithm"] > 0.8


@pytest.mark.parametrize(
    ("log_ratio", "why"), [(0.1, "the two take about as long"), (4.6, "its line of the bill is too uncertain")]
)
def test_a_cause_that_may_have_no_share_is_told_for_the_right_reason(log_ratio: float, why: str) -> None:
    shares = {"instructions": np.array([0.9, -0.1]), "cache": np.array([0.1, 0.1]), "unexplained": np.array([0.0, 0.0])}
    doubtful = Attribution(shares, {}, log_ratio, top_probability={"instructions": 1.0})
    account = SimpleNamespace(baskets=(None, Basket(None, {}, {}, False, ())))
    verdict, reason, top, _ = explaining._verdict(doubtful, account, ())  # type: ignore[arg-type]
    assert (verdict, reason, top) == (
        "inconclusive",
        f"instructions leads, but may as well have no share: {why}",
        "unexplained",
    )
