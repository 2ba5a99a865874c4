"""`hwbench learn [NAME]`: every effect on your own machine, predicted before it is run; exercises, judged; the card."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import options
from hwbench.errors import UsageError

if TYPE_CHECKING:
    from hwbench.experiment.messages import Report
    from hwbench.records import LessonRun, MachineProfile

EPILOG: Final = """examples:
  hwbench learn                                   the lessons by chapter, what applies here, what is predicted
  hwbench learn pointer_chasing                   read it, guess, see the prediction, run it, see who was right
  hwbench learn pointer_chasing --guess 5         the same, with the guess given
  hwbench learn pointer_chasing --sweep           the curve that shows it, drawn here and as a picture
  hwbench learn pointer_chasing --sweep --picture curve.png
  hwbench learn pointer_chasing --json run.json   the record of the run (- for standard output); nothing is asked
  hwbench learn pointer_chasing --exercise mine   write the files of the exercise into the folder mine
  hwbench learn pointer_chasing --check mine      judge what you made of it
  hwbench learn card                              the numbers every programmer should know, of this machine

exit status: 0 shown, not shown, or passed; 1 the solution failed; 2 wrong usage; 3 inconclusive, or does not apply here
"""
CARD: Final = "card"
INCONCLUSIVE: Final = 3
FAILED: Final = 1
STATUS: Final = {"passed": 0, "failed": FAILED, "undecided": INCONCLUSIVE}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "learn",
        help="see an effect on your own machine, predicted before it is run",
        description="Lessons in low-level performance, with this machine as the witness.",
        epilog=EPILOG,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="a lesson, or card; without it the lessons are listed")
    parser.add_argument(
        "--guess", type=float, metavar="RATIO", help="how many times slower you expect the slow twin to be"
    )
    parser.add_argument("--language", choices=("c", "numba", "python"), help="run it in this language alone")
    parser.add_argument("--read", action="store_true", help="show the text, run nothing")
    parser.add_argument("--sweep", action="store_true", help="also measure and draw the curve that shows the effect")
    parser.add_argument("--picture", metavar="FILE", help="where the curve's picture goes: *.svg, *.png or *.pdf")
    work = parser.add_mutually_exclusive_group()
    work.add_argument("--exercise", metavar="DIR", help="write the exercise's files into a folder")
    work.add_argument("--check", metavar="DIR", help="judge the solution in a folder")
    parser.add_argument("--profile", metavar="FILE|ID", help="predict from another profile than this machine's newest")
    options.add_output(parser, "the list, the run or the judgement")


def run(arguments: argparse.Namespace) -> int:
    """List, teach, hand out an exercise, judge it, or print the card."""
    from hwbench.cli import outputs

    _check_options(arguments)
    for name in arguments.output:
        outputs.check_writable(name)
    if arguments.name is None:
        return _list(arguments)
    if arguments.name == CARD:
        return _card(arguments)
    from hwbench.lessons import load

    load(arguments.name)  # an unknown name is told before anything is measured
    if arguments.exercise is not None:
        return _exercise(arguments)
    if arguments.check is not None:
        return _check(arguments)
    return _learn(arguments)


def _check_options(arguments: argparse.Namespace) -> None:
    from hwbench.cli import outputs

    named = arguments.name not in (None, CARD)
    given = [
        option
        for option in ("guess", "language", "read", "sweep", "picture", "exercise", "check")
        if getattr(arguments, option) not in (None, False)
    ]
    if given and not named:
        raise UsageError(f"--{given[0]} needs a lesson: hwbench learn NAME --{given[0]}")
    work = next((option for option in ("exercise", "check") if option in given), None)
    other = next((option for option in given if option not in ("exercise", "check")), None)
    if (work and other) or (arguments.read and arguments.sweep):
        raise UsageError(f"--{other or 'sweep'} goes with a run, and not with --{work or 'read'}")
    if arguments.guess is not None and not 0 < arguments.guess < float("inf"):
        raise UsageError(f"--guess is a ratio above zero, such as 5, and not {arguments.guess:g}")
    if arguments.picture is not None:
        from hwbench.show import picture

        if not arguments.sweep:
            raise UsageError("--picture is of the curve: give --sweep too")
        picture.check(Path(arguments.picture))
        outputs.check_writable(arguments.picture)


def _list(arguments: argparse.Namespace) -> int:
    from hwbench.cli import outputs
    from hwbench.lessons import names, running
    from hwbench.profile import store
    from hwbench.show import lessons

    has_one = arguments.profile is not None or bool(store.kept(store.this_host()))
    profile = store.load_profile(arguments.profile) if has_one else None
    outputs.give(running.listed(profile, names()), lessons.listing, arguments.output)
    return 0


def _card(arguments: argparse.Namespace) -> int:
    from hwbench.cli import outputs
    from hwbench.experiment.messages import silent
    from hwbench.show import card

    outputs.give(_profile(arguments, silent), card.card, arguments.output)
    return 0


def _profile(arguments: argparse.Namespace, report: Report) -> MachineProfile:
    from hwbench.experiment.prices import profile_for

    profile, notes = profile_for(arguments.profile, anyway=arguments.profile is not None, report=report)
    for note in notes:
        sys.stderr.write(f"hwbench: {note}\n")
    return profile


def _learn(arguments: argparse.Namespace) -> int:
    """Show the text, ask for a guess, predict, run, reconcile."""
    from hwbench.cli import outputs
    from hwbench.lessons import running
    from hwbench.records import files
    from hwbench.show import lesson as show
    from hwbench.show.explanation import page_of
    from hwbench.show.progress import Working

    progress = Working(sys.stderr)
    quiet = outputs.STANDARD_OUTPUT in arguments.output
    try:
        now = running.today_of(_profile(arguments, progress), progress)
        progress.close()  # it would stand under the text
        foretold = running.foretold(arguments.name, now.profile)
        page = page_of(sys.stdout)
        if not quiet:
            _say(show.prose(foretold.title, running.text_of(arguments.name, now.profile), page))
        if arguments.read:
            for name in arguments.output:
                outputs.write(files.encode(foretold), name)
            return 0
        guess = arguments.guess if arguments.guess is not None or arguments.output else _asked(foretold)
        if not quiet:
            _say("\n" + show.prediction(foretold, page) + "\n")
        wish = running.Wish(guess=guess, language=arguments.language, sweep=arguments.sweep)
        made = running.run(arguments.name, now, wish, progress)
    finally:
        progress.close()
    outputs.give(made, show.report, arguments.output)
    if made.sweep is not None:
        _draw(made, arguments.picture)
    return INCONCLUSIVE if made.verdict == "inconclusive" else 0


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _asked(foretold: LessonRun) -> float | None:
    """Ask for the learner's guess, where somebody sits at a terminal; None if it is skipped."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    while True:
        try:
            said = input(f"\nHow many times longer does a {foretold.unit} take the slow twin? (Enter skips) ").strip()
        except EOFError:
            return None
        except UnicodeDecodeError:
            said = "?"
        if not said:
            return None
        try:
            guess = float(said.removeprefix("×").removesuffix("x").replace(",", "."))
        except ValueError:
            guess = 0.0
        if 0 < guess < float("inf"):
            return guess
        sys.stdout.write("A ratio above zero, such as 5.\n")


