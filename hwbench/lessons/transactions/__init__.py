"""Transactions: as many commits as transfers, or one for all of them."""

import tempfile
from typing import IO

import numpy as np

from hwbench.catalog.system import working_folder
from hwbench.lessons.kit import Argument, Case, Cases, Claim, Exercise, Here, Lesson, Missing, Prediction, Seen, Sweep
from hwbench.probes.system import IN_MEMORY, file_system_of
from hwbench.units import format_time, significant

COUNT = 16
TRANSFER_WORDS = 3
ACCOUNTS = 100
MOST = 1000
kept: list[IO[bytes]] = []
"""Logs stay open as long as this process lives, as cases know them by their numbers; they have no names and are small."""


def log_file() -> int:
    """Return the number of an open file in the working folder; `Missing` where none can be made."""
    try:
        file = tempfile.TemporaryFile(dir=working_folder(), buffering=0)  # noqa: SIM115 - it stays open
    except OSError as error:
        raise Missing(f"no file can be made in the working folder ({error.strerror})") from None
    kept.append(file)
    return file.fileno()


def transfers(count: int, random: np.random.Generator) -> tuple[Argument, ...]:
    """Return transfers between accounts, and a file for the log of them."""
    made = random.integers(1, MOST, (count, TRANSFER_WORDS))
    made[:, :2] = random.integers(0, ACCOUNTS, (count, 2))
    return made.ravel(), count, log_file()


def pair(count: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the same transfers with a commit for each and with one for all."""
    arguments = transfers(count, random)
    return Case("commit_each", arguments, work=count), Case("commit_once", arguments, work=count)


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: many transfers; the control: a single one, which has one commit either way."""
    slow, fast = pair(COUNT, random)
    control_slow, control_fast = pair(1, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A commit is a write and a wait; the log is read back once."""
    prices = here.prices
    wait = prices.item("commits that wait for the disk", "fsync.cost", cause="system")
    write = prices.item("writes to the log", "file_read.cost", cause="system")
    read = prices.item("its share of reading the log back", "file_read.cost", 1 / COUNT, "system")
    share = 1 / COUNT
    return Prediction(
        slow=(wait, write, read),
        fast=(wait.times(share).called("its share of one commit"), write.times(share), read),
        how=f"{COUNT} transfers wait for the disk {COUNT} times, or once, and a few bytes more or less cost it nothing; the price is "
        "that of a file that grows, and this log is written over an older one, so that both sides may take less in proportion",
    )


def applies(here: Here) -> str:
    """Return why there is no disk to wait for, should the working folder be in memory."""
    kind = file_system_of(working_folder())
    return f"the working folder is in memory ({kind}): nothing is made durable there" if kind in IN_MEMORY else ""


def ceiling(seen: Seen) -> Claim:
    """How many commits a second one after the other can be had."""
    each = seen.prices["fsync.cost"]
    return Claim(
        "one connection that commits one transaction after the other gets no further than some thousands a second",
        f"{significant(1e9 / each)} a second, at {format_time(each)} a commit",
        each > 1e5,
    )


def nothing_else(seen: Seen) -> Claim:
    """A commit in instructions."""
    count = seen.prices["fsync.cost"] / seen.prices.instructions(1).price_ns
    return Claim(
        "while it waits for one commit, the processor could have executed a hundred thousand instructions or more",
        f"{significant(count)} instructions",
        count > 1e5,
    )


def nearly_all(seen: Seen) -> Claim:
    """The ratio against the size of the group."""
    ratio = seen.ratio.value
    return Claim(
        f"{COUNT} transfers in one transaction take less than a third of what they take one by one",
        f"×{significant(ratio)}",
        ratio > 3,
    )


def in_sqlite(seen: Seen) -> Claim:
    """The ratio in SQLite."""
    ratio = seen.gain("python")
    return Claim(
        "SQLite, driven from Python, gains in the same way by one `BEGIN` and one `COMMIT` around a loop",
        f"×{significant(ratio)}",
        ratio > 3,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Transactions of so many transfers, and one of all."""
    arguments = transfers(COUNT, random)
    return {
        "in groups": Case("commit_every", (*arguments, int(value)), work=COUNT),
        "all in one": Case("commit_once", arguments, work=COUNT),
    }


LESSON = Lesson(
    title="Transactions: a commit for each, or one for many",
    chapter="Engines",
    cause="system",
    unit="transfer",
    cases=cases,
    predict=predict,
    claims={"ceiling": ceiling, "nothing_else": nothing_else, "nearly_all": nearly_all, "in_sqlite": in_sqlite},
    sweep=Sweep(
        axis="transfers",
        unit="",
        title="a transfer made durable, by how many share a transaction",
        values=lambda _: [1, 2, 4, 8, COUNT],
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="Every transfer is a transaction of its own, and waits for the disk. The caller only learns of all of them together, "
        "when `solve` returns: make them one transaction. What `recovered` finds must be what it found before.",
    ),
    absent=lambda seen: (
        f"a commit takes {format_time(seen.prices['fsync.cost'])} here, by the price list: this system does not wait for a disk "
        "(a cache that outlives a loss of power, or a file system that promises less)"
    ),
    machine_code={
        "commit_each": ("loop", "call"),
        "commit_once": ("loop", "call"),
    },
    needs=("fsync.cost", "file_read.cost"),
    applies=applies,
)
