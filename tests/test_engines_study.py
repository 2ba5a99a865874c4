"""The study carried out on toy engines, each with one fault: a fault is a result, the rest goes on, and nothing is lost."""

from __future__ import annotations

import contextlib
import errno
import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import jsonschema
import pyperf
import pytest

from hwbench.cli import main
from hwbench.engines import campaign, cells, folders, known, study, subjects
from hwbench.engines.cells import Limits
from hwbench.engines.operations import operation_named
from hwbench.engines.study import Plan
from hwbench.engines.subjects import Subject
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.experiment.preload import library
from hwbench.records import Unavailable, files
from hwbench.records.study import Cell
from hwbench.show import study as shown
from hwbench.show.machine import Page

TESTS = Path(__file__).resolve().parent
COUNT, INSERT = operation_named("count"), operation_named("insert")
LIMITS = Limits(seconds=0.01, timeout=1.0)


@pytest.fixture(autouse=True)
def workers_find_the_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


def toy(name: str) -> Subject:
    return Subject(name.lower(), f"toy_engines:{name}")


def reference() -> Subject:
    return Subject("sqlite", "hwbench.engines.adapters.sqlite:Sqlite")


def run(name: str, folder: Path, operation: str = "count", n: int = 20, limits: Limits = LIMITS) -> Cell:
    return cells.run_cell(toy(name), operation_named(operation), n, limits, folder)


def plan(*engines: Subject, operations: tuple[str, ...] = ("count",), sizes: tuple[int, ...] = (20, 40)) -> Plan:
    names = tuple(engine.name for engine in engines)
    return Plan(engines=names, operations=operations, sizes=sizes, seconds=0.01, timeout=1.0, turns=2)


@pytest.mark.parametrize("operation", [name for name in study.all_operations() if name != "insert"])
def test_an_engine_that_is_right_has_times_of_every_operation(operation: str, tmp_path: Path) -> None:
    cell = run("Right", tmp_path, operation)
    assert (cell.result, cell.reason, cell.version) == ("right", "", "1.0")
    assert cell.seconds is not None
    assert len(cell.samples) >= 3
    assert min(cell.samples) > 0
    assert cell.disk_bytes == 20 * (2 if operation == "join" else 1)
    assert cell.binary_bytes == (TESTS / "toy_engines.py").stat().st_size
    assert list(tmp_path.iterdir()) == [], "the engine's files are taken away"


@pytest.mark.parametrize("operation", ["count", "lookup", "join"])
def test_an_engine_that_ignores_its_where_is_wrong(operation: str, tmp_path: Path) -> None:
    cell = run("Wrong", tmp_path, operation)
    assert cell.result == "wrong"
    assert cell.seconds is None
    assert "is right" in cell.reason


def test_an_insert_that_keeps_nothing_is_wrong(tmp_path: Path) -> None:
    cell = run("Forgets", tmp_path, "insert")
    assert (cell.result, cell.reason) == ("wrong", "answered 0 rows where 20 rows is right")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Crashes", "it was killed by SIGSEGV"),
        ("Raises", "it failed with status 1: second line"),
        ("Full", "it failed with status 1: OSError: [Errno 28] No space left on device"),
        ("Missing", "it failed with status 1: AttributeError: module 'toy_engines' has no attribute 'Missing'"),
    ],
)
def test_a_crash_an_error_and_a_full_disk_are_failures_in_a_line(name: str, reason: str, tmp_path: Path) -> None:
    cell = run(name, tmp_path)
    assert (cell.result, cell.reason, cell.seconds) == ("failed", reason, None)


@pytest.mark.parametrize(("name", "reason"), [("Stuck", "not done within 0.3 s"), ("LoadsForever", "within 0.6 s")])
def test_what_never_ends_is_ended(name: str, reason: str, tmp_path: Path) -> None:
    cell = run(name, tmp_path, limits=Limits(0.01, 0.3))
    assert cell.result == "timeout"
    assert reason in cell.reason


