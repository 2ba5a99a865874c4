"""The command line: `hwbench VERB …`. One file a verb; only the asked verb's module is imported.

A verb's module has `register(subparsers)`, which adds its parser, and `run(arguments) -> int`, which gives the exit
status. Every error that a user may meet is one line on standard error.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from hwbench import __version__
from hwbench.cli import options
from hwbench.errors import CouldNotMeasure, HwbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS: Final = {
    "demo": "see all of it in small, in under three minutes",
    "characterize": "measure this machine and keep its profile",
    "show": "print quantities of a kept profile",
    "compare": "say in what two machines, or two days of one, differ",
    "explain": "say why one program is slower than another",
    "report": "make a page of pictures from records",
    "learn": "see an effect on your own machine, predicted before it is run",
    "engines": "study database engines at the same work, and what slows them",
    "run": "run kernels as pyperf benchmarks",
    "kernels": "list the kernels, their twins and the work they declare",
    "doctor": "say what this host permits, and what each lack costs",
}
EPILOG: Final = """examples:
  hwbench demo                       all of it in small, in under three minutes
  hwbench characterize --quick       a first look, in seconds
  hwbench characterize -o here.json  the whole profile, about a minute
  hwbench show l1d                   what the newest profile says of the first cache
  hwbench explain --a './fast {n}' --b './slow {n}' --sizes 1e4,1e5,1e6
                                     why the second is slower, in order of weight
  hwbench report newest --open       this machine in pictures, in the browser
  hwbench learn                      what makes programs slow, lesson by lesson, on this machine
"""
USAGE: Final = 2
COULD_NOT: Final = CouldNotMeasure.exit_status


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line with the nearest name, and which takes no abbreviations."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take argparse's own parameters, with ours for defaults."""
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        """Print one line and end with exit status 2."""
        self.exit(USAGE, f"{self.prog}: {message}; see: {self.prog} --help\n")

    def nearest_option(self, word: str) -> str:
        """Return ' (did you mean --quick?)' for an unknown option, or nothing."""
        near = difflib.get_close_matches(word.partition("=")[0], self._option_string_actions, n=1)
        return f" (did you mean {near[0]}?)" if near else ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0 done, 1 a verdict, 2 usage, 3 not possible, 130 Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    _mend_streams()
    try:
        try:
            return _dispatch(words)
        finally:
            sys.stdout.flush()
    except HwbenchError as error:
        sys.stderr.write(f"hwbench: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("hwbench: interrupted\n")
        return options.INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:  # a full disk under standard output, say
        _drop_output()
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"hwbench: {where}{error.strerror or error}\n")
        return COULD_NOT
    except MemoryError:
        sys.stderr.write("hwbench: memory ran out; close other programs, or take less: --memory-limit, --size\n")
        return COULD_NOT


def _mend_streams() -> None:
    """Let nothing that we print fail: signs that a stream cannot show become `?`, a closed stream swallows its text."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - open until the process ends
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - open until the process ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """Point standard output elsewhere: its reader has gone, and Python would complain when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _dispatch(words: list[str]) -> int:
    parser = Parser(prog="hwbench", description="What this machine's memory hierarchy really costs.", epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"hwbench {__version__}")
    asked = next((word for word in words if not word.startswith("-")), None)
    if asked is not None and asked not in VERBS and words[0] == asked:
        near = difflib.get_close_matches(asked, VERBS, n=1)
        parser.error(
            f"there is no verb {asked!r}" + (f"; did you mean {near[0]}?" if near else f": choose {', '.join(VERBS)}")
        )
    subparsers = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb", parser_class=Parser)
    module = None
    for verb, summary in VERBS.items():
        if verb == asked:
            module = import_module(f"hwbench.cli.{verb}")
            module.register(subparsers)
        else:
            subparsers.add_parser(verb, help=summary)
    arguments, unknown = parser.parse_known_args(words)
    if arguments.verb is None or module is None:
        if unknown:
            parser.error(f"there is no option {unknown[0]}{parser.nearest_option(unknown[0])}")
        parser.print_help()
        return 0 if not words else USAGE
    if unknown and not getattr(module, "PASSES_OPTIONS_ON", False):
        chosen: Parser = subparsers.choices[arguments.verb]
        chosen.error(f"there is no option {unknown[0]}{chosen.nearest_option(unknown[0])}")
    arguments.unknown = unknown
    return int(module.run(arguments) or 0)
