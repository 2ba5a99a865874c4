"""Regions: the marks in C and in Python, what they write, and that they cost and disturb nothing where nobody asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hwbench
from hwbench.measure import processes
from hwbench.records import Command
from hwbench.regions import COLUMNS, _machine_code

if TYPE_CHECKING:
    from collections.abc import Callable

COMPILERS = [name for name in ("gcc", "clang", "cc") if shutil.which(name)]
needs_compiler = pytest.mark.skipif(not COMPILERS, reason="no C compiler here")
C_PROGRAM = """
#include "hwbench_region.h"
#include <sys/wait.h>
static volatile double sink;
static void work(long n) { for (long i = 0; i < n; i++) sink += (double)i; }
int main(int count, char **words) {
    long passes = atol(words[1]), inside = atol(words[2]);
    char how = count > 3 ? words[3][0] : '-';
    work(40000000);
    for (long i = 0; i < passes; i++) { hwbench_region_begin(); work(inside); hwbench_region_end(); }
    if (how == 'f' && fork() == 0) return 0;
    if (how == 'f') wait(NULL);
    if (how == 'n') { hwbench_region_begin(); hwbench_region_begin(); hwbench_region_end(); work(inside);
                      hwbench_region_end(); hwbench_region_end(); }
    if (how == 'x') { hwbench_region_begin(); work(inside); exit(0); }
    return 0;
}
"""


@pytest.fixture(scope="module")
def c_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("region"), C_PROGRAM, ("-std=c11", "-O2"), COMPILERS[0])


def compiled(folder: Path, source: str, flags: tuple[str, ...], compiler: str, suffix: str = ".c") -> Path:
    path, program = folder / f"program{suffix}", folder / "program"
    path.write_text(source)
    words = [compiler, *flags, "-I", hwbench.include_folder(), str(path), "-o", str(program)]
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    assert not built.stderr
    return program


def lines_of(words: list[str], folder: Path) -> list[list[int]]:
    file = folder / "lines"
    file.unlink(missing_ok=True)
    subprocess.run(words, check=True, env=os.environ | {"HWBENCH_REGION": str(file)}, timeout=60)
    return [[int(word) for word in line.split()] for line in file.read_text().splitlines()] if file.exists() else []


@needs_compiler
def test_a_c_region_holds_the_work_inside_and_not_the_work_outside(c_program: Path) -> None:
    small = processes.run(Command(argv=(str(c_program), "1", "400000"))).run
    assert small.whole is not None
    assert 0 < small.wall < small.whole / 4


@needs_compiler
def test_the_passes_of_a_c_region_are_added_up_into_one_line(c_program: Path, tmp_path: Path) -> None:
    ten = lines_of([str(c_program), "10", "400000"], tmp_path)
    assert [len(line) for line in ten] == [COLUMNS]
    wall, user, system = ten[0][:3]
    assert user + system <= 1.2 * wall


@needs_compiler
@pytest.mark.parametrize("how", ["f", "n", "x"])
def test_a_fork_a_nested_region_and_an_exit_within_leave_one_line(c_program: Path, tmp_path: Path, how: str) -> None:
    assert len(lines_of([str(c_program), "1", "1000", how], tmp_path)) == 1


@needs_compiler
def test_a_million_short_passes_charge_the_region_little_for_the_marks(c_program: Path, tmp_path: Path) -> None:
    [line] = lines_of([str(c_program), "1000000", "1"], tmp_path)
    assert line[1] + line[2] <= 2 * line[0], "CPU time of the marks themselves must not count"


@needs_compiler
def test_a_c_program_that_never_enters_writes_nothing(c_program: Path, tmp_path: Path) -> None:
    assert lines_of([str(c_program), "0", "1"], tmp_path) == []


@needs_compiler
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("standard", ["c11", "gnu11", "gnu17"])
def test_the_header_compiles_without_a_warning(tmp_path: Path, compiler: str, standard: str) -> None:
    program = compiled(tmp_path, C_PROGRAM, (f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-O2"), compiler)
    assert len(lines_of([str(program), "2", "10"], tmp_path)) == 1


@pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler here")
@pytest.mark.parametrize("standard", ["c++11", "c++17"])
def test_the_header_compiles_as_cpp(tmp_path: Path, standard: str) -> None:
    program = compiled(tmp_path, C_PROGRAM, (f"-std={standard}", "-Wall", "-Wextra"), "c++", ".cpp")
    assert len(lines_of([str(program), "2", "10"], tmp_path)) == 1


@needs_compiler
def test_two_files_of_a_program_share_one_region(tmp_path: Path) -> None:
    begin = '#include "hwbench_region.h"\nvoid other(void);\nint main(void) { hwbench_region_begin(); other(); return 0; }\n'
    end = '#include "hwbench_region.h"\nvoid other(void) { hwbench_region_end(); }\n'
    (tmp_path / "end.c").write_text(end)
    program = compiled(tmp_path, begin, ("-std=c11", str(tmp_path / "end.c")), COMPILERS[0])
    assert len(lines_of([str(program)], tmp_path)) == 1


@needs_compiler
@pytest.mark.skipif(os.uname().machine not in {"x86_64", "aarch64"}, reason="no marks on this architecture")
def test_the_marks_of_the_header_and_of_python_are_the_same_bytes(c_program: Path) -> None:
    held = c_program.read_bytes()
    inner = {"x86_64": slice(1, 9), "aarch64": slice(0, 12)}[os.uname().machine]
    assert all(_machine_code(number)[inner] in held for number in (1, 2))


PYTHON = f"{sys.executable}"
IDLE = "import time, hwbench\n"


def python_lines(code: str, folder: Path) -> list[list[int]]:
    return lines_of([PYTHON, "-c", IDLE + code], folder)


@pytest.mark.parametrize(
    "code",
    [
        "with hwbench.region(): time.sleep(0.01)",
        "hwbench.region()(time.sleep)(0.01)",
        "for _ in range(2):\n with hwbench.region():\n  with hwbench.region(): time.sleep(0.005)",
        "hwbench.region().__enter__(); time.sleep(0.01)",
        "import os\nwith hwbench.region():\n time.sleep(0.01)\n if os.fork() == 0: raise SystemExit\n os.wait()",
    ],
    ids=["block", "decorator", "nested", "unclosed", "fork"],
)
def test_a_python_region_writes_one_line(tmp_path: Path, code: str) -> None:
    [line] = python_lines(code, tmp_path)
    assert len(line) == COLUMNS
    assert line[0] >= 10_000_000


def test_a_forked_child_that_enters_has_a_line_of_its_own(tmp_path: Path) -> None:
    code = "import os\npid = os.fork()\nwith hwbench.region(): time.sleep(0.01)\nif pid: os.wait()"
    assert len(python_lines(code, tmp_path)) == 2


def test_a_child_that_leaves_its_parents_region_can_enter_again(tmp_path: Path) -> None:
    code = "import os\nwith hwbench.region():\n pid = os.fork()\nwith hwbench.region(): time.sleep(0.01)\nif pid: os.wait()"
    assert len(python_lines(code, tmp_path)) == 2


def test_an_exception_leaves_the_region_and_passes_on(tmp_path: Path) -> None:
    code = "try:\n with hwbench.region(): 1 / 0\nexcept ZeroDivisionError: pass"
    assert len(python_lines(code, tmp_path)) == 1


def test_a_python_region_without_the_variable_does_nothing(tmp_path: Path) -> None:
    code = IDLE + "with hwbench.region(): pass"
    environment = {name: value for name, value in os.environ.items() if name != "HWBENCH_REGION"}
    subprocess.run([PYTHON, "-c", code], check=True, cwd=tmp_path, env=environment)
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_harms_nobody() -> None:
    words = [PYTHON, "-c", IDLE + "with hwbench.region(): pass"]
    ended = subprocess.run(
        words, env=os.environ | {"HWBENCH_REGION": "/nowhere/at/all"}, check=True, capture_output=True
    )
    assert not ended.stderr


def test_the_include_folder_is_told_on_the_command_line() -> None:
    told = subprocess.run([PYTHON, "-m", "hwbench.regions", "--include"], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == hwbench.include_folder()
    assert (Path(told.stdout.strip()) / "hwbench_region.h").is_file()


def test_the_module_says_in_one_line_how_it_is_used() -> None:
    told = subprocess.run([PYTHON, "-m", "hwbench.regions"], check=False, capture_output=True, text=True)
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.skipif(not shutil.which("qemu-x86_64") or os.uname().machine != "x86_64", reason="no QEMU user mode here")
@pytest.mark.parametrize("mark", ["68770001", "68770002"])
def test_an_emulator_sees_the_marks_of_python(tmp_path: Path, mark: str) -> None:
    log = tmp_path / "log"
    words = ["qemu-x86_64", "-d", "in_asm", "-D", str(log), PYTHON, "-c", IDLE + "with hwbench.region(): pass"]
    subprocess.run(words, check=True, timeout=120)
    assert mark in log.read_text(errors="replace")


def test_the_package_of_a_functions_name_can_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    importlib.import_module("hwbench.explain")
    called: list[tuple[object, ...]] = []
    record: Callable[..., None] = lambda *words: called.append(words)  # noqa: E731
    monkeypatch.setitem(sys.modules, "hwbench.experiment.run", type(sys)("run"))
    monkeypatch.setattr(sys.modules["hwbench.experiment.run"], "explain", record, raising=False)
    hwbench.explain(1, 2)
    assert called == [(1, 2)]
