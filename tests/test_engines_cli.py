"""`hwbench engines` and `hwbench engines run`: wrong wishes, the list, a study shown and written."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hwbench.cli import main
from hwbench.engines import known
from hwbench.engines.cells import Limits
from hwbench.engines.operations import operation_named
from hwbench.records import files
from hwbench.records.study import Study

TESTS = Path(__file__).resolve().parent
COUNT, INSERT = operation_named("count"), operation_named("insert")
LIMITS = Limits(seconds=0.01, timeout=1.0)


@pytest.fixture(autouse=True)
def workers_find_the_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--engines", "turtso"], "there is no engine 'turtso'; did you mean turso?"),
        (["run", "--operations", "jion"], "there is no operation 'jion'; did you mean join?"),
        (["run", "--sizes", "many"], "many"),
        (["run", "--cell-timeout", "0"], "--cell-timeout must be above zero"),
        (["run", "--python", "/nowhere/python"], "there is no Python /nowhere/python"),
        (["run", "--json", "/nowhere/x.json"], "there is no folder /nowhere"),
        (["run", "--from", "/nowhere/x.json"], "cannot be read"),
        (["rnu"], "invalid choice: 'rnu'"),
    ],
)
def test_what_cannot_be_asked_is_one_line_and_status_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    try:
        status = main(["engines", *words, "--folder", str(tmp_path / "run")])
    except SystemExit as stop:
        status = int(str(stop.code))
    error = capsys.readouterr().err
    assert status == 2
    assert said in error
    assert error.count("\n") == 1


def test_the_list_says_what_each_engine_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    assert main(["engines", "--json", str(path)]) == 0
    text = capsys.readouterr().out
    for name in (
        "sqlite",
        "tuned",
        "plausible",
        "turso",
        "gluesql",
        "sqlrite",
        "duckdb",
        "datafusion",
        "polars",
        "sqlglot",
    ):
        assert f"\n{name} " in text
    told = json.loads(path.read_text())["engines"]
    assert {engine["name"] for engine in told} == set(known.known_engines())
    assert all(engine.get("adapter") or "pip install" in engine["remedy"] for engine in told)


def test_a_study_is_shown_written_and_shown_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["engines", "run", "--engines", "sqlite", "--operations", "lookup,count", "--sizes", "20,40", "--no-bills"]
    path = tmp_path / "study.json"
    assert main([*words, "--folder", str(tmp_path / "run"), "--json", str(path), "--cell-timeout", "30"]) == 0
    first = capsys.readouterr()
    assert "lookup of 20 rows by sqlite" in first.err
    assert "are kept in" in first.err
    made = files.read(path, files.STUDY)
    assert isinstance(made, Study)
    assert {(cell.operation, cell.n) for cell in made.cells} == {
        (name, n) for name in ("lookup", "count") for n in (20, 40)
    }
    assert main(["engines", "run", "--from", str(path)]) == 0
    assert capsys.readouterr().out == first.out
    shutil.rmtree(tmp_path / "run")
    assert main(["engines", "run", "--from", str(path), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(path.read_text())


def test_where_nothing_could_be_measured_the_status_is_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [EntryPoint("crashes", "toy_engines:Crashes", known.GROUP)]
    monkeypatch.setattr(known, "entry_points", lambda group: entries)
    monkeypatch.syspath_prepend(str(TESTS))
    words = [
        "engines",
        "run",
        "--operations",
        "count",
        "--sizes",
        "20",
        "--no-bills",
        "--folder",
        str(tmp_path / "run"),
    ]
    assert main(words) == 3
    assert "it was killed by SIGSEGV" in capsys.readouterr().out
