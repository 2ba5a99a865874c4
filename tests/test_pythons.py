"""Interpreters beside each other: what is measured, kept and run again, what is shown, and the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import explanations
import msgspec
import pytest
from pythons_made import NEW, OLD, explanation, interval, pyperf_file

from hwbench import cli
from hwbench.engines import folders
from hwbench.engines.pythons import benchmarks, interpreters, study
from hwbench.engines.pythons.benchmarks import NotInstalled, Program
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.host.folders import FOLDER_VARIABLE
from hwbench.records import Explanation, files
from hwbench.records.pythons import Interpreter, PythonCell, Pythons
from hwbench.show import pythons as shown
from hwbench.show.machine import Page

# ── the study ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


PLAN = study.Plan(interpreters=(OLD, NEW), benchmarks=("nbody",))


class Fake:
    """pyperformance and the explainer, which note what they are asked and take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.explained = 0
        self.fails: dict[str, Exception] = {}
        monkeypatch.setattr(benchmarks, "run", self.run)
        monkeypatch.setattr("hwbench.experiment.run.explain_request", self.explain)

    def run(self, interpreter: Interpreter, program: Program, output: Path, _environments: Path, *, fast: bool) -> None:
        self.ran.append(interpreter.name)
        if interpreter.name in self.fails:
            raise self.fails[interpreter.name]
        scale = 1.0 if interpreter is OLD or interpreter.name == OLD.name else 0.5
        pyperf_file(output, [[0.1 * scale], [0.11 * scale], [0.12 * scale]], program.name)

    def explain(self, *_: object) -> Explanation:
        self.explained += 1
        return explanation("nbody under python3.13", "nbody under python3.11")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "data"))
    return Fake(monkeypatch)


def carried_out(folder: Path, plan: study.Plan = PLAN) -> Pythons:
    return study.record(study.begin(folder, plan), lambda *_: None, lambda _: None)


def test_each_interpreter_has_a_time_and_the_others_a_ratio_and_an_explanation(fake: Fake, tmp_path: Path) -> None:
    made = carried_out(tmp_path / "run")
    first, other = made.cells
    assert fake.ran == ["python3.11", "python3.13"]
    assert first.seconds is not None
    assert first.seconds.value == pytest.approx(0.11)
    assert first.ratio is None
    assert other.ratio is not None
    assert other.ratio.value == pytest.approx(0.5)
    assert other.ratio_in_turns is not None
    assert other.ratio_in_turns.value == pytest.approx(1 / 1.5)
    assert other.explained == "explained-nbody-python3.13.json"
    assert files.read(tmp_path / "run" / other.explained, files.EXPLANATION) == other.explanation
    assert msgspec.json.decode(files.encode(made), type=Pythons) == made


def test_what_is_there_is_not_run_again_and_a_damaged_file_is(fake: Fake, tmp_path: Path) -> None:
    first = carried_out(tmp_path / "run")
    assert carried_out(tmp_path / "run").cells == first.cells
    assert (fake.ran, fake.explained) == (["python3.11", "python3.13"], 1)
    (tmp_path / "run" / "nbody-python3.13.json").write_text("{")
    carried_out(tmp_path / "run")
    assert (fake.ran, fake.explained) == (["python3.11", "python3.13", "python3.13"], 1)


def test_more_benchmarks_may_join_a_run_but_no_other_interpreters(fake: Fake, tmp_path: Path) -> None:
    carried_out(tmp_path / "run")
    carried_out(tmp_path / "run", msgspec.structs.replace(PLAN, benchmarks=("nbody", "richards")))
    assert len(fake.ran) == 4
    with pytest.raises(UsageError, match="choose another --folder"):
        carried_out(tmp_path / "run", msgspec.structs.replace(PLAN, interpreters=(NEW, OLD)))


def test_a_larger_budget_explains_anew_and_times_nothing_again(fake: Fake, tmp_path: Path) -> None:
    carried_out(tmp_path / "run")
    carried_out(tmp_path / "run", msgspec.structs.replace(PLAN, budget=10.0))
    assert fake.explained == 1
    carried_out(tmp_path / "run", msgspec.structs.replace(PLAN, budget=120.0))
    assert (len(fake.ran), fake.explained) == (2, 2)


def test_a_damaged_plan_is_one_line(tmp_path: Path) -> None:
    (tmp_path / folders.PLAN).write_text("{")
    with pytest.raises(UsageError, match="is damaged"):
        study.begin(tmp_path, PLAN)


def test_a_complete_run_is_followed_by_a_new_one_and_an_incomplete_one_goes_on(fake: Fake) -> None:
    folder = folders.default_folder("pythons", PLAN)
    fake.fails["python3.13"] = CouldNotMeasure("it crashed")
    carried_out(folder)
    assert folders.default_folder("pythons", PLAN) == folder
    fake.fails.clear()
    carried_out(folder)
    assert fake.ran == ["python3.11", "python3.13", "python3.13"]
    assert folders.default_folder("pythons", PLAN) != folder


def test_an_interpreter_that_crashes_is_a_cell_that_says_so(fake: Fake, tmp_path: Path) -> None:
    fake.fails["python3.13"] = CouldNotMeasure("nbody under python3.13 failed (SystemError)")
    made = carried_out(tmp_path / "run")
    assert [cell.result for cell in made.cells] == ["measured", "failed"]
    assert made.cells[1].reason == "nbody under python3.13 failed (SystemError)"
    assert fake.explained == 0


