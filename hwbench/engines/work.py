"""One engine at one operation, as a program to be explained: `python -m hwbench.engines.work MODULE:ADAPTER OPERATION N`.

Loading is set-up, and so is the first question; only what follows is marked as what is meant. It prints what was answered, so
that two engines at the same work print the same. With `--mistakes` the plausible engine makes those mistakes and no others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import hwbench
from hwbench.engines.data import TABLES, Data
from hwbench.engines.operations import operation_named
from hwbench.engines.protocol import adapter_of
from hwbench.errors import HwbenchError

ASKED: Final = 3  # times


def main() -> int:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(
        prog="hwbench.engines.work", description="Carry out one operation with one engine."
    )
    parser.add_argument("adapter", help="MODULE:CLASS")
    parser.add_argument("operation")
    parser.add_argument("n", type=lambda word: int(float(word)))
    parser.add_argument("--mistakes", help="of the plausible engine: algorithm+memory+abstraction+system, or none")
    parser.add_argument("--times", type=int, default=ASKED, help="how often to ask")
    parser.add_argument("--folder", help="where the engine's own folder is made")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="engine-", dir=arguments.folder) as folder:
            ask(adapter_of(arguments.adapter, arguments.mistakes)(Path(folder)), arguments)
    except HwbenchError as error:
        sys.stderr.write(f"hwbench: {error}\n")
        return error.exit_status
    return 0


def ask(engine: Any, arguments: argparse.Namespace) -> None:
    """Load the tables, ask once, then ask within the marked region, and print the answers."""
    operation, data = operation_named(arguments.operation), Data(arguments.n)
    for table in operation.tables:
        engine.load(table, TABLES[table], getattr(data, table))
    questions = [operation.question(data, repeat) for repeat in range(arguments.times + 1)]
    operation.ask(engine, questions[0])
    with hwbench.region():
        answers = [operation.ask(engine, question) for question in questions[1:]]
    engine.close()
    for answer in answers:
        sys.stdout.write(f"{summed(answer)}\n")


def summed(answer: Any) -> str:
    """Return an answer in a line: rows by how many they are and a checksum that knows no order."""
    if not isinstance(answer, list):
        return str(answer)
    return f"{len(answer)} rows, {sum(map(_number, answer))}"


def _number(row: Any) -> int:
    return sum(len(value) if isinstance(value, str) else int(2 * value) for value in row)


if __name__ == "__main__":
    sys.exit(main())
