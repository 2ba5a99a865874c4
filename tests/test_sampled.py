"""What samples of the clock say where nothing was counted: lines by kind of wait, and silence where a wait may mean two things."""

from __future__ import annotations

import msgspec
import pytest
from comparisons import comparison, evidence, machine, run, toggle

from hwbench.explain import explain
from hwbench.records import SAMPLED_KINDS, Command, Explanation, Side, Sized

A = {"load": 0.1, "other": 0.1}


def sampled(name: str, places: float = 5, vector: float = 0.0, **seconds: float) -> Side:
    kinds = {kind: seconds.get(kind, 0.0) for kind in SAMPLED_KINDS}
    kinds["load"] += seconds.get("chased", 0.0)
    counts = {f"samples.{kind}": value for kind, value in kinds.items()}
    total = sum(kinds.values())
    counts |= {"samples.total": 4000 * total, "samples.seconds": total, "samples.places": places}
    counts |= {"samples.load.chased": seconds.get("chased", 0.0), "samples.vector": vector}
    counts |= {f"samples.{kind}": seconds.get(kind, 0.0) for kind in ("cache", "translation", "streamed", "forwarded")}
    sized = Sized(runs=tuple(run(total) for _ in range(5)), evidence=(evidence(counts, source="samples"),))
    return Side(name=name, sizes=(sized,), answers={"-": "same"})


def found(a: Side, b: Side, **more: object) -> Explanation:
    return explain(comparison(a, b, **more), machine())


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("allocator", "allocation"), ("divide", "execution"), ("atomic", "contention"), ("branch", "branch")],
)
def test_a_wait_that_means_one_thing_names_its_cause(kind: str, cause: str) -> None:
    explanation = found(sampled("a", **A), sampled("b", **A, **{kind: 0.8}))
    assert (explanation.verdict, explanation.top_cause) == ("explained", cause)
    assert explanation.causes[0].share == pytest.approx(1.0, abs=0.05)
    assert explanation.causes[0].counterfactual_s == pytest.approx(0.2, rel=0.1)
    assert explanation.causes[0].grade == "inferred"


def test_an_interpreter_allocates_whatever_it_does() -> None:
    a, b = sampled("a", 170, load=0.13, other=0.07), sampled("b", 230, load=0.2, other=0.1, allocator=0.11)
    assert found(a, b).top_cause == "instructions"
    much = sampled("b", 230, load=0.15, other=0.08, allocator=0.4)
    assert found(a, much).top_cause == "allocation"


def test_what_hides_behind_a_wait_is_no_part_of_it() -> None:
    explanation = found(sampled("a", **A), sampled("b", load=0.01, divide=0.99))
    assert explanation.top_cause == "execution"
    assert explanation.causes[0].counterfactual_s == pytest.approx(0.2, rel=0.1)
    assert explanation.unexplained is not None
    assert abs(explanation.unexplained.share) < 0.05


def test_jumps_that_only_b_makes_are_not_said_to_be_mispredicted() -> None:
    assert found(sampled("a", **A), sampled("b", **A, indirect=0.8)).top_cause == "unexplained"
    jumps = sampled("a", load=0.1, indirect=0.1)
    assert found(jumps, sampled("b", load=0.1, indirect=0.9)).top_cause == "dispatch"


def test_scalar_code_for_vectors_is_vectorization_and_vectors_on_both_sides_are_not() -> None:
    a, b = sampled("a", load=0.1, vector=0.09), sampled("b", load=0.1, other=0.4)
    assert found(a, b).top_cause == "vectorization"
    assert found(a, sampled("b", load=0.1, other=0.4, vector=0.4)).top_cause == "unexplained"


def test_vectors_that_wait_on_both_sides_wait_for_bandwidth() -> None:
    near, far = sampled("a", load=0.05, store=0.05, vector=0.1), sampled("b", load=0.4, store=0.5, vector=0.8)
    assert found(near, far).top_cause == "bandwidth"
    assert found(sampled("a", load=0.05, store=0.05), far).top_cause == "unexplained"


def test_loads_that_hang_on_loads_may_wait_for_translation_and_name_nothing_but_what_a_toggle_saved() -> None:
    a, b = sampled("a", chased=0.1), sampled("b", chased=1.0)
    assert found(a, b).top_cause == "unexplained"
    assert found(a, b, toggles=(toggle("tlb", 1.0, 0.2),)).top_cause == "tlb"


@pytest.mark.parametrize(("kind", "cause"), [("cache", "cache"), ("translation", "tlb"), ("forwarded", "execution")])
def test_addresses_that_are_far_or_were_just_stored_to_name_what_is_waited_for(kind: str, cause: str) -> None:
    found_ = found(sampled("a", **A), sampled("b", load=0.9, other=0.1, **{kind: 0.8}))
    assert (found_.top_cause, found_.causes[0].counterfactual_s) == (cause, pytest.approx(0.2, rel=0.1))


def test_data_in_a_row_waits_for_bandwidth_where_both_sides_walk_along_it() -> None:
    row, far = sampled("a", load=0.1, other=0.1, streamed=0.1), sampled("b", load=0.9, other=0.1, streamed=0.9)
    assert found(row, far).top_cause == "bandwidth"
    assert found(sampled("a", **A), far).top_cause == "unexplained"


def test_few_samples_of_the_faster_side_are_enough() -> None:
    quick = sampled("a", load=0.006, other=0.001)  # 28 samples
    assert found(quick, sampled("b", load=0.5, other=0.001, cache=0.49)).top_cause == "cache"


def test_samples_of_more_than_the_region_say_nothing_of_it() -> None:
    def marked(side: Side) -> Side:
        whole = msgspec.structs.replace(
            side.sizes[0].evidence[0], notes=("the whole program was counted, not only its marked region",)
        )
        sized = msgspec.structs.replace(side.sizes[0], evidence=(whole,))
        return msgspec.structs.replace(side, sizes=(sized,), command=Command(argv=("x",), region=True))

    sides = sampled("a", **A), sampled("b", **A, divide=0.8)
    assert found(*sides).top_cause == "execution"
    assert found(*(marked(side) for side in sides)).top_cause == "unexplained"


@pytest.mark.parametrize("kind", ["load", "store", "other"])
def test_a_wait_that_may_mean_several_things_names_none(kind: str) -> None:
    explanation = found(sampled("a", **A), sampled("b", **{**A, kind: 0.9}))
    assert (explanation.verdict, explanation.top_cause) == ("inconclusive", "unexplained")


def test_many_more_places_of_every_kind_are_more_instructions() -> None:
    more = found(sampled("a", 14, **A), sampled("b", 88, load=0.5, other=0.6))
    assert more.top_cause == "instructions"
    stalled = found(sampled("a", 200, load=0.1, other=0.3), sampled("b", 210, load=1.3, other=0.4))
    assert stalled.top_cause == "unexplained"
    alike = found(sampled("a", 200, load=0.1, other=0.3), sampled("b", 210, load=0.5, other=1.5))
    assert alike.top_cause == "instructions"


def test_few_samples_say_nothing() -> None:
    few = {"divide": 0.02}
    assert found(sampled("a", other=0.001), sampled("b", **few)).verdict == "inconclusive"
