"""One engine at one operation, as a program to be explained: `python -m hwbench.engines.work ENGINE OPERATION N [--mistakes M]`.

Loading is set-up; only the asking is marked as what is meant. It prints what was answered, so that two engines at the same
work print the same. With `--mistakes` the plausible engine makes those mistakes and no others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import hwbench
from hwbench.engines.data import Data
from hwbench.engines.operations import operation_named
from hwbench.engines.plausible import Mistake
from hwbench.engines.protocol import known_engine
from hwbench.engines.worker import TABLES
from hwbench.errors import EngineError, HwbenchError
from hwbench.records import Unavailable

ASKED: Final = 3  # times


def main() -> int:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(prog="hwbench.engines.work", description="Carry out one operation with one engine.")
    parser.add_argument("engine")
    parser.add_argument("operation")
    parser.add_argument("n", type=lambda word: int(float(word)))
    parser.add_argument("--mistakes", help="of the plausible engine: algorithm+memory+abstraction+system, or none")
    parser.add_argument("--times", type=int, default=ASKED, help="how often to ask")
    arguments = parser.parse_args()
    try:
        ask(adapter_of(arguments.engine, arguments.mistakes), arguments.operation, Data(arguments.n), arguments.times)
    except HwbenchError as error:
        sys.stderr.write(f"hwbench: {error}\n")
        return error.exit_status
    return 0


def adapter_of(engine: str, mistakes: str | None) -> Any:
    """Return an engine's adapter; raises EngineError where it is not installed."""
    adapter = known_engine(engine).load()
    if isinstance(adapter, Unavailable):
        raise EngineError(str(adapter))
    return adapter if mistakes is None else type("Variant", (adapter,), {"mistakes": mistakes_of(mistakes)})


def mistakes_of(words: str) -> Mistake:
    """Return mistakes by their names, joined by +."""
    made = Mistake.NONE
    for word in words.split("+"):
        made |= Mistake[word.strip().upper()]
    return made


def names_of(mistakes: Mistake) -> str:
    """Return the names of mistakes, joined by +."""
    each = (Mistake.ALGORITHM, Mistake.MEMORY, Mistake.ABSTRACTION, Mistake.SYSTEM)
    return "+".join(str(one.name).lower() for one in each if one & mistakes) or "none"


def ask(adapter: Any, name: str, data: Data, times: int) -> None:
    """Load the tables, then ask within the marked region, and print the answers."""
    operation = operation_named(name)
    with tempfile.TemporaryDirectory(prefix="hwbench-engine-") as folder:
        engine = adapter(Path(folder))
        for table in operation.tables:
            engine.load(table, TABLES[table], getattr(data, table))
        questions = [operation.question(data, repeat) for repeat in range(times)]
        with hwbench.region():
            answers = [operation.ask(engine, question) for question in questions]
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
