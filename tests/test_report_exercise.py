"""A judged exercise as a picture: the four times on one axis, the gain that was predicted, the share that was reached."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from hwbench.records import ExerciseRun, Interval, Remaining
from hwbench.show.report import exercise, page, render
from hwbench.show.report.picture import Missing, Picture


def ns(value: float, low: float, high: float) -> Interval:
    return Interval(value=value, low=low, high=high, unit="ns")


FIELDS: dict[str, Any] = {
    "schema": "hwbench.exercise/1",
    "hwbench": "0",
    "taken": "2026-11-29T19:00:00+00:00",
    "name": "branchless",
    "title": "Branchless",
    "language": "c",
    "file": "mine/solution.c",
    "verdict": "failed",
    "reason": "half of the predicted gain",
    "right": True,
    "predicted": 4.0,
    "slow_ns": ns(4.0, 3.9, 4.1),
    "solution_ns": ns(2.5, 2.4, 2.6),
    "fast_ns": ns(0.9, 0.85, 0.95),
    "goal_ns": 1.0,
    "share": Interval(value=0.5, low=0.45, high=0.55, unit="share"),
    "remaining": (Remaining(cause="branch", ns=1.5, evidence="vanishes on the control's input"),),
}


def made(**changes: Any) -> ExerciseRun:
    return ExerciseRun(**(FIELDS | changes))


def data(picture: Picture, field: str) -> list[dict[str, Any]]:
    sets = [one["data"]["values"] for one in (*picture.spec["layer"], picture.spec) if "data" in one]
    return next((rows for rows in sets if field in rows[0]), [])


def drawn(run: ExerciseRun) -> Picture:
    picture = exercise.judged(run)
    assert isinstance(picture, Picture)
    return picture


def test_the_four_times_stand_with_their_intervals_and_the_gain_is_shaded() -> None:
    picture = drawn(made())
    assert [(one["kind"], one["ns"], one["low"], one["high"]) for one in data(picture, "ns")] == [
        ("slow", 4.0, 3.9, 4.1),
        ("yours", 2.5, 2.4, 2.6),
        ("goal", 1.0, 1.0, 1.0),
        ("ours", 0.9, 0.85, 0.95),
    ]
    assert [(one["from"], one["to"]) for one in data(picture, "from")] == [(1.0, 4.0)]
    assert picture.table is not None
    assert ("yours", "2.5 ns (2.4–2.6)") in picture.table.rows
    assert ("share of the predicted gain", "50% (45–55)") in picture.table.rows
    assert "The share of the predicted gain is 50% (45–55)." in picture.alternative
    text = render.inline_svg(render.vega(picture))
    for label in ("yours: 2.5 ns", "the goal here: 1 ns", "time for each unit of work", "4 ns"):
        assert f">{label}<" in text, label


def test_the_section_begins_with_the_grade_and_tells_what_remains() -> None:
    section = exercise.section(made(notes=("noisy",)))
    assert section.lead == "Failed: half of the predicted gain."
    assert section.findings == (
        "What remains: branch, 1.5 ns for each unit of work; it vanishes on the control's input.",
        "noisy",
    )
    assert section.facts["the answer is"] == "right"
    assert section.facts["predicted here"] == "×4"


def test_without_a_goal_nothing_is_shaded() -> None:
    picture = drawn(made(goal_ns=None, predicted=None, share=None))
    assert data(picture, "from") == []
    assert [one["kind"] for one in data(picture, "ns")] == ["slow", "yours", "ours"]


def test_a_wrong_solution_that_was_not_timed_says_why() -> None:
    wrong = made(slow_ns=None, solution_ns=None, fast_ns=None, goal_ns=None, right=False, reason="the answer is wrong")
    assert exercise.judged(wrong) == Missing(exercise.TITLE, "the solution was not timed: the answer is wrong")
    assert exercise.section(wrong).facts["the answer is"] == "wrong"


@pytest.mark.parametrize("value", [0.0, -1.0, 1e308, 1e-300, 1e29])
def test_absurd_figures_never_break_the_page(value: float) -> None:
    odd = ns(value, -value, value)
    run = made(
        slow_ns=odd,
        solution_ns=odd,
        goal_ns=value,
        predicted=value,
        share=Interval(value=value, low=value, high=value, unit="share"),
        title="<script>" + "x" * 500,
        remaining=(Remaining(cause="cache", ns=value, evidence="<b>"),),
    )
    whole = page.page([exercise.section(run)], is_live=False)
    assert "<script>" not in whole
    assert "NaN" not in whole
