"""`hwbench engines pythons` and `manifest`: pyperformance's benchmarks under several Pythons, and ours for pyperformance."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import options
from hwbench.errors import UsageError

if TYPE_CHECKING:
    from hwbench.engines.pythons.study import Plan
    from hwbench.records.pythons import Pythons

CHOICES: Final = ("pythons", "manifest")
DEFAULT_BUDGET: Final = 60.0
EXAMPLES: Final = """  hwbench engines pythons --python python3.11 --python python3.13
                                               pyperformance's benchmarks under each, and why they differ
  hwbench engines pythons --python python3.11 --python ~/builds/3.15/bin/python3 -b nbody,richards --fast
  pyperformance run --manifest "$(hwbench engines manifest)"
                                               our kernels and engines by pyperformance's own runner
"""


def register(parser: argparse.ArgumentParser) -> None:
    """Add the options of `pythons` to the parser of the verb; `manifest` takes `--folder` alone."""
    group = parser.add_argument_group(
        "pythons and manifest",
        "pythons: pyperformance's benchmarks under several Pythons, and why they differ; "
        "manifest: write our suite as a manifest of pyperformance's (into --folder), and print where",
    )
    group.add_argument(
        "-b", "--benchmarks", metavar="NAME,NAME", help="pyperformance's benchmarks (default: five quick ones)"
    )
    group.add_argument("--fast", action="store_true", help="pyperformance's own fast mode: rough times")
    group.add_argument(
        "--budget",
        type=float,
        default=DEFAULT_BUDGET,
        metavar="S",
        help=f"seconds to explain each difference ({DEFAULT_BUDGET:.0f}; 0: times alone)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare Pythons or write the manifest; the exit status says whether that was done."""
    return _manifest(arguments) if arguments.what == "manifest" else _pythons(arguments)


def _manifest(arguments: argparse.Namespace) -> int:
    """Write the manifest and print its path alone, so that a shell can hand it on."""
    from hwbench.engines import suite

    sys.stdout.write(f"{suite.write(Path(arguments.folder) if arguments.folder else suite.default_folder())}\n")
    return 0


def _pythons(arguments: argparse.Namespace) -> int:
    """Time what is not timed yet, explain, show and write it."""
    from hwbench.cli import outputs
    from hwbench.engines import folders
    from hwbench.engines.pythons import study
    from hwbench.records import files
    from hwbench.show.progress import Working

    for name in arguments.output:
        outputs.check_writable(name)
    if arguments.saved is not None:
        _give(files.read(Path(arguments.saved), files.PYTHONS), arguments.output)
        return 0
    plan = _plan(arguments)
    folder = Path(arguments.folder) if arguments.folder else folders.default_folder("pythons", plan)
    working = Working(sys.stderr)
    try:
        with folders.held(folder):
            sys.stderr.write(f"hwbench: this run is kept in {folder}; the same command goes on with it\n")
            measured = study.record(study.begin(folder, plan), _note, working)
    finally:
        working.close()
    _give(measured, arguments.output, f"; its parts are kept in {folder}")
    return 0


def _give(measured: Pythons, names: list[str], kept: str = "") -> None:
    from hwbench.cli import outputs
    from hwbench.show import pythons as shown

    outputs.give(measured, shown.report, names, kept)


def _plan(arguments: argparse.Namespace) -> Plan:
    """Return what is to be measured; UsageError for what cannot be meant."""
    from hwbench.engines.pythons import benchmarks, interpreters, study

    if not 0 <= arguments.budget < float("inf"):
        raise UsageError(f"--budget must be seconds, or 0, and is {arguments.budget:g}")
    if len(arguments.pythons) < 2:
        raise UsageError(
            "there is nothing to compare: give --python PYTHON twice or more, as --python python3.11 --python python3.13"
        )
    names = options.names(arguments.benchmarks) or benchmarks.DEFAULT
    benchmarks.programs(names)
    found = interpreters.interpreters(arguments.pythons)
    return study.Plan(interpreters=found, benchmarks=names, is_fast=arguments.fast, budget=arguments.budget)


def _note(text: str, number: int, of: int) -> None:
    sys.stderr.write(f"hwbench: [{number}/{of}] {text}\n")
    sys.stderr.flush()
