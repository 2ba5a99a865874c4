"""The sixteen variants weighed, beside what an explanation says: exact, with made-up times and causes."""

from __future__ import annotations

import math

import msgspec
import pytest
from explanations import cause, explanation, side

from hwbench.engines import campaign, weighing
from hwbench.engines.weighing import MEANT, MISTAKES
from hwbench.records import CAUSES, Explanation, Interval
from hwbench.records.study import ALL_MISTAKES, Cell, Study, Weights
from hwbench.show import study as shown
from hwbench.show.machine import Page


def explained(shares: dict[str, float]) -> Explanation:
    causes = tuple(cause(name, share, 64.0, 0.064) for name, share in shares.items())  # type: ignore[arg-type]
    return explanation(side("a", 0.001), side("b", 0.064), causes=causes, verdict="explained")


FACTORS = {"algorithm": 8.0, "memory": 2.0, "abstraction": 4.0, "system": 1.0}
SECONDS = {made: 1e-3 * math.prod(FACTORS[name] for name in made) for made in weighing.variants()}


def test_there_are_sixteen_variants_each_with_its_name() -> None:
    names = [weighing.name_of(made) for made in weighing.variants()]
    assert len(set(names)) == 16
    assert names[0] == "none"
    assert names[-1] == ALL_MISTAKES == "+".join(MISTAKES)


def test_every_cause_is_laid_to_a_mistake() -> None:
    assert set(MEANT) == set(CAUSES)
    assert set(MEANT.values()) == set(MISTAKES)


def test_mistakes_weigh_what_they_cost() -> None:
    weighed = weighing.weigh("lookup", 1000, SECONDS)
    assert weighed.ratio == pytest.approx(64)
    assert weighed.truth == Weights(
        algorithm=pytest.approx(0.5),
        memory=pytest.approx(1 / 6),
        abstraction=pytest.approx(1 / 3),
        system=pytest.approx(0),
    )
    assert weighed.seconds["algorithm+memory"] == pytest.approx(16e-3)
    assert all(value == pytest.approx(0, abs=1e-9) for value in weighed.interactions.values())
    assert (weighed.explained, weighed.verdict) == (None, "")
    for name in MISTAKES:  # where nothing interacts, no order matters
        assert getattr(weighed.ordered, name) == pytest.approx(getattr(weighed.truth, name), abs=1e-9)


def test_with_the_algorithm_mended_first_it_has_what_mending_it_gains() -> None:
    together = {made: value * (16.0 if {"algorithm", "memory"} <= made else 1.0) for made, value in SECONDS.items()}
    weighed = weighing.weigh("lookup", 1000, together)
    assert weighed.truth.algorithm == pytest.approx((3 + 2) / 10)
    assert weighed.ordered.algorithm == pytest.approx((3 + 4) / 10)
    assert weighed.ordered.memory == pytest.approx(1 / 10)
    assert sum(getattr(weighed.ordered, name) for name in MISTAKES) == pytest.approx(1)


def test_an_explanation_stands_beside_the_truth_by_mistake() -> None:
    told = explained({"algorithm": 0.6, "instructions": 0.2, "allocation": 0.1, "cache": 0.1})
    weighed = weighing.weigh("lookup", 1000, SECONDS, told)
    assert weighed.explained is not None
    assert weighed.explained.algorithm == pytest.approx(0.6)
    assert weighed.explained.abstraction == pytest.approx(0.3)
    assert weighed.explained.memory == pytest.approx(0.1)
    assert weighed.mended["algorithm"] == pytest.approx(0.064 / 64**0.6)
    assert weighed.mended["memory"] == pytest.approx(0.064 / 64**0.1)
    assert weighed.mended["system"] == pytest.approx(0.064)
    text = shown.report(
        Study(schema="hwbench.study/1", hwbench="0", taken="2026-01-02T", factorial=(weighed,)), Page(width=120)
    )
    flat = " ".join(text.split())
    assert "measured (Shapley) 50% 17% 33% 0% 10" in flat
    assert "explained: explained 60% 10% 30% 0%" in flat
    assert "the same top mistake in 1 of 1 cells. All shares within 15 points: in 1 of 1 by Shapley" in flat


def test_a_report_card_says_where_the_explanation_was_wrong() -> None:
    right = weighing.weigh("lookup", 1000, SECONDS, explained({"algorithm": 0.5, "instructions": 0.33, "cache": 0.17}))
    wrong = weighing.weigh("join", 1000, SECONDS, explained({"cache": 1.0}))
    card = shown.report_card((right, wrong))
    assert (
        "the same top mistake in 1 of 2 cells. All shares within 15 points: in 1 of 2 by Shapley (furthest off by 83"
        in card
    )
    assert shown.report_card((weighing.weigh("x", 1, SECONDS),)) == "Report card: nothing was explained."


def cell(engine: str, operation: str, ratio: float | None, seconds: float = 1e-3) -> Cell:
    interval = Interval(value=seconds, low=seconds, high=seconds, unit="s")
    made = None if ratio is None else Interval(value=ratio, low=ratio, high=ratio, unit="×")
    return Cell(engine=engine, operation=operation, n=10, result="right", seconds=interval, ratio=made)


def test_the_slowest_cells_of_each_engine_of_others_are_explained() -> None:
    cells = [
        cell("sqlite", "count", 1.0),
        cell("plausible", "count", 900.0),
        cell("turso", "lookup", 1.5),
        cell("gluesql", "lookup", 40.0),
        cell("gluesql", "maximum", 9000.0),
        cell("gluesql", "count", 50.0),
        cell("gluesql", "join", 10_000.0, seconds=60.0),
        cell("polars", "count", None),
        msgspec.structs.replace(cell("gluesql", "fetch", 20_000.0), load_seconds=4.0),
    ]
    assert [(each.engine, each.operation) for each in campaign.slowest(cells, 1)] == [("gluesql", "maximum")]
    assert [each.operation for each in campaign.slowest(cells, 2)] == ["maximum", "count"]
    assert campaign.slowest(cells, 0) == []


def test_an_explanation_is_asked_for_at_parts_of_the_size_and_as_often_as_counting_bears(tmp_path: object) -> None:
    pair = campaign.variant("none"), campaign.variant(ALL_MISTAKES)
    slow = msgspec.structs.replace(cell("plausible", "count", 10.0, seconds=0.01), n=1600)
    asked = campaign.request(tmp_path, pair, slow, 30.0)  # type: ignore[arg-type]
    assert asked.sizes == (100.0, 400.0, 1600.0)
    assert "count {n} --times 15 " in asked.b
    assert "--mistakes none" in asked.a
    assert f"--mistakes {ALL_MISTAKES}" in asked.b
    assert asked.seconds == 30.0
    small = campaign.request(tmp_path, pair, cell("plausible", "count", 10.0, seconds=9.0), 30.0)  # type: ignore[arg-type]
    assert small.sizes == (10.0,)
    assert "--times 1 " in small.b
