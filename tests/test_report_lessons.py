"""The list of lessons as a picture: every prediction by chapter, and each lesson that does not apply with its reason."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from hwbench.records import Lessons, ListedLesson
from hwbench.show.report import lessons, page, render
from hwbench.show.report.picture import Missing, Picture


def listed(name: str, chapter: str, predicted: float | None, **more: Any) -> ListedLesson:
    return ListedLesson(
        name=name, title=f"About {name}", chapter=chapter, predicted=predicted, **({"applies": True} | more)
    )


ALL = (
    listed("small", "Caches", 1.25, cause="cache"),
    listed("large", "Caches", 160.0, cause="cache"),
    listed("reversed", "Branches", 0.5),
    listed("unknown", "Branches", None),
    listed("absent", "Engines", None, applies=False, why_not="there is no compiler"),
)


def made(*found: ListedLesson, **more: Any) -> Lessons:
    return Lessons(schema="hwbench.lessons/1", hwbench="0", taken="2026-11-29T19:00:00+00:00", lessons=found, **more)


def dots(picture: Picture) -> list[dict[str, Any]]:
    sets = [one["data"]["values"] for one in (*picture.spec["layer"], picture.spec) if "data" in one]
    return next(rows for rows in sets if "predicted" in rows[0])


def drawn(record: Lessons) -> Picture:
    picture = lessons.predicted(record)
    assert isinstance(picture, Picture)
    return picture


def test_every_prediction_stands_under_its_chapter_the_largest_first() -> None:
    picture = drawn(made(*ALL))
    assert {one["name"]: one["predicted"] for one in dots(picture)} == {"small": 1.25, "large": 160.0, "reversed": 0.5}
    order = [
        row
        for one in picture.spec["layer"]
        if "y" in one["encoding"]
        for row in one["encoding"]["y"]["scale"]["domain"]
    ]
    assert [key[5:] for key in order[:5]] == ["#Caches", " large", " small", "#Branches", " reversed"]
    assert "Caches: small ×1.25 to large ×160; Branches: reversed ×0.5." in picture.alternative
    assert picture.table is not None
    assert ("large", "Caches", "About large", "cache", "×160") in picture.table.rows
    assert ("unknown", "Branches", "About unknown", "", "not known here") in picture.table.rows


def test_the_picture_names_lessons_values_and_its_axis() -> None:
    text = render.inline_svg(render.vega(drawn(made(*ALL))))
    for label in ("Caches", "large", "×160", "×100", "×0.5", "predicted: slow / fast"):
        assert f">{label}<" in text, label


def test_the_section_counts_them_and_says_why_one_does_not_apply() -> None:
    section = lessons.section(made(*ALL, notes=("a note",), profile="abc"))
    assert section.lead.startswith("5 lessons, 4 of them apply here. The largest effects are foretold of large (×160)")
    assert section.tables[0].rows == [("absent", "Engines", "About absent", "there is no compiler")]
    assert section.findings == ("a note",)
    assert section.facts["price list"] == "abc"


def test_without_predictions_it_says_what_to_do() -> None:
    missing = lessons.predicted(made(ALL[-1]))
    assert isinstance(missing, Missing)
    assert "hwbench characterize" in missing.reason
    assert lessons.section(made()).lead == "0 lessons, 0 of them apply here."


def test_odd_lists_never_break_the_page() -> None:
    odd = [listed("<script>" + "x" * 500, "<b>" * 100, value) for value in (0.0, -1.0, 1e308, 1e-29, 1e29)]
    many = [listed(f"lesson {number}", f"chapter {number % 7}", 1.0 + number) for number in range(3000)]
    whole = page.page([lessons.section(made(*odd, *many)), lessons.section(made())], is_live=False)
    assert "<script>" not in whole
    assert len(dots(drawn(made(*many)))) == lessons.MOST
