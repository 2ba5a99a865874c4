"""Every kernel under ASan and UBSan, compiled by gcc and clang without a warning; and on AArch64, run by QEMU.

One generated program (see c_program.py) calls every kernel on memory of exactly the size that it was given.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from c_program import Program, program

from hwbench import native

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-O1"]
TRAPS = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error", "-O1"]  # needs no run-time library
CROSS_COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
# No leak check: it needs ptrace, which containers refuse; and kernels allocate nothing.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1", "PATH": os.environ["PATH"]}


def load_build() -> object:
    """Import c_src/build_native.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("build_native", ROOT / "c_src" / "build_native.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def build() -> object:
    pytest.importorskip("setuptools", reason="setuptools is not installed")
    return load_build()


@dataclass(frozen=True)
class Built:
    """A program of all kernels, with its data beside it."""

    command: tuple[str, ...]
    made: Program


@pytest.fixture(scope="module")
def made(build) -> Iterator[Program]:
    with program([path.name for path in build.headers()]) as made:
        yield made


def need(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    return found


def compile_all(folder: Path, build, compiler: Sequence[str], flags: Sequence[str], made: Program) -> list[Path]:
    """Compile every kernel and the program, two at once; a warning fails."""
    (folder / "main.c").write_text(made.source)
    (folder / "data").write_bytes(made.data)
    sources = [*build.sources(), folder / "main.c"]
    options = [*build.COMMON_FLAGS, *flags, *WARNINGS, f"-I{build.FOLDER}"]
    if not build._is_gcc(compiler[0]):
        options.append("-Wno-unused-command-line-argument")

    def compile_one(source: Path) -> Path:
        target = folder / f"{source.stem}.o"
        done = subprocess.run(
            [*compiler, *options, "-c", str(source), "-o", str(target)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
        assert done.returncode == 0, done.stderr
        return target

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(compile_one, sources))


def link(folder: Path, compiler: Sequence[str], flags: Sequence[str], objects: Sequence[Path]) -> Path:
    target = folder / "program"
    done = subprocess.run(
        [*compiler, *flags, *map(str, objects), "-o", str(target), "-lm", "-lpthread"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "cannot find -lasan" in done.stderr or "libclang_rt" in done.stderr:
        pytest.skip(f"{compiler[0]} has no sanitizer libraries")
    assert done.returncode == 0, done.stderr
    return target


def run(command: Sequence[str], made: Program, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=ENVIRONMENT,
        pass_fds=made.files,
    )


def failures(command: Sequence[str], made: Program) -> str:
    """Run all kernels; if that fails, each for itself, and return what those that fail have to say."""
    if run(command, made).returncode == 0:
        return ""
    told = []
    for number, name in enumerate(made.names):
        done = run(command, made, str(number))
        if done.returncode:
            told.append(f"{name} (exit {done.returncode}):\n{done.stdout[-500:]}{done.stderr[-2500:]}")
    return "\n".join(told) or "the kernels fail together, but none fails alone"


def widths_here() -> list[str]:
    """The narrowest, the baseline and the widest vectors of this CPU."""
    names = [variant.name for variant in native.available()]
    return list(dict.fromkeys([*names[:2], *names[-1:]]))


@pytest.mark.parametrize("width", widths_here())
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_kernel_leaves_its_memory_or_the_language(compiler: str, width: str, build, made, tmp_path: Path) -> None:
    tool = [need(compiler)]
    flags = [*build.variants()[width], *SANITIZERS]
    built = link(tmp_path, tool, flags, compile_all(tmp_path, build, tool, flags, made))
    assert not (told := failures((str(built), str(tmp_path / "data")), made)), told


def test_every_kernel_that_can_be_prepared_is_in_the_program(made) -> None:
    from hwbench.catalog import kernels

    assert sorted([*made.names, *made.left_out]) == sorted(kernels())
    assert made.names


@pytest.mark.parametrize("width", ["scalar", "v128"])
def test_every_kernel_gives_the_same_result_on_aarch64(width: str, build, made, tmp_path: Path) -> None:
    if platform.machine() in ("aarch64", "arm64"):
        pytest.skip("this is an AArch64 machine: the other tests say it")
    tool, emulator = [need(CROSS_COMPILER)], need(EMULATOR)
    flags = [*build.variants("aarch64")[width], *TRAPS]
    built = link(tmp_path, tool, [*flags, "-static"], compile_all(tmp_path, build, tool, flags, made))
    assert not (told := failures((emulator, str(built), str(tmp_path / "data")), made)), told


@pytest.mark.parametrize("width", ["scalar", "v128"])
def test_clang_compiles_every_kernel_for_aarch64_without_a_warning(width: str, build, made, tmp_path: Path) -> None:
    need(CROSS_COMPILER)  # its C library has the headers
    tool = [need("clang"), "--target=aarch64-linux-gnu"]
    compile_all(tmp_path, build, tool, build.variants("aarch64")[width], made)


def test_a_byte_beyond_an_array_is_noticed(build, tmp_path: Path) -> None:
    """The trap itself: a program that reads one word too many must fail."""
    tool = [need("gcc")]
    beyond = "*(volatile int64_t *)(block[0] + 16)"
    call = f"static void *thread_0_0(void *o) {{ ((struct result *)o)->whole = {beyond}; return 0; }}"
    source = call + "static struct result run_0(void) { return run_threads(0, 1, (thread *[]){thread_0_0}); }"
    frame = (ROOT / "tests" / "c_program.c").read_text()
    includes = '#include "clock.h"\n#include "cpu.h"'
    check = "static int check_0(struct result r) { (void)r; return 1; }"
    text = frame.replace("/*HEADERS*/", includes).replace("/*CALLS*/", source + check)
    text = text.replace("/*TABLE*/", '{"x", run_0, check_0},')
    data = b"".join(n.to_bytes(8, "little") for n in (1, 16, 16, 0, 0, 0))
    made = Program(text, data, (), ["x"])
    flags = [*build.variants()["scalar"], *SANITIZERS]
    built = link(tmp_path, tool, flags, compile_all(tmp_path, build, tool, flags, made))
    assert "heap-buffer-overflow" in failures((str(built), str(tmp_path / "data")), made)
