"""`hwbench demo`: all of hwbench in small, in under three minutes: this machine, the experiment, an explanation, a claim checked."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.cli import options

if TYPE_CHECKING:
    import argparse

    from hwbench.engines.study import Run
    from hwbench.records import Explanation, MachineProfile
    from hwbench.records.study import Cell, Study

EPILOG: Final = """examples:
  hwbench demo                    look and learn: it says at each step what it does
  hwbench demo --json demo.json   the same, and the study as JSON

exit status: 0 done, 3 nothing could be measured, 130 interrupted
"""
SIZES: Final = (1_000, 10_000)
SECONDS: Final = 0.2  # of samples a cell
TIMEOUT: Final = 8.0
BUDGET: Final = 40.0  # seconds of the explanation
SHOWN: Final = (
    "l1d.latency",
    "l2.latency",
    "l3.latency",
    "dram.latency_random",
    "dram.read_bandwidth",
    "page_walk.cost",
    "branch.mispredict_cost",
    "syscall.cost",
    "page_fault.cost",
    "malloc.cost",
    "fsync.cost",
)
WHERE_NEXT: Final = """  hwbench characterize             the whole profile of this machine, about a minute
  hwbench explain --a './fast {n}' --b './slow {n}' --sizes 1e4,1e5,1e6
                                   why your own program is slow: any two commands, functions or pyperf files
  hwbench report newest --open     this machine in pictures, in one page that needs no network
  hwbench learn                    what makes programs slow, lesson by lesson, foretold for this machine and run on it
  hwbench engines                  other engines that can be studied here, and the command that installs each
  hwbench engines run              the whole study: tables up to a million rows, the four mistakes weighed one by one
  hwbench doctor                   what this host permits, and what each lack costs
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "demo",
        help="see all of it in small, in under three minutes",
        description="Measure this machine, study three database engines on it, and say why the worst is slow.",
        epilog=EPILOG,
    )
    options.add_output(parser, "the study")


def run(arguments: argparse.Namespace) -> int:
    """Go through the steps, each telling what it does; the exit status says whether anything was measured."""
    from hwbench.cli import outputs

    for name in arguments.output:
        outputs.check_writable(name)
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="hwbench-demo-") as folder:
            study = _steps(Path(folder), _Teller(is_quiet=outputs.STANDARD_OUTPUT in arguments.output))
    except KeyboardInterrupt:
        sys.stderr.write("hwbench: interrupted\n")
        return options.INTERRUPTED
    sys.stderr.write(f"hwbench: all of it took {time.monotonic() - started:.0f} s\n")
    from hwbench.records import files

    for name in arguments.output:
        outputs.write(files.encode(study), name)
    return 0 if any(cell.seconds is not None for cell in study.cells) else 3


