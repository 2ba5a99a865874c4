"""The pictures of a study of engines, from records made by hand: what they hold is what the record says, and nothing is blank."""

from __future__ import annotations

import json
from typing import Any

import pytest
from profiles import host

pytest.importorskip("altair")

from hwbench.records import Conditions, Growth, Interval
from hwbench.records.study import Cell, CellResult, Claim, Study
from hwbench.show.report import factors, page, render, study, study_tables
from hwbench.show.report.picture import Drawn, Missing, Picture

TAKEN = "2026-01-02T03:04:05+00:00"
HOSTILE = "<script>alert('x')</script>&\"" + "y" * 500


def interval(value: float, unit: str = "s") -> Interval:
    return Interval(value=value, low=0.9 * value, high=1.25 * value, unit=unit)


def cell(engine: str, n: int, seconds: float | None = None, ratio: float | None = None, **more: object) -> Cell:
    fields: dict[str, object] = {"operation": "count", "result": "right", **more}
    return Cell(
        engine=engine,
        n=n,
        seconds=None if seconds is None else interval(seconds),
        ratio=None if ratio is None else interval(ratio, "×"),
        **fields,  # type: ignore[arg-type]
    )


def of(*cells: Cell, **more: object) -> Study:
    return Study(schema="hwbench.study/1", hwbench="0.1.0", taken=TAKEN, cells=cells, **more)  # type: ignore[arg-type]


STUDY = of(
    cell("slow", 1000, 0.35, 10_000.0, growth=Growth(law="n^2", exponent=2.0)),
    cell("slow", 100_000, result="timeout", reason="not done within 60 s", extrapolated=interval(3500.0)),
    cell("sqlite", 1000, 35e-6, 1.0, growth=Growth(law="n", exponent=1.0), idle_bytes=2048, version="3.40"),
    cell("sqlite", 100_000, 35e-4, 1.0),
    cell("quick", 1000, 7e-6, 0.2),
    cell("quick", 100_000, 7e-4, 0.2, result="wrong", reason="answered 3 where 2 is right"),
    cell("sqlite", 1000, 2e-3, 1.0, operation="insert", durable=True),
    cell("quick", 1000, 1e-3, operation="insert", durable=False),
    cell("slow", 1000, 1e-3, operation="insert", reason="whether it waits for the disk is not known: no compiler"),
    host=host(),
    conditions=Conditions(started=TAKEN, seconds=600.0, steal_share=0.01, other_load=0.02),
    claims=(
        Claim(claim="it scans", arithmetic="0.8 ns a row", verdict="does not hold", conclusion="no scan"),
        Claim(claim="it waits", arithmetic="1 ms a sync", verdict="may hold"),
    ),
    notes=("something to know",),
)


def picture(drawn: Drawn) -> Picture:
    assert isinstance(drawn, Picture)
    return drawn


