"""How an explanation grows: laws, several sizes, and the cost of starting up, from records made by hand."""

from __future__ import annotations

import math

import pytest
from comparisons import comparison, machine, modelled, side

from hwbench.explain import explain
from hwbench.records import Explanation, Side


def shares(explanation: Explanation) -> dict[str, float]:
    return {each.cause: each.share for each in explanation.causes}


def timed(name: str, counts: dict[float, dict[str, float]]) -> Side:
    """Return a side that takes as long at each size as the model says."""
    return side(name, {n: each["model.cycles"] / 1e9 for n, each in counts.items()}, counts)


def test_counted_work_that_grows_faster_is_the_algorithm() -> None:
    sizes = (1e3, 1e4, 1e5)
    linear = {n: modelled(40 * n) for n in sizes}
    square = {n: modelled(3 * n * n) for n in sizes}
    a = timed("a", linear)
    b = timed("b", square)
    found = explain(comparison(a, b), machine())
    assert (found.growth["a"].law, found.growth["b"].law) == ("n", "n^2")
    assert found.top_cause == "algorithm"
    assert shares(found)["algorithm"] == pytest.approx(1.0, abs=0.02)
    assert found.n == 1e5


def test_an_instruction_that_copies_more_and_more_is_work_that_grows() -> None:
    sizes = (1e3, 1e4, 1e5)
    linear = {n: modelled(100 * n) for n in sizes}
    copies = {n: modelled(100 * n) | {"loads": n * n, "stores": n * n} for n in sizes}
    a = side("a", {n: 25 * n / 1e9 for n in sizes}, linear)
    b = side("b", {n: (25 * n + n * n / 16) / 1e9 for n in sizes}, copies)
    found = explain(comparison(a, b), machine())
    assert (found.growth["b"].law, found.top_cause) == ("n^2", "algorithm")


def test_a_side_that_was_counted_twice_starts_up_as_the_other_does() -> None:
    sizes, few, starting = (1e3, 2e3, 4e3, 16e3), (1e3, 4e3), 1e8
    linear = {n: modelled(starting + 1000 * n) for n in sizes}
    square = {n: modelled(starting + 2 * n * n) for n in few}
    a = side("a", {n: (starting / 4 + 250 * n) / 1e9 for n in sizes}, linear)
    b = side("b", {n: (starting / 4 + n * n / 2) / 1e9 for n in sizes}, square)
    found = explain(comparison(a, b), machine())
    assert (found.growth["a"].law, found.growth["b"].law) == ("n", "n^2")
    assert found.top_cause == "algorithm"


def test_what_was_counted_of_one_side_alone_is_left_out_and_times_tell() -> None:
    sizes = (1e3, 1e4, 1e5)
    a = side("a", {n: 1e-6 * n for n in sizes}, {n: modelled(4000 * n) for n in sizes})
    b = side("b", {n: 1e-9 * n * n for n in sizes})
    found = explain(comparison(a, b), machine())
    assert found.growth["b"].of == found.growth["a"].of == "time"
    assert found.top_cause == "algorithm"
    assert any("plugin could not count b" in note for note in found.notes)
    assert "plugin" not in found.sources
    assert any(sized.evidence for sized in found.a.sizes)  # what was counted stays in the record


def test_work_that_grows_with_a_factor_a_step_is_the_algorithm() -> None:
    sizes = (20.0, 26.0, 32.0)
    a = timed("a", {n: modelled(1e6 + 100 * n) for n in sizes})
    b = timed("b", {n: modelled(1e6 + 30 * 1.618**n) for n in sizes})
    found = explain(comparison(a, b), machine())
    assert (found.growth["b"].law, found.top_cause) == ("unknown", "algorithm")
    assert found.growth["b"].low is not None
    assert found.growth["b"].low > 5


def test_a_side_that_does_not_grow_starts_up_as_the_other_does_or_was_at_work_all_the_time() -> None:
    sizes = (1e3, 1e4, 1e5)
    a = side("a", dict.fromkeys(sizes, 0.05), {n: modelled(2e8) for n in sizes})
    b = side("b", {n: 0.04 + n * 1e-7 for n in sizes}, {n: modelled(1.6e8 + 400 * n) for n in sizes})
    found = explain(comparison(a, b), machine())
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(1.0, rel=0.05)  # 50 ms less 40 ms of starting up, against 10 ms
    assert found.ratio.low < 0.3