class _Teller:
    """Says what is being done and what came of it, unless standard output is to have JSON alone."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._stream = sys.stderr if is_quiet else sys.stdout
        self._number = 0

    def step(self, title: str, meaning: str) -> None:
        """Begin a step."""
        from hwbench.show.explanation import page_of

        self._number += 1
        page = page_of(self._stream)
        self.text(f"\n{page.paint(f'{self._number} of 5  {title}', 'bold')}\n{meaning}\n")

    def text(self, text: str) -> None:
        """Show something."""
        self._stream.write(text + "\n")
        self._stream.flush()


def _steps(folder: Path, teller: _Teller) -> Study:
    """Carry the five steps out and return the study."""
    import msgspec

    from hwbench.records.study import Bill
    from hwbench.show import study as shown
    from hwbench.show.explanation import page_of, report

    page = page_of(sys.stdout)
    profile = _profile(teller)
    study, run_ = _experiment(folder, teller)
    for operation in dict.fromkeys(cell.operation for cell in study.cells):
        teller.text(shown.operation_table([cell for cell in study.cells if cell.operation == operation], page) + "\n")
    worst = worst_of(study.cells)
    explanation = _explained(run_, worst, teller) if worst is not None else None
    if explanation is not None and worst is not None:
        teller.text(report(explanation, page))
        bill = Bill(engine="plausible", against="sqlite", operation=worst.operation, n=worst.n, explanation=explanation)
        study = msgspec.structs.replace(study, bills=(bill,), profile=profile.id)
    teller.step(
        "The article's own claims, by arithmetic",
        "An article says that an AI-written Rust rewrite of SQLite is 20,171 times slower, and why. Do its figures agree with\n"
        "each other, and with what a row costs on this machine?",
    )
    teller.text(shown.claims_text(study.claims, page))
    teller.step("Where to go next", "")
    teller.text(WHERE_NEXT)
    return study


def _profile(teller: _Teller) -> MachineProfile:
    """Measure the machine quickly and show the main prices."""
    from hwbench.profile import campaign
    from hwbench.show import machine
    from hwbench.show.progress import Progress

    teller.step(
        "What does this machine cost?",
        "A quick profile: what each kind of event costs here, measured without root and without hardware counters, and beside\n"
        "it what the machine claims of itself. About 15 seconds.",
    )
    progress = Progress(sys.stderr) if sys.stderr.isatty() else None
    try:
        profile = campaign.characterize("quick", report=progress)
    except campaign.Interrupted:
        raise KeyboardInterrupt from None
    finally:
        if progress is not None:
            progress.close()
    page = machine.page_of(sys.stdout)
    chosen = {str(name): profile.quantities[name] for name in SHOWN if name in profile.quantities}
    teller.text(machine.fit(machine.table(chosen, page), page))
    return profile


def _experiment(folder: Path, teller: _Teller) -> tuple[Study, Run]:
    """Measure three engines at the article's operations, in small."""
    from hwbench.engines import campaign, study
    from hwbench.engines.known import known_engine
    from hwbench.engines.subjects import Subject
    from hwbench.experiment.messages import Doing
    from hwbench.show.progress import Working

    teller.step(
        "The article's experiment, in small",
        "Three engines do the same work: sqlite; `plausible`, ours, which makes the four mistakes that the article finds (wrong\n"
        "algorithms, memory in any order, layers of abstraction, every statement and row by itself); and `tuned`, the same engine\n"
        "without them. Each answer is checked against plain Python before its time counts. Under a minute.",
    )
    subjects = tuple(Subject(name, known_engine(name).adapter) for name in ("sqlite", "tuned", "plausible"))
    plan = study.Plan(
        engines=tuple(subject.name for subject in subjects),
        operations=study.all_operations(),
        sizes=SIZES,
        seconds=SECONDS,
        timeout=TIMEOUT,
        turns=1,
    )
    begun = study.begin(folder, plan, subjects)
    working = Working(sys.stderr)
    try:
        return campaign.carry_out(begun, lambda text, done: working(Doing(text, done))), begun
    finally:
        working.close()


def worst_of(cells: tuple[Cell, ...]) -> Cell | None:
    """Return the cell of the plausible engine that is furthest from sqlite's; None where none may be compared."""
    mine = [cell for cell in cells if cell.engine == "plausible" and cell.ratio is not None]
    return max(mine, key=lambda cell: cell.ratio.value if cell.ratio else 0.0, default=None)


def _explained(run_: Run, worst: Cell, teller: _Teller) -> Explanation | None:
    """Say why the plausible engine is slower than sqlite at its worst cell."""
    from hwbench.engines import campaign
    from hwbench.experiment.messages import Doing
    from hwbench.show import words
    from hwbench.show.progress import Working

    ratio = words.factor(worst.ratio.value) if worst.ratio else ""
    teller.step(
        f"Why is it {ratio} slower?",
        f"The worst of these cells is `{worst.operation}` over {words.size(worst.n)} rows. Both programs are timed in turns, their"
        " events counted, and each\nevent priced by this machine: a bill, whose lines must add up to the time. Under a minute.",
    )
    subjects = {subject.name: subject for subject in run_.subjects}
    working = Working(sys.stderr)
    notes: list[str] = []
    progress = campaign.Progress(lambda text, done: working(Doing(text, done)), 1)
    try:
        pair = subjects["sqlite"], subjects["plausible"]
        return campaign.explain(run_, pair, worst, progress, notes, budget=BUDGET)
    finally:
        working.close()
        for note in notes:
            teller.text(note)
