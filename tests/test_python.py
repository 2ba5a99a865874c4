"""Python's own costs: each loop does what it says, and what it does not do is not priced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hwbench.catalog.twins import numba_module
from hwbench.measure.bench import Bench, Case
from hwbench.probes import python as probe_module
from hwbench.probes.python import (
    COPIES,
    additions,
    attributes,
    calls,
    calls_with_one,
    empty_loop,
    shuffled,
    turns,
    walk,
)

if TYPE_CHECKING:
    from hwbench.records import Quantity


@pytest.fixture(scope="module")
def found(bench: Bench) -> dict[str, Quantity]:
    return {one.name: one.quantity for one in probe_module.python(bench, {}) if one.quantity is not None}


def test_each_act_stands_as_often_in_its_loop_as_it_is_divided_by() -> None:
    made: list[int] = []
    calls(3, lambda: made.append(0))
    calls_with_one(2, made.append)
    assert made == [0] * 3 * COPIES + [1] * 2 * COPIES


def test_the_other_loops_return_what_they_worked_out() -> None:
    assert (empty_loop(4), attributes(4), additions(4), turns(2, [1, 7]), walk(2, [1, 2, 3])) == (
        4,
        4,
        3000,
        7,
        6,
    )


def test_a_shuffled_list_holds_the_same_objects_in_another_order() -> None:
    values = list(range(1000, 2000))
    mixed = shuffled(values)
    assert mixed != values
    assert sorted(map(id, mixed)) == sorted(map(id, values))
    assert all(type(value) is int for value in mixed)


def test_a_quick_run_finds_all_but_what_must_be_compiled(found: dict[str, Quantity]) -> None:
    assert set(found) == set(probe_module.TIMES)
    assert "quick" in (found["python.numba_call"].unavailable or "")
    there = [quantity for name, quantity in found.items() if name != "python.numba_call"]
    assert all((quantity.value or 0) > 0 and quantity.cycles for quantity in there)


def test_a_shuffled_list_is_dearer_to_walk_than_one_in_order(found: dict[str, Quantity]) -> None:
    assert (found["python.list_walk_shuffled"].value or 0) > (found["python.list_walk"].value or 0)


def test_a_call_is_dearer_than_an_attribute(found: dict[str, Quantity]) -> None:
    assert (found["python.call"].value or 0) > (found["python.attribute"].low or 0)


def test_a_compiled_call_is_priced_by_default(bench: Bench) -> None:
    assert "python.numba_call" in probe_module._acts(replace(bench, effort="default"))


def test_where_numba_does_not_work_its_call_is_missing_with_the_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(stem: str) -> object:
        raise ImportError(stem)

    monkeypatch.setattr(probe_module, "numba_module", refuse)
    monkeypatch.setattr(Bench, "scale", 0.05)
    small = replace(bench, effort="default", memory_bytes=64 * 1000)
    found = {one.name: one.quantity for one in probe_module.python(small, {})}
    call, walked = found["python.numba_call"], found["python.list_walk"]
    assert call is not None
    assert "numba" in (call.unavailable or "")
    assert walked is not None
    assert "1000 elements" in (walked.caution or "")


def test_the_compiled_chain_of_additions_is_not_folded(bench: Bench) -> None:
    adds = numba_module("clock").adds
    adds(1, 1)
    taken = bench.sample(
        [Case("numba", lambda repeats: adds(1, repeats), 256), bench.c_case("c", "clock_adds", (1,), 256)], 0.05
    )
    assert taken["numba"].lower().value > 0.5 * taken["c"].lower().value
