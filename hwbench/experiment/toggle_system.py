"""Switches of the system's cost: calls that wait for the disk return at once; the working folder stands in memory.

The first takes away durability only; the second takes away the file system and the disk. Each toggled run of the second
starts from a fresh copy of the working folder as it is then, so that it finds what a usual run finds.
Fooled by: io_uring (its fsync is no call that can be caught); files outside the working folder and TMPDIR, which stay where
they are (arguments and variables that name a path inside the folder are led to the copy); a power cut while the first is on
may damage the program's files.
Source: fsync(2), open(2) O_SYNC, ld.so(8) LD_PRELOAD, tmpfs(5).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import psutil

from hwbench.experiment.preload import preloading
from hwbench.experiment.switch import Change, Setting, Switch
from hwbench.records import Command, HostFacts, Run, Unavailable
from hwbench.units import MIB, format_bytes

MEMORY_FOLDER: Final = Path("/dev/shm")  # noqa: S108 - the only folder that is in memory on every Linux
IN_MEMORY: Final = ("tmpfs", "ramfs", "devtmpfs")
LARGEST_COPY: Final = 256 * MIB  # it is copied anew for each toggled run
MOST_FILES: Final = 5000
SHARE_OF_FREE: Final = 0.25
TEMPORARY: Final = ("TMPDIR", "TMP", "TEMP", "SQLITE_TMPDIR")


def system_switches(host: HostFacts) -> tuple[Switch, ...]:
    """Return the switches of the system's cost that exist, whether they work here or not."""
    return (
        Switch(
            "no waiting for the disk",
            "system",
            "removes",
            "fsync, fdatasync, msync and their like return at once: what is saved is what durability costs "
            "(io_uring's fsync is not caught)",
            lambda command: preloading(command, host.system, "no_sync"),
        ),
        Switch(
            "files in memory",
            "system",
            "removes",
            "the working folder and TMPDIR are copies in memory: what is saved is the disk and its file system "
            "(files named by a path outside the folder stay where they are)",
            _in_memory,
        ),
    )


@dataclass
class _Copy:
    """The working folder's copy in memory: made anew for each run, and what it looked like before the run."""

    source: Path
    folder: Path
    before: dict[str, tuple[int, int]]

    @contextlib.contextmanager
    def fresh(self) -> Iterator[None]:
        """Make the copy, and a place for temporary files, anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.source, self.folder / "work", symlinks=True, ignore=_not_files)
        (self.folder / "tmp").mkdir()
        self.before = _look(self.folder)
        yield

    def untouched(self, _usual: Callable[[], Run], toggled: Callable[[], Run]) -> Unavailable | None:
        """Say that the program wrote nothing in its folder, nor among temporary files."""
        toggled()
        if _look(self.folder) != self.before:
            return None
        return Unavailable(
            reason=f"the program writes no files in {self.source}, nor in TMPDIR",
            remedy="run it in the folder that its files are in: --cwd",
        )


@contextlib.contextmanager
def _in_memory(command: Command) -> Iterator[Change | Unavailable]:
    source = Path(command.cwd or ".").absolute()
    lacking = _cannot_copy(source, MEMORY_FOLDER)
    if lacking is not None:
        yield lacking
        return
    with tempfile.TemporaryDirectory(prefix="hwbench-", dir=MEMORY_FOLDER) as place:
        copy = _Copy(source, Path(place) / "copy", {})
        toggled = moved(command, source, copy.folder / "work", copy.folder / "tmp")
        yield Change(Setting(command), Setting(toggled), around=copy.fresh, check=copy.untouched)


def moved(command: Command, source: Path, target: Path, temporary: Path) -> Command:
    """Return the command led to another working folder: its folder, and the arguments and variables that name it."""

    def lead(word: str) -> str:
        inside = word == str(source) or word.startswith(f"{source}/")
        return f"{target}{word[len(str(source)) :]}" if inside else word

    variables = {name: lead(value) for name, value in command.env.items()}
    variables |= dict.fromkeys(TEMPORARY, str(temporary))
    words = (command.argv[0], *(lead(word) for word in command.argv[1:]))
    return msgspec.structs.replace(command, argv=words, cwd=str(target), env=variables)


def _cannot_copy(source: Path, target: Path) -> Unavailable | None:
    """Say why a folder cannot be copied into memory, or need not be."""
    if not target.is_dir() or not os.access(target, os.W_OK):
        return Unavailable(reason=f"there is no {target} that may be written")
    if file_system(source) in IN_MEMORY:
        return Unavailable(reason=f"{source} is in memory already")
    allowed = min(LARGEST_COPY, int(SHARE_OF_FREE * min(shutil.disk_usage(target).free, _free_memory())))
    size = files = 0
    for path, _, names in os.walk(source):
        for name in names:
            with contextlib.suppress(OSError):
                size += (Path(path) / name).lstat().st_size
            files += 1
        if size > allowed or files > MOST_FILES:
            return Unavailable(
                reason=f"the working folder {source} is too large to be copied into memory "
                f"(over {format_bytes(allowed)} or {MOST_FILES} files)",
                remedy="run it in a folder that holds only its own files: --cwd",
            )
    return None


def file_system(path: Path) -> str:
    """Return the type of the file system that a path is on; empty where the system does not say."""
    real = path.resolve()
    mounts = psutil.disk_partitions(all=True)
    over = [mount for mount in mounts if real.is_relative_to(mount.mountpoint)]
    return max(over, key=lambda mount: len(mount.mountpoint)).fstype if over else ""


def _free_memory() -> int:
    return int(psutil.virtual_memory().available)


def _not_files(folder: str, names: list[str]) -> list[str]:
    """Name what copytree must leave out: sockets, pipes and devices, which it would wait for or fail on."""
    paths = {name: Path(folder) / name for name in names}
    return [name for name, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())]


def _look(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the sizes and times of change of all there is: also a file that came and went changes its folder's time."""
    seen = {}
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(OSError):
            status = path.lstat()
            seen[str(path)] = (status.st_size, status.st_mtime_ns)
    return seen
