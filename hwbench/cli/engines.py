"""`hwbench engines [run]`: database engines at the same work, each answer checked, each time beside sqlite's."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import engines_pythons
from hwbench.errors import UsageError

if TYPE_CHECKING:
    from hwbench.engines.study import Plan
    from hwbench.records.study import Study

EPILOG: Final = """examples:
  hwbench engines                              the engines that there are, and how to get the others
  hwbench engines run --quick                  small tables, under two minutes
  hwbench engines run                          the article's experiment at its own sizes
  hwbench engines run --engines sqlite,turso,plausible --operations lookup,join --sizes 1K,10K,100K
  hwbench engines run --folder study           a run that was killed goes on where it was
  hwbench engines run --json study.json
""" + engines_pythons.EXAMPLES + """
exit status: 0 done, 2 wrong usage, 3 nothing could be measured, 130 interrupted (what was measured is kept)
"""
DEFAULT_ENGINES: Final = ("sqlite", "tuned", "plausible")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "engines",
        help="study database engines at the same work",
        description="List the engines, or measure them: every operation, checked, beside sqlite.",
        epilog=EPILOG,
    )
    choices = ("list", "run", *engines_pythons.CHOICES)
    parser.add_argument("what", nargs="?", choices=choices, default="list", help="list them (default), run the study, or see below")
    parser.add_argument("--engines", metavar="NAME,NAME", help="which (default: all that are installed)")
    parser.add_argument("--operations", metavar="NAME,NAME", help="which (default: all)")
    parser.add_argument("--sizes", metavar="N,N", help="rows: 1K,10K,1M (default: each operation's own)")
    parser.add_argument("--cell-timeout", type=float, default=60.0, metavar="S", help="seconds that a cell may take (60)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="small tables, under two minutes")
    length.add_argument("--full", action="store_true", help="all sixteen variants of the plausible engine as well")
    parser.add_argument("--folder", metavar="FOLDER", help="where the run is kept (default: among the user's data)")
    parser.add_argument(
        "-o", "--output", "--json", metavar="FILE", action="append", default=[], help="write the study as JSON (- for standard output)"
    )
    engines_pythons.register(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the engines or carry out the study; the exit status says whether anything was measured."""
    from hwbench.cli import outputs

    for name in arguments.output:
        outputs.check_writable(name)
    if arguments.what == "list":
        return _list()
    if arguments.what in engines_pythons.CHOICES:
        return engines_pythons.run(arguments)
    if not 0 < arguments.cell_timeout < float("inf"):
        raise UsageError(f"--cell-timeout must be above zero, and is {arguments.cell_timeout:g}")
    return _study(arguments)


def _list() -> int:
    """Print every engine with its version, or with what is lacking and the command that mends it."""
    from hwbench.engines.protocol import known_engines, version_of
    from hwbench.records import Unavailable
    from hwbench.show import grid
    from hwbench.show.explanation import page_of

    rows = []
    for name, known in known_engines().items():
        adapter = known.load()
        if isinstance(adapter, Unavailable):
            rows.append(grid.Row((name, "", f"{adapter.reason}: {adapter.remedy}")))
        else:
            rows.append(grid.Row((name, version_of(adapter), (adapter.__doc__ or "").splitlines()[0])))
    sys.stdout.write(grid.draw(("engine", "version", "what it is"), rows, page_of(sys.stdout)) + "\n")
    return 0


def _plan(arguments: argparse.Namespace) -> Plan:
    """Return what is to be measured; UsageError for a name that nobody has."""
    from hwbench.engines import study
    from hwbench.engines.operations import operation_named
    from hwbench.engines.protocol import known_engine, known_engines
    from hwbench.experiment.request import parse_sizes

    engines = _names(arguments.engines) or tuple(known_engines())
    operations = _names(arguments.operations) or study.all_operations()
    for name in engines:
        known_engine(name)
    for name in operations:
        operation_named(name)
    if arguments.quick:
        return study.quick_plan(engines, operations)
    sizes = tuple(int(n) for n in parse_sizes(arguments.sizes)) if arguments.sizes else ()
    return study.Plan(engines=engines, operations=operations, sizes=sizes, timeout=arguments.cell_timeout)


def _names(words: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in (words or "").split(",") if word.strip()))


def _study(arguments: argparse.Namespace) -> int:
    """Measure what is not measured yet, show it and write it."""
    from hwbench.cli import outputs
    from hwbench.engines import study
    from hwbench.records import files
    from hwbench.show import study as shown
    from hwbench.show.explanation import page_of

    plan = _plan(arguments)
    folder = Path(arguments.folder) if arguments.folder else study.default_folder(plan)
    measured = study.record(study.begin(folder, plan), _note)
    if outputs.STANDARD_OUTPUT not in arguments.output:
        sys.stdout.write(shown.report(measured, page_of(sys.stdout)))
    for name in arguments.output:
        outputs.write(files.encode(measured), name, f"; its cells are kept in {folder}")
    return 0 if _has_time(measured) else 3


def _has_time(measured: Study) -> bool:
    return any(cell.seconds is not None for cell in measured.cells)


def _note(text: str, number: int, of: int) -> None:
    sys.stderr.write(f"hwbench: [{number}/{of}] {text}\n")
    sys.stderr.flush()
