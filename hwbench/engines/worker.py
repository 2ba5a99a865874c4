"""One cell of the study, in a process of its own: `python -m hwbench.engines.worker ENGINE OPERATION N [--seconds S]`.

The engine is opened in an empty folder, its tables are loaded (untimed), and it is asked once for its answer, which is compared
with plain Python's; an insert is followed by a look at what is in the table then. Only then is it timed, each repeat with a
question that was not asked before. What is found is written as a JSON object a line, to a file or standard output: `loaded`, `answer`,
then `sample`s, so that a process that is stopped leaves what it had.
Fooled by: an engine that works on after it has answered (threads that write later): its next sample pays.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psutil

from hwbench.engines.data import ITEM_COLUMNS, ORDER_COLUMNS, Data
from hwbench.engines.operations import Operation, is_right, operation_named
from hwbench.engines.protocol import Engine, binary_of, known_engine, version_of
from hwbench.records import Unavailable

FEWEST, MOST = 3, 200  # samples
LOOKED_AT: Final = 20  # rows of an insert
UNAVAILABLE: Final = 4  # exit status
TABLES: Final = {"items": ITEM_COLUMNS, "orders": ORDER_COLUMNS}


def main() -> int:
    """Carry out one cell; the exit status is 0, or 4 where the engine is not installed."""
    arguments = _parsed()
    if arguments.output:
        sys.stdout = Path(arguments.output).open("w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    adapter = known_engine(arguments.engine).load()
    if isinstance(adapter, Unavailable):
        tell("unavailable", reason=str(adapter))
        return UNAVAILABLE
    binary = binary_of(adapter)
    tell("engine", version=version_of(adapter), binary_bytes=binary.stat().st_size if binary and binary.exists() else None)
    with tempfile.TemporaryDirectory(prefix="hwbench-engine-", dir=arguments.folder) as folder:
        run(adapter, operation_named(arguments.operation), Data(arguments.n), Path(folder), arguments.seconds)
    return 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hwbench.engines.worker", description="Measure one cell of the study.")
    parser.add_argument("engine")
    parser.add_argument("operation")
    parser.add_argument("n", type=lambda word: int(float(word)))
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to take samples")
    parser.add_argument("--folder", help="where the engine's own folder is made")
    parser.add_argument("--output", help="a file to write to instead of standard output")
    return parser.parse_args()


def tell(what: str, **more: Any) -> None:
    """Write one line for the study."""
    sys.stdout.write(json.dumps({"what": what, **more}) + "\n")
    sys.stdout.flush()


def run(adapter: Any, operation: Operation, data: Data, folder: Path, seconds: float) -> None:
    """Load, ask once and check, then time."""
    rows = {"items": data.items, "orders": data.orders if "orders" in operation.tables else []}
    before = resident()
    engine = adapter(folder)
    for table in operation.tables:
        engine.load(table, TABLES[table], rows[table])
    gc.collect()
    tell("loaded", idle_bytes=max(resident() - before, 0), disk_bytes=bytes_in(folder))
    check(engine, operation, data)
    take_samples(engine, operation, data, seconds)
    tell("done", peak_bytes=max(peak() - before, 0))
    engine.close()


def check(engine: Engine, operation: Operation, data: Data) -> None:
    """Ask for an answer and say whether it is right; of an insert, whether the rows are there."""
    question = operation.question(data, 0)
    found, wanted = operation.ask(engine, question), operation.answer(data, question)
    if operation.name == "insert":
        wanted = question[:: max(len(question) // LOOKED_AT, 1)]
        found = engine.lookup([row[0] for row in wanted])
    right = is_right(found, wanted)
    tell("answer", right=right, found="" if right else brief(found), wanted="" if right else brief(wanted))


def brief(answer: Any) -> str:
    """Return an answer in a few words."""
    text = f"{len(answer)} rows" if isinstance(answer, list) else repr(answer)
    return text if len(text) <= 60 else text[:57] + "…"


def take_samples(engine: Engine, operation: Operation, data: Data, seconds: float) -> None:
    """Time repeats, each on fresh questions made beforehand, until the time is up."""
    started, taken = time.perf_counter(), 0
    while taken < MOST and (taken < FEWEST or time.perf_counter() - started < seconds):
        taken += 1
        question = operation.question(data, taken)
        before = time.perf_counter()
        operation.ask(engine, question)
        tell("sample", seconds=(time.perf_counter() - before) / operation.parts)


def resident() -> int:
    """Return the process's resident memory, in bytes."""
    return int(psutil.Process().memory_info().rss)


def peak() -> int:
    """Return the most memory that was resident at once, in bytes."""
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def bytes_in(folder: Path) -> int:
    """Return how long the files in a folder are."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
