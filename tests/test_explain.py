"""The explanation as a pure function: exact shares, verdicts and counterfactuals from records made by hand."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from comparisons import comparison, machine, modelled, run, side

from hwbench.explain import explain, explaining
from hwbench.explain.attribution import Attribution
from hwbench.explain.explaining import account_of
from hwbench.records import CAUSES, Conditions, Count, Evidence, Explanation, MachineProfile, Side, Sized


def shares(explanation: Explanation) -> dict[str, float]:
    return {each.cause: each.share for each in explanation.causes}


def only_cause(cause: str, cycles: float) -> Explanation:
    """A billion instructions on both sides (0.25 s at best); B loses `cycles` more to one cause."""
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 0.25 + cycles / 1e9}, {None: modelled(1e9, **{cause: cycles})})
    return explain(comparison(a, b), machine())


@pytest.mark.parametrize("cause", ["cache", "bandwidth", "tlb", "branch", "dispatch", "execution"])
def test_a_cause_that_the_model_adds_alone_gets_the_whole_ratio(cause: str) -> None:
    found = only_cause(cause, 1e9)
    assert (found.verdict, found.top_cause) == ("explained", cause)
    assert shares(found)[cause] == pytest.approx(1.0, abs=0.01)
    assert found.unexplained is not None
    assert found.unexplained.share == pytest.approx(0.0, abs=0.01)
    assert found.causes[0].factor == pytest.approx(5.0, rel=0.02)


@pytest.mark.parametrize("cause", ["cache", "tlb", "branch", "execution"])
def test_without_the_only_cause_b_takes_as_long_as_a(cause: str) -> None:
    assert only_cause(cause, 1e9).causes[0].counterfactual_s == pytest.approx(0.25, rel=0.01)


def test_more_instructions_at_the_same_rate_are_the_cause_instructions() -> None:
    a = side("a", {None: 0.5}, {None: modelled(1e9, execution=0.25e9)})
    b = side("b", {None: 2.0}, {None: modelled(4e9, execution=1e9)})
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "instructions"
    assert shares(found)["instructions"] == pytest.approx(1.0, abs=0.01)
    assert found.causes[0].counterfactual_s == pytest.approx(0.5, rel=0.01)


def test_the_two_identities_hold_exactly() -> None:
    a = side("a", {None: 0.5}, {None: modelled(1e9, cache=0.25e9)}, system=0.1)
    b = side("b", {None: 3.0}, {None: modelled(3e9, cache=1e9)}, system=0.2)
    found = explain(comparison(a, b), machine())
    factors = found.factors
    assert factors["on_cpu"] * factors["off_cpu"] == pytest.approx(factors["time"])
    assert factors["instructions"] * factors["time_per_instruction"] == pytest.approx(factors["on_cpu"])
    assert found.unexplained is not None
    assert sum(shares(found).values()) + found.unexplained.share == pytest.approx(
        1.0, abs=0.06
    )  # under 1 % each is left out


def test_shares_of_two_causes_follow_their_seconds() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 1.25}, {None: modelled(1e9, cache=0.75e9, branch=0.25e9)})
    found = shares(explain(comparison(a, b), machine()))
    assert found["cache"] == pytest.approx(0.75, abs=0.01)
    assert found["branch"] == pytest.approx(0.25, abs=0.01)


def test_what_no_line_could_account_for_is_unexplained() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 1.25}, {None: modelled(1e9, cache=0.6e9)})
    found = explain(comparison(a, b), machine())
    assert found.unexplained is not None
    left = 1.25 - 0.6 * 1.4 - 0.25 * 1.1  # all lines at the upper ends of their bounds
    assert found.unexplained.seconds == pytest.approx(left, abs=0.01)
    too_much = 0.25 * 0.1  # at that price of an instruction, A's bill is too high
    assert found.unexplained.share == pytest.approx(left + too_much, abs=0.02)
    assert found.unexplained.before_s == pytest.approx(0.4, abs=0.01)
    assert found.top_cause == "cache"


def test_a_bill_that_explains_little_names_no_cause() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 1.25}, {None: modelled(1e9, cache=0.1e9)})
    found = explain(comparison(a, b), machine())
    assert (found.verdict, found.top_cause) == ("inconclusive", "unexplained")


def test_a_fix_saves_what_another_cause_costs_only_beside_it() -> None:
    counts = modelled(1e9) | {"model.cycles": 1.25e9}
    counts |= {f"model.without.{cause}": 1.25e9 for cause in ("cache", "bandwidth", "tlb", "dispatch")}
    counts |= {"model.only.branch": 0.65e9, "model.without.branch": 0.25e9}  # a wrong guess waits for a latency
    counts |= {"model.only.execution": 0.25e9, "model.without.execution": 0.65e9}
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    found = explain(comparison(a, side("b", {None: 1.25}, {None: counts})), machine())
    assert found.top_cause == "branch"
    assert shares(found)["branch"] == pytest.approx(0.7, abs=0.02)
    assert found.causes[0].counterfactual_s == pytest.approx(0.25, rel=0.02)


def test_branches_that_came_with_the_instructions_fall_away_with_them_and_misses_do_not() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    more = side("b", {None: 2.5 + 0.5}, {None: modelled(10e9, branch=0.5e9)})
    found = explain(comparison(a, more), machine())
    assert found.top_cause == "instructions"
    assert found.causes[0].counterfactual_s == pytest.approx(0.25 + 0.05, rel=0.02)  # as many an instruction as in B
    missing = side("b", {None: 2.5 + 0.5}, {None: modelled(10e9, cache=0.5e9)})
    assert explain(comparison(a, missing), machine()).causes[0].counterfactual_s == pytest.approx(0.75, rel=0.02)


def test_latencies_that_hide_behind_more_instructions_are_no_merit() -> None:
    a = side("a", {None: 0.05}, {None: modelled(0.1e9, execution=0.025e9)})
    b = side("b", {None: 2.5}, {None: modelled(10e9)})
    found = explain(comparison(a, b), machine())
    assert shares(found)["instructions"] == pytest.approx(1.0, abs=0.03)
    assert all(share > -0.03 for share in shares(found).values())
    assert found.causes[0].counterfactual_s == pytest.approx(0.05, rel=0.03)


def test_a_bill_of_more_than_the_time_saves_no_more_than_the_time() -> None:
    a = side("a", {None: 0.05}, {None: modelled(0.2e9)})
    b = side(
        "b", {None: 0.5}, {None: modelled(0.2e9, cache=1.9e9)}
    )  # as much again as was measured, and no bound reaches it
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "cache"
    assert found.causes[0].counterfactual_s == pytest.approx(0.05 * 0.5 / 1.16, rel=0.35)
    assert found.causes[0].counterfactual_s > 0.01


def test_fewer_elements_an_operation_are_vectorization() -> None:
    operations = {"operations.elements": 4e8, "operations.vector": 1e8, "operations.scalar": 0.0}
    scalar = {"operations.elements": 4e8, "operations.vector": 0.0, "operations.scalar": 4e8}
    a = side("a", {None: 0.1}, {None: modelled(4e8) | operations})
    b = side("b", {None: 0.4}, {None: modelled(16e8) | scalar})
    found = explain(comparison(a, b), machine())
    assert found.top_cause == "vectorization"
    assert shares(found)["vectorization"] > 0.9


def test_unequal_answers_are_void_and_tell_no_story() -> None:
    a, b = side("a", {None: 0.1}), side("b", {None: 0.9}, answer="other")
    found = explain(comparison(a, b), machine())
    assert (found.verdict, found.causes, found.bill, found.ratio) == ("void", (), {}, None)
    assert "different answers" in found.reason


def test_equal_times_are_no_difference() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    found = explain(comparison(a, side("b", {None: 0.252}, {None: modelled(1e9)})), machine())
    assert (found.verdict, found.top_cause, found.causes) == ("explained", "none", ())


def test_a_small_difference_that_no_count_shows_is_none_and_one_that_counts_show_is_not() -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    same, more = side("b", {None: 0.265}, {None: modelled(1e9)}), side("b", {None: 0.265}, {None: modelled(1.06e9)})
    assert explain(comparison(a, same), machine()).top_cause == "none"
    assert explain(comparison(a, more), machine()).top_cause == "instructions"


def test_sides_that_do_alike_are_no_different_however_wide_the_noise() -> None:
    a, b = (side(name, {None: wall}, {None: modelled(1e9)}) for name, wall in (("a", 0.25), ("b", 0.32)))
    found = explain(comparison(a, b, noise=(1.5, 0.8)), machine())
    assert (found.verdict, found.top_cause) == ("explained", "none")
    assert "wide" in found.reason


def test_a_difference_within_wide_noise_is_inconclusive() -> None:
    a, b = side("a", {None: 0.25}), side("b", {None: 0.30})
    found = explain(comparison(a, b, noise=(1.4, 0.8)), machine())
    assert found.verdict == "inconclusive"
    assert "itself differs" in found.reason


def test_the_slower_side_is_called_b() -> None:
    a = side("slow", {None: 1.25}, {None: modelled(1e9, cache=1e9)})
    b = side("fast", {None: 0.25}, {None: modelled(1e9)})
    found = explain(comparison(a, b), machine())
    assert (found.a.name, found.b.name, found.top_cause) == ("fast", "slow", "cache")
    assert any("slow is the slower one" in note for note in found.notes)


def test_claimed_work_beyond_the_roof_is_void() -> None:
    a, b = side("a", {1e6: 0.001, 1e9: 0.0011}), side("b", {1e6: 0.001, 1e9: 1.0})
    found = explain(comparison(a, b, work=1.0), machine())
    assert found.verdict == "void"
    assert "deleted" in found.reason


def test_more_instructions_than_the_core_can_do_are_not_those_that_were_timed() -> None:
    a = side("a", {None: 0.1}, {None: modelled(4e9)})
    b = side("b", {None: 1.0}, {None: modelled(4e9)})
    found = explain(comparison(a, b), machine())
    assert (found.verdict, "not what was timed" in found.reason) == ("inconclusive", True)


def test_on_timing_alone_nothing_is_named_and_the_missing_measurement_is() -> None:
    lack = Evidence(source="plugin", unavailable="not installed", remedy="apt-get install qemu-user")
    b = side("b", {None: 1.25})
    b = msgspec.structs.replace(b, sizes=(msgspec.structs.replace(b.sizes[0], evidence=(lack,)),))
    found = explain(comparison(side("a", {None: 0.25}), b), machine())
    assert (found.verdict, found.top_cause) == ("inconclusive", "unexplained")
    assert found.undecided
    assert found.missing["plugin"] == "not installed; apt-get install qemu-user"


def test_sides_without_a_common_size_are_not_compared() -> None:
    found = explain(comparison(side("a", {1e3: 1.0}), Side(name="b", answers={"-": "same"})), machine())
    assert (found.verdict, found.ratio) == ("inconclusive", None)


def test_an_explanation_survives_its_json() -> None:
    found = only_cause("cache", 1e9)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Explanation) == found


def test_causes_are_the_closed_list_in_order_of_share() -> None:
    found = only_cause("branch", 1e9)
    assert {each.cause for each in found.causes} <= set(CAUSES)
    assert [each.share for each in found.causes] == sorted((each.share for each in found.causes), reverse=True)


def test_the_bounds_of_a_share_hold_its_value_and_follow_the_doubt_of_the_counts() -> None:
    def doubtful(spread: float) -> float:
        counts = {name: Count(value=v, low=v / spread, high=v * spread) for name, v in modelled(1e9, cache=1e9).items()}
        b = Side(
            name="b",
            sizes=(Sized(runs=(run(1.25),) * 5, evidence=(Evidence(source="plugin", counts=counts),)),),
            answers={"-": "same"},
        )
        top = explain(comparison(side("a", {None: 0.25}, {None: modelled(1e9)}), b), machine()).causes[0]
        assert top.low <= top.share <= top.high
        return top.high - top.low

    assert doubtful(1.5) > doubtful(1.05)


def repriced(name: str, low: float, high: float) -> MachineProfile:
    quantities = machine().quantities
    moved = msgspec.structs.replace(quantities[name], low=low, high=high)
    return msgspec.structs.replace(machine(), quantities={**quantities, name: moved})


@pytest.mark.parametrize(
    ("cause", "price", "events"),
    [
        (
            "cache",
            "dram.latency",
            {"l3.misses.dependent": 1e7, "l2.misses.dependent": 1e7, "l1d.misses.dependent": 1e7},
        ),
        ("tlb", "page_walk.cost", {"dtlb.l2.misses": 1e7, "dtlb.l1.misses": 1e7}),
        ("branch", "branch.mispredict_cost", {"branches.conditional.mispredicted": 1e7}),
    ],
)
def test_a_line_is_as_doubtful_as_its_price_that_moved_during_the_run(
    cause: str, price: str, events: dict[str, float]
) -> None:
    a = side("a", {None: 0.25}, {None: modelled(1e9)})
    b = side("b", {None: 1.25}, {None: modelled(1e9, **{cause: 1e9}) | events})
    value = machine().quantities[price].value
    assert value is not None
    steady, moved = (explain(comparison(a, b), repriced(price, value / times, value * times)) for times in (1.0, 2.0))
    (first,), (second,) = ([line for line in found.bill["b"] if line.cause == cause] for found in (steady, moved))
    assert second.seconds == pytest.approx(first.seconds)
    assert second.high == pytest.approx(2 * first.high)
    assert second.low == pytest.approx(first.low / 2)


def test_the_time_without_a_cause_is_as_doubtful_as_the_model_of_the_smaller_part() -> None:
    most, little = only_cause("cache", 1e9).causes[0], only_cause("cache", 0.5e8).causes[0]
    assert most.counterfactual_low_s < 0.25 * 0.75 < 0.25 * 1.25 < most.counterfactual_high_s < 0.25 * 2
    assert 0.25 - 0.05 < little.counterfactual_low_s < 0.25 < little.counterfactual_high_s < 0.3


def attribution(first: float, second: float, gains: dict[str, float]) -> Attribution:
    """Return two causes' shares, cache's larger, of which cache leads in that part of the draws, and the time without each."""
    none = np.zeros(4)
    return Attribution(
        shares={"cache": none + 0.5, "branch": none + 0.4, "tlb": none + 0.1, "unexplained": none},
        counterfactuals={cause: none + left for cause, left in gains.items()},
        log_ratio=1.0,
        top_probability={"cache": first, "branch": second, "tlb": 0.0},
    )


def test_causes_that_cannot_be_told_apart_are_named_by_what_mending_each_would_gain() -> None:
    left = {"cache": 3.0, "branch": 2.0, "tlb": 1.0}
    assert attribution(0.55, 0.45, left).ranked() == ["branch", "cache", "tlb"]
    assert attribution(0.8, 0.2, left).ranked() == ["cache", "branch", "tlb"]
    assert attribution(0.55, 0.45, left | {"cache": 1.5}).ranked() == ["cache", "branch", "tlb"]


def test_a_leading_cause_that_may_have_no_share_explains_nothing() -> None:
    b = side("b", {None: 1.25}, {None: modelled(1e9, cache=1e9)})
    account = account_of(comparison(side("a", {None: 0.25}, {None: modelled(1e9)}), b), machine(), None)
    assert account is not None
    sure = attribution(0.9, 0.1, {"cache": 1.0, "branch": 2.0, "tlb": 2.0})
    unsure = replace(sure, shares={**sure.shares, "cache": np.array([0.5, -0.3, 0.2, 1.0])})
    assert explaining._verdict(sure, account, ())[:3] == ("explained", "", "cache")
    assert explaining._verdict(unsure, account, ())[0] == "inconclusive"


def test_mispredictions_may_be_far_fewer_than_a_predictor_of_that_size_makes_and_not_far_more() -> None:
    (guessed,) = (line for line in only_cause("branch", 1e9).bill["b"] if line.cause == "branch")
    (missed,) = (line for line in only_cause("cache", 1e9).bill["b"] if line.cause == "cache")
    assert guessed.low == pytest.approx(missed.low / 2)
    assert guessed.high == pytest.approx(missed.high)


def test_the_articles_own_figures_do_not_follow_from_its_cause() -> None:
    """100 look-ups over a table of 100 rows: 1,815.43 ms against 0.09 ms, said to be full scans."""
    row_ns = 30.0  # a row scanned by an interpreter of records, dear
    scanned = modelled(100 * 100 * row_ns * 4)  # so many instructions as take that long on the made machine
    looked_up = modelled(100 * 7 * row_ns * 4)
    a = side("sqlite", {100.0: 0.09e-3}, {100.0: looked_up})
    b = side("rewrite", {100.0: 1815.43e-3}, {100.0: scanned})
    found = explain(comparison(a, b, clock_seconds=1e-6), machine(), n=100.0)
    assert found.verdict == "void"
    assert "lower side" in found.reason
    assert found.unexplained is not None
    assert found.unexplained.seconds > 0.99 * 1815.43e-3
    assert sum(line.seconds for line in found.bill["b"]) < 0.01 * 1815.43e-3
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(20_171, rel=0.001)


def test_steal_and_load_are_told() -> None:
    conditions = Conditions(started="2026-01-01T00:00:00+00:00", seconds=10, steal_share=0.3, other_load=0.1)
    found = explain(comparison(side("a", {None: 0.2}), side("b", {None: 0.9}), conditions=conditions), machine())
    check = next(check for check in found.checks if check.name == "disturbance")
    assert (check.held, "30%" in check.seen) == (False, True)
