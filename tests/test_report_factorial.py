"""The pictures of the four mistakes, from a factorial made by hand: factors, shares and what mending brings are the record's."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest

pytest.importorskip("altair")

from hwbench.records.study import ALL_MISTAKES, MISTAKES, Study, Weighed, Weights
from hwbench.show.report import factorial, page, render
from hwbench.show.report.picture import Drawn, Missing, Picture
from hwbench.show.report.picture import Section as PageSection

TIMES = {"algorithm": 50.0, "memory": 2.0, "abstraction": 4.0, "system": 1.0}
LEAST = 1e-3


def seconds() -> dict[str, float]:
    """Return the sixteen variants of mistakes that multiply."""
    variants = {"none": LEAST}
    for number in range(1, 5):
        for mistakes in combinations(MISTAKES, number):
            time = LEAST
            for name in mistakes:
                time *= TIMES[name]
            variants["+".join(mistakes)] = time
    return variants


def weighed(**more: object) -> Weighed:
    fields: dict[str, object] = {
        "operation": "lookup",
        "n": 10_000,
        "seconds": seconds(),
        "ratio": 400.0,
        "truth": Weights(algorithm=0.6, memory=0.1, abstraction=0.25, system=0.05),
        "ordered": Weights(algorithm=0.9, memory=0.1, abstraction=-0.05, system=0.05),
        "explained": Weights(algorithm=0.7, memory=0.1, abstraction=0.2, system=0.0),
        "verdict": "explained",
        "interactions": {"algorithm+memory": 0.0, "memory+system": 0.6931471805599453},
        "mended": {"algorithm": 9e-3, "memory": 0.2},
        **more,
    }
    return Weighed(**fields)  # type: ignore[arg-type]


def of(*parts: Weighed) -> Study:
    return Study(schema="hwbench.study/1", hwbench="0.1.0", taken="2026-01-02T03:04:05+00:00", factorial=parts)


STUDY = of(weighed(), weighed(operation="insert", n=1000, explained=None, verdict="inconclusive", mended={}))


def picture(drawn: Drawn) -> Picture:
    assert isinstance(drawn, Picture)
    return drawn


def values(drawn: Drawn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = picture(drawn).spec["data"]["values"]
    return found


def test_all_sixteen_variants_stand_in_their_row_and_column_with_their_factor() -> None:
    cells = {(row["row"], row["column"]): row for row in values(factorial.factorial(of(weighed())))}
    assert len(cells) == 16
    assert (cells["neither", "neither"]["text"], cells["neither", "neither"]["made"]) == ("1 ms", "none")
    assert cells["neither", "algorithm"]["factor"] == pytest.approx(50.0)
    assert cells["abstraction", "memory"]["factor"] == pytest.approx(8.0)
    assert cells["abstraction", "memory"]["made"] == "memory, abstraction"
    assert cells["both", "both"]["text"] == "×400"
    assert cells["both", "both"]["time"] == "400 ms"


def test_the_variants_are_a_panel_for_each_operation_with_named_rows_and_columns() -> None:
    drawn = factorial.factorial(STUDY)
    svg = render.inline_svg(render.vega(picture(drawn)))
    for text in (
        "lookup, 10 000 rows",
        "insert, 1 000 rows",
        "algorithm",
        "memory",
        "abstraction",
        "system",
        "×400",
        "1 ms",
    ):
        assert f">{text}<" in svg
    assert "times the time without a mistake" in svg
    assert picture(drawn).alternative.startswith(
        "lookup, 10 000 rows: all four mistakes take ×400 the time of none; alone, algorithm costs most (×50)."
    )
    table = picture(drawn).table
    assert table is not None
    assert ("lookup, 10 000 rows", "algorithm, memory", "100 ms", "×100") in table.rows
    assert len(table.rows) == 32


def test_a_variant_that_was_not_measured_is_marked() -> None:
    times = seconds()
    del times["algorithm"]
    row = next(row for row in values(factorial.factorial(of(weighed(seconds=times)))) if row["made"] == "algorithm")
    assert (row["text"], row["time"]) == ("–", "not measured")
    assert "factor" not in row


def test_shares_are_drawn_as_measured_as_explained_and_with_the_algorithm_first() -> None:
    rows = [row for row in values(factorial.shares(STUDY)) if row["panel"].startswith("lookup")]
    drawn = {(row["row"], row["legend"]): row["share"] for row in rows}
    assert drawn["algorithm", "measured"] == 0.6
    assert drawn["algorithm", "explained"] == 0.7
    assert drawn["algorithm", "algorithm mended first"] == 0.9
    assert drawn["abstraction", "algorithm mended first"] == -0.05
    assert len(drawn) == 12


def test_where_nothing_was_explained_the_verdict_stands_over_the_panel() -> None:
    drawn = picture(factorial.shares(STUDY))
    rows = [row for row in values(drawn) if row["panel"].startswith("insert")]
    assert {row["panel"] for row in rows} == {"insert, 1 000 rows: inconclusive"}
    assert not any(row["legend"] == "explained" for row in rows)
    svg = render.inline_svg(render.vega(drawn))
    for text in (
        "insert, 1 000 rows: inconclusive",
        "explained",
        "algorithm mended first",
        "share of the logarithm",
    ):
        assert text in svg
    assert drawn.table is not None
    assert drawn.table.rows[2] == ("lookup, 10 000 rows", "explained: explained", "70%", "10%", "20%", "0%")
    assert drawn.table.rows[5] == ("insert, 1 000 rows", "explained: inconclusive", "", "", "", "")


def test_nearness_is_the_median_error_of_the_shares_that_were_explained() -> None:
    assert factorial.nearness(STUDY) == (
        "Of the four mistakes, the explanation names the heaviest in 1 of 1 cases, and half of its shares are within"
        " 5 points of the measured ones."
    )
    assert factorial.nearness(of()) == ""


def test_mending_is_measured_by_the_variant_without_the_mistake() -> None:
    drawn = picture(factorial.mended(STUDY))
    rows = {(row["row"], row["kind"]): row for row in values(drawn) if row["panel"].startswith("lookup")}
    assert rows["algorithm", "measured"]["part"] == pytest.approx(1 / 50)
    assert rows["algorithm", "foretold"]["part"] == pytest.approx(9 / 400)
    assert rows["algorithm", "measured"]["time"] == "8 ms"
    assert rows["algorithm", "measured"]["to"] == rows["algorithm", "foretold"]["part"]
    assert ("system", "foretold") not in rows
    assert drawn.table is not None
    assert list(drawn.table.rows[0]) == [
        "lookup, 10 000 rows",
        "400 ms",
        "8 ms (9 ms)",
        "200 ms (200 ms)",
        "100 ms",
        "400 ms",
    ]
    svg = render.inline_svg(render.vega(drawn))
    for text in ("time left, of that with all four", "measured", "foretold", "10%", "100%", "algorithm"):
        assert f">{text}<" in svg


def test_interactions_are_factors_a_pair_a_column() -> None:
    table = factorial.interactions(STUDY)
    assert list(table.headers) == ["operation", "algorithm + memory", "memory + system"]
    assert table.rows[0] == ("lookup, 10 000 rows", "×1", "×2")


def test_a_study_without_a_factorial_says_how_to_get_one() -> None:
    for draw in (factorial.factorial, factorial.shares, factorial.mended):
        drawn = draw(of())
        assert isinstance(drawn, Missing)
        assert "hwbench engines run" in drawn.reason


def odd_ones(number: float) -> tuple[Weighed, ...]:
    wrong = Weights(algorithm=number, memory=0.1, abstraction=0.2, system=0.3)
    times = {**seconds(), "system": number}
    some = weighed(
        seconds=times,
        truth=wrong,
        explained=wrong,
        ratio=number,
        mended={"memory": number},
        interactions={"a+b": number},
    )
    name = "<script>alert(1)</script>" + "z" * 500
    return some, weighed(seconds=dict.fromkeys(times, number), ratio=number, operation=name)


def test_odd_numbers_are_left_out_and_the_rest_is_drawn() -> None:
    odd = (0.0, -1.0, 1e308, 5e-324, float("inf"), float("nan"))
    study = of(*(one for number in odd for one in odd_ones(number)), weighed(seconds={}))
    drawn = [draw(study) for draw in (factorial.factorial, factorial.shares, factorial.mended)]
    pictures = [picture(each) for each in drawn]
    json.dumps([each.spec for each in pictures], allow_nan=False)
    html = page.page([PageSection("study", "odd", drawn=drawn, tables=[factorial.interactions(study)])], is_live=False)
    assert "<script>alert" not in html
    assert ">×400<" in html
    shares = [row["share"] for row in values(drawn[1])]
    assert all(abs(share) <= factorial.MOST_SHARE for share in shares)


def test_a_mended_time_far_from_the_others_keeps_the_axis_readable() -> None:
    rows = values(factorial.mended(of(weighed(mended={"algorithm": seconds()[ALL_MISTAKES] * 1e-12}))))
    assert min(row["part"] for row in rows) == pytest.approx(1e-12)
