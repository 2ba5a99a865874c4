"""`hwbench explain --a A --b B`: why B is slower than A, in order of weight, with proof."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import options
from hwbench.errors import UsageError, unknown

if TYPE_CHECKING:
    import argparse

    from hwbench.experiment.request import Request
    from hwbench.records import Explanation

EPILOG: Final = """A and B may be
  commands        {n} is replaced by each size; they are run without a shell
  functions       package.module:function, called with n where they take one argument
  pyperf files    old.json and new.json of the same benchmark

examples:
  hwbench explain --a './fast {n}' --b './slow {n}' --sizes 1e4,1e5,1e6
  hwbench explain --a ./fast --b ./slow --quick           on timing alone, in ten seconds
  hwbench explain --a shop.queries:by_key --b shop.queries:by_scan --sizes 1K,10K,100K
  hwbench explain --a old.json --b new.json --benchmark json_loads
  hwbench explain --a 'python new.py' --b 'python old.py' --setup 'python make_table.py' --cwd work --env THREADS=1
  hwbench explain --a ./fast --b ./slow --json why.json   keep it as a file, and later, anywhere:
  hwbench explain --from why.json
  hwbench report why.json --open                          as a page of pictures, with a what-if

exit status: 0 explained (or no difference), 2 wrong usage, 3 void or inconclusive, 130 interrupted (what was measured is
shown and kept)
"""
UNDECIDED: Final = 3
QUICK_SECONDS: Final = 10.0
QUICK_SOURCES: Final = ("os",)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "explain",
        help="say why one program is slower than another",
        description="Say why B is slower than A, which do the same work: which causes weigh how much, on what evidence.",
        epilog=EPILOG,
    )
    parser.add_argument("--a", metavar="A", help="the fast one: a command, module:function, or a pyperf file")
    parser.add_argument("--b", metavar="B", help="the slow one")
    parser.add_argument("--sizes", metavar="N,N", help="what to put for {n}: 1e4,1e5,1e6 or 10K,1M (decimal)")
    parser.add_argument("--setup", metavar="CMD", default="", help="a command to run first, once a size")
    parser.add_argument("--cwd", metavar="FOLDER", help="where to run the commands")
    parser.add_argument("--env", metavar="K=V", action="append", default=[], help="add to their environment")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds after which a run is stopped (60)")
    parser.add_argument("--runs", type=int, metavar="N", default=0, help="runs of each (default: as many as needed)")
    parser.add_argument(
        "--same-output", choices=("yes", "no"), default="yes", help="whether both must print the same (yes)"
    )
    _add_measuring(parser)
    _add_giving(parser)


def _add_measuring(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it is measured")
    group.add_argument(
        "--source", metavar="NAME", action="append", default=[], help="count with this source only (repeatable)"
    )
    group.add_argument("--no-toggles", action="store_true", help="switch no cause off to prove it")
    length = group.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="on timing alone, about 10 s")
    length.add_argument("--budget", type=float, metavar="S", help="seconds to take in all, about (60)")
    group.add_argument("--cpu", type=int, metavar="N", help="the logical CPU to run on")
    group.add_argument("--work", type=float, metavar="N", help="operations that both claim to do for each unit of n")
    group.add_argument("--benchmark", metavar="NAME", default="", help="which benchmark of the pyperf files")
    group.add_argument("--profile", metavar="FILE|ID", help="prices: a file, or the id of a kept profile (the newest)")
    group.add_argument("--profile-anyway", action="store_true", help="even if it is of another machine")


def _add_giving(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is given")
    options.add_output(group, "the explanation")
    group.add_argument("--timings", metavar="FOLDER", help="write the timings there as pyperf files")
    group.add_argument("--from", dest="saved", metavar="FILE", help="show a saved explanation again; measure nothing")


def run(arguments: argparse.Namespace) -> int:
    """Check what was asked, measure, explain, keep and show; the exit status says whether it is explained."""
    from hwbench.cli import outputs

    for name in arguments.output:
        outputs.check_writable(name)
    if arguments.saved is not None:
        return _again(arguments)
    request = _request(arguments)
    from hwbench.experiment import run as experiment
    from hwbench.experiment.messages import Interrupted
    from hwbench.show.progress import Working

    working = Working(sys.stderr)
    try:
        explanation, status = experiment.explain_request(request, working), None
    except Interrupted as stop:
        explanation, status = stop.explanation, options.INTERRUPTED
    finally:
        working.close()
    kept = _keep(explanation)
    _give(explanation, arguments.output, kept)
    return _status(explanation) if status is None else status


def _again(arguments: argparse.Namespace) -> int:
    """Show a saved explanation, from the file alone."""
    from hwbench.records import files

    if arguments.a is not None or arguments.b is not None:
        raise UsageError("--from shows a saved explanation: leave --a and --b out")
    explanation = files.read(Path(arguments.saved), files.EXPLANATION)
    _give(explanation, arguments.output)
    return _status(explanation)


def _request(arguments: argparse.Namespace) -> Request:
    """Return the request in words; UsageError, one line, for what cannot be meant."""
    from hwbench.experiment.request import DEFAULT_BUDGET, DEFAULT_TIMEOUT, Request, parse_sizes

    for side in ("a", "b"):
        if not (getattr(arguments, side) or "").strip():
            raise UsageError(f"there is no --{side}: give --a 'FAST PROGRAM' --b 'SLOW PROGRAM', or --from FILE")
    _check_positive(arguments)
    if arguments.cwd is not None and not Path(arguments.cwd).is_dir():
        raise UsageError(f"there is no folder {arguments.cwd}: choose another --cwd")
    return Request(
        a=arguments.a,
        b=arguments.b,
        sizes=() if arguments.sizes is None else parse_sizes(arguments.sizes),
        setup=arguments.setup,
        cwd=arguments.cwd,
        env=_environment(arguments.env),
        timeout=DEFAULT_TIMEOUT if arguments.timeout is None else arguments.timeout,
        runs=arguments.runs,
        same_output=arguments.same_output == "yes",
        sources=QUICK_SOURCES if arguments.quick else _sources(arguments.source),
        profile=arguments.profile,
        profile_anyway=arguments.profile_anyway,
        toggles=not (arguments.no_toggles or arguments.quick),
        seconds=QUICK_SECONDS if arguments.quick else arguments.budget or DEFAULT_BUDGET,
        benchmark=arguments.benchmark,
        cpu=arguments.cpu,
        output_folder=arguments.timings,
        work=arguments.work,
    )


def _check_positive(arguments: argparse.Namespace) -> None:
    for option in ("timeout", "budget", "work"):
        value = getattr(arguments, option)
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"--{option} must be above zero, and is {value:g}")
    if arguments.runs < 0:
        raise UsageError(f"--runs must be a number of runs, and is {arguments.runs}")
    if arguments.quick and arguments.source:
        raise UsageError("--quick is on timing alone: leave --source out")


def _environment(settings: list[str]) -> dict[str, str]:
    wrong = next((setting for setting in settings if not setting.partition("=")[0] or "=" not in setting), None)
    if wrong is not None:
        raise UsageError(f"--env {wrong!r} sets nothing: write --env NAME=VALUE")
    return dict(setting.split("=", 1) for setting in settings)


def _sources(names: list[str]) -> tuple[str, ...]:
    """Return the sources asked for, all of which there must be."""
    from hwbench.experiment.request import SOURCES

    asked = [name.strip() for word in names for name in word.split(",")]
    for name in asked:
        if name not in SOURCES:
            raise unknown("source", name, SOURCES)
    return tuple(dict.fromkeys(asked))


def _keep(explanation: Explanation) -> str:
    """Keep the explanation and return where, for an error's text; a line on standard error if that cannot be."""
    from hwbench.experiment.kept import keep
    from hwbench.records import Unavailable

    path = keep(explanation)
    if isinstance(path, Unavailable):
        sys.stderr.write(f"hwbench: {path}\n")
        return ""
    sys.stderr.write(f"hwbench: kept; to see it again: hwbench explain --from {path}\n")
    return f"; it is kept in {path}"


def _give(explanation: Explanation, names: list[str], kept: str = "") -> None:
    from hwbench.cli import outputs
    from hwbench.show import explanation as shown

    outputs.give(explanation, shown.report, names, kept)


def _status(explanation: Explanation) -> int:
    return 0 if explanation.verdict == "explained" else UNDECIDED
