"""`hwbench compare A B …`: print in what machines, or several days of one, differ by more than their intervals."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import options
from hwbench.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from hwbench.records import MachineComparison, MachineProfile

EPILOG: Final = """examples:
  hwbench compare laptop.json server.json            every quantity of both, and what differs
  hwbench compare monday.json newest --differing     what has changed on this machine since
  hwbench compare a.json b.json c.json --only 'l2,dram.*'
                                                     three machines, the second cache and memory alone
  hwbench compare 4af1 9c02 --json both.json         two kept profiles by their ids (hwbench show --list)
  hwbench compare --from both.json                   a saved comparison again

Two values differ (≠) where their intervals do not overlap. Each later machine is compared with the first.
Programs are compared by another verb: hwbench explain --a A --b B
"""
NEWEST: Final = "newest"
LEAST: Final = 2
EXPLAIN: Final = "two programs are compared by: hwbench explain --a A --b B"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "compare",
        help="say in what two machines, or two days of one, differ",
        description="Compare machine profiles, quantity by quantity: what differs by more than the intervals?",
        epilog=EPILOG,
    )
    parser.add_argument(
        "profiles", nargs="*", metavar="PROFILE", help="a file, the id of a kept profile, or `newest` (of this machine)"
    )
    parser.add_argument("--differing", action="store_true", help="print only what differs")
    parser.add_argument(
        "--only", metavar="NAME,NAME", help="only these quantities: a name, its first part, or a shell pattern"
    )
    options.add_output(parser, "the comparison")
    parser.add_argument("--from", dest="saved", metavar="FILE", help="show a saved comparison again")


def run(arguments: argparse.Namespace) -> int:
    """Compare what was named, print it and write it."""
    from hwbench.cli import outputs
    from hwbench.profile import comparing
    from hwbench.show import choice, comparison

    for name in arguments.output:
        outputs.check_writable(name)
    made = _comparison(arguments)
    wanted = options.names(arguments.only)
    if wanted:
        made = comparing.narrowed(made, choice.matching(wanted, list(made.quantities)))
    outputs.give(made, partial(comparison.report, differing=arguments.differing), arguments.output)
    return 0


def _comparison(arguments: argparse.Namespace) -> MachineComparison:
    """Return the saved comparison that was asked for, or a new one."""
    from hwbench import units
    from hwbench.profile import comparing
    from hwbench.records import files

    if arguments.saved is not None:
        if arguments.profiles:
            raise UsageError("--from shows a saved comparison: name no profiles beside it")
        return files.read(Path(arguments.saved), files.MACHINES)
    if len(arguments.profiles) < LEAST:
        raise UsageError(
            "compare takes two profiles or more: hwbench compare A.json B.json; see: hwbench compare --help"
        )
    return comparing.compare([_profile(name) for name in arguments.profiles], taken=units.time_stamp())


def _profile(name: str) -> MachineProfile:
    """Return the profile in a file, a kept one by its id, or the newest of this machine."""
    from hwbench.profile import store

    path = Path(name)
    if not path.exists():
        return store.load_profile(None if name == NEWEST else name)
    _refuse_others(path)
    return store.load_profile(path)


def _refuse_others(path: Path) -> None:
    """Raise UsageError for a file that another verb compares, and say which: an explanation, or pyperf's timings."""
    import msgspec

    try:
        whole = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError, RecursionError):
        return  # what reads it next says what is wrong
    if not isinstance(whole, dict):
        return
    schema = str(whole.get("schema", ""))
    if schema.startswith("hwbench.explanation/"):
        raise UsageError(f"{path} is an explanation, no machine profile; {EXPLAIN}")
    if schema.startswith("hwbench.machines/"):
        raise UsageError(f"{path} is a comparison already; show it: hwbench compare --from {path}")
    if not schema and "benchmarks" in whole:
        raise UsageError(f"{path} is a pyperf file, no machine profile; {EXPLAIN}")