def values(drawn: Drawn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = picture(drawn).spec["data"]["values"]
    return found


def svg(drawn: Drawn) -> str:
    return render.inline_svg(render.vega(picture(drawn)))


def test_each_cell_of_the_heat_map_holds_the_ratio_of_the_record() -> None:
    drawn = {(row["engine"], row["panel"], row["column"]): row for row in values(study.ratios(STUDY))}
    slow = drawn["slow", "count", 1000]
    assert (slow["factor"], slow["text"], slow["ratio"]) == (10_000.0, "×10 000", "×10 000 (9 000–12 500)")
    assert drawn["quick", "count", 1000]["factor"] == 0.2
    table = picture(study.ratios(STUDY)).table
    assert table is not None
    assert list(table.rows[0]) == ["slow", "count", "1 000", "350 ms (315–438)", "×10 000 (9 000–12 500)", ""]
    assert len(table.rows) == len(STUDY.cells)


def test_a_cell_without_a_ratio_says_why_and_is_never_blank() -> None:
    drawn = {(row["engine"], row["panel"], row["column"]): row for row in values(study.ratios(STUDY))}
    words = {place: (row["text"], row["why"]) for place, row in drawn.items() if "factor" not in row}
    assert words["slow", "count", 100_000] == ("timeout", "timeout: not done within 60 s")
    assert drawn["slow", "count", 100_000]["time"] == "about 3 500 s (3 150–4 380), extrapolated"
    assert words["quick", "count", 100_000] == ("wrong", "wrong: answered 3 where 2 is right")
    assert words["quick", "insert", 1000] == ("not durable", f"not durable: {study_tables.NOT_DURABLE}")
    assert words["slow", "insert", 1000][0] == "durable?"
    assert all(row["text"] and row["short"] for row in drawn.values())


def test_an_engine_that_was_not_tried_at_a_size_has_a_cell_all_the_same() -> None:
    rows = values(study.ratios(of(cell("sqlite", 10, 1.0), cell("sqlite", 20, 1.0), cell("other", 10, 2.0, 2.0))))
    last = next(row for row in rows if (row["engine"], row["column"]) == ("other", 20))
    assert (last["text"], last["why"]) == ("not measured", "the record has no such cell")


def test_the_reference_comes_first_with_its_own_times() -> None:
    rows = values(study.ratios(STUDY))
    assert [row["text"] for row in rows[:2]] == ["35 µs", "3.5 ms"]
    assert rows[0]["row"] == "sqlite"
    assert "factor" not in rows[0]


def test_the_heat_map_has_its_words_units_and_legend_in_the_drawing() -> None:
    drawn = svg(study.ratios(STUDY))
    for text in (
        "times sqlite's time",
        "×10 000",
        "×0.2",
        "timeout",
        "wrong",
        "not durable",
        "35 µs",
        "rows",
        "100 000",
    ):
        assert f">{text}<" in drawn


@pytest.mark.parametrize("limit", factors.LIMITS)
def test_a_cells_text_contrasts_with_its_colour(limit: float) -> None:
    for step in range(-120, 121):
        factor = limit ** (step / 100)
        light = factors.luminance_at(0.5 + step / 200)
        text = {"#000000": 0.0, "#ffffff": 1.0}[factors.ink(factor, limit)]
        least, most = sorted((light, text))
        assert (most + 0.05) / (least + 0.05) >= 4.5


def test_colours_end_at_the_first_limit_that_holds_all_factors_both_ways() -> None:
    assert factors.limit_of([1.5, 0.6]) == 2.0
    assert factors.limit_of([0.02, 3.0]) == 100.0
    assert factors.limit_of([3e6]) == 1e4
    assert factors.limit_of([None, 0.0, -1.0, 1e308]) == 2.0


def test_every_time_is_drawn_with_its_interval_by_the_number_of_rows() -> None:
    rows = [row for row in values(study.growth_of_cells(STUDY)) if row["kind"] != "extension"]
    slow = next(row for row in rows if row["engine"] == "slow" and row["n"] == 1000)
    assert (slow["seconds"], slow["low"], slow["high"]) == (0.35, pytest.approx(0.315), pytest.approx(0.4375))
    assert slow["time"] == "350 ms (315–438)"
    assert slow["grows"] == "n² (n^2.00)"
    assert not any(row["engine"] == "quick" and row["n"] == 100_000 for row in rows)  # its answer was wrong


def test_what_was_extrapolated_or_not_durable_is_hollow() -> None:
    rows = values(study.growth_of_cells(STUDY))
    kinds = {(row["engine"], row["panel"], row["n"]): row["kind"] for row in rows if row["kind"] != "extension"}
    assert kinds["slow", "count", 100_000] == "hollow"
    assert kinds["quick", "insert", 1000] == "hollow"
    assert kinds["slow", "count", 1000] == "measured"
    extension = next(row for row in rows if row["kind"] == "extension")
    assert (extension["n"], extension["seconds"], extension["n_to"], extension["seconds_to"]) == (
        1000,
        0.35,
        100_000,
        3500.0,
    )


def test_growth_has_its_axes_units_and_legend_in_the_drawing() -> None:
    drawn = svg(study.growth_of_cells(STUDY))
    for text in (
        "time of one operation",
        "rows",
        "sqlite",
        "quick",
        "count",
        "insert",
        "1 k",
        "100 k",
        "10 ms",
        "1000 s",
    ):
        assert f">{text}<" in drawn


def test_no_two_engines_look_alike() -> None:
    cells = [cell(f"engine {number}", 10, 1.0 + number) for number in range(30)]
    encoding = picture(study.growth_of_cells(of(*cells))).spec["spec"]["layer"][3]["encoding"]
    looks = zip(encoding["color"]["scale"]["range"], encoding["shape"]["scale"]["range"], strict=True)
    assert len(set(looks)) == 30


@pytest.mark.parametrize("draw", [study.ratios, study.growth_of_cells])
def test_every_panel_has_axes_of_its_own_since_pages_change_how_many_stand_in_a_row(draw: Any) -> None:
    assert picture(draw(STUDY)).spec["resolve"]["axis"] == {"x": "independent", "y": "independent"}


def test_no_symbol_of_the_legend_is_dashed() -> None:
    (legend,) = render.vega(picture(study.growth_of_cells(STUDY)))["legends"]
    assert legend["shape"] == "shape"
    assert "strokeDash" not in legend


def test_the_alternative_says_of_each_operation_who_is_fastest_and_slowest_at_its_largest_size() -> None:
    cells = [cell("sqlite", 10, 1.0, 1.0), cell("a", 10, 9.0, 9.0)]
    cells += [cell(name, 20, ratio, ratio) for name, ratio in (("b", 3.0), ("a", 0.5), ("c", 2.0))]
    cells += [cell("a", 10, 4.0, 4.0, operation="join")]
    assert picture(study.ratios(of(*cells))).alternative == (
        "Times sqlite's time, fastest to slowest. count, 20 rows: a ×0.5 to b ×3. join, 10 rows: a ×4."
    )


def test_tables_of_operations_are_folded_since_the_pictures_have_their_values() -> None:
    tables = {one.title: one for one in study.section(STUDY).tables}
    assert all(one.folded for title, one in tables.items() if title.startswith(("count: ", "insert: ")))
    assert not tables["Claims, by arithmetic on this machine's figures"].folded


def test_a_study_without_times_says_what_cannot_be_drawn_and_why() -> None:
    assert study.ratios(of()) == Missing(study.RATIOS, "the record has no cell with a ratio to sqlite")
    assert study.growth_of_cells(of(cell("a", 1, result="failed"))) == Missing(study.GROWTH, "the record has no time")
    section = study.section(of())
    assert [one.title for one in section.missing] == [study.RATIOS, study.GROWTH, "The four mistakes"]
    assert section.lead == "Nothing in this study can be compared."


def test_the_section_begins_with_who_is_slowest_and_fastest() -> None:
    section = study.section(STUDY)
    assert section.lead == (
        "Slowest: slow at count with 1 000 rows takes ×10 000 the time of sqlite."
        " Fastest: quick at count with 1 000 rows takes ×0.2."
    )
    assert section.facts["took"] == "10 min"
    assert section.facts["time stolen by the hypervisor"] == "1.0%"
    assert section.facts["other load"] == "2.0%"
    assert section.facts["host"] == "here: Toy CPU, 2 CPUs"
    assert section.findings == ("something to know",)


def test_the_section_has_a_table_for_each_operation_for_memory_and_for_claims() -> None:
    tables = {table.title: table for table in study.section(STUDY).tables}
    count = tables["count: how many rows a condition holds of; time, and times sqlite's"]
    assert list(count.headers) == ["engine", "1 000 rows", "100 000 rows", "grows as", "notes"]
    assert list(count.rows[0]) == [
        "slow", "350 ms\n×10 000", "~3 500 s\nextrapolated", "n² (n^2.00)", "at 100 000: timeout: not done within 60 s"
    ]  # fmt: skip
    assert tables["Memory and disk, at the largest count"].rows == [("sqlite", "3.40", "1 000", "2 KiB", "", "", "")]
    claims = tables["Claims, by arithmetic on this machine's figures"]
    assert claims.marked == {0}
    assert claims.rows[0] == ("it scans", "0.8 ns a row", "does not hold", "no scan")


def odd_cells(number: float) -> tuple[Cell, ...]:
    bad = Interval(value=number, low=number, high=number, unit="s")
    name = f"odd {number}"
    return (
        Cell(engine=name, operation="count", n=1000, result="right", seconds=bad, ratio=bad, idle_bytes=10**18),
        Cell(
            engine=name,
            operation="count",
            n=10**18,
            result="timeout",
            extrapolated=bad,
            growth=Growth(law="n", exponent=number),
        ),
        Cell(engine=name, operation="count", n=-5, result="right", seconds=interval(1.0)),
    )


def test_odd_numbers_are_left_out_and_the_rest_is_drawn() -> None:
    odd = (0.0, -1.0, 1e308, 5e-324, float("inf"), float("nan"))
    good = (cell("sqlite", 1000, 1e-3, 1.0), cell("good", 1000, 2e-3, 2.0))
    wild = of(*good, *(one for number in odd for one in odd_cells(number)))
    rows = [row for row in values(study.ratios(wild)) if row["engine"].startswith("odd") and row["column"] == 1000]
    assert len(rows) == len(odd)
    assert not any("factor" in row for row in rows)
    assert {row["engine"] for row in values(study.growth_of_cells(wild))} == {"sqlite", "good"}
    section = study.section(wild)
    json.dumps([one.spec for one in section.pictures], allow_nan=False)
    html = page.page([section], is_live=False)
    assert ">×2<" in html


def test_strange_names_are_text_and_nothing_else() -> None:
    strange = of(
        cell("sqlite", 1000, 1e-3, 1.0),
        cell(HOSTILE, 1000, 2e-3, 2.0, reason=HOSTILE, operation=HOSTILE),
        notes=(HOSTILE,),
    )
    html = page.page([study.section(strange)], is_live=False)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_of_very_many_cells_a_part_is_drawn_and_all_are_in_the_table() -> None:
    results: tuple[CellResult, ...] = ("right", "timeout")
    cells = [
        cell(f"e{engine}", 10 * n, 1.0, 2.0, operation=f"o{operation}", result=results[n % 2])
        for engine in range(40)
        for operation in range(20)
        for n in range(1, 9)
    ]
    drawn = picture(study.ratios(of(*cells)))
    assert len(values(drawn)) == study.MOST_ENGINES * study.MOST_OPERATIONS * study.MOST_SIZES
    assert drawn.table is not None
    assert len(drawn.table.rows) == len(cells)
    assert f"{len(cells) - len(values(drawn))} cells more in the table alone" in drawn.caption
