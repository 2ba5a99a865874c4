"""One cell of the study, in a process of its own: `python -m hwbench.engines.worker MODULE:ADAPTER OPERATION N --folder FOLDER`.

The engine is opened in an empty folder, its tables are loaded (untimed), and it is asked once for its answer, which is compared
with plain Python's; an insert is followed by a look at what is in the table then, and must have synced if it is to last. Only then
is it timed, each repeat with a question that was not asked before. What is found is written as a JSON object a line: `engine`,
`loaded`, `answer`, then `sample`s and `done`, so that a process that is stopped leaves what it had. It stops itself: by SIGALRM,
which ends it in the middle of whatever the engine does, when loading takes `--load-timeout` or the rest `--timeout`.
Only the standard library is needed, so that any Python that has the engine can carry it out.
Fooled by: an engine that works on after it has answered (threads that write later): its next sample pays.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from hwbench.engines.data import TABLES, Data
from hwbench.engines.operations import Operation, is_right, operation_named
from hwbench.engines.protocol import Engine, adapter_of, binary_of, version_of

FEWEST, MOST = 3, 200  # samples
LOOKED_AT: Final = 20  # rows of an insert
UNAVAILABLE: Final = 4  # exit status
BRIEF: Final = 60  # signs of an answer that is shown


def main() -> int:
    """Carry out one cell; the exit status is 0, or 4 where the engine is not installed."""
    arguments = _parsed()
    if arguments.output:
        sys.stdout = Path(arguments.output).open("w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    try:
        adapter = adapter_of(arguments.adapter, arguments.mistakes)
    except ImportError as error:
        tell("unavailable", reason=str(error))
        return UNAVAILABLE
    binary = binary_of(adapter)
    size = binary.stat().st_size if binary and binary.exists() else None
    tell("engine", version=version_of(adapter), binary_bytes=size, meaning=(adapter.__doc__ or "").partition("\n")[0])
    if arguments.operation:
        with tempfile.TemporaryDirectory(prefix="engine-", dir=arguments.folder) as folder:
            run(adapter, operation_named(arguments.operation), Data(arguments.n), Path(folder), arguments)
    return 0


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hwbench.engines.worker", description="Measure one cell of the study.")
    parser.add_argument("adapter", help="MODULE:CLASS")
    parser.add_argument("operation", nargs="?", help="left out: only say which version it is")
    parser.add_argument("n", nargs="?", type=lambda word: int(float(word)), default=1)
    parser.add_argument("--mistakes", help="of the plausible engine: algorithm+memory+abstraction+system, or none")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to take samples")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds after which the asking ends")
    parser.add_argument("--load-timeout", type=float, default=60.0, help="seconds after which the loading ends")
    parser.add_argument("--folder", help="where the engine's own folder is made")
    parser.add_argument("--first", type=int, default=1, help="the number of the first timed question")
    parser.add_argument("--output", help="a file to write to instead of standard output")
    return parser.parse_args()


def tell(what: str, **more: Any) -> None:
    """Write one line for the study."""
    sys.stdout.write(json.dumps({"what": what, **more}) + "\n")
    sys.stdout.flush()


def run(adapter: Any, operation: Operation, data: Data, folder: Path, arguments: argparse.Namespace) -> None:
    """Load, ask once and check, then time."""
    rows = {table: getattr(data, table) for table in operation.tables}
    gc.collect()
    before, started = resident(), time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, arguments.load_timeout)
    engine = adapter(folder)
    for table in operation.tables:
        engine.load(table, TABLES[table], rows[table])
    gc.collect()
    tell(
        "loaded",
        seconds=time.perf_counter() - started,
        idle_bytes=max(resident() - before, 0),
        disk_bytes=bytes_in(folder),
    )
    forget_peak()
    signal.setitimer(signal.ITIMER_REAL, arguments.timeout)
    check(engine, operation, data, folder)
    take_samples(engine, operation, data, arguments)
    signal.setitimer(signal.ITIMER_REAL, 0)
    tell("done", peak_bytes=max(peak() - before, 0))
    engine.close()


def check(engine: Engine, operation: Operation, data: Data, folder: Path) -> None:
    """Ask for an answer and say whether it is right; of an insert, whether the rows are there and were synced."""
    question = operation.question(data, 0)
    files, synced = state_of(folder), syncs() if operation.is_durable else None
    if synced is not None:
        take_unsynced()
    started = time.perf_counter()
    found = operation.ask(engine, question)
    seconds = (time.perf_counter() - started) / operation.parts
    durable = lasts(synced, is_written=state_of(folder) != files) if operation.is_durable else None
    if operation.is_durable:
        wanted: Any = question[:: max(len(question) // LOOKED_AT, 1)]
        found = engine.lookup([row[0] for row in wanted])
    else:
        wanted = operation.answer(data, question)
    right = is_right(found, wanted)
    shown = {} if right else dict(zip(("found", "wanted"), told_apart(found, wanted), strict=True))
    tell("answer", right=right, durable=durable, seconds=seconds, **shown)


def told_apart(found: Any, wanted: Any) -> tuple[str, str]:
    """Return two answers that differ in a few words each: of equally many rows, the first that only one has."""
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        rows = (sorted(map(tuple, found), key=repr), sorted(wanted, key=repr))
        return next(((brief(one), brief(other)) for one, other in zip(*rows, strict=True) if one != other), ("", ""))
    return brief(found), brief(wanted)


def brief(answer: Any) -> str:
    """Return an answer in a few words."""
    text = f"{len(answer)} rows" if isinstance(answer, list) else repr(answer)
    return text if len(text) <= BRIEF else text[: BRIEF - 1] + "…"


def take_samples(engine: Engine, operation: Operation, data: Data, arguments: argparse.Namespace) -> None:
    """Time repeats, each on fresh questions made beforehand, until the time is up."""
    started, taken = time.perf_counter(), 0
    while taken < MOST and (taken < FEWEST or time.perf_counter() - started < arguments.seconds):
        question = operation.question(data, arguments.first + taken)
        taken += 1
        before = time.perf_counter()
        operation.ask(engine, question)
        tell("sample", seconds=(time.perf_counter() - before) / operation.parts)


def lasts(synced: int | None, *, is_written: bool) -> bool | None:
    """Whether what was written since is on the disk; None where that is not known.

    `synced` is what `syncs` said before. Files that changed although nobody saw a write were written past the C library.
    """
    if synced is None:
        return None
    new, unsynced = (syncs() or 0) - synced, take_unsynced()
    if is_written and not new and not unsynced:
        return None
    return new > 0 and not unsynced


def take_unsynced() -> bool:
    """Return whether a file was written to and not synced, since this was last asked."""
    import ctypes  # noqa: PLC0415 - where syncs are counted alone

    return bool(ctypes.CDLL(None).hwbench_take_unsynced())


def state_of(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return the length and the time of change of each file in a folder."""
    found = {}
    for path in folder.rglob("*"):
        seen = path.stat()
        found[path] = (seen.st_size, seen.st_mtime_ns)
    return found


def syncs() -> int | None:
    """Return how often this process has waited for a disk; None where nobody counts (`sync_count` is not put ahead)."""
    import ctypes  # noqa: PLC0415 - where syncs are counted alone

    try:
        counted = ctypes.CDLL(None).hwbench_syncs
    except (AttributeError, OSError, TypeError):
        return None
    counted.restype = ctypes.c_long
    return int(counted())


def resident() -> int:
    """Return the process's resident memory, in bytes; of systems without /proc, the most that it has been."""
    return _status("VmRSS") or _peak_so_far()


def peak() -> int:
    """Return the most memory that was resident at once since it was last forgotten, in bytes."""
    return _status("VmHWM") or _peak_so_far()


def forget_peak() -> None:
    """Let the peak be counted from now on, where the system can. Source: proc(5), /proc/[pid]/clear_refs."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def _peak_so_far() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status(name: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)


def bytes_in(folder: Path) -> int:
    """Return how long the files in a folder are."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
