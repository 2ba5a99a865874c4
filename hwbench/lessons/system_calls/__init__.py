"""System calls: a file read byte by byte, and in blocks."""

import os
import tempfile
from typing import IO

import numpy as np

from hwbench.lessons.kit import (
    Argument,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    doubling,
)
from hwbench.units import significant

BLOCK = 65536
READ_BYTES = 4096
"""What `file_read.cost` reads at a time."""
TURN = 14
"""Instructions of both loops around an item of one byte, as GCC makes them for x86-64; other processors need about as many."""
kept: list[IO[bytes]] = []
"""Files stay open as long as this process lives, as cases know them by their numbers; they have no names and are small."""


def file_of(blocks: int, random: np.random.Generator) -> int:
    """Return the number of an open file of so many blocks, which the system has in memory."""
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it stays open
    kept.append(file)
    file.write(random.integers(0, 256, blocks * BLOCK, dtype=np.uint8).tobytes())
    return file.fileno()


def pair(file: int, blocks: int, size: int) -> tuple[Case, Case]:
    """Return the file read item by item, and block by block."""
    arguments = (file, blocks * BLOCK, size)
    slow, fast = (Case(name, arguments, work=blocks * BLOCK / size) for name in ("read_each", "read_blocks"))
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: an item is a byte; the control: an item is a block, so that both ask as often."""
    file = file_of(8, random)
    slow, fast = pair(file, 1, 1)
    control_slow, control_fast = pair(file, here.in_python(8, 2), BLOCK)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A read is a system call and a look-up of the page; a byte of a block is its share of that, and the loop."""
    read = here.prices.item("reads of what the system has in memory", "file_read.cost", cause="system")
    loop = here.prices.instructions(TURN, "instructions of the loop around an item of one byte")
    return Prediction(
        slow=(read, loop),
        fast=(read.times(1 / READ_BYTES).called("a byte's share of a read of a block, with the copying"), loop),
        how="a read of one byte costs what one of 4 KiB does, up to the copying of a few dozen cache lines",
    )


def call_and_addition(seen: Seen) -> Claim:
    """A system call against an addition."""
    ratio = seen.prices["syscall.cost"] / seen.prices["add.latency.i64"]
    return Claim(
        "the cheapest system call takes as long as a hundred additions or more", f"×{significant(ratio)}", ratio >= 100
    )


def call_and_function(seen: Seen) -> Claim:
    """A system call against a call of a function."""
    ratio = seen.prices["syscall.cost"] / seen.prices["call.direct"]
    return Claim("it is not a function call: that costs less than a tenth", f"×{significant(ratio)}", ratio > 10)


def mostly_the_way(seen: Seen) -> Claim:
    """A read of 4 KiB against a call that does nothing."""
    ratio = seen.prices["file_read.cost"] / seen.prices["syscall.cost"]
    return Claim(
        "a read of 4 KiB that the system has in memory costs no more than ten calls that do nothing",
        f"×{significant(ratio)}",
        ratio <= 10,
    )


def python_hides(seen: Seen) -> Claim:
    """Python's ratio against that of C."""
    python, native = (seen.ns("slow", one) / seen.ns("fast", one) for one in ("python", "c"))
    return Claim(
        "in plain Python the ratio is smaller, since a byte costs more there even without a call",
        f"×{significant(python)} in Python, ×{significant(native)} in C",
        1.1 < python < native,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways of reading, by the bytes of an item."""
    slow, fast = pair(file_of(1, random), 1, int(value))
    return {"a call for each item": slow, "a call for each block": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Write some bytes anew."""
    file, size = arguments[:2]
    os.pwrite(file, random.bytes(64), int(random.integers(0, size - 64)))


LESSON = Lesson(
    title="System calls: the toll at the kernel's gate",
    chapter="Systems",
    cause="system",
    unit="item",
    cases=cases,
    predict=predict,
    claims={
        "call_and_addition": call_and_addition,
        "call_and_function": call_and_function,
        "mostly_the_way": mostly_the_way,
        "python_hides": python_hides,
    },
    sweep=Sweep(
        axis="size",
        unit="B",
        title="an item of a file, by its bytes",
        values=lambda _: doubling(1, BLOCK),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` asks the system for every byte. Have it ask less often. The file may change between two calls of `solve`, so "
        "nothing that was read may be kept from one to the next.",
        renew=renew,
    ),
    absent=lambda seen: (
        f"a read costs next to nothing on this system: {significant(seen.prices['file_read.cost'])} ns for 4 KiB"
    ),
    machine_code={
        "read_each": ("loop", "call"),
        "read_blocks": ("loop", "call"),
        "numba:read_each": ("loop",),
    },
    needs=("file_read.cost", "syscall.cost"),
)