def _draw(made: LessonRun, asked: str | None) -> None:
    """Draw the curve as a picture, where it was asked to go or among the user's data; say where, or why there is none."""
    from hwbench.host.folders import data_folder
    from hwbench.show import picture

    if made.sweep is None or not made.sweep.points:
        sys.stderr.write("hwbench: no picture: the curve has no points\n")
        return
    path = Path(asked) if asked else data_folder() / "lessons" / f"{made.name}.svg"
    try:
        if not asked:
            path.parent.mkdir(parents=True, exist_ok=True)
        picture.draw(made.sweep, path)
    except (UsageError, OSError) as error:
        if asked:
            raise
        sys.stderr.write(f"hwbench: no picture: {error}\n")
        return
    sys.stderr.write(f"hwbench: the picture is {path}\n")


def _exercise(arguments: argparse.Namespace) -> int:
    from hwbench.lessons import exercises, load, running
    from hwbench.show.progress import Working

    if arguments.output:
        raise UsageError("--exercise writes files, and no JSON: --json goes with --check")
    progress = Working(sys.stderr)
    try:
        here = running.here_of(_profile(arguments, progress))
    finally:
        progress.close()
    written = exercises.write(arguments.name, Path(arguments.exercise), here)
    lines = [f"{load(arguments.name).exercise.task}\n", *(f"wrote {path}" for path in written)]
    _say("\n".join([*lines, f"judge it: hwbench learn {arguments.name} --check {arguments.exercise}"]) + "\n")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from hwbench.cli import outputs
    from hwbench.lessons import judged
    from hwbench.show import lessons
    from hwbench.show.progress import Working

    judged.look(arguments.name, Path(arguments.check))
    progress = Working(sys.stderr)
    try:
        made = judged.judge(arguments.name, Path(arguments.check), _profile(arguments, progress), progress)
    finally:
        progress.close()
    outputs.give(made, lessons.judgement, arguments.output)
    return STATUS[made.verdict]
