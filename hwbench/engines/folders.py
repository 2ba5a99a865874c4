"""The folder of a run: what was asked for, what was measured so far; the same command goes on with it.

The engines and the interpreters under study keep their runs alike.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.experiment.messages import Interrupted
from hwbench.profile.store import host_folder, this_host
from hwbench.records import Explanation, Record, files

Plan = TypeVar("Plan", bound=Record)

PLAN: Final = "plan.json"
COMPLETE: Final = "complete"
LOCK: Final = ".lock"
MOST_RUNS: Final = 10_000


def default_folder(kind: str, plan: Record) -> Path:
    """Return where a run of this plan is kept: the same plan goes on in the same folder until it is complete."""
    digest = hashlib.blake2b(msgspec.json.encode(plan), digest_size=4).hexdigest()
    parent = host_folder(kind, this_host())
    folders = (parent / f"{digest}-{number}" for number in range(MOST_RUNS))
    free = next((folder for folder in folders if not (folder / COMPLETE).exists()), None)
    if free is None:
        raise UsageError(f"{parent} is full of runs; name another --folder")
    return free


def plan_in(folder: Path, kind: type[Plan]) -> Plan | None:
    """Return the plan of the run in a folder, or None where there is none; UsageError where it is damaged."""
    path = folder / PLAN
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind) if path.exists() else None
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path} is damaged: {error}; choose another --folder") from error


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder and keep others out of it as long as this process works in it; UsageError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be used ({error.strerror}); name another --folder") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another run is at work in {folder}: wait for it, or name another --folder") from error
        yield


def write(path: Path, data: bytes) -> None:
    """Write a file of a run, whole or not at all; CouldNotMeasure, one line, where that cannot be: what is there stays."""
    try:
        files.write_bytes(data, path)
    except OSError as error:
        remedy = "make room and run the same command again: it goes on where it was"
        raise CouldNotMeasure(f"{path} cannot be written ({error.strerror}); {remedy}") from error


def explained(path: Path, make: Callable[[], Explanation], names: Sequence[str]) -> Explanation:
    """Return the explanation that is kept in a file, or make and keep it; its sides are called by these names.

    Without the single runs, since a study holds many. Ctrl-C ends the whole run, which the same command takes up again.
    """
    with contextlib.suppress(UsageError):
        return files.read(path, files.EXPLANATION)
    try:
        found = _named(make(), names)
    except Interrupted as stop:
        raise KeyboardInterrupt from stop
    write(path, files.encode(found))
    return found


def _named(explanation: Explanation, names: Sequence[str]) -> Explanation:
    sides = {}
    for place, name in zip(("a", "b"), names, strict=True):
        side = getattr(explanation, place)
        sizes = tuple(msgspec.structs.replace(sized, runs=()) for sized in side.sizes)
        sides[place] = msgspec.structs.replace(side, name=name, sizes=sizes)
    return msgspec.structs.replace(explanation, **sides)
