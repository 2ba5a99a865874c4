"""Engines that do one thing wrong each, for the study to find out; carried out by its workers (`toy_engines:Wrong`)."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from hwbench.engines.protocol import Columns, Row


class Right:
    """Rows in lists, which are written to a file and synced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, list[Row]] = {}
        if "HWBENCH_TOY_LOG" in os.environ:
            with Path(os.environ["HWBENCH_TOY_LOG"]).open("a", encoding="ascii") as log:
                log.write(f"{type(self).__name__}\n")

    @staticmethod
    def version() -> str:
        return "1.0"

    @staticmethod
    def binary() -> str:
        return __file__

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        assert columns[0] == ("id", "INTEGER")
        self.tables[table] = list(rows)
        (self.folder / table).write_text("x" * len(rows))

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        found = {row[0]: row for row in self.tables["items"]}
        return [found[key] for key in keys]

    def count(self, bound: int) -> int:
        return sum(row[1] < bound for row in self.tables["items"])

    def fetch(self) -> list[Row]:
        return list(self.tables["items"])

    def maximum(self) -> int:
        return max(row[0] for row in self.tables["items"])

    def join(self, bound: int) -> tuple[int, int]:
        chosen = {row[0] for row in self.tables["items"] if row[1] < bound}
        amounts = [row[2] for row in self.tables["orders"] if row[1] in chosen]
        return len(amounts), sum(amounts)

    def insert(self, rows: Sequence[Row]) -> None:
        self.tables["items"] += rows
        with (self.folder / "items").open("ab", buffering=0) as file:
            file.write(b"x" * len(rows))
            self.sync(file.fileno())

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def close(self) -> None:
        self.tables.clear()


class Wrong(Right):
    """Ignores its WHERE."""

    def count(self, bound: int) -> int:
        return len(self.tables["items"])

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        return [self.tables["items"][0] for _ in keys]

    def join(self, bound: int) -> tuple[int, int]:
        return super().join(bound + 10**6)


class Forgets(Right):
    """Takes rows and keeps none."""

    def insert(self, rows: Sequence[Row]) -> None:
        with (self.folder / "items").open("ab") as file:
            os.fsync(file.fileno())

    def lookup(self, keys: Sequence[int]) -> list[Row]:
        return [row for row in self.tables["items"] if row[0] in keys]


class Crashes(Right):
    """Ends its process in the middle of a count."""

    def count(self, bound: int) -> int:
        os.kill(os.getpid(), signal.SIGSEGV)
        return 0


class Raises(Right):
    """Raises an error of several lines."""

    def count(self, bound: int) -> int:
        raise RuntimeError("first line\nsecond line")


class Full(Right):
    """Finds the disk full while it loads."""

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Quadratic(Right):
    """Takes so long as the square of its rows says."""

    def count(self, bound: int) -> int:
        time.sleep(2e-6 * len(self.tables["items"]) ** 2)
        return super().count(bound)


class Stuck(Right):
    """Never ends, and swallows what can be swallowed."""

    def count(self, bound: int) -> int:
        while True:
            try:
                time.sleep(1)
            except BaseException:  # noqa: S112 - what nothing should be ended by
                continue


class LoadsForever(Right):
    """Never gets its tables loaded."""

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        time.sleep(1000)


class LoadsSlowly(Right):
    """Takes most of the time that loading may take, then most of the time that asking may."""

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        super().load(table, columns, rows)
        time.sleep(1.7)

    def count(self, bound: int) -> int:
        time.sleep(0.6)
        return super().count(bound)


class Unsynced(Right):
    """Writes, and waits for nothing."""

    def sync(self, descriptor: int) -> None:
        pass


class SyncsTooSoon(Right):
    """Waits for the disk, then writes some more."""

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)
        os.write(descriptor, b"more")


class SyncsEachWrite(Right):
    """Opens its file so that each write waits."""

    def insert(self, rows: Sequence[Row]) -> None:
        self.tables["items"] += rows
        descriptor = os.open(self.folder / "items", os.O_WRONLY | os.O_APPEND | os.O_SYNC)
        os.write(descriptor, b"x" * len(rows))
        os.close(descriptor)


class WritesUnseen(Right):
    """Changes its file without a write that the C library knows of: by the time stamp alone, here."""

    def insert(self, rows: Sequence[Row]) -> None:
        self.tables["items"] += rows
        os.utime(self.folder / "items", ns=(1, 1))
