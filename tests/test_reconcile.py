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


def steps_and_misses(steps: float, misses: float, doubt: tuple[float, float] = (0.5, 0.5)) -> tuple[BillLine, ...]:
    made = line("steps", steps, doubt[0]), line("misses", misses, doubt[1])
    return tuple(each for each in made if each.seconds)


@pytest.mark.parametrize(
    ("a", "b", "times", "fitted"),
    [
        pytest.param((1, 0), (1, 2), (1.4, 3.2), ((1.4, 0), (1.4, 1.8)), id="a side of one thing tells its price"),
        pytest.param((1, 1), (1, 3), (2.2, 4.0), ((1.3, 0.9), (1.3, 2.7)), id="unequal amounts have one price too"),
    ],
)
def test_what_both_sides_do_costs_both_the_same(a, b, times, fitted) -> None:
    first, second = together((steps_and_misses(*a), steps_and_misses(*b)), times)
    for lines, (steps, misses) in zip((first, second), fitted, strict=True):
        assert spent(lines) == pytest.approx({"steps": steps} | ({"misses": misses} if misses else {}))


def test_no_line_leaves_its_bounds_and_the_other_takes_the_rest() -> None:
    doubt = 0.1, 0.5
    first, second = together((steps_and_misses(1, 0, doubt), steps_and_misses(1, 1, doubt)), (2.0, 2.4))
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
