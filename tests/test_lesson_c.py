"""The C of every lesson compiles without a warning by gcc and clang, for AArch64 too, and is clean under the sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hwbench import lessons
from hwbench.lessons import languages

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [name for name in lessons.names() if (languages.FOLDER / name / "twins.c").is_file()]
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{languages.FOLDER}", "-c", "-o", os.devnull)
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def need(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    return found


@pytest.mark.parametrize("tool", ["gcc", "clang", "aarch64-linux-gnu-gcc"])
@pytest.mark.parametrize("level", ["-O0", "-O3"])
def test_every_lesson_compiles_without_a_warning(tool: str, level: str) -> None:
    compiler = need(tool)
    wrong = []
    for name in SOURCES:
        source = languages.FOLDER / name / "twins.c"
        done = subprocess.run([compiler, level, *WARNINGS, str(source)], capture_output=True, text=True, check=False)
        wrong += [f"{name}: {done.stderr}"] if done.returncode else []
    assert wrong == []


def test_every_lesson_is_clean_under_the_sanitizers(tmp_path: Path) -> None:
    compiler = need("gcc")
    told = subprocess.run([compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True).stdout
    library = Path(told.strip())
    if not library.is_absolute() or not library.exists():
        pytest.skip("gcc has no sanitizer libraries")
    environment = {
        **os.environ,
        "CC": compiler,
        "XDG_CACHE_HOME": str(tmp_path),
        "LD_PRELOAD": str(library),
        "ASAN_OPTIONS": "detect_leaks=0,verify_asan_link_order=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
    }
    words = [sys.executable, str(ROOT / "tests" / "lesson_sanitized.py"), str(ROOT / "tests" / "data" / "profile.json")]
    done = subprocess.run(
        [*words, *SANITIZERS], capture_output=True, text=True, check=False, env=environment, timeout=600
    )
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]}: {done.stderr[-3000:]}"
    assert done.stdout.splitlines()[-1] == "done"
