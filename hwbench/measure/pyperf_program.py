"""The program pyperf runs in its workers: `python -m hwbench.measure.pyperf_program SUBJECT… [pyperf's options]`.

Each benchmark runs in several fresh processes, since page placement differs from one to the next. A subject is spelt
KERNEL:TWIN:VARIANT:SIZE (see `hwbench.measure.subjects`); pyperf's `loops` are the kernel's repeats, so a value is
seconds per repeat. `hwbench run` is the comfortable way in.
Fooled by: pyperf's scrubbed environment (settings travel on the command line, or by name through --inherit-environ).
Source: pyperf's documentation, "Runner class" and "add_cmdline_args".
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pyperf

from hwbench.errors import CouldNotMeasure, HwbenchError
from hwbench.measure.affinity import restricted
from hwbench.measure.subjects import Ready, Subject, make_ready, read_subject
from hwbench.records import Unavailable

if TYPE_CHECKING:
    import argparse

# -P: a checkout in the working directory must not shadow the installed package in the workers.
PROGRAM: Final = ("-P", "-m", "hwbench.measure.pyperf_program")
NAME: Final = "hwbench run"
INHERITED: Final = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "XDG_CACHE_HOME")


def main() -> None:
    """Run the subjects named on the command line; each finished benchmark is in the output file at once.

    A subject that fails has said why, and does not keep the others from running; the exit status is then 3.
    """
    runner = pyperf.Runner(program_args=PROGRAM, add_cmdline_args=_for_workers)
    _declare(runner.argparser)
    arguments = runner.parse_args()
    if arguments.worker:
        _work(runner, arguments.subjects[0])
    else:
        sys.exit(_manage(runner))


class Voice:
    """Standard output that falls silent when its reader goes (`| head`): that is no reason to lose what is measured."""

    def __init__(self, stream: Any) -> None:
        """Speak through a stream."""
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or be silent."""
        with contextlib.suppress(BrokenPipeError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write out what was kept back, or fall silent for good."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _manage(runner: Any) -> int:
    """Let pyperf run each subject in worker processes; return the exit status."""
    sys.stdout = Voice(sys.stdout)
    arguments = runner.args
    target, arguments.output = arguments.output, None
    arguments.inherit_environ = [*INHERITED, *(arguments.inherit_environ or [])]
    written: list[Any] = []
    failed = 0
    for subject in arguments.subjects:
        arguments.subject = subject
        try:
            benchmark = runner.bench_time_func(subject.name, _never)
        except (RuntimeError, OSError) as error:  # pyperf's word for a worker that failed; what the system refused
            sys.stderr.write(f"{NAME}: {subject.name} failed ({error})\n")
            failed += 1
            continue
        if benchmark is not None and target:
            written.append(benchmark)
            _write(written, Path(target))
    return CouldNotMeasure.exit_status if failed else 0


def _work(runner: Any, subject: Subject) -> None:
    """Prepare and time the one subject of this worker, pinned beforehand so that its pages lie near."""
    with restricted(runner.args.affinity):
        ready = make_ready(subject)
        if isinstance(ready, Unavailable):
            sys.stderr.write(f"{NAME}: {subject.name}: {ready}\n")
            sys.exit(CouldNotMeasure.exit_status)
        try:
            ready.seconds(1)
            metadata = _metadata(ready, runner.args.machine_profile)
            runner.bench_time_func(subject.name, ready.seconds, metadata=metadata)
        finally:
            ready.close()


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.prog = NAME
    parser.error = _refuse  # type: ignore[method-assign]  # one line, without the page of options that argparse prints
    parser.add_argument("subjects", nargs="+", type=_subject, metavar="KERNEL:TWIN:VARIANT:SIZE")
    parser.add_argument("--machine-profile", default="", help="id of the machine profile that the file refers to")


def _subject(word: str) -> Subject:
    try:
        return read_subject(word)
    except HwbenchError as error:
        _refuse(str(error))


def _refuse(message: str) -> NoReturn:
    sys.stderr.write(f"{NAME}: {message}\n")
    sys.exit(2)


def _for_workers(command: list[str], arguments: argparse.Namespace) -> None:
    """Add to a worker's command line its one subject, which is its first task, and what the metadata need."""
    command.append("--worker-task=0")
    if arguments.machine_profile:
        command.append(f"--machine-profile={arguments.machine_profile}")
    command.append(arguments.subject.spell())


def _never(_loops: int) -> float:
    raise AssertionError("the managing process runs no benchmark itself")


def _metadata(ready: Ready, profile: str) -> dict[str, str | int | float]:
    told = {**ready.metadata(), "hwbench_version": version("hwbench-toolkit")}
    return told | {"machine_profile": profile} if profile else told


def _write(benchmarks: list[Any], target: Path) -> None:
    """Write the finished benchmarks in one act, so that an interruption leaves the file whole."""
    partial = target.with_name(f".{os.getpid()}.{target.name}")  # the same ending: pyperf packs .gz
    try:
        pyperf.BenchmarkSuite(benchmarks).dump(str(partial), replace=True)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
