"""Growth with n: every run a point, medians, counts, and the law of the record laid through them."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from typing import Any

import explanations
import msgspec
import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from hwbench.explain.growth import Points
from hwbench.records import Count, Evidence, Explanation, Growth, Run, Side, Sized
from hwbench.show.report import render
from hwbench.show.report.growth import COUNT, TIME, curve, growth, law_words
from hwbench.show.report.picture import Missing, Picture

changed = msgspec.structs.replace
SIZES = (1e3, 1e4, 1e5)
LAWS = {
    "a": Growth(law="n", exponent=1.0, low=0.97, high=1.04, of="instructions"),
    "b": Growth(law="n^2", exponent=1.98, low=1.9, high=2.05, of="instructions"),
}


def grown(name: str, exponent: float, *, is_counted: bool = True, sizes: Sequence[float | None] = SIZES) -> Side:
    """Return a side whose times and counts are powers of n."""
    made = []
    for n in sizes:
        amount = (n or 1.0) ** exponent
        runs = tuple(
            Run(wall=wall, user=wall, system=0.0) for wall in (1.1e-6 * amount, 1e-6 * amount, 0.9e-6 * amount)
        )
        counted = Evidence(source="plugin", n=n, counts={"instructions": Count(value=7.0 * amount)})
        made.append(Sized(n=n, runs=runs, evidence=(counted,) if is_counted else ()))
    return Side(name=name, sizes=tuple(made))


def compared(a: Side, b: Side, laws: dict[str, Growth] = LAWS) -> Explanation:
    return explanations.explanation(a, b, growth=laws)


def drawn(explanation: Explanation) -> Picture:
    picture = growth(explanation)
    assert isinstance(picture, Picture), picture
    return picture


def rows_of(picture: Picture, quantity: str, part: str, side: str) -> list[dict[str, Any]]:
    rows = picture.spec["data"]["values"]
    return [row for row in rows if (row["quantity"], row["part"], row["series"][0]) == (quantity, part, side)]


def test_every_run_is_a_point_and_every_size_has_its_median_and_count() -> None:
    b = grown("b", 2.0)
    picture = drawn(compared(grown("a", 1.0), b))
    runs = rows_of(picture, TIME, "run", "B")
    assert sorted((row["n"], row["amount"]) for row in runs) == sorted(
        (s.n, run.wall) for s in b.sizes for run in s.runs
    )
    medians = {row["n"]: row["amount"] for row in rows_of(picture, TIME, "median", "B")}
    assert medians == {sized.n: statistics.median(run.wall for run in sized.runs) for sized in b.sizes}
    counts = {row["n"]: row["amount"] for row in rows_of(picture, COUNT, "count", "B")}
    assert counts == {sized.n: sized.evidence[0].value("instructions") for sized in b.sizes}


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (LAWS["b"], "n^1.98 (1.90–2.05)"),
        (Growth(law="n", exponent=1.0, low=1.0, high=1.0), "n^1.00"),
        (Growth(law="n log n", exponent=1.07, low=1.04, high=1.1), "n log n (n^1.07, 1.04–1.10)"),
        (Growth(law="1", exponent=0.0, low=0.0, high=0.01), "does not grow"),
        (Growth(law="unknown"), "growth unknown"),
        (Growth(law="unknown", exponent=1.3), "n^1.30, no law we know"),
    ],
)
def test_a_law_is_named_by_its_exponent_and_interval(law: Growth, text: str) -> None:
    assert law_words(law) == text


def test_a_curve_goes_through_the_points_of_its_law_with_a_constant() -> None:
    points = Points(SIZES, tuple(5.0 + 3e-6 * n**2 for n in SIZES))
    found = dict(curve(points, Growth(law="n^2", exponent=2.0)))
    assert min(found) == pytest.approx(SIZES[0])
    assert max(found) == pytest.approx(SIZES[-1])
    for n, amount in found.items():
        assert amount == pytest.approx(5.0 + 3e-6 * n**2, rel=1e-6)


def test_a_curve_of_another_law_leaves_the_points() -> None:
    points = Points(SIZES, tuple(n**2 for n in SIZES))
    found = curve(points, Growth(law="n", exponent=1.0))
    assert abs(math.log(found[-1][1] / points.amounts[-1])) > 1


def test_the_caption_says_what_the_law_was_fitted_to() -> None:
    assert "The law was fitted to instructions;" in drawn(compared(grown("a", 1.0), grown("b", 2.0))).caption


def test_curves_are_dashed_and_laws_stand_in_the_legend() -> None:
    picture = drawn(compared(grown("a", 1.0), grown("b", 2.0)))
    svg = render.inline_svg(render.vega(picture))
    shown = set(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    assert {"A: n^1.00 (0.97–1.04)", "B: n^1.98 (1.90–2.05)", "time of a run", "instructions, counted"} <= shown
    assert svg.count('stroke-dasharray="6,4"') == 4
    assert {"1 k", "10 k", "100 k", "n"} <= shown
    assert {"1 s", "1 G"} <= shown
    for side in "AB":
        for quantity in (TIME, COUNT):
            assert rows_of(picture, quantity, "law", side)


def test_without_counts_there_is_one_panel_of_time() -> None:
    laws = {side: changed(law, of="time") for side, law in LAWS.items()}
    picture = drawn(compared(grown("a", 1.0, is_counted=False), grown("b", 2.0, is_counted=False), laws))
    assert "facet" not in picture.spec
    assert rows_of(picture, COUNT, "count", "B") == []
    assert "other panel" not in picture.caption


def test_counts_alone_are_drawn_where_no_run_was_kept() -> None:
    sides = [grown("a", 1.0), grown("b", 2.0)]
    bare = [changed(side, sizes=tuple(changed(sized, runs=()) for sized in side.sizes)) for side in sides]
    picture = drawn(compared(*bare))
    assert {row["quantity"] for row in picture.spec["data"]["values"]} == {COUNT}
    assert "runs" not in picture.caption


def test_the_table_has_a_row_a_size() -> None:
    picture = drawn(compared(grown("a", 1.0), grown("b", 2.0)))
    assert picture.table is not None
    assert list(picture.table.headers) == [
        "n", "time of a run of A", "instructions, counted of A", "time of a run of B", "instructions, counted of B",
    ]  # fmt: skip
    assert list(picture.table.rows[-1]) == ["100 000", "100 ms", "700 k", "10 000 s", "70 G"]
    assert "B n^1.98 (1.90–2.05), by instructions." in picture.alternative


def test_without_sizes_it_says_what_is_missing() -> None:
    missing = growth(compared(grown("a", 1.0, sizes=(None,)), grown("b", 2.0, sizes=(None,))))
    assert isinstance(missing, Missing)
    assert "no size" in missing.reason
    one = growth(compared(grown("a", 1.0, sizes=(1e3,)), grown("b", 2.0, sizes=(1e3,))))
    assert isinstance(one, Missing)
    assert "one size" in one.reason
    assert isinstance(growth(compared(Side(name=""), Side(name=""))), Missing)


def test_an_unknown_law_has_no_curve() -> None:
    picture = drawn(compared(grown("a", 1.0), grown("b", 2.0), {}))
    assert rows_of(picture, TIME, "law", "A") == []
    assert rows_of(picture, TIME, "median", "A")


@pytest.mark.parametrize("exponent", [1e308, -1e308, 60.0, -2.0])
def test_absurd_laws_do_not_raise(exponent: float) -> None:
    law = Growth(law="n^2", exponent=exponent, low=-exponent, high=exponent, of="time")
    picture = drawn(compared(grown("a", 1.0), grown("b", 2.0), {"a": law, "b": law}))
    assert all(math.isfinite(row["amount"]) for row in picture.spec["data"]["values"])


def test_absurd_sizes_and_times_are_left_out() -> None:
    sizes = (1e308, -1.0, 0.0, 5e-324, 1e3, 1e4)
    picture = growth(compared(grown("a", 0.0, sizes=sizes), grown("b", 0.0, sizes=sizes)))
    assert isinstance(picture, Picture)
    assert {row["n"] for row in rows_of(picture, TIME, "run", "A")} == {1e3, 1e4}


def test_of_thousands_of_runs_some_are_drawn() -> None:
    runs = tuple(Run(wall=1.0 + number * 1e-3, user=1.0, system=0.0) for number in range(5000))
    side = Side(name="", sizes=tuple(Sized(n=n, runs=runs) for n in SIZES))
    picture = drawn(compared(side, side))
    walls = [row["amount"] for row in rows_of(picture, TIME, "run", "A")]
    assert len(walls) < 400
    assert (min(walls), max(walls)) == (1.0, runs[-1].wall)
