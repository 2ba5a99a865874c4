"""Bills against clocks: prices are common to both sides, lines never leave their bounds, what they cannot take up stays over."""

from __future__ import annotations

import pytest

from hwbench.explain.reconcile import reconciled, together
from hwbench.records import BillLine


def line(item: str, seconds: float, doubt: float) -> BillLine:
    return BillLine(
        item=item,
        cause="cache",
        count=1e9,
        price_ns=seconds,
        seconds=seconds,
        low=seconds * (1 - doubt),
        high=seconds * (1 + doubt),
    )


def spent(lines: tuple[BillLine, ...]) -> dict[str, float]:
    return {each.item: each.seconds for each in lines}


def test_a_side_that_does_one_thing_tells_its_price_to_the_other() -> None:
    a, b = (line("steps", 1.0, 0.5),), (line("steps", 1.0, 0.5), line("misses", 2.0, 0.5))
    first, second = together((a, b), (1.4, 3.2))
    assert spent(first) == pytest.approx({"steps": 1.4})
    assert spent(second) == pytest.approx({"steps": 1.4, "misses": 1.8})


def test_what_the_sides_do_in_unequal_amounts_has_one_price_too() -> None:
    a, b = (line("steps", 1.0, 0.5), line("misses", 1.0, 0.5)), (line("steps", 1.0, 0.5), line("misses", 3.0, 0.5))
    first, second = together((a, b), (2.2, 4.0))  # 1.3 steps + 0.9 misses, and 1.3 + 2.7
    assert spent(first) == pytest.approx({"steps": 1.3, "misses": 0.9})
    assert spent(second) == pytest.approx({"steps": 1.3, "misses": 2.7})


def test_no_line_leaves_its_bounds_and_the_other_takes_the_rest() -> None:
    a, b = (line("steps", 1.0, 0.1),), (line("steps", 1.0, 0.1), line("misses", 1.0, 0.5))
    first, second = together((a, b), (2.0, 2.4))
    assert spent(first) == pytest.approx({"steps": 1.1})
    assert spent(second) == pytest.approx({"steps": 1.1, "misses": 1.3})


def test_bills_that_add_up_stay_as_they_are() -> None:
    bills = (line("steps", 1.0, 0.5),), (line("steps", 1.0, 0.5), line("misses", 2.0, 0.5))
    assert together(bills, (1.0, 3.0)) == bills
    assert reconciled(bills[1], 3.0) == bills[1]


def test_equal_bills_for_unequal_times_meet_half_way_and_leave_the_rest_over() -> None:
    a, b = (line("steps", 1.0, 0.5),), (line("steps", 1.0, 0.5),)
    first, second = together((a, b), (0.9, 1.1))
    assert spent(first) == spent(second) == pytest.approx({"steps": 1.0})


def test_empty_bills_are_left_alone() -> None:
    assert together(((), ()), (1.0, 2.0)) == ((), ())
    assert reconciled((), 1.0) == ()
