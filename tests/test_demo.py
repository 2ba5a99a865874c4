"""The newcomer's first command: its steps in order, with little to measure; and what it does where something is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from profiles import profile as made_profile

from hwbench.cli import demo, main
from hwbench.engines import campaign
from hwbench.profile import campaign as profiling
from hwbench.records import Explanation, Interval, MachineProfile, files
from hwbench.records.study import Cell


def cell(engine: str, ratio: float | None, operation: str = "count") -> Cell:
    interval = None if ratio is None else Interval(value=ratio, low=ratio, high=ratio, unit="×")
    return Cell(engine=engine, operation=operation, n=10, result="right", ratio=interval)


def test_the_worst_cell_is_the_plausible_engines() -> None:
    cells = (cell("sqlite", 1.0), cell("tuned", 900.0), cell("plausible", 3.0), cell("plausible", 40.0, "join"))
    worst = demo.worst_of((*cells, cell("plausible", None, "insert")))
    assert worst is not None
    assert worst.operation == "join"
    assert demo.worst_of((cell("plausible", None),)) is None
    assert demo.worst_of(()) is None


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZES", (20,))
    monkeypatch.setattr(demo, "SECONDS", 0.01)
    monkeypatch.setattr(profiling, "characterize", lambda _effort, report: made_profile())


def test_every_step_says_what_it_does_and_the_study_is_written(
    small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(campaign, "explain", lambda *_arguments, **_options: None)
    path = tmp_path / "demo.json"
    assert main(["demo", "--json", str(path)]) == 0
    text = capsys.readouterr().out
    titles = ["What does this machine cost?", "The article's experiment", "Why is it ×", "The article's own claims", "Where to go"]
    places = [text.index(f"{number} of 5  {title}") for number, title in enumerate(titles, 1)]
    assert places == sorted(places)
    for said in ("sqlite", "tuned", "plausible", "20 rows", "Claimed: ", "hwbench engines run", "hwbench explain --a"):
        assert said in text
    study = files.read(path, files.STUDY)
    assert {one.engine for one in study.cells} == {"sqlite", "tuned", "plausible"}
    assert all(one.result == "right" for one in study.cells), [(one.engine, one.reason) for one in study.cells]


def test_json_on_standard_output_is_alone_there(
    small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(campaign, "explain", lambda *_arguments, **_options: None)
    assert main(["demo", "--json", "-"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["schema"] == "hwbench.study/1"
    assert "5 of 5" in captured.err


def test_the_explanation_is_shown_and_part_of_the_study(
    small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from explanations import quadratic

    def explained(*_arguments: object, **options: object) -> Explanation:
        assert options == {"budget": demo.BUDGET}
        return quadratic()

    monkeypatch.setattr(campaign, "explain", explained)
    path = tmp_path / "demo.json"
    assert main(["demo", "--json", str(path)]) == 0
    assert "chiefly by algorithm" in capsys.readouterr().out
    (bill,) = files.read(path, files.STUDY).bills
    assert bill.explanation == quadratic()


def test_ctrl_c_ends_it_with_130(small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(_effort: str, report: object) -> MachineProfile:
        raise profiling.Interrupted(made_profile())

    monkeypatch.setattr(profiling, "characterize", stopped)
    assert main(["demo"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_told_before_anything_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--json", "/nowhere/demo.json"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.out == ""
