"""Each builder of a result makes exactly the quantity that its kind of figure asks for."""

from __future__ import annotations

import numpy as np
import pytest

from hwbench.measure import results
from hwbench.measure.bench import Samples
from hwbench.records import Quantity, Unavailable
from hwbench.stats import Estimate

METHOD = "by hand"


def samples(*ns: float, hertz: float = 2e9) -> Samples:
    clock = np.full(len(ns), hertz)
    return Samples("case", np.array(ns), clock, clock, repeats=1, work=1)


def test_a_price_is_the_lower_envelope_in_ns_and_cycles() -> None:
    found = results.price("a.cost", samples(5, 1, 2, 4, 3), method=METHOD, nominal=1.5, caution="noisy")
    assert found.name == "a.cost"
    assert found.curve is None
    assert found.quantity == Quantity(
        unit="ns",
        value=2,
        low=1,
        high=2,
        cycles=4,
        cycles_low=2,
        cycles_high=4,
        nominal=1.5,
        method=METHOD,
        samples=(5, 1, 2, 4, 3),
        caution="noisy",
    )


def test_a_bandwidth_is_the_upper_envelope_of_the_rates_down_to_their_median() -> None:
    found = results.bandwidth("a.rate", samples(1, 0.5, 0.25, 0.2, 0.125), method=METHOD, nominal=9e9)
    assert found.quantity == Quantity(
        unit="B/s",
        value=5e9,
        low=4e9,
        high=8e9,
        cycles=2.5,
        cycles_low=2,
        cycles_high=4,
        nominal=9e9,
        method=METHOD,
        samples=(1e9, 2e9, 4e9, 5e9, 8e9),
    )
    other = results.bandwidth("a.rate", samples(1), method=METHOD, unit="FLOP/s").quantity
    assert other is not None
    assert (other.unit, other.value, other.low, other.high) == ("FLOP/s", 1e9, 1e9, 1e9)


def test_a_difference_crosses_the_bounds_and_is_shared_out_among_its_events() -> None:
    found = results.price_difference(
        "a.miss", samples(10, 12, 13, 14, 20), samples(2, 3, 4, 5, 6), method=METHOD, per=0.5, caution="noisy"
    )
    # envelopes 12 (10–12) and 3 (2–3), half an event a unit of work
    assert found.quantity == Quantity(
        unit="ns",
        value=18,
        low=14,
        high=20,
        cycles=36,
        cycles_low=28,
        cycles_high=40,
        method=METHOD,
        samples=(20, 24, 26, 28, 40),
        caution="noisy",
    )


def test_a_difference_that_is_less_than_nothing_is_told_as_it_is() -> None:
    quantity = results.price_difference("a.miss", samples(1), samples(3), method=METHOD).quantity
    assert quantity is not None
    assert (quantity.value, quantity.low, quantity.high) == (-2, -2, -2)


def test_an_estimate_is_taken_as_it_is_and_samples_keep_five_digits() -> None:
    found = results.estimated("a", "B", Estimate(2, 1, 3), method=METHOD, samples=iter([1.23456789, 123456789.0]))
    assert found.quantity == Quantity(unit="B", value=2, low=1, high=3, method=METHOD, samples=(1.2346, 123460000.0))
    with_cycles = results.estimated("a", "ns", Estimate(2, 1, 3), method=METHOD, cycles=Estimate(5, 4, 6)).quantity
    assert with_cycles is not None
    assert (with_cycles.cycles, with_cycles.cycles_low, with_cycles.cycles_high) == (5, 4, 6)


def test_a_lower_bound_has_an_interval_open_above() -> None:
    quantity = results.at_least("a", "ns", 7, method=METHOD).quantity
    assert quantity == Quantity(unit="ns", value=7, low=7, high=None, method=METHOD)
    assert quantity is not None
    assert quantity.is_lower_bound


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("no such level", "no such level"),
        (Unavailable(reason="refused", remedy="ask for it"), "refused; ask for it"),
    ],
)
def test_what_is_missing_has_a_reason_a_unit_and_its_claim(reason: Unavailable | str, text: str) -> None:
    found = results.missing("a", "B", reason, nominal=5)
    assert found.quantity == Quantity(unit="B", nominal=5, unavailable=text)


def test_a_curve_is_points_of_plain_numbers() -> None:
    found = results.curve("a_curve", iter([{"bytes": 1, "ns": np.float64(2.5)}, {"bytes": np.int64(2), "ns": 3}]))
    assert found.quantity is None
    assert found.curve == ({"bytes": 1.0, "ns": 2.5}, {"bytes": 2.0, "ns": 3.0})
    assert all(type(value) is float for point in found.curve for value in point.values())
