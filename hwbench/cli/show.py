"""`hwbench show [QUANTITY …]`: print from a kept profile or from a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from hwbench.records import MachineProfile

EPILOG = """examples:
  hwbench show                         the newest profile of this machine
  hwbench show l1d.latency 'dram.*'    some of it
  hwbench show l2 --profile there.json the second cache of another machine
  hwbench show --curve latency         latency against footprint, drawn
  hwbench show --curve mountain        bandwidth by footprint and stride, as a grid
  hwbench show --list                  all kept profiles
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "show",
        help="print quantities of a kept profile",
        description="Print from the newest profile of this machine.",
        epilog=EPILOG,
    )
    parser.add_argument("quantities", nargs="*", metavar="QUANTITY", help="a name, its first part, or a shell pattern")
    parser.add_argument("--profile", metavar="FILE|ID", help="another profile: a file, or the id of a kept one")
    parser.add_argument("--curve", metavar="NAME", help="draw a curve: latency, mountain, core_to_core, …")
    parser.add_argument("--list", action="store_true", help="list the kept profiles, of all hosts")
    parser.add_argument("--json", metavar="FILE", help="write JSON instead (- for standard output)")


def run(arguments: argparse.Namespace) -> int:
    """Print what is asked for."""
    from hwbench.profile import store
    from hwbench.show import choice, machine

    page = machine.page_of(sys.stdout)
    if arguments.list and arguments.json:
        return _write_json(choice.listing_json(store.kept()), arguments.json)
    if arguments.list:
        return _write(machine.fit(choice.listing(store.kept()), page))
    profile = _profile(arguments)
    sys.stderr.write(choice.foreign(profile, store.this_host()))
    shown = choice.narrowed(profile, arguments.quantities) if arguments.quantities else profile
    if arguments.json:
        return _write_json(store.encode(shown), arguments.json)
    if arguments.curve:
        return _write(machine.fit(choice.drawn(profile, arguments.curve, page), page))
    if arguments.quantities:
        return _write(machine.fit(choice.quantities(shown, page), page))
    return _write(machine.report(shown, page))


def _profile(arguments: argparse.Namespace) -> MachineProfile:
    """Return the asked profile; else the newest, or the newest that has what is asked for."""
    from hwbench.profile import store
    from hwbench.show import choice

    if arguments.profile is not None:
        return store.load_profile(arguments.profile)
    return choice.newest(store.this_host(), arguments.quantities, arguments.curve)


def _write(text: str) -> int:
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def _write_json(data: bytes, name: str) -> int:
    from pathlib import Path

    from hwbench.errors import UsageError
    from hwbench.records import files

    if name == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return 0
    try:
        files.write_bytes(data, Path(name))
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror}") from error
    return 0
