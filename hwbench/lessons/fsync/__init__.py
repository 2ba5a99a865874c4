"""Waiting for the disk: fsync after every record, and once for all of them."""

import os
import tempfile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from hwbench.catalog.system import working_folder
from hwbench.lessons.kit import Case, Cases, Claim, Exercise, Here, Lesson, Missing, Prediction, Seen, Sweep, doubling
from hwbench.probes.system import IN_MEMORY, file_system_of
from hwbench.units import significant

COUNT = 16
WORDS = 16
"""A record of 128 bytes, as `fsync.cost` was measured with."""
WIDE_WORDS = 4096
"""Records of the control: so large that a system call more or less does not count beside writing them."""
kept: list[IO[bytes]] = []
"""Files stay open as long as this process lives, as cases know them by their numbers; they have no names and are small."""


def on_disk() -> int:
    """Return the number of an open file in the working folder; `Missing` where none can be made."""
    try:
        file = tempfile.TemporaryFile(dir=working_folder(), buffering=0)  # noqa: SIM115 - it stays open
    except OSError as error:
        raise Missing(f"no file can be made in the working folder ({error.strerror})") from None
    kept.append(file)
    return file.fileno()


def in_memory() -> int | None:
    """Return the number of an open file that is in memory only; None where the system has no such files."""
    if not hasattr(os, "memfd_create"):
        return None
    file = os.fdopen(os.memfd_create("hwbench"), "w+b", buffering=0)
    kept.append(file)
    return file.fileno()


def records_of(count: int, words: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return so many records of random numbers."""
    return random.integers(0, 1 << 40, count * words, dtype=np.int64)


def pair(file: int, count: int, words: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the records each waited for, and waited for together, over what the file already has."""
    arguments = (records_of(count, words, random), count, words, file)
    os.pwrite(file, arguments[0].tobytes(), 0)
    os.fsync(file)
    slow, fast = (Case(name, arguments, work=count) for name in ("sync_each", "sync_once"))
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: a file on a disk; the control: one in memory, where there is nothing to wait for, or else one record."""
    file, nowhere = on_disk(), in_memory()
    slow, fast = pair(file, COUNT, WORDS, random)
    if nowhere is None:
        control_slow, control_fast = pair(file, 1, WORDS, random)
    else:
        control_slow, control_fast = pair(nowhere, COUNT, WIDE_WORDS, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A wait for each record, or its share of one; to write it and to read it back are system calls."""
    wait = here.prices.item("waits for the disk", "fsync.cost", cause="system")
    calls = here.prices.item("the record written to memory and read back", "file_read.cost", 2, "system")
    return Prediction(
        slow=(wait, calls),
        fast=(wait.times(1 / COUNT).called("a record's share of one wait for the disk"), calls),
        how=f"{COUNT} records share one wait; what they weigh hardly matters to the disk, that they are waited for does",
    )


def applies(here: Here) -> str:
    """Return why there is no disk to wait for, should the working folder be in memory."""
    kind = file_system_of(working_folder())
    return f"the working folder is in memory ({kind}): nothing is made durable there" if kind in IN_MEMORY else ""


def disk_and_call(seen: Seen) -> Claim:
    """A wait for the disk against a system call that does nothing."""
    ratio = seen.prices["fsync.cost"] / seen.prices["syscall.cost"]
    return Claim(
        "to wait for the disk takes a hundred times as long as a system call, or more",
        f"×{significant(ratio)}",
        ratio >= 100,
    )


def disk_and_memory(seen: Seen) -> Claim:
    """A wait for the disk against a miss of all caches."""
    ratio = seen.prices["fsync.cost"] / seen.prices["dram.latency"]
    return Claim(
        "it takes a hundred times as long as a load that misses every cache, or more",
        f"×{significant(ratio)}",
        ratio >= 100,
    )


def shared(seen: Seen) -> Claim:
    """The ratio against the number of records that share a wait."""
    return Claim(
        f"{COUNT} records that share one wait take less than a quarter of the time",
        f"×{significant(seen.ratio.value)}",
        seen.ratio.value > 4,
    )


def python_alike(seen: Seen) -> Claim:
    """A record in plain Python against one in C."""
    ratio = seen.ns("slow", "python") / seen.ns("slow", "c")
    return Claim(
        "plain Python takes no more than twice as long as C for a record that is waited for",
        f"×{significant(ratio)}",
        ratio < 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways, by the number of records that are written."""
    slow, fast = pair(on_disk(), int(value), WORDS, random)
    return {"a wait for each": slow, "one wait for all": fast}


LESSON = Lesson(
    title="fsync: waiting for the disk",
    chapter="Systems",
    cause="system",
    unit="record",
    cases=cases,
    predict=predict,
    claims={
        "disk_and_call": disk_and_call,
        "disk_and_memory": disk_and_memory,
        "shared": shared,
        "python_alike": python_alike,
    },
    sweep=Sweep(
        axis="records",
        unit="",
        title="a record made durable, by how many are written",
        values=lambda _: doubling(1, COUNT),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` makes records durable one by one; its caller only asks that all of them are when it returns. Keep that "
        "promise with fewer waits. (To leave out the last wait would be faster still, and a lie that only a loss of power tells.)",
    ),
    absent=lambda seen: (
        "this system does not wait for a disk here (a cache that outlives a loss of power, or a file system that promises less): "
        f"{significant(seen.prices['fsync.cost'] / 1000)} µs for an fsync"
    ),
    machine_code={"sync_each": ("loop", "call"), "sync_once": ("loop", "call")},
    needs=("fsync.cost", "file_read.cost", "syscall.cost"),
    applies=applies,
)