def test_the_time_to_ask_begins_when_the_tables_are_loaded(tmp_path: Path) -> None:
    cell = run("LoadsSlowly", tmp_path, limits=Limits(0.01, 1.0))
    assert (cell.result, cell.reason) == ("right", "its first call alone")
    assert cell.load_seconds is not None
    assert cell.load_seconds > 1.0


def test_what_is_not_installed_is_unavailable(tmp_path: Path) -> None:
    cell = cells.run_cell(Subject("nothing", "no_such_module:Engine"), COUNT, 20, LIMITS, tmp_path)
    assert cell.result == "unavailable"
    assert cell.reason == f"not installed (No module named 'no_such_module'): {sys.executable} -m pip install nothing"


@pytest.mark.parametrize(
    ("name", "durable"),
    [("Right", True), ("SyncsEachWrite", True), ("Unsynced", False), ("SyncsTooSoon", False), ("WritesUnseen", None)],
)
def test_an_insert_lasts_only_if_nothing_is_left_unsynced(name: str, durable: bool | None, tmp_path: Path) -> None:
    counter = library("sync_count")
    if isinstance(counter, Unavailable) or sys.platform != "linux":
        pytest.skip(f"syncs cannot be counted here: {counter}")
    cell = run(name, tmp_path, "insert")
    assert (cell.result, cell.durable) == ("right", durable)
    assert ("not known" in cell.reason) is (durable is None)


def test_where_syncs_cannot_be_counted_nobody_says_that_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "library", lambda _stem: Unavailable(reason="no compiler"))
    cell = run("Right", tmp_path, "insert")
    assert (cell.result, cell.durable) == ("right", None)
    assert cell.reason == "whether it waits for the disk is not known: no compiler"


def test_a_study_goes_on_past_every_fault_and_compares_what_may_be_compared(tmp_path: Path) -> None:
    engines = (reference(), *map(toy, ("Right", "Wrong", "Crashes", "Full")))
    begun = study.begin(tmp_path / "run", plan(*engines), engines)
    told: list[float] = []
    made = campaign.carry_out(begun, lambda _text, done: told.append(done))
    results = {(cell.engine, cell.n): cell.result for cell in made.cells}
    expected = {"sqlite": "right", "right": "right", "wrong": "wrong", "crashes": "failed", "full": "failed"}
    assert results == {(engine, n): result for engine, result in expected.items() for n in (20, 40)}
    skipped = next(cell for cell in made.cells if (cell.engine, cell.n) == ("crashes", 40))
    assert skipped.reason == "not tried: 20 rows: it was killed by SIGSEGV"
    assert {cell.engine for cell in made.cells if cell.ratio is not None} == {"sqlite", "right"}
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
    text = shown.report(made, Page(width=120))
    for line in ("wrong: answered", "at 20: failed: it was killed by SIGSEGV", "No space left on device"):
        assert line in text
    jsonschema.validate(
        json.loads(files.encode(made)), json.loads((TESTS.parent / "hwbench/schemas/study-1.json").read_text())
    )
    assert files.decode(files.encode(made), "x", files.STUDY) == made


