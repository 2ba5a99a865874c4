"""pyperformance's benchmarks: which there are, run by its own runner, and what its files say.

Its runner makes a virtual environment for an interpreter and installs pyperf there with pip; what it and pip say goes into a
log beside the file. Of pip's environment only what is named is handed on by pyperformance: we name what reaches an index.
Fooled by: values of one process, which are more alike than those of two; so a process counts once, by the mean of its values.
Source: pyperformance's documentation, "Usage" and "Custom benchmarks"; pyperf's documentation, "JSON file format".
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hwbench.errors import CouldNotMeasure, UsageError, unknown
from hwbench.records.pythons import Interpreter

# Pure Python and the standard library alone, so that pip is needed for pyperf only; each leans on another part of the machine:
# boxed numbers (allocation), objects and calls (dispatch, branch), C code on strings (instructions), large integers
# (execution), a walk through half a million pointers (cache).
DEFAULT: Final = ("nbody", "richards", "json_dumps", "pidigits", "gc_traversal")
HANDED_ON: Final = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "LD_LIBRARY_PATH")
# What stands in the log where an environment could not be made.
NOT_INSTALLED: Final = (
    "RequirementsInstallationFailedError",
    "VenvPipInstallFailedError",
    "VenvCreationFailedError",
    "could not install requirements",
)


@dataclass(frozen=True)
class Program:
    """A benchmark's script with its options, and which Pythons it is for; `needs_packages`: others than pyperf."""

    name: str
    script: str
    options: tuple[str, ...] = ()
    python: str = ""
    needs_packages: bool = False

    def runs_under(self, interpreter: Interpreter) -> bool:
        """Whether the benchmark says that it is for this interpreter."""
        from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - as pyperformance has it

        return SpecifierSet(self.python).contains(interpreter.version, prereleases=True)


@dataclass(frozen=True)
class Timing:
    """A benchmark in a pyperf file: the means of its processes in seconds, and how it was run.

    `task` is its place among the benchmarks of its script; `python` the interpreter in pyperformance's environment.
    """

    name: str
    task: int
    samples: tuple[float, ...]
    inner_loops: int
    python: str


class NotInstalled(CouldNotMeasure):
    """pip could not install what a benchmark needs."""


def programs(names: Sequence[str]) -> tuple[Program, ...]:
    """Return the benchmarks of these names; UsageError, with the nearest name, for one that pyperformance does not have."""
    from pyperformance import _manifest  # noqa: PLC0415 - its command line reads the same

    there = {bench.name: bench for bench in _manifest.load_manifest(None).benchmarks}
    for name in names:
        if name not in there:
            listed = f"see: {Path(sys.executable).name} -m pyperformance list"
            raise unknown("benchmark of pyperformance", name, there, listed)
    return tuple(_program(there[name]) for name in names)


def _program(bench: Any) -> Program:
    lockfile = bench.requirements_lockfile
    return Program(
        name=bench.name,
        script=bench.runscript,
        options=tuple(bench.extra_opts or ()),
        python=str(getattr(bench, "python", "")),
        needs_packages=bool(lockfile and Path(lockfile).exists()),
    )


def command(interpreter: Interpreter, program: Program, output: Path, *, fast: bool) -> list[str]:
    """Return pyperformance's command that runs one benchmark under one interpreter."""
    words = [sys.executable, "-P", "-m", "pyperformance", "run", f"--python={interpreter.path}"]
    words += [f"--benchmarks={program.name}", f"--output={output}"]
    named = [name for name in os.environ if name.startswith("PIP_") or name.upper() in HANDED_ON]
    words += [f"--inherit-environ={','.join(sorted(named))}"] if named else []
    return words + (["--fast"] if fast else [])


def run(interpreter: Interpreter, program: Program, output: Path, environments: Path, *, fast: bool = False) -> None:
    """Run one benchmark under one interpreter into a file, which is there whole or not at all; its log stands beside it.

    `environments` is the folder in which pyperformance keeps its virtual environments. CouldNotMeasure, one line, where it fails.
    """
    partial, log = output.with_name(f"{output.stem}.partial.json"), output.with_suffix(".log")
    partial.unlink(missing_ok=True)
    environments.mkdir(parents=True, exist_ok=True)
    words = command(interpreter, program, partial.absolute(), fast=fast)
    with log.open("w", encoding="utf-8") as written:
        status = _attend(words, environments, written)
    if status == 0 and partial.exists():
        partial.replace(output)
        return
    partial.unlink(missing_ok=True)
    raise trouble(interpreter, program, log.read_text(encoding="utf-8", errors="replace"), log)


def _attend(words: Sequence[str], folder: Path, log: Any) -> int:
    """Run a command with all that it starts, and end all of that where we are interrupted."""
    with subprocess.Popen(
        words, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            return process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def trouble(interpreter: Interpreter, program: Program, said: str, log: Path) -> CouldNotMeasure:
    """Return the error that a log tells of, in one line that says what to do."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any(sign in said for sign in NOT_INSTALLED):
        told = next((line for line in lines if line.startswith("ERROR: Could not")), "see the log").removeprefix(
            "ERROR: "
        )
        return NotInstalled(
            f"pyperformance could not install what {program.name} needs for {interpreter.name} ({told[:160]}): let pip reach an "
            f"index (PIP_INDEX_URL, PIP_FIND_LINKS, a proxy) and give the same command again; the log is {log}"
        )
    told = next((line for line in reversed(lines) if _is_error(line)), "it ended without a file")
    return CouldNotMeasure(f"{program.name} under {interpreter.name} failed ({told[:160]}); the log is {log}")


def _is_error(line: str) -> bool:
    """Whether a line names an exception, other than the two that pyperformance itself ends with."""
    head = line.partition(":")[0]
    return head.endswith(("Error", "Exception")) and " " not in head and "Benchmark died" not in line


def read(path: Path) -> tuple[Timing, ...]:
    """Return what a file of pyperformance's holds; UsageError, one line, where it is none."""
    import pyperf  # noqa: PLC0415 - not needed where nothing is read

    try:
        found = [
            _timing(task, bench) for task, bench in enumerate(pyperf.BenchmarkSuite.load(str(path)).get_benchmarks())
        ]
    except Exception as error:  # whatever pyperf stumbles over in a file that is not its own
        raise UsageError(f"{path} is not a pyperf file ({' '.join(str(error).split())[:100]})") from error
    return tuple(timing for timing in found if timing.samples)


def _timing(task: int, bench: Any) -> Timing:
    metadata = bench.get_metadata()
    valued = [run.values for run in bench.get_runs() if run.values]
    return Timing(
        name=bench.get_name(),
        task=task,
        samples=tuple(sum(values) / len(values) for values in valued),
        inner_loops=int(metadata.get("inner_loops", 1)),
        python=str(metadata.get("python_executable", "")),
    )


def kept(path: Path) -> tuple[Timing, ...]:
    """Return what was measured already; nothing where the file is not there or damaged."""
    try:
        return read(path) if path.exists() else ()
    except UsageError:
        return ()
