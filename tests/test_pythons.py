"""Interpreters beside each other: which Python a word names, what pyperf's files say, what is run again, what is shown."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import explanations
import msgspec
import pytest

from hwbench import cli
from hwbench.engines.pythons import benchmarks, explaining, interpreters, study
from hwbench.engines.pythons.benchmarks import NotInstalled, Program, Timing
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.host.folders import FOLDER_VARIABLE
from hwbench.records import Explanation, Interval, files
from hwbench.records.pythons import Interpreter, PythonCell, Pythons
from hwbench.show import pythons as shown
from hwbench.show.machine import Page

OLD = Interpreter(name="python3.11", path="/old/python", version="3.11.7", implementation="CPython")
NEW = Interpreter(
    name="python3.13", path="/new/python", version="3.13.0", implementation="CPython", build=("PGO", "LTO")
)
NBODY = Program("nbody", "/benchmarks/run_benchmark.py")


def pyperf_file(path: Path, values: list[list[float]], name: str = "nbody", **metadata: object) -> Path:
    """Write a file as pyperf does: a run for each process, after one that only calibrated."""
    runs = [{"metadata": {}, "warmups": [[1, 0.1]]}, *({"metadata": {}, "values": each} for each in values)]
    common = {"name": name, "unit": "second", "loops": 4, "python_executable": "/venv/bin/python", **metadata}
    path.write_text(
        json.dumps({"benchmarks": [{"runs": runs, "metadata": {"name": name}}], "metadata": common, "version": "1.0"})
    )
    return path


def timing(*samples: float, inner_loops: int = 1, python: str = "/venv/bin/python") -> Timing:
    return Timing("nbody", 0, samples, inner_loops, python)


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# ── which Python a word names ─────────────────────────────────────────────────────────────────────────────────────────────


def test_this_python_says_who_it_is() -> None:
    found = interpreters.ask(sys.executable)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.name.endswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert Path(found.path).samefile(sys.executable)


def test_a_name_is_looked_up_on_path_and_a_shim_is_seen_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "mypython", f'exec {sys.executable} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert Path(interpreters.ask("mypython").path).samefile(sys.executable)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, "there is no such file"),
        ("echo 'shim: no such version' >&2; exit 127", "shim: no such version"),
        ("kill -SEGV $$", "it ended with status -11"),
        ("echo hello", "does not run as a Python (hello)"),
        (
            """echo '{"path": "/x", "version": "3.8.1", "number": [3, 8], "implementation": "CPython"}'""",
            "this works from Python 3.10 on",
        ),
    ],
)
def test_what_is_no_python_is_one_line_that_names_it(text: str | None, wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "python9"
    if text is not None:
        script(path, text)
    with pytest.raises(UsageError) as caught:
        interpreters.ask(str(path))
    assert wanted in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_nowhere_and_a_file_that_may_not_run_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no program of that name is on PATH"):
        interpreters.find("no-python-of-that-name")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="may not be run"):
        interpreters.find(str(tmp_path / "file"))


def test_the_same_interpreter_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(sys.executable)
    with pytest.raises(UsageError, match="named twice"):
        interpreters.interpreters([sys.executable, str(tmp_path / "python")])


@pytest.mark.parametrize(
    ("variables", "jit", "wanted"),
    [
        ({}, False, ()),
        ({"CONFIG_ARGS": "'--enable-optimizations' '--with-lto'"}, False, ("PGO", "LTO")),
        ({"CONFIG_ARGS": None, "PY_CORE_LDFLAGS": "-flto -g"}, False, ("LTO",)),
        ({"CONFIG_ARGS": "'--enable-experimental-jit'"}, False, ("JIT",)),
        ({"CONFIG_ARGS": "'--enable-experimental-jit=yes-off'"}, False, ()),
        ({"CONFIG_ARGS": "'--enable-experimental-jit=yes-off'"}, True, ("JIT",)),
        ({"Py_GIL_DISABLED": 1, "Py_DEBUG": 1, "Py_ENABLE_SHARED": 1}, False, ("no GIL", "debug", "shared library")),
        ({"CONFIG_ARGS": "'--with-tail-call-interp'", "Py_GIL_DISABLED": 0}, False, ("tail calls",)),
    ],
)
def test_a_build_is_told_by_its_variables(variables: dict[str, object], jit: bool, wanted: tuple[str, ...]) -> None:
    assert interpreters.build_of(variables, jit=jit) == wanted


def test_names_tell_interpreters_apart_by_as_little_as_it_takes() -> None:
    older = msgspec.structs.replace(NEW, version="3.13.9")
    tuned = msgspec.structs.replace(NEW, build=("JIT",))

    def names(*asked: Interpreter) -> list[str]:
        return [one.name for one in interpreters.distinct(asked)]

    assert names(OLD, NEW) == ["python3.11", "python3.13"]
    assert names(NEW, older) == ["python3.13.0", "python3.13.9"]
    assert names(NEW, tuned) == ["python3.13+PGO+LTO", "python3.13+JIT"]
    assert names(NEW, NEW) == ["python3.13-1", "python3.13-2"]


# ── pyperformance and its files ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_default_benchmarks_exist_and_need_no_package() -> None:
    for program in benchmarks.programs(benchmarks.DEFAULT):
        assert Path(program.script).is_file()
        assert not program.needs_packages


def test_an_unknown_benchmark_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no benchmark 'nbdy'; did you mean nbody\?"):
        benchmarks.programs(["nbdy"])


def test_a_process_counts_once_and_calibration_does_not(tmp_path: Path) -> None:
    path = pyperf_file(tmp_path / "a.json", [[0.1, 0.3], [0.4, 0.6]], inner_loops=20)
    (found,) = benchmarks.read(path)
    assert found.samples == pytest.approx((0.2, 0.5))
    assert (found.name, found.task, found.inner_loops, found.python) == ("nbody", 0, 20, "/venv/bin/python")


def test_a_damaged_file_is_one_line_and_counts_as_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(UsageError, match="is not a pyperf file"):
        benchmarks.read(tmp_path / "a.json")
    assert benchmarks.kept(tmp_path / "a.json") == ()
    assert benchmarks.kept(tmp_path / "none.json") == ()


def test_the_command_is_pyperformances_own_and_hands_on_what_reaches_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_") or name.upper() in benchmarks.HANDED_ON]:
        monkeypatch.delenv(name)
    words = benchmarks.command(NEW, NBODY, Path("/out.json"), fast=True)
    assert words[1:5] == ["-P", "-m", "pyperformance", "run"]
    assert words[5:] == ["--python=/new/python", "--benchmarks=nbody", "--output=/out.json", "--fast"]
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org")
    monkeypatch.setenv("https_proxy", "http://proxy")
    assert "--inherit-environ=PIP_INDEX_URL,https_proxy" in benchmarks.command(
        NEW, NBODY, Path("/out.json"), fast=False
    )


@pytest.mark.parametrize(
    ("said", "kind", "wanted"),
    [
        (
            (
                "ERROR: Could not find a version that satisfies the requirement pyperf==2.10.0\n"
                "pyperformance._venv.RequirementsInstallationFailedError: pyperf"
            ),
            NotInstalled,
            "PIP_INDEX_URL",
        ),
        (
            "ValueError: too much\nRuntimeError: Benchmark died\nERROR: No benchmark was run",
            CouldNotMeasure,
            "ValueError: too much",
        ),
        ("", CouldNotMeasure, "it ended without a file"),
    ],
)
def test_a_log_becomes_one_line_that_says_what_to_do(said: str, kind: type[Exception], wanted: str) -> None:
    error = benchmarks.trouble(NEW, NBODY, said, Path("/run/nbody.log"))
    assert type(error) is kind
    assert wanted in str(error)
    assert "/run/nbody.log" in str(error)
    assert "\n" not in str(error)


def test_a_runner_that_dies_leaves_no_file_and_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = [sys.executable, "-c", "import os, sys; print('SystemError: bad', flush=True); os.abort()"]
    monkeypatch.setattr(benchmarks, "command", lambda *_, **__: crash)
    with pytest.raises(CouldNotMeasure, match="SystemError: bad"):
        benchmarks.run(NEW, NBODY, tmp_path / "a.json", tmp_path / "environments")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "environments"]


# ── explaining ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_loops_make_the_faster_side_long_enough() -> None:
    assert explaining.loops_for((timing(0.1), timing(0.2))) == 4
    assert explaining.loops_for((timing(5.0), timing(9.0))) == 1
    assert explaining.loops_for((timing(1e-6, inner_loops=1000), timing(2e-6, inner_loops=1000))) == 350


def test_a_worker_runs_one_task_once_in_one_process() -> None:
    words = explaining.worker(Program("x", "/b/run it.py", ("--pure",)), timing(1.0), 7)
    wanted = "--worker --worker-task=0 --loops=7 --values=1 --warmups=0 --hook=hwbench_marks"
    assert words == f"/venv/bin/python -u '/b/run it.py' --pure {wanted}"


def test_the_hook_marks_the_region_where_there_is_no_hwbench(tmp_path: Path) -> None:
    hook = explaining.write_hook(tmp_path / "hook")
    program = tmp_path / "bench.py"
    program.write_text("import pyperf\npyperf.Runner().bench_func('wait', sum, range(100))\n")
    words = [
        sys.executable,
        str(program),
        "--worker",
        "--loops=10",
        "--values=1",
        "--warmups=0",
        "--hook=hwbench_marks",
    ]
    environment = {**os.environ, "PYTHONPATH": str(hook), "HWBENCH_REGION": str(tmp_path / "region")}
    subprocess.run(words, env=environment, check=True, capture_output=True)
    assert len((tmp_path / "region").read_text().split()) == 7


def test_the_faster_side_is_a_and_both_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def explain_request(request: object, _report: object) -> Explanation:
        asked.append(request)
        return explanation("cmd a", "cmd b")

    monkeypatch.setattr("hwbench.experiment.run.explain_request", explain_request)
    sides = {"slow": timing(0.4, python="/slow"), "fast": timing(0.2, python="/fast")}
    found = explaining.explain(NBODY, sides, tmp_path, 5.0, lambda _: None)
    assert (found.a.name, found.b.name) == ("nbody under fast", "nbody under slow")
    assert asked[0].a.startswith("/fast ")
    assert asked[0].b.startswith("/slow ")
    assert "--loops=2 " in asked[0].a
    assert "--loops=2 " in asked[0].b


def explanation(a: str, b: str) -> Explanation:
    return msgspec.structs.replace(
        explanations.mispredicted(), a=explanations.side(a, 0.2), b=explanations.side(b, 0.3), ratio=interval(1.5)
    )


def interval(value: float, unit: str = "×") -> Interval:
    return Interval(value=value, low=value * 0.9, high=value * 1.1, unit=unit)


# ── the study ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


PLAN = study.Plan(interpreters=(OLD, NEW), benchmarks=("nbody",))


class Fake:
    """pyperformance and the explainer, which note what they are asked and take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.explained = 0
        self.fails: dict[str, Exception] = {}
        monkeypatch.setattr(benchmarks, "run", self.run)
        monkeypatch.setattr(explaining, "explain", self.explain)

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
    (tmp_path / study.PLAN).write_text("{")
    with pytest.raises(UsageError, match="is damaged"):
        study.begin(tmp_path, PLAN)


