"""`hwbench engines [run]`: database engines at the same work, each answer checked, each time beside sqlite's."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import engines_pythons, options
from hwbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.engines.study import Plan
    from hwbench.engines.subjects import Subject
    from hwbench.records.study import Study

EPILOG: Final = (
    """examples:
  hwbench engines                              the engines that there are, and how to get the others
  hwbench engines run --quick                  small tables, under two minutes
  hwbench engines run                          the article's experiment at its own sizes, and why the slow ones are slow
  hwbench engines run --full                   all sixteen variants of the plausible engine at three sizes, more bills
  hwbench engines run --engines sqlite,turso,plausible --operations lookup,join --sizes 1K,10K,100K
  hwbench engines run --engines sqlite,turso --python old/bin/python    the turso of another environment as well
  hwbench engines run --folder study           a run that was killed goes on where it was
  hwbench engines run --json study.json
  hwbench engines run --from study.json        show a study again, from its file alone
"""
    + engines_pythons.EXAMPLES
    + """
exit status: 0 done, 2 wrong usage, 3 nothing could be measured, 130 interrupted (what was measured is kept)
"""
)
NOTHING: Final = 3
QUICK_SIZES: Final = (1_000, 10_000)
QUICK_SECONDS: Final = 0.1
QUICK_TIMEOUT: Final = 3.0
TIMEOUT: Final = 60.0
WEIGHED: Final = (10_000,)
FULLY_WEIGHED: Final = (1_000, 10_000, 100_000)
FULL_BILLS: Final = 3


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "engines",
        help="study database engines at the same work",
        description="List the engines, or measure them: every operation, checked, beside sqlite, and why the slow are slow.",
        epilog=EPILOG,
    )
    choices = ("list", "run", *engines_pythons.CHOICES)
    meant = "list them (default), run the study, or see below"
    parser.add_argument("what", nargs="?", choices=choices, default="list", help=meant)
    parser.add_argument("--engines", metavar="NAME,NAME", help="which (default: all that are installed)")
    parser.add_argument("--operations", metavar="NAME,NAME", help="which (default: all)")
    parser.add_argument("--sizes", metavar="N,N", help="rows: 1K,10K,1M (default: each operation's own)")
    parser.add_argument(
        "--python",
        metavar="PYTHON",
        action="append",
        default=[],
        dest="pythons",
        help="run: also the engines of this Python, a name on PATH or a path; pythons: the ones to compare (repeatable)",
    )
    parser.add_argument("--cell-timeout", type=float, metavar="S", help="seconds that a cell may take (60)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="small tables and times alone, under two minutes")
    length.add_argument("--full", action="store_true", help="the four mistakes weighed at three sizes, more bills")
    parser.add_argument("--no-bills", action="store_true", help="times alone: weigh and explain nothing")
    parser.add_argument("--folder", metavar="FOLDER", help="where the run is kept (default: among the user's data)")
    parser.add_argument(
        "--from", dest="saved", metavar="FILE", help="show a saved study (or comparison of Pythons) again"
    )
    options.add_output(parser, "what was measured")
    engines_pythons.register(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the engines or carry out the study; the exit status says whether anything was measured."""
    from hwbench.cli import outputs

    for name in arguments.output:
        outputs.check_writable(name)
    if arguments.what in engines_pythons.CHOICES:
        return engines_pythons.run(arguments)
    if arguments.saved is not None:
        return _again(arguments)
    if arguments.what == "list":
        return _list(arguments)
    if arguments.cell_timeout is not None and not 0 < arguments.cell_timeout < float("inf"):
        raise UsageError(f"--cell-timeout must be above zero, and is {arguments.cell_timeout:g}")
    with tempfile.TemporaryDirectory(prefix="hwbench-packed-") as packed:
        return _study(arguments, *_subjects(arguments, Path(packed)))


def _list(arguments: argparse.Namespace) -> int:
    """Print every engine with its version, or with what is lacking and the command that mends it."""
    import json

    from hwbench.cli import outputs
    from hwbench.engines import subjects
    from hwbench.engines.known import known_engines
    from hwbench.records import Unavailable
    from hwbench.show import grid
    from hwbench.show.explanation import page_of

    rows, told = [], []
    engines = subjects.here(known_engines().values())
    for engine, one in zip(engines, subjects.ask(engines), strict=True):
        if isinstance(one, Unavailable):
            rows.append(grid.Row((engine.name, "–", str(one))))
            told.append({"name": engine.name, "unavailable": one.reason, "remedy": one.remedy})
        else:
            rows.append(grid.Row((engine.name, one["version"], one["meaning"])))
            told.append({"name": engine.name, "adapter": engine.adapter, **{k: one[k] for k in ("version", "meaning")}})
    for output in arguments.output:
        outputs.write(json.dumps({"engines": told}, indent=1).encode() + b"\n", output)
    if outputs.STANDARD_OUTPUT not in arguments.output:
        sys.stdout.write(grid.draw(("engine", "version", "what it is"), rows, page_of(sys.stdout)) + "\n")
    return 0