def test_where_nothing_is_timed_it_could_not_be_measured(fake: Fake, tmp_path: Path) -> None:
    fake.fails = {one.name: CouldNotMeasure(f"{one.name} crashed") for one in (OLD, NEW)}
    with pytest.raises(CouldNotMeasure, match=r"python3\.11 crashed"):
        carried_out(tmp_path / "run")


def test_pip_without_an_index_ends_the_run_at_once(fake: Fake, tmp_path: Path) -> None:
    fake.fails["python3.11"] = NotInstalled("pyperformance could not install")
    with pytest.raises(CouldNotMeasure, match="could not install"):
        carried_out(tmp_path / "run")
    assert fake.ran == ["python3.11"]


def test_a_benchmark_that_needs_a_package_is_unavailable_without_it(fake: Fake, tmp_path: Path) -> None:
    fake.fails["python3.13"] = NotInstalled("pyperformance could not install")
    made = carried_out(tmp_path / "run", msgspec.structs.replace(PLAN, benchmarks=("chameleon",)))
    assert [cell.result for cell in made.cells] == ["measured", "unavailable"]


def test_a_difference_that_cannot_be_explained_keeps_its_times(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Explanation:
        raise CouldNotMeasure("A: it was killed by SIGSEGV")

    monkeypatch.setattr("hwbench.experiment.run.explain_request", fails)
    other = carried_out(tmp_path / "run").cells[1]
    assert other.ratio is not None
    assert other.not_explained == "A: it was killed by SIGSEGV"


def test_without_a_budget_nothing_is_explained(fake: Fake, tmp_path: Path) -> None:
    carried_out(tmp_path / "run", msgspec.structs.replace(PLAN, budget=0.0))
    assert fake.explained == 0


# ── what is shown, and the command line ───────────────────────────────────────────────────────────────────────────────────


def test_the_page_has_times_ratios_causes_and_where_the_bill_is(fake: Fake, tmp_path: Path) -> None:
    text = shown.report(carried_out(tmp_path / "run"), Page(width=140))
    assert "PGO, LTO" in text
    assert "×0.5 (" in text
    top = explanations.mispredicted().top_cause
    assert top in text
    assert "nbody: A is python3.13, B is python3.11." in text
    assert f"hwbench explain --from {tmp_path / 'run'}/explained-nbody-python3.13.json" in text
    assert "what differs most" in text


def test_narrow_pages_and_failed_cells_are_shown_too() -> None:
    cells = (
        PythonCell(benchmark="nbody", interpreter=OLD.name, result="failed", reason="it crashed"),
        PythonCell(
            benchmark="nbody",
            interpreter=NEW.name,
            result="measured",
            seconds=interval(0.1, "s"),
            not_explained="why not",
        ),
    )
    made = Pythons(schema="hwbench.pythons/1", hwbench="0", taken="2026-01-01", interpreters=(OLD, NEW), cells=cells)
    text = shown.report(made, Page(width=80, unicode=False))
    assert "it crashed" in text
    assert "why not" in text
    assert "not explained" in text
    assert text.isascii()


def test_a_saved_comparison_is_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = (PythonCell(benchmark="nbody", interpreter=OLD.name, result="failed", reason="it crashed"),)
    made = Pythons(schema="hwbench.pythons/1", hwbench="0", taken="2026-01-01", interpreters=(OLD, NEW), cells=cells)
    path = tmp_path / "pythons.json"
    path.write_bytes(files.encode(made))
    assert cli.main(["engines", "pythons", "--from", str(path)]) == 0
    assert "it crashed" in capsys.readouterr().out
    assert cli.main(["engines", "run", "--from", str(path)]) == 2
    assert "is not a study" in capsys.readouterr().err


def test_two_ratios_that_disagree_are_pointed_out() -> None:
    cell = PythonCell(
        benchmark="x", interpreter="y", result="measured", ratio=interval(1.5), ratio_in_turns=interval(1.0)
    )
    assert "disagree" in shown.moved_text(cell)
    assert shown.moved_text(msgspec.structs.replace(cell, ratio_in_turns=interval(1.4))) == ""


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), "give --python PYTHON twice or more"),
        (("--python", sys.executable), "give --python PYTHON twice or more"),
        (("--python", "/none/python", "--python", sys.executable), "/none/python: there is no such file"),
        (("--python", "a", "--python", "b", "-b", "nbdy"), "did you mean nbody?"),
        (("--python", "a", "--python", "b", "--budget", "-1"), "--budget"),
    ],
)
def test_every_mistake_is_one_line(words: tuple[str, ...], wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["engines", "pythons", *words]) == 2
    told = capsys.readouterr().err
    assert wanted in told
    assert told.count("\n") == 1


def test_the_command_shows_and_writes(
    fake: Fake, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "interpreters", lambda _: (OLD, NEW))
    words = ["engines", "pythons", "--python", "a", "--python", "b", "-b", "nbody", "--folder", str(tmp_path / "run")]
    assert cli.main([*words, "--json", str(tmp_path / "out.json")]) == 0
    assert "python3.13" in capsys.readouterr().out
    made = msgspec.json.decode((tmp_path / "out.json").read_bytes(), type=Pythons)
    assert made.schema == "hwbench.pythons/1"
    assert len(made.cells) == 2
