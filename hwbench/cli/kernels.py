"""`hwbench kernels`: every kernel with its twins, its declared work and what it needs."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from hwbench.errors import UsageError

EXAMPLES = """examples:
  hwbench kernels                 all of them
  hwbench kernels chase           a group
  hwbench kernels '*.parallel_*'  a pattern
  hwbench kernels --json - | python -m json.tool"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "kernels",
        help="list the kernels: twins, work, needs",
        description="List the kernels with their twins, the work of one repeat, their usual size and what they need.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = "a group, a name or a part of it, or a shell pattern"
    parser.add_argument("pattern", nargs="?", default="*", metavar="PATTERN", help=what)
    parser.add_argument("--json", metavar="FILE", help="write the listing as JSON instead (- for standard output)")


def run(arguments: argparse.Namespace) -> int:
    """Print the listing; return the exit status."""
    from hwbench.catalog.listing import entries
    from hwbench.show.kernels import kernel_listing, kernel_table

    listed = list(entries(arguments.pattern))
    if arguments.json is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        sys.stdout.write(f"{kernel_table(listed, width)}\n")
    else:
        _write(json.dumps(kernel_listing(listed), indent=1) + "\n", arguments.json)
    return 0


def _write(text: str, target: str) -> None:
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text)
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror}): choose another --json") from None