def _subjects(arguments: argparse.Namespace, packed: Path) -> tuple[list[Subject], list[str]]:
    """Return the engines to be measured (those named, or all that are installed; and other Pythons'), and those left out."""
    from hwbench.engines import subjects
    from hwbench.engines.known import known_engine, known_engines
    from hwbench.records import Unavailable

    names = options.names(arguments.engines)
    known = [known_engine(name) for name in names] or list(known_engines().values())
    chosen = subjects.here(known)
    told = subjects.ask(chosen) if not names else []
    missing = [each for each, one in zip(chosen, told, strict=False) if isinstance(one, Unavailable)]
    chosen = [each for each in chosen if each not in missing]
    if arguments.pythons:
        file = subjects.pack(packed / "hwbench.pyz")
        chosen += [other for python in arguments.pythons for other in subjects.elsewhere(known, python, file)]
    return list({subject.name: subject for subject in chosen}.values()), [each.name for each in missing]


def _plan(arguments: argparse.Namespace, subjects: Sequence[Subject]) -> Plan:
    """Return what is to be measured; UsageError for an operation that there is not."""
    from msgspec.structs import replace

    from hwbench.engines import study
    from hwbench.engines.operations import operation_named
    from hwbench.experiment.request import parse_sizes

    operations = options.names(arguments.operations) or study.all_operations()
    for name in operations:
        operation_named(name)
    sizes = tuple(int(n) for n in parse_sizes(arguments.sizes)) if arguments.sizes else ()
    timeout = arguments.cell_timeout or (QUICK_TIMEOUT if arguments.quick else TIMEOUT)
    plain = study.Plan(
        engines=tuple(subject.name for subject in subjects), operations=operations, sizes=sizes, timeout=timeout
    )
    if arguments.quick:
        return replace(plain, sizes=sizes or QUICK_SIZES, seconds=QUICK_SECONDS, turns=1)
    if arguments.no_bills:
        return plain
    is_ours = any(subject.engine == "plausible" for subject in subjects)
    weighed = (FULLY_WEIGHED if arguments.full else WEIGHED) if is_ours else ()
    return replace(
        plain,
        weighed=tuple(n for n in weighed if not sizes or n <= max(sizes)),
        bills=FULL_BILLS if arguments.full else 1,
    )


def _study(arguments: argparse.Namespace, subjects: Sequence[Subject], missing: Sequence[str]) -> int:
    """Measure what is not measured yet, show it and write it."""
    from hwbench.engines import campaign, folders, study
    from hwbench.experiment.messages import Doing
    from hwbench.show.progress import Working

    plan = _plan(arguments, subjects)
    if missing:
        sys.stderr.write(
            f"hwbench: not installed, and left out: {', '.join(missing)}; how to get them: hwbench engines\n"
        )
    folder = Path(arguments.folder) if arguments.folder else folders.default_folder("studies", plan)
    working = Working(sys.stderr)
    try:
        with folders.held(folder):
            begun = study.begin(folder, plan, subjects)
            measured = campaign.carry_out(begun, lambda text, done: working(Doing(text, done)))
    except KeyboardInterrupt:
        working.close()
        sys.stderr.write(f"hwbench: interrupted; what was measured is kept in {folder}: the same command goes on\n")
        return options.INTERRUPTED
    finally:
        working.close()
    sys.stderr.write(f"hwbench: the cells, with pyperf's files, are kept in {folder}\n")
    _give(measured, arguments.output, f"; its cells are kept in {folder}")
    return 0 if any(cell.seconds is not None for cell in measured.cells) else NOTHING


def _again(arguments: argparse.Namespace) -> int:
    """Show a saved study, from the file alone."""
    from hwbench.records import files

    _give(files.read(Path(arguments.saved), files.STUDY), arguments.output)
    return 0


def _give(measured: Study, names: list[str], kept: str = "") -> None:
    from hwbench.cli import outputs
    from hwbench.show import study as shown

    outputs.give(measured, shown.report, names, kept)
