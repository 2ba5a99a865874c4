"""How a program of the corpus is made, and what a pair of them is: plain records, the standard library only.

A program is a C source with its macros and flags, or a Python script with a word that chooses the variant. Two programs of
a pair share source and flags but for the one thing that differs, so nothing else can.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
FLAGS = ("-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-pthread")
SCALAR = ("-fno-tree-vectorize", "-fno-tree-slp-vectorize")
REGION_HEADER = HERE.parents[1] / "hwbench" / "include" / "hwbench_region.h"


@dataclass(frozen=True)
class Program:
    """A C source with macros and flags, or a Python script (`.py`) with the word that chooses its variant."""

    source: str
    variant: tuple[str, ...] = ()
    flags: tuple[str, ...] = SCALAR

    @property
    def name(self) -> str:
        """What its binary is called: the source, its macros, and its flags where they are not the usual ones."""
        words = (*self.variant, *(() if self.flags == SCALAR else self.flags))
        marks = str.maketrans(dict.fromkeys("=()* <>/", "_"))
        return "-".join((Path(self.source).stem, *(word.lstrip("-").translate(marks) for word in words)))


@dataclass(frozen=True)
class Pair:
    """Two programs that do the same work, B slower for a known cause (`none`: not slower, `void`: not comparable).

    `accepted`: other causes that may be named first, with the reason in `differs`. `sizes`: what {n} becomes. A pair of
    two causes also has the programs with only the first, and only the second of `causes`. `work_per_n`: operations that a
    program claims for each n, where a claim is to be checked. `steps_per_n`: unit steps in one n. `needs`: what the machine must have.
    `slow_setup`: setting up takes longer than the work, which a tool had better be shown (HWBENCH_CORPUS_REGION).
    """

    name: str
    expected: str
    a: Program
    b: Program
    sizes: tuple[int, ...]
    differs: str
    kind: str = "single"
    accepted: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    first: Program | None = None
    second: Program | None = None
    same_output: bool = True
    steps_per_n: int = 1
    work_per_n: dict[str, float] = field(default_factory=dict)
    slow_setup: bool = False

    @property
    def language(self) -> str:
        """`c`, `numba` or `python`."""
        if self.a.source.endswith(".c"):
            return "c"
        return "numba" if "numba" in self.needs else "python"

    def programs(self) -> dict[str, Program]:
        """Return its two programs as `a` and `b`; in between, of a pair of two causes, those with only one of them."""
        found = {"a": self.a, "first": self.first, "second": self.second, "b": self.b}
        return {name: program for name, program in found.items() if program is not None}


def compile_c(program: Program, folder: Path, compiler: str, region: Path | None = None) -> Path:
    """Compile a C program into the folder unless it is there, and return its path."""
    target = folder / (program.name + ("-marked" if region else ""))
    if target.exists():
        return target
    macros = [f"-D{macro}" for macro in program.variant]
    marks = [f'-DHWBENCH_REGION_HEADER="{region}"'] if region else []
    source = HERE / "c" / program.source
    unfinished = target.with_suffix(f".{os.getpid()}")
    command = [compiler, *FLAGS, *program.flags, *macros, *marks, "-o", str(unfinished), str(source), "-lm"]
    subprocess.run(command, check=True)
    unfinished.rename(target)
    return target


def command_of(program: Program, folder: Path, compiler: str = "cc", region: Path | None = None) -> list[str]:
    """Build a program in the folder and return its argument list, with `{n}` for the size."""
    if program.source.endswith(".c"):
        return [str(compile_c(program, folder, compiler, region)), "{n}"]
    scripts = folder / "py"  # a copy, since numba keeps its compiled code beside it
    if not scripts.is_dir():
        shutil.copytree(HERE / "py", scripts, ignore=shutil.ignore_patterns("__pycache__", "kept"))
    return [sys.executable, str(scripts / program.source), *program.variant, "{n}"]


def run_once(argv: list[str]) -> None:
    """Run a program at size 1, so that the machine code that numba makes is kept already when it is measured."""
    command = [word.replace("{n}", "1") for word in argv]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def _says(path: str, word: str) -> bool:
    try:
        return word in Path(path).read_text()
    except OSError:
        return False


def _has_numba() -> bool:
    return importlib.util.find_spec("numba") is not None


def _usable_cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


NEEDS = {
    "avx2": ("a CPU with AVX2", lambda: platform.machine() in {"x86_64", "AMD64"} and _says("/proc/cpuinfo", " avx2 ")),
    "2 cpus": ("two usable CPUs", lambda: _usable_cpus() >= 2),
    "numba": ("numba", _has_numba),
    "huge pages": (
        "transparent huge pages on request",
        lambda: (
            not _says("/sys/kernel/mm/transparent_hugepage/enabled", "[never]")
            and Path("/sys/kernel/mm/transparent_hugepage/enabled").exists()
        ),
    ),
}


def missing(pair: Pair) -> str | None:
    """Return what this machine lacks for a pair, or None."""
    for need in pair.needs:
        words, holds = NEEDS[need]
        if not holds():
            return words
    return None
