"""Timings in pyperf's format as pictures: every value, its median and interval, and how files differ from the first."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from pictures import drawn

from hwbench.experiment import pyperf_files
from hwbench.records import Run, Side, Sized
from hwbench.show import texts
from hwbench.show.report import page, render, timings
from hwbench.show.report.picture import Missing, Picture, Timings
from hwbench.show.report.timing import Files, labels

SPREAD = [0.96, 0.97, 0.98, 0.99, 1.0, 1.0, 1.01, 1.02, 1.03, 1.04]


def side(name: str, values: Sequence[float], n: float | None = None, **metadata: Any) -> Side:
    runs = tuple(Run(wall=value, user=0.0, system=0.0) for value in values)
    return Side(name=name, sizes=(Sized(n=n, runs=runs),), metadata={"name": name, **metadata})


def about(middle: float, name: str = "bench", **more: Any) -> Side:
    return side(name, [middle * part for part in SPREAD], **more)


def rows_with(picture: Picture, *fields: str) -> list[dict[str, Any]]:
    sets = [one["data"]["values"] for one in (*picture.spec["layer"], picture.spec) if "data" in one]
    return next(rows for rows in sets if all(field in rows[0] for field in fields))


# ── every value ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_value_is_drawn_with_the_median_and_its_interval() -> None:
    files = [("a.json", [about(0.010)]), ("b.json", [about(0.012)])]
    picture = drawn(timings.distributions(files))
    points = rows_with(picture, "value", "file")
    assert sorted(one["value"] for one in points if one["file"] == "b.json") == pytest.approx(
        [0.012 * part for part in SPREAD]
    )
    middles = {one["file"]: (one["value"], one["low"], one["high"]) for one in rows_with(picture, "low", "ends")}
    assert middles["a.json"] == pytest.approx((0.010, 0.0097, 0.0103))
    assert picture.table is not None
    assert picture.table.rows[0] == ("bench", "a.json", "10 ms (9.7–10.3)", "9.6 ms", "10.4 ms", "2.6%", "10")
    text = render.inline_svg(render.vega(picture))
    for label in ("a.json", "b.json", "bench", "time", "10 ms"):
        assert f">{label}<" in text, label


def test_a_benchmark_stands_beside_its_name_where_no_other_file_has_it() -> None:
    def encodings(files: Files) -> list[dict[str, Any]]:
        return [layer["encoding"] for layer in drawn(timings.distributions(files)).spec["layer"]]

    apart = [("a.json", [about(1.0, "one")]), ("b.json", [about(1.0, "two")])]
    both = [("a.json", [about(1.0, "one")]), ("b.json", [about(1.0, "one")])]
    assert not any("yOffset" in encoding for encoding in encodings(apart))
    assert all("yOffset" in encoding for encoding in encodings(both))


def test_files_are_told_apart_by_shape_as_well_as_by_colour() -> None:
    picture = drawn(timings.distributions([("a.json", [about(1.0)]), ("b.json", [about(1.0)])]))
    points = next(one for one in picture.spec["layer"] if "shape" in one["encoding"])
    assert points["encoding"]["shape"]["field"] == points["encoding"]["color"]["field"] == "file"
    assert len(set(points["encoding"]["shape"]["scale"]["range"])) == 2


@pytest.mark.parametrize(("largest", "kind"), [(0.05, None), (5.0, "log")])
def test_the_axis_is_logarithmic_where_the_values_span_more_than_a_decade(largest: float, kind: str | None) -> None:
    files = [("a.json", [about(0.010, "small"), about(largest, "large")])]
    picture = drawn(timings.distributions(files))
    scales = [one["encoding"]["x"].get("scale", {}) for one in picture.spec["layer"]]
    assert {scale.get("type") for scale in scales if scale} == {kind}
    assert ("spread" in [one.name for one in timings.section(files).pictures]) == (kind == "log")


def test_the_spread_divides_each_benchmark_by_its_median_in_the_first_file() -> None:
    files = [("a.json", [about(0.001, "x"), about(1.0, "y")]), ("b.json", [about(0.002, "x")])]
    picture = drawn(timings.spread(files))
    middles = {(one["benchmark"], one["file"]): one["value"] for one in rows_with(picture, "low", "ends")}
    assert middles == pytest.approx({("x", "a.json"): 1.0, ("y", "a.json"): 1.0, ("x", "b.json"): 2.0})
    for one in rows_with(picture, "low", "ends"):
        assert 0.9 * one["value"] < one["low"] < one["value"] < one["high"] < 1.1 * one["value"]


def test_sizes_are_benchmarks_of_their_own() -> None:
    files = [("a.json", [about(0.010, n=1000.0), about(0.020, n=2000.0)])]
    assert [row[0] for row in drawn(timings.distributions(files)).table.rows] == ["bench n=1 000", "bench n=2 000"]  # type: ignore[union-attr]


def test_of_very_many_values_some_are_drawn_and_it_says_so() -> None:
    picture = drawn(timings.distributions([("a.json", [side("b", [1.0 + number / 1e5 for number in range(5000)])])]))
    points = [one for one in rows_with(picture, "value", "file") if "ends" not in one]
    assert len(points) == timings.POINTS
    assert (points[0]["value"], points[-1]["value"]) == (1.0, 1.0 + 4999 / 1e5)
    assert "more values than are drawn" in picture.caption


# ── how files differ ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_ratios_of_medians_are_drawn_with_intervals_the_largest_first() -> None:
    first = [about(0.010, "same"), about(0.010, "slower"), about(0.010, "faster"), about(1.0, "alone")]
    second = [about(0.01001, "same"), about(0.015, "slower"), about(0.005, "faster")]
    picture = drawn(timings.differences([("a.json", first), ("b.json", second)]))
    found = rows_with(picture, "told")
    assert [(one["benchmark"], one["told"]) for one in found] == [
        ("slower", "slower"),
        ("same", "no difference shown"),
        ("faster", "faster"),
    ]
    assert [one["value"] for one in found] == pytest.approx([1.5, 1.001, 0.5])
    assert all(one["low"] < one["value"] < one["high"] for one in found)
    assert picture.table is not None
    assert picture.table.marked == {0, 2}
    assert "(geometric mean of 3 shared benchmarks: 1 slower, 1 faster, 1 no difference shown)" in picture.alternative
    text = render.inline_svg(render.vega(picture))
    for label in ("slower", "times the first file", "×1"):
        assert f">{label}<" in text, label


def test_a_single_value_on_each_side_tells_no_difference() -> None:
    picture = drawn(timings.differences([("a.json", [side("x", [1.0])]), ("b.json", [side("x", [2.0])])]))
    assert [one["told"] for one in rows_with(picture, "told")] == ["no difference shown"]


def test_a_third_file_is_compared_with_the_first_too_and_keeps_its_colour() -> None:
    files = [(name, [about(middle)]) for name, middle in (("a", 1.0), ("b", 2.0), ("c", 3.0))]
    whole, picture = drawn(timings.distributions(files)), drawn(timings.differences(files))

    def colours(one: Picture) -> dict[str, str]:
        scale = next(layer["encoding"]["color"]["scale"] for layer in one.spec["layer"] if "shape" in layer["encoding"])
        return dict(zip(scale["domain"], scale["range"], strict=True))

    assert [one["value"] for one in rows_with(picture, "told")] == pytest.approx([2.0, 3.0])
    assert colours(picture) == {name: colour for name, colour in colours(whole).items() if name != "a"}


def test_files_with_nothing_in_common_say_so() -> None:
    one, other = ("a.json", [about(1.0, "x")]), ("b.json", [about(1.0, "y")])
    assert timings.differences([one, other]) == Missing(
        "How the files differ", "no benchmark of a.json is in another of the files"
    )
    assert isinstance(timings.differences([one]), Missing)
    assert isinstance(timings.distributions([("a.json", [])]), Missing)


# ── the section ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_section_counts_compares_and_doubts_as_pyperf_does() -> None:
    unsteady = side("unsteady", [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.5])
    few = side("few", [1.0, 1.01])
    short = about(1e-6, "short", loops=10)
    long = about(1e-6, "long", loops=100_000)
    section = timings.section([("a.json", [about(1.0, hostname="vm"), unsteady, few, short, long])])
    assert section.lead == "5 benchmarks, 39 values."
    assert section.facts == {"machine": "vm"}
    told = {finding.partition(":")[0]: finding for finding in section.findings}
    assert set(told) == {"unsteady", "few", "short"}
    assert "the standard deviation is 47% of the mean (1.21 s)" in told["unsteady"]
    assert "the greatest value (2.5 s) is 106% above the mean" in told["unsteady"]
    assert "2 values: too few" in told["few"]
    assert "timed over 9.6 µs alone" in told["short"]


def test_a_file_that_pyperf_reads_makes_a_section(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    pyperf_files.write(about(0.010), path, benchmark="mine")
    section = timings.section([(path.name, pyperf_files.read(path))])
    assert [one.name for one in section.pictures] == ["distributions"]
    assert section.lead == "1 benchmark, 10 values."


def test_a_benchmark_without_values_is_named_in_the_text_and_has_no_picture() -> None:
    empty = side("bench", [])
    assert re.search(r"bench +0 +no value", texts.text(Timings("a.json", [empty]), io.StringIO()))
    assert isinstance(timings.distributions([("a.json", [empty])]), Missing)


def test_labels_differ_even_where_names_do_not() -> None:
    assert labels([("a", []), ("b", [])]) == ["a", "b"]
    assert len(set(labels([("a", []), ("a", []), ("x" * 500, []), ("x" * 500, [])]))) == 4


def test_a_hundred_benchmarks_and_odd_values_never_break_the_page() -> None:
    generator = random.Random(1)
    many = [about(10 ** generator.uniform(-7, 1), f"bench {number}") for number in range(100)]
    odd = [side("<script>" + "x" * 500, [value]) for value in (0.0, -1.0, 1e308, 1e-29, 1e29)]
    files = [("<b>.json", [*many, *odd]), ("after.json", [*many[::2], *odd, Side(name="empty")])]
    whole = page.page([timings.section(files)], is_live=False)
    assert "<script>" not in whole
    assert "NaN" not in whole


def test_more_benchmarks_than_can_be_drawn_are_all_in_the_table() -> None:
    before = [about(1.0, f"bench {number}") for number in range(500)]
    after = [about(1.0 + number / 100, f"bench {number}") for number in range(500)]
    section = timings.section([("a", before), ("b", after)])
    for picture in section.pictures:
        assert picture.table is not None
        assert len(picture.table.rows) >= 500
        assert "the table has all" in picture.caption
    assert len({one["benchmark"] for one in rows_with(section.pictures[-1], "told")}) == 200
