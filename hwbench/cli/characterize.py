"""`hwbench characterize`: measure this machine, show its profile and keep it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hwbench.cli import options

if TYPE_CHECKING:
    import argparse

    from hwbench.records import MachineProfile

EPILOG = """examples:
  hwbench characterize --quick
  hwbench characterize --only 'dram.*,tlb' -o machine.json
  hwbench characterize --full --cpu 2 --memory-limit 4GiB
  hwbench characterize --resume        go on with a run that was interrupted
  hwbench report newest --open         then look at it: a page of pictures
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "characterize",
        help="measure this machine and keep its profile",
        description="Measure what memory, branches and calls really cost on this machine, and keep it as its profile.",
        epilog=EPILOG,
    )
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument(
        "--quick",
        dest="effort",
        action="store_const",
        const="quick",
        help="main quantities only, about 10 s; with --only all that it names, slow or not",
    )
    effort.add_argument(
        "--full", dest="effort", action="store_const", const="full", help="longer and in more processes, about 5 min"
    )
    parser.add_argument(
        "--only",
        metavar="PATTERNS",
        action="append",
        help="quantities, groups or probes, comma separated: 'dram.*,tlb'",
    )
    parser.add_argument("--cpu", type=int, metavar="N", help="the logical CPU to measure on")
    parser.add_argument("--memory-limit", metavar="SIZE", help="the most memory to take at once: 512M, 2GiB")
    parser.add_argument(
        "--processes", type=int, metavar="N", help="in how many processes to take what depends on page placement"
    )
    parser.add_argument(
        "--extra-probes", metavar="MODULE", action="append", default=[], help="import a module of further probes"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run that was interrupted last")
    options.add_output(parser, "the profile")


def run(arguments: argparse.Namespace) -> int:
    """Check where to write, measure, show and write; 130 if the user ended it early."""
    from hwbench.cli import outputs

    for name in arguments.output:
        outputs.check_writable(name)
    from hwbench.profile import campaign
    from hwbench.show.progress import Progress

    progress = Progress(sys.stderr)
    try:
        profile = campaign.characterize(
            arguments.effort,
            arguments.only,
            cpu=arguments.cpu,
            memory_limit=arguments.memory_limit,
            resume=arguments.resume,
            report=progress,
            processes=arguments.processes,
            extra_probes=arguments.extra_probes,
        )
    except campaign.Interrupted as stop:
        progress.close()
        _give(stop.profile, arguments.output)
        sys.stderr.write(f"hwbench: {stop.profile.incomplete}\n")
        return options.INTERRUPTED
    finally:
        progress.close()
    _give(profile, arguments.output)
    return 0


def _give(profile: MachineProfile, names: list[str]) -> None:
    """Print the profile, unless standard output is to have the JSON, and write the files."""
    from hwbench.cli import outputs
    from hwbench.profile import store
    from hwbench.show import machine

    kept = f"; it is kept as profile {profile.id}" if names and store.kept(profile.host.name) else ""
    for name in names:
        outputs.write(store.encode(profile), name, kept)
    if outputs.STANDARD_OUTPUT not in names:
        sys.stdout.write(machine.report(profile, machine.page_of(sys.stdout)))
    sys.stdout.flush()
