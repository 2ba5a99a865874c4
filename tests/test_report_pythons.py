"""The pictures of interpreters beside each other, from records made by hand."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from profiles import host
from pythons_made import NEW, OLD, explanation, interval

pytest.importorskip("altair")

from hwbench.records import Interval
from hwbench.records.pythons import PythonCell, Pythons
from hwbench.show.report import page, pythons, render
from hwbench.show.report.picture import Drawn, Missing, Picture


def cell(benchmark: str, interpreter: str, seconds: float | None = None, **more: object) -> PythonCell:
    fields: dict[str, object] = {"result": "measured" if seconds is not None else "failed", **more}
    taken = None if seconds is None else interval(seconds, "s")
    return PythonCell(benchmark=benchmark, interpreter=interpreter, seconds=taken, **fields)  # type: ignore[arg-type]


RECORD = Pythons(
    schema="hwbench.pythons/1",
    hwbench="0.1.0",
    taken="2026-01-02T03:04:05+00:00",
    host=host(),
    interpreters=(OLD, NEW),
    is_fast=True,
    cells=(
        cell("nbody", "python3.11", 0.1, ratio=interval(1.0), samples=(0.099, 0.101)),
        cell(
            "nbody",
            "python3.13",
            0.05,
            ratio=interval(0.5),
            ratio_in_turns=interval(2.0),
            explanation=explanation("nbody python3.13", "nbody python3.11"),
        ),
        cell("pickle", "python3.11", 9e-6, ratio=interval(1.0)),
        cell("pickle", "python3.13", 18e-6, ratio=interval(2.0), not_explained="it has no script"),
        cell("regex", "python3.11", 0.2),
        cell("regex", "python3.13", reason="killed by SIGSEGV"),
    ),
    notes=("a note",),
)


def picture(drawn: Drawn) -> Picture:
    assert isinstance(drawn, Picture)
    return drawn


def values(drawn: Drawn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = picture(drawn).spec["data"]["values"]
    return found


def test_each_cell_holds_the_ratio_or_what_became_of_it() -> None:
    drawn = {(row["row"], row["column"]): row for row in values(pythons.ratios(RECORD))}
    assert drawn["nbody", "python3.13"]["factor"] == 0.5
    assert drawn["nbody", "python3.13"]["ratio"] == "×0.5 (0.45–0.55)"
    assert drawn["nbody", "python3.11"]["text"] == "100 ms"
    assert "factor" not in drawn["nbody", "python3.11"]
    assert (drawn["regex", "python3.13"]["text"], drawn["regex", "python3.13"]["why"]) == (
        "failed",
        "failed: killed by SIGSEGV",
    )
    assert "disagree" in drawn["nbody", "python3.13"]["why"]


def test_the_first_interpreter_is_the_first_column_whatever_the_order_of_the_cells() -> None:
    turned = msgspec.structs.replace(RECORD, cells=RECORD.cells[::-1])
    assert [row["column"] for row in values(pythons.ratios(turned))[:2]] == ["python3.11", "python3.13"]
    assert values(pythons.times(turned))[0]["row"] == "python3.11"


def test_the_heat_map_names_benchmarks_interpreters_and_what_the_colour_means() -> None:
    svg = render.inline_svg(render.vega(picture(pythons.ratios(RECORD))))
    for text in (
        "nbody",
        "pickle",
        "python3.11",
        "python3.13",
        "×0.5",
        "×2",
        "failed",
        "times the time of python3.11",
        "benchmark",
    ):
        assert f">{text}<" in svg


def test_times_are_drawn_with_interval_and_samples_a_benchmark_a_panel() -> None:
    drawn = picture(pythons.times(RECORD))
    rows = values(drawn)
    time = next(row for row in rows if row["kind"] == "time" and row["panel"] == "nbody" and row["row"] == "python3.11")
    assert (time["seconds"], time["low"], time["high"]) == (0.1, pytest.approx(0.09), pytest.approx(0.11))
    assert time["is_first"]
    assert {row["row"] for row in values(pythons.times(RECORD)) if row.get("is_first")} == {"python3.11"}
    assert [row["seconds"] for row in rows if row["kind"] == "sample"] == [0.099, 0.101]
    assert [row["text"] for row in rows if row["kind"] == "none"] == ["failed"]
    svg = render.inline_svg(render.vega(drawn))
    for text in ("time of one loop", "nbody", "regex", "python3.13", "100 ms", "failed"):
        assert f">{text}<" in svg
    assert drawn.table is not None
    assert list(drawn.table.rows[3]) == ["pickle", "python3.13", "18 µs (16.2–19.8)", "×2 (1.8–2.2)", ""]


def test_the_section_says_how_the_interpreters_compare_and_why_they_differ() -> None:
    section = pythons.section(RECORD)
    assert section.lead == (
        "python3.13 takes ×1 the time of python3.11 over 2 benchmarks (geometric mean), from ×0.5 at nbody to ×2 at pickle."
    )
    assert section.facts["times are"] == "rough (--fast)"
    assert section.findings == ("a note",)
    difference, interpreters = section.tables
    assert [row[4] for row in difference.rows] == ["branch", "not explained"]
    assert difference.marked == {0}
    assert interpreters.rows[1] == ("python3.13", "CPython", "3.13.0", "PGO, LTO", "/new/python")


def test_a_record_without_cells_says_what_is_missing() -> None:
    empty = msgspec.structs.replace(RECORD, cells=(), interpreters=(), host=None)
    assert pythons.ratios(empty) == Missing(
        pythons.RATIOS, "the record has no ratio: no benchmark was measured under two interpreters"
    )
    assert pythons.times(empty) == Missing(pythons.TIMES, "the record has no time")
    assert pythons.section(empty).lead == "No two interpreters can be compared."


def odd_cells(number: float) -> tuple[PythonCell, ...]:
    bad = Interval(value=number, low=number, high=number, unit="s")
    fields: dict[str, Any] = {
        "result": "measured",
        "seconds": bad,
        "samples": (number,),
        "ratio": bad,
        "ratio_in_turns": bad,
    }
    return tuple(
        PythonCell(benchmark=f"odd {number}", interpreter=name, **fields) for name in ("python3.11", "python3.13")
    )


def test_odd_numbers_and_names_do_no_harm() -> None:
    odd = (0.0, -1.0, 1e308, 5e-324, float("inf"), float("nan"))
    name = "<script>alert(1)</script>" + "q" * 500
    certain = Interval(value=1.0, low=1.0, high=1.0, unit="s")
    cells = (
        *RECORD.cells,
        *(one for number in odd for one in odd_cells(number)),
        PythonCell(benchmark=name, interpreter=name, result="unavailable", reason=name),
        PythonCell(benchmark="one", interpreter="python3.11", result="measured", seconds=certain),
    )
    section = pythons.section(msgspec.structs.replace(RECORD, cells=cells))
    json.dumps([one.spec for one in section.pictures], allow_nan=False)
    html = page.page([section], is_live=False)
    assert "<script>alert" not in html
    assert ">×0.5<" in html
