"""What comparing Pythons is made of: which Python a word names, pyperformance and its files, a worker that is explained."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from pythons_made import NBODY, NEW, OLD, pyperf_file, timing

from hwbench.engines.pythons import benchmarks, explaining, interpreters
from hwbench.engines.pythons.benchmarks import NotInstalled, Program
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.records.pythons import Interpreter


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
    with pytest.raises(UsageError, match=r"benchmark of pyperformance 'nbdy'; did you mean nbody\?"):
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


def test_the_faster_side_is_a_and_both_are_named(tmp_path: Path) -> None:
    sides = {"slow": timing(0.4, python="/slow"), "fast": timing(0.2, python="/fast")}
    names, request = explaining.asked(NBODY, sides, tmp_path, 5.0)
    assert names == ["nbody under fast", "nbody under slow"]
    assert request.a.startswith("/fast ")
    assert request.b.startswith("/slow ")
    assert "--loops=2 " in request.a
    assert "--loops=2 " in request.b
    assert request.seconds == 5.0


def test_an_interruption_ends_what_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    program = f"import os, signal, time; open({str(pid)!r}, 'w').write(str(os.getpid())); os.kill(os.getppid(), signal.SIGINT)"
    monkeypatch.setattr(benchmarks, "command", lambda *_, **__: [sys.executable, "-c", f"{program}; time.sleep(60)"])
    with pytest.raises(KeyboardInterrupt):
        benchmarks.run(NEW, NBODY, tmp_path / "a.json", tmp_path / "environments")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


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
