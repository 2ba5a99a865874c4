"""scripts/hwbench and scripts/test: installed once, mended when the sources change, one clear line if anything lacks.

Nothing is downloaded: a stand-in for Python runs the real installer with pip and venv replaced, and keeps a diary.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = [ROOT / name for name in ("scripts/hwbench", "scripts/test", "scripts/_environment.sh", ".ci/run")]
SHELL_TOOLS = ["sh", "cat", "cksum", "dirname", "readlink", "sleep", "cp", "mv", "rm", "mktemp", "tail", "chmod"]

DRIVER = """
import importlib.util, os, pathlib, sys, time
if sys.argv[1:3] == ["-I", "-c"]:
    sys.exit(os.environ.get("PROBE_SAYS"))
spec = importlib.util.spec_from_file_location("environment", sys.argv[2])
environment = importlib.util.module_from_spec(spec)
spec.loader.exec_module(environment)
root = pathlib.Path(sys.argv[3])

def note(line):
    with (root / "diary").open("a") as diary:
        diary.write(line + "\\n")

def make(folder):
    note("venv")
    (folder / "bin").mkdir(parents=True)

def pip(folder, log, variables, words):
    note("pip " + " ".join(words).replace(str(root), "ROOT"))
    time.sleep(float(os.environ.get("PIP_SECONDS", "0")))
    if os.environ.get("PIP_FAILS", "nothing") in words:
        sys.exit("pip failed")
    if words == ["ziglang"]:
        zig = folder / "lib/python3.11/site-packages/ziglang/zig"
        zig.parent.mkdir(parents=True, exist_ok=True)
        zig.write_text('#!/bin/sh\\necho "$@"\\n')
        zig.chmod(0o755)
    for name in ("hwbench", "python"):
        program = folder / "bin" / name
        program.write_text('#!/bin/sh\\nfor word do echo "[$word]"; done\\nexit 7\\n')
        program.chmod(0o755)