def test_growth_beyond_the_time_is_extrapolated_and_said_to_be(tmp_path: Path) -> None:
    engines = (toy("Quadratic"),)
    begun = study.begin(tmp_path / "run", plan(*engines, sizes=(50, 200, 5000)), engines)
    last = campaign.carry_out(begun, lambda _text, _done: None).cells[-1]
    assert (last.n, last.result, last.finished) == (5000, "timeout", 200)
    assert "not tried: by its growth" in last.reason
    assert last.extrapolated is not None
    assert 1 < last.extrapolated.value < 1000
    assert "extrapolated" in shown.cell_text(last)


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    monkeypatch.setenv("HWBENCH_TOY_LOG", str(log))
    engines = (toy("Right"), toy("Wrong"))
    whole = plan(*engines)

    def stop_at_the_second_size(text: str, _done: float) -> None:
        if "40 rows" in text:
            raise KeyboardInterrupt

    begun = study.begin(tmp_path / "run", whole, engines)
    with contextlib.suppress(KeyboardInterrupt):
        campaign.carry_out(begun, stop_at_the_second_size)
    assert sorted(log.read_text().split()) == ["Right", "Right", "Wrong"], "two turns, and one of what was wrong"
    (tmp_path / "run" / "right-count-20.2.json").write_bytes(b'{"engine": "rig')  # as a crash may leave it
    made = campaign.carry_out(study.begin(tmp_path / "run", whole, engines), lambda _text, _done: None)
    assert sorted(log.read_text().split()) == ["Right"] * 5 + ["Wrong"] * 2
    assert [cell.result for cell in made.cells] == ["right", "right", "wrong", "wrong"]
    assert made.notes[0].startswith("taken up again: 3 measurements were kept already")
    again = campaign.carry_out(study.begin(tmp_path / "run", whole, engines), lambda _text, _done: None)
    assert again.cells == made.cells
    assert len(log.read_text().split()) == 7


def test_another_plan_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    study.begin(tmp_path, plan(toy("Right")), ())
    with pytest.raises(UsageError, match="other engines, operations or sizes"):
        study.begin(tmp_path, plan(toy("Wrong")), ())
    (tmp_path / "plan.json").write_bytes(b"{")
    with pytest.raises(UsageError, match="is damaged"):
        study.begin(tmp_path, plan(toy("Right")), ())


def test_two_runs_are_not_at_work_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["engines", "run", "--engines", "sqlite", "--operations", "count", "--sizes", "20", "--no-bills"]
    with folders.held(tmp_path / "run"):
        assert main([*words, "--folder", str(tmp_path / "run")]) == 2
    assert "another run is at work in" in capsys.readouterr().err
    assert main([*words, "--folder", str(tmp_path / "run")]) == 0
    (tmp_path / "file").write_text("")
    assert main([*words, "--folder", str(tmp_path / "file")]) == 2
    assert "cannot be used (File exists); name another --folder" in capsys.readouterr().err


def test_each_cell_is_a_file_of_pyperf_with_a_run_for_each_turn(tmp_path: Path) -> None:
    engines = (toy("Right"),)
    made = campaign.carry_out(study.begin(tmp_path, plan(*engines, sizes=(20,)), engines), lambda _text, _done: None)
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "right-count-20.pyperf.json"))
    benchmark = suite.get_benchmark("count n=20")
    assert len(benchmark.get_runs()) == 2
    assert list(benchmark.get_values()) == pytest.approx(list(made.cells[0].samples))
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", "show", str(tmp_path / "right-count-20.pyperf.json")],
        capture_output=True,
        check=True,
    )
    assert b"Mean" in done.stdout