def test_what_does_not_grow_was_on_the_cpu_all_the_same() -> None:
    sizes = {1e3: 0.500, 1e4: 0.502, 1e5: 0.505}  # within what passes for flat
    a = side("a", {n: 0.01 + n * 1e-6 for n in sizes})
    b = side("b", sizes, user=0.495)
    found = explain(comparison(a, b), machine())
    outside = sum(line.seconds for line in found.bill["b"] if line.cause in ("system", "contention"))
    assert outside < 0.05


def test_growth_and_a_constant_factor_are_told_apart() -> None:
    sizes = (1e3, 1e4, 1e5)
    linear = {n: modelled(10 * n) for n in sizes}
    square = {n: modelled(80 * n * n) for n in sizes}
    a = timed("a", linear)
    b = timed("b", square)
    found = shares(explain(comparison(a, b), machine()))
    assert found["algorithm"] == pytest.approx(math.log(1e5) / math.log(8e5), abs=0.02)
    assert found["instructions"] == pytest.approx(math.log(8) / math.log(8e5), abs=0.02)


def test_the_dearer_steps_of_the_better_law_are_its_price_and_no_merit_of_the_other() -> None:
    sizes = (1e3, 1e4, 1e5)
    few = {n: modelled(10 * n, branch=20 * n) for n in sizes}  # a search by halves: few steps, each a guess
    many = {n: modelled(n * n / 100) for n in sizes}
    a = timed("a", few)
    b = timed("b", many)
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "algorithm"
    assert shares(found)["algorithm"] == pytest.approx(1.0, abs=0.02)
    assert all(share > -0.02 for share in shares(found).values())
    assert found.causes[0].counterfactual_s == pytest.approx(a.sizes[-1].runs[0].wall, rel=0.05)


def test_counted_once_at_one_size_both_sides_are_taken_to_start_up_alike() -> None:
    counts = {1.0: modelled(1e9)}  # nearly all of it starting up, on both sides
    a = side("a", {1.0: 0.26, 10.0: 0.35}, counts)
    b = side("b", {1.0: 0.40, 10.0: 1.75}, counts)
    found = explain(comparison(a, b), machine())
    assert "instructions" not in shares(found)
    assert found.verdict == "inconclusive"


def test_starting_up_is_taken_off_both_sides() -> None:
    sizes = (1e5, 1e6)
    counts = {n: modelled(5e8 + 400 * n) for n in sizes}
    slow = {n: modelled(5e8 + 4000 * n) for n in sizes}
    a = side("a", {n: c["model.cycles"] / 1e9 for n, c in counts.items()}, counts)
    b = side("b", {n: c["model.cycles"] / 1e9 for n, c in slow.items()}, slow)
    found = explain(comparison(a, b), machine())
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(10.0, rel=0.1)
    assert found.top_cause == "instructions"


def test_claimed_work_that_executes_nothing_more_at_larger_sizes_is_void() -> None:
    sizes = (1e3, 1e4, 1e5)
    a = side("a", dict.fromkeys(sizes, 0.01), {n: modelled(4e7) for n in sizes})
    b = side("b", {n: 0.01 + n * 1e-6 for n in sizes}, {n: modelled(4e7 + 4000 * n) for n in sizes})
    found = explain(comparison(a, b, work=1.0), machine())
    assert (found.verdict, found.top_cause) == ("void", "unexplained")
    assert "its loop was deleted" in found.reason
    assert (
        explain(comparison(a, b), machine()).verdict == "explained"
    )  # nobody claims anything: an answer without a loop


def test_growth_of_time_alone_names_the_algorithm_only_where_it_is_wide() -> None:
    sizes = (1e3, 1e4, 1e5)
    a = side("a", {n: 1e-7 * n for n in sizes})
    assert explain(comparison(a, side("b", {n: 1e-9 * n * n for n in sizes})), machine()).top_cause == "algorithm"
    near = explain(comparison(a, side("b", {n: 1e-6 * n**1.1 for n in sizes})), machine())
    assert near.top_cause == "unexplained"


def test_counts_at_smaller_sizes_are_extrapolated_by_their_growth() -> None:
    sizes = (1e5, 1e6)
    counted = {n: modelled(4000 * n, cache=1000 * n) for n in sizes}
    fast = {n: modelled(4000 * n) for n in sizes}
    a = side("a", {**{n: fast[n]["model.cycles"] / 1e9 for n in sizes}, 1e7: 10.0}, fast)
    b = side("b", {**{n: counted[n]["model.cycles"] / 1e9 for n in sizes}, 1e7: 20.0}, counted)
    found = explain(comparison(a, b), machine())
    assert (found.n, found.top_cause) == (1e7, "cache")
    assert any("extrapolated" in note for note in found.notes)
