"""The journal of a run: every event on disk as it comes, so that Ctrl-C or kill -9 at any moment loses nothing.

One file a run, in the user's data folder; it is deleted when the profile that it led to is kept, so that what lies
there was interrupted. A torn last line (the machine went down while it was written) is left out.
"""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING, Final

import msgspec

from hwbench.errors import UsageError
from hwbench.profile.messages import JOURNAL_SCHEMA, Opened, from_line, to_line

if TYPE_CHECKING:
    from pathlib import Path

    from hwbench.profile.messages import Entry

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

KEPT_JOURNALS: Final = 3


class Journal:
    """An open journal; while it is open no other process can resume it."""

    def __init__(self, path: Path) -> None:
        """Open a journal to add to, new or old; OSError if that cannot be, UsageError if another process holds it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file: IO[bytes] = path.open("ab")
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise UsageError(
                f"another hwbench characterize is still writing {path}; wait for it, or start a new run"
            ) from None

    def add(self, entry: Entry) -> None:
        """Write one event; it is with the operating system when this returns."""
        self._file.write(to_line(entry))
        self._file.flush()

    def close(self) -> None:
        """Close the file and keep it, so that the run can be resumed."""
        with contextlib.suppress(OSError):  # what could not be written before still cannot
            self._file.close()

    def discard(self) -> None:
        """Close and delete the file: the run is complete."""
        self.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


def read(path: Path) -> tuple[Opened, list[Entry]]:
    """Return a journal's first line and the entries after it; UsageError if it is none of ours.

    What follows a line that cannot be read is left out: only the last line of a run can be torn.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    entries = []
    for line in lines:
        try:
            entries.append(from_line(line))
        except msgspec.DecodeError:
            break
    if not entries or not isinstance(entries[0], Opened) or entries[0].schema != JOURNAL_SCHEMA:
        raise UsageError(f"{path} is no journal of this version of hwbench; start a new run without --resume")
    return entries[0], entries[1:]


def mend(path: Path) -> None:
    """Cut off a torn last line, so that what is added begins on a line of its own."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def newest(folder: Path) -> Path | None:
    """Return the journal of the last interrupted run in a folder, or None."""
    return max(folder.glob("*.jsonl"), key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def prune(folder: Path) -> None:
    """Delete all but the newest few journals of interrupted runs."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob("*.jsonl"), key=lambda path: path.name)[:-KEPT_JOURNALS]:
            path.unlink(missing_ok=True)