environment._make, environment._pip = make, pip
environment.main(root, *sys.argv[4:])
"""


@dataclass(frozen=True)
class Project:
    """A copy of the project, whose path holds a space, and the only folder of programs that its scripts see."""

    root: Path
    programs: Path

    def start(self, *words: str, script: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(script or self.root / "scripts" / "hwbench"), *words],
            env={"PATH": str(self.programs), **variables},
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, script: Path | None = None, **variables: str) -> tuple[int, str, str]:
        started = self.start(*words, script=script, **variables)
        out, err = started.communicate(timeout=60)
        return started.returncode, out, err

    @property
    def diary(self) -> list[str]:
        return (self.root / "diary").read_text().splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root, programs = tmp_path / "my project", tmp_path / "programs"
    for folder in ("scripts", "c_src"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, root / name)
    programs.mkdir()
    for name in SHELL_TOOLS:
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    (tmp_path / "driver.py").write_text(DRIVER)
    write_program(programs / "python3.11", f'exec "{sys.executable}" "{tmp_path}/driver.py" "$@"')
    write_program(programs / "gcc", "exit 1")
    return Project(root, programs)


def write_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_the_first_run_installs_and_the_second_only_runs(project: Project) -> None:
    assert project.run("a")[0] == 7
    assert project.diary == ["venv", "pip -e ROOT[report]"]
    (project.programs / "python3.11").unlink()
    assert project.run("a") == (7, "[a]\n", "")


def test_words_and_exit_status_are_handed_on_unchanged(project: Project) -> None:
    assert project.run("a b", "", "--c='*'")[:2] == (7, "[a b]\n[]\n[--c='*']\n")


def test_it_works_through_a_symbolic_link_and_without_a_home(project: Project, tmp_path: Path) -> None:
    (tmp_path / "first").symlink_to(project.root / "scripts" / "hwbench")
    (tmp_path / "second").symlink_to("first")
    assert project.run("a", script=tmp_path / "second", HOME="")[:2] == (7, "[a]\n")


def test_progress_is_told_on_standard_error_in_whole_lines(project: Project) -> None:
    lines = project.run()[2].splitlines()
    assert len(lines) == 2
    assert all(line.startswith("hwbench: ") for line in lines)


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "setup.py", "c_src/chase.c", "c_src/vector.h", "c_src/build_native.py"]
)
def test_a_changed_source_is_built_anew_in_the_same_environment(project: Project, name: str) -> None:
    project.run()
    with (project.root / name).open("a") as source:
        source.write("\n")
    assert project.run()[0] == 7
    assert project.diary == ["venv", "pip -e ROOT[report]", "pip -e ROOT[report]"]


def test_two_first_runs_at_once_install_once(project: Project) -> None:
    started = [project.start("a", PIP_SECONDS="1") for _ in range(3)]
    results = [(*one.communicate(timeout=60), one.returncode) for one in started]
    assert [(out, status) for out, _, status in results] == [("[a]\n", 7)] * 3
    assert project.diary == ["venv", "pip -e ROOT[report]"]


def test_an_installation_that_failed_is_begun_anew(project: Project) -> None:
    status, out, err = project.run(PIP_FAILS="-e")
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == "pip failed"
    assert project.run()[0] == 7
    assert project.diary == ["venv", "pip -e ROOT[report]", "venv", "pip -e ROOT[report]"]


def test_a_project_that_was_moved_gets_a_new_environment(project: Project) -> None:
    project.run()
    moved = Project(project.root.rename(project.root.with_name("elsewhere")), project.programs)
    assert moved.run("a")[:2] == (7, "[a]\n")
    assert moved.diary == ["venv", "pip -e ROOT[report]", "venv", "pip -e ROOT[report]"]


def test_no_python_is_one_line_that_says_what_to_do(project: Project) -> None:
    (project.programs / "python3.11").unlink()
    status, out, err = project.run()
    assert (status, out) == (2, "")
    assert err.startswith("hwbench needs Python 3.11 or newer")
    assert len(err.splitlines()) == 1


def test_a_python_without_venv_is_one_line_that_says_what_to_do(project: Project) -> None:
    says = "the venv module of /usr/bin/python3: apt-get install python3-venv"
    status, _, err = project.run(PROBE_SAYS=says)
    assert (status, err) == (2, f"hwbench needs {says}\n")


def test_a_python_further_back_that_has_all_is_taken(project: Project) -> None:
    (project.programs / "python3.11").rename(project.programs / "python3")
    write_program(project.programs / "python3.12", "echo pyenv: python3.12: command not found >&2; exit 127")
    assert project.run("a")[:2] == (7, "[a]\n")


def test_a_folder_that_may_not_be_written_is_one_line(project: Project) -> None:
    (project.root / ".venv.lock").mkdir()
    status, _, err = project.run()
    assert status == 1
    assert "cannot make its .venv" in err
    assert len(err.splitlines()) == 1


def without_compiler(project: Project) -> None:
    (project.programs / "gcc").unlink()


def test_without_a_compiler_that_of_zig_is_installed(project: Project) -> None:
    without_compiler(project)
    assert project.run()[0] == 7
    assert project.diary == ["venv", "pip ziglang", "pip -e ROOT[report]"]
    words = ["-march=x86-64", "-march=x86-64-v3", "-march=armv8-a", "-Ia b"]
    told = subprocess.run(
        [str(project.root / ".venv/bin/zig-cc"), *words], capture_output=True, text=True, check=True
    ).stdout
    assert told == "cc -fno-sanitize=undefined -march=x86_64 -march=x86_64_v3 -mcpu=generic -Ia b\n"


def test_without_any_compiler_one_line_says_what_to_do(project: Project) -> None:
    without_compiler(project)
    status, _, err = project.run(PIP_FAILS="ziglang")
    assert status == 1
    assert err.splitlines()[-1].endswith("apt-get install gcc libc6-dev")


def test_a_compiler_of_the_users_choice_is_left_to_pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("_environment", ROOT / "scripts" / "_environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    write_program(tmp_path / "my-cc", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CC", "my-cc -m64")
    assert module._compiler(tmp_path, tmp_path / "log") == {}


def checks(project: Project, **statuses: int) -> tuple[int, str, str, list[str]]:
    """Run scripts/test with stand-ins for its tools, of those exit statuses."""
    project.run(script=project.root / "scripts" / "test")
    for folder in ("hwbench", "kernels"):
        (project.root / folder).mkdir(exist_ok=True)
    for tool in ("ruff", "mypy", "lint-imports", "python"):
        name = tool.replace("-", "_")
        write_program(project.root / ".venv/bin" / tool, f'echo {name} "$@"; exit {statuses.get(name, 0)}')
    status, out, err = project.run("-k", "a b", script=project.root / "scripts" / "test")
    return status, out, err, out.splitlines()


def test_the_test_command_installs_the_test_extra_once(project: Project) -> None:
    checks(project)
    assert project.diary == ["venv", "pip -e ROOT[test]"]


def test_what_the_test_command_installed_is_enough_for_the_other(project: Project) -> None:
    """One brings along what the other wants: they must not take turns in installing."""
    checks(project)
    write_program(project.root / ".venv/bin/hwbench", "exit 0")
    project.run("demo")
    project.run(script=project.root / "scripts" / "test")
    assert project.diary == ["venv", "pip -e ROOT[test]"]


def test_all_checks_run_and_pytest_speaks_last(project: Project) -> None:
    status, _, err, lines = checks(project)
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in lines] == ["ruff", "mypy", "lint_imports", "python"]
    assert lines[-1] == "python -m pytest -k a b"


@pytest.mark.parametrize("tool", ["ruff", "mypy", "lint_imports", "python"])
def test_one_check_that_fails_fails_all_and_stops_none(project: Project, tool: str) -> None:
    status, out, err, lines = checks(project, **{tool: 1})
    assert status == 1
    assert lines[-1].startswith("python -m pytest")
    assert len(lines) == 4
    assert tool == "python" or f"{tool.replace('_', '-')} failed" in err, out


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_plain_posix_shell(script: Path) -> None:
    shellcheck = shutil.which("shellcheck") or pytest.skip("shellcheck is not installed")
    done = subprocess.run([shellcheck, "-x", str(script)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_understood_by_sh(script: Path) -> None:
    assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0
    assert os.access(script, os.X_OK) or script.suffix == ".sh"
