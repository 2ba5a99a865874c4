"""The truth about a pair, by ablation: its programs run in turn, natively, and only the clock is asked.

Each side runs at the smallest and the largest size, all sides in each round, so that a drift of the machine meets all
alike. Start-up and set-up are the same at both sizes and drop out of the difference: net seconds = seconds(largest) −
seconds(smallest), each the least of the rounds, since whoever disturbs only adds. For a pair of one cause, B without its
cause is A. For a pair of two, the programs with only one of them give each one's part, as Shapley shares of the log ratio:
the mean of what a cause adds first and of what it adds last. `python tests/corpus/truth.py [NAME…]` prints a line a pair.
Fooled by: a busy machine (raise --rounds; the spread is printed), fsync and page faults, whose price changes by the minute.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pairs import PAIRS, Pair, build, missing

MOST = 4  # times the rounds asked for
STEADY = 0.02
ALIKE = 0.2  # 40 % and 60 %: which of two such causes comes first changes with the machine's mood


@dataclass(frozen=True)
class Ran:
    """One run of a program: how long it took, and what it printed."""

    seconds: float
    answer: str


@dataclass(frozen=True)
class Truth:
    """What ablation says of a pair; seconds are net, at the largest size; `without` is B's time without each cause."""

    pair: str
    expected: str
    n: int
    seconds: dict[str, float]
    ratio: float
    low: float
    high: float
    shares: dict[str, float]
    without: dict[str, float]
    same_output: bool


def shapley(a: float, first: float, second: float, both: float) -> tuple[float, float]:
    """Return the two causes' shares of log(both / a), each the mean of its factor when added first and when added last."""
    whole = math.log(both / a)
    if whole == 0:
        return 0.0, 0.0
    part = (math.log(first / a) + math.log(both / second)) / 2
    return part / whole, 1 - part / whole


def attributed(pair: Pair, seconds: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Return each cause's share of the log ratio, and the seconds of B without it."""
    if pair.causes:
        parts = shapley(seconds["a"], seconds["first"], seconds["second"], seconds["b"])
        left = (seconds["second"], seconds["first"])
        return dict(zip(pair.causes, parts, strict=True)), dict(zip(pair.causes, left, strict=True))
    if pair.expected in {"none", "void"}:
        return {}, {}
    return {pair.expected: 1.0}, {pair.expected: seconds["a"]}


def heaviest(without: Mapping[str, float], ratio: float) -> tuple[str, ...]:
    """Return which of a pair's two causes weighs more here, first; both where their shares hardly differ.

    What one cause leaves of B is what the other adds to A, so the shares differ by log(left without one / left without
    the other) / log(ratio).
    """
    lead, other = sorted(without, key=lambda cause: without[cause])
    difference = math.log(without[other] / without[lead]) / math.log(ratio) if ratio > 1 else 0.0
    return (lead,) if difference > ALIKE else (lead, other)


def net(runs: Sequence[tuple[float, float]]) -> list[float]:
    """Return seconds(largest) − seconds(smallest) of each round, never below a microsecond."""
    return [max(large - small, 1e-6) for small, large in runs]


def least_of(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the least seconds at the smallest, and at the largest size."""
    return min(small for small, _ in rounds), min(large for _, large in rounds)


def summarise(pair: Pair, runs: Mapping[str, Sequence[tuple[float, float]]], *, same_output: bool) -> Truth:
    """Turn the rounds of each side, as (smallest, largest) seconds, into the truth about a pair."""
    nets = {side: net(rounds) for side, rounds in runs.items()}
    seconds = {side: net([least_of(rounds)])[0] for side, rounds in runs.items()}
    ratios = [b / a for a, b in zip(nets["a"], nets["b"], strict=True)]
    shares, without = attributed(pair, seconds)
    ratio = seconds["b"] / seconds["a"]
    spread = min(ratios), max(ratios)
    return Truth(pair.name, pair.expected, max(pair.sizes), seconds, ratio, *spread, shares, without, same_output)


def run(argv: Sequence[str], n: int, timeout: float = 120.0, region: Path | None = None) -> Ran:
    """Run a program at a size; raises where it fails. With `region`, a file, only what the program marks is timed."""
    command = [word.replace("{n}", str(n)) for word in argv]
    marked = {} if region is None else {"HWBENCH_CORPUS_REGION": "1", "HWBENCH_REGION": str(region)}
    start = time.perf_counter()
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=timeout, env={**os.environ, **marked}
    )
    seconds = time.perf_counter() - start
    return Ran(seconds if region is None else in_region(region, seconds), done.stdout)


def in_region(region: Path, whole: float) -> float:
    """Return the seconds that a program wrote of its marked region, and forget them; the whole run's where it wrote none."""
    lines = region.read_text().splitlines() if region.exists() else []
    region.unlink(missing_ok=True)
    return sum(int(line.split()[0]) for line in lines) / 1e9 if lines else whole


def is_steady(runs: Mapping[str, Sequence[tuple[float, float]]]) -> bool:
    """Whether the least time of every side at both sizes was met twice: a neighbour slows whole minutes, but not all of them."""
    for rounds in runs.values():
        for times in zip(*rounds, strict=True):
            least, second = sorted(times)[:2]
            if second > least * (1 + STEADY):
                return False
    return True


def measure(pair: Pair, commands: Mapping[str, Sequence[str]], rounds: int = 3) -> Truth:
    """Run the sides of a pair in turn (after one run each that is not counted) and say what ablation says.

    At least so many rounds, and more, up to MOST times as many, until the least times are steady. Where setting up takes
    longer than the work, only what the programs mark is timed.
    """
    sides = {side: commands[f"{pair.name}.{side}"] for side in pair.programs()}
    small, large = min(pair.sizes), max(pair.sizes)
    for argv in sides.values():
        run(argv, small)
    runs: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    answers: dict[int, set[str]] = {small: set(), large: set()}
    with tempfile.TemporaryDirectory() as scratch:
        region = Path(scratch) / "region" if pair.slow_setup or pair.language == "numba" else None
        for number in range(rounds * MOST):
            if number >= rounds and is_steady(runs):
                break
            for side, argv in sides.items():
                ran = {n: run(argv, n, region=region) for n in (small, large)}
                runs[side].append((ran[small].seconds, ran[large].seconds))
                for n, each in ran.items():
                    answers[n].add(each.answer)
    return summarise(pair, runs, same_output=all(len(each) == 1 for each in answers.values()))


def line(truth: Truth) -> str:
    """Return a truth as one line of text."""
    parts = " ".join(f"{cause} {share:.0%}" for cause, share in truth.shares.items())
    times = " ".join(f"{side} {value * 1e3:.1f}" for side, value in truth.seconds.items())
    same = "" if truth.same_output else "  UNEQUAL OUTPUT"
    return f"{truth.pair:<16}×{truth.ratio:<8.3g}[{truth.low:.3g} … {truth.high:.3g}]  ms: {times}  {parts}{same}"


def main() -> int:
    """Time the named pairs, or all that this machine can run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--build", metavar="DIR", help="where the programs are or go (default: a folder that is removed)"
    )
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    options = parser.parse_args()
    chosen = [each for each in PAIRS if (not options.names or each.name in options.names) and not missing(each)]
    with tempfile.TemporaryDirectory() as scratch:
        commands = build(options.build or scratch, options.compiler, tuple(each.name for each in chosen))
        for each in chosen:
            truth = measure(each, commands, options.rounds)
            sys.stdout.write((json.dumps(asdict(truth)) if options.json else line(truth)) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
