"""What toggles prove: their savings are parts of the time at hand, confirm lines, and add none that the counts deny."""

from __future__ import annotations

import pytest
from comparisons import comparison, machine, modelled, side, toggle

from hwbench.explain import explain
from hwbench.records import Explanation


def shares(explanation: Explanation) -> dict[str, float]:
    return {each.cause: each.share for each in explanation.causes}


def test_what_a_toggle_saved_counts_as_a_part_of_the_time_at_hand() -> None:
    a, b = side("a", {None: 0.1}), side("b", {None: 1.0}, system=0.9)
    switched = toggle("system", usual=1.5, toggled=0.15)  # later, when the disk was slower
    found = explain(comparison(a, b, toggles=(switched,)), machine())
    assert found.top_cause == "system"
    assert sum(line.seconds for line in found.bill["b"]) <= 1.01
    assert found.causes[0].grade == "toggled"


def test_a_toggle_on_a_machine_that_was_much_slower_then_proves_nothing() -> None:
    a, b = side("a", {None: 0.1}), side("b", {None: 1.0})
    found = explain(comparison(a, b, toggles=(toggle("allocation", usual=3.0, toggled=1.0),)), machine())
    assert found.top_cause == "unexplained"


def test_a_toggle_adds_no_line_where_all_was_counted() -> None:
    a, b = side("a", {None: 0.25}, {None: modelled(1e9)}), side("b", {None: 1.25}, {None: modelled(1e9, cache=1e9)})
    found = explain(comparison(a, b, toggles=(toggle("allocation", usual=1.25, toggled=0.6),)), machine())
    assert shares(found)["cache"] == pytest.approx(1.0, abs=0.02)


def test_a_toggle_confirms_the_line_it_removes() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 1.25}, {None: modelled(1e9, tlb=0.9e9)})
    found = explain(comparison(a, b, toggles=(toggle("tlb", 1.25, 0.3),)), machine())
    assert found.causes[0].grade == "toggled"
    assert any("without tlb" in text for text in found.causes[0].evidence)


def test_a_toggle_alone_itemises_what_nobody_counted() -> None:
    a, b = side("a", {None: 0.25}), side("b", {None: 1.25})
    found = explain(comparison(a, b, toggles=(toggle("allocation", 1.25, 0.4),)), machine())
    assert (found.top_cause, found.causes[0].grade) == ("allocation", "toggled")
    assert found.causes[0].counterfactual_s == pytest.approx(0.4, abs=0.05)