def test_a_full_disk_under_the_study_is_one_line_and_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = (toy("Right"),)
    begun = study.begin(tmp_path, plan(*engines, sizes=(20,)), engines)

    def full(_data: bytes, _path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_bytes", full)
    with pytest.raises(CouldNotMeasure, match=r"cannot be written \(No space left on device\); make room") as caught:
        campaign.carry_out(begun, lambda _text, _done: None)
    assert "\n" not in str(caught.value)


# ── other Pythons, other people's engines ─────────────────────────────────────────────────────────────────────────────


def test_a_packed_worker_needs_nothing_but_a_python(tmp_path: Path) -> None:
    packed = subjects.pack(tmp_path / "hwbench.pyz")
    bare = Subject("sqlite", "hwbench.engines.adapters.sqlite:Sqlite", label="bare", packed=str(packed))
    words = bare.words("worker", "lookup", "30", "--seconds", "0.01")
    done = subprocess.run([words[0], "-S", "-I", *words[1:]], capture_output=True, text=True, check=True, cwd=tmp_path)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["what"] for line in told][:3] == ["engine", "loaded", "answer"]
    assert told[2]["right"] is True
    work = bare.words("work", "count", "30")
    shown_answer = subprocess.run(
        [work[0], "-S", "-I", *work[1:]], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert len(shown_answer.stdout.split()) == 3


def test_an_engine_of_another_python_is_named_by_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = subjects.pack(tmp_path / "hwbench.pyz")
    entry = EntryPoint("toy", "toy_engines:Right", known.GROUP)
    toys = [known.Known("toy", entry)]
    assert subjects.elsewhere(toys, sys.executable, packed) == [], "it is the same engine"
    monkeypatch.setattr(
        subjects, "here", lambda engines: [Subject(each.name, "no_such_module:Engine") for each in engines]
    )
    (found,) = subjects.elsewhere(toys, sys.executable, packed)
    assert (found.name, found.python) == ("toy@1.0", sys.executable)
    assert cells.run_cell(found, COUNT, 20, LIMITS, tmp_path).result == "right"
    missing = EntryPoint("toy", "no_such_module:Engine", known.GROUP)
    with pytest.raises(UsageError, match="has none of these engines: toy"):
        subjects.elsewhere([known.Known("toy", missing)], sys.executable, packed)
    with pytest.raises(UsageError, match="there is no Python /nowhere/python"):
        subjects.elsewhere(toys, "/nowhere/python", packed)


def test_somebody_elses_engine_joins_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [EntryPoint(name, f"toy_engines:{name.title()}", known.GROUP) for name in ("wrong", "right", "sqlite")]
    monkeypatch.setattr(known, "entry_points", lambda group: entries if group == known.GROUP else [])
    assert list(known.known_engines()) == ["sqlite", "right", "wrong"], "the reference comes first"
    (told,) = subjects.ask(subjects.here([known.known_engine("right")]))
    assert not isinstance(told, Unavailable)
    assert (told["version"], told["meaning"]) == ("1.0", "Rows in lists, which are written to a file and synced.")
    with pytest.raises(UsageError, match="there is no engine 'rihgt'; did you mean right"):
        known.known_engine("rihgt")
    with pytest.raises(UsageError, match="there are sqlite, right, wrong"):
        known.known_engine("xyz")


def test_an_engine_that_is_not_installed_says_how_to_get_it() -> None:
    lacking = subjects.about(Subject("turso", "no_such_module:Turso"))
    assert isinstance(lacking, Unavailable)
    assert lacking.remedy == f"{sys.executable} -m pip install pyturso"
    assert "No module named 'no_such_module'" in lacking.reason


def test_an_engine_that_crashes_when_it_is_imported_takes_nobody_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crashing.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = subjects.about(Subject("crashing", "crashing:Engine"))
    assert isinstance(told, Unavailable)
    assert told.reason == "it cannot be asked: it was killed by SIGSEGV"


def test_every_adapter_is_short() -> None:
    adapters = [path for path in (TESTS.parent / "hwbench" / "engines" / "adapters").glob("*.py") if path.stem != "sql"]
    assert len(adapters) > 10
    assert {path.name: count for path in adapters if (count := len(path.read_text().splitlines())) >= 60} == {}


@pytest.mark.parametrize("name", list(known.known_engines()))
@pytest.mark.parametrize("operation", study.all_operations())
def test_every_engine_that_is_installed_answers_rightly(name: str, operation: str, tmp_path: Path) -> None:
    engine = known.known_engine(name)
    if isinstance(subjects.about(Subject(name, engine.adapter)), Unavailable):
        pytest.skip(f"{name} is not installed")
    limits = Limits(seconds=0.01, timeout=60.0)
    cell = cells.run_cell(Subject(name, engine.adapter), operation_named(operation), 50, limits, tmp_path)
    assert (cell.result, cell.engine) == ("right", name), cell.reason