def test_an_interruption_ends_what_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    program = f"import os, signal, time; open({str(pid)!r}, 'w').write(str(os.getpid())); os.kill(os.getppid(), signal.SIGINT)"
    monkeypatch.setattr(benchmarks, "command", lambda *_, **__: [sys.executable, "-c", f"{program}; time.sleep(60)"])
    with pytest.raises(KeyboardInterrupt):
        benchmarks.run(NEW, NBODY, tmp_path / "a.json", tmp_path / "environments")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_complete_run_is_followed_by_a_new_one_and_an_incomplete_one_goes_on(fake: Fake) -> None:
    folder = study.default_folder(PLAN)
    fake.fails["python3.13"] = CouldNotMeasure("it crashed")
    carried_out(folder)
    assert study.default_folder(PLAN) == folder
    fake.fails.clear()
    carried_out(folder)
    assert fake.ran == ["python3.11", "python3.13", "python3.13"]
    assert study.default_folder(PLAN) != folder


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

    monkeypatch.setattr(explaining, "explain", fails)
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
    made = Pythons(hwbench="0", taken="2026-01-01", interpreters=(OLD, NEW), cells=cells)
    text = shown.report(made, Page(width=80, unicode=False))
    assert "it crashed" in text
    assert "why not" in text
    assert "not explained" in text
    assert text.isascii()


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


def test_a_second_interpreter_says_who_it_is() -> None:
    number = next((n for n in range(10, 20) if n != sys.version_info[1] and _is_there(f"python3.{n}")), None)
    if number is None:
        pytest.skip("no second Python from 3.10 on is on PATH or among pyenv's")
    found = interpreters.interpreters([sys.executable, _is_there(f"python3.{number}")])
    assert found[1].name == f"python3.{number}"
    assert found[0].name != found[1].name


def _is_there(name: str) -> str:
    """Return a program of that name that runs, on PATH or among pyenv's; nothing where there is none."""
    places = [shutil.which(name), *map(str, sorted(Path.home().glob(f".pyenv/versions/*/bin/{name}")))]
    for place in filter(None, places):
        if subprocess.run([place, "-c", ""], capture_output=True, check=False, timeout=20).returncode == 0:
            return place
    return ""
