"""What a program is, as far as a switch must know: which loader and C library start it, and what these can be told.

A script's program is its interpreter. glibc is asked through its own loader (`--list-tunables`); a static program has no
loader, so the names of its tunables are looked for in the file.
Fooled by: a program that starts another one to do the work (both are told the same by the environment, but only the first
is looked at), and a program with an allocator of its own, whose C library is never asked for memory.
Source: elf(5); glibc manual, "Tunables"; execve(2) for scripts.
"""

from __future__ import annotations

import functools
import mmap
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

from hwbench.records import Command, Unavailable

MOST_SCRIPTS: Final = 4  # a script that is run by a script …: as deep as the kernel follows
PT_INTERP: Final = 3
LONGEST_NAME: Final = 4096
ELF_64: Final = 2


def program_file(command: Command) -> Path:
    """Return the binary that the kernel starts for a command: the program, or the interpreter of a script."""
    path = Path(shutil.which(command.argv[0]) or command.argv[0])
    for _ in range(MOST_SCRIPTS):
        words = _interpreter(path)
        if not words:
            break
        found = shutil.which(words[-1] if Path(words[0]).name == "env" and len(words) > 1 else words[0])
        if found is None:
            break
        path = Path(found)
    return path


def _interpreter(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            first = file.readline(256)
    except OSError:
        return []
    return first[2:].decode("utf-8", "replace").split() if first.startswith(b"#!") else []


def loader(path: Path) -> Path | None:
    """Return the dynamic loader that a 64-bit little-endian ELF program names; None for a static or another one."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
            if head[:4] != b"\x7fELF" or head[4] != ELF_64 or head[5] != 1:
                return None
            (table,) = struct.unpack_from("<Q", head, 32)
            size, count = struct.unpack_from("<HH", head, 54)
            for index in range(count):
                file.seek(table + index * size)
                kind, _flags, offset, _v, _p, length = struct.unpack("<IIQQQQ", file.read(40))
                if kind == PT_INTERP:
                    file.seek(offset)
                    return Path(file.read(min(length, LONGEST_NAME)).rstrip(b"\0").decode())
    except (OSError, struct.error, ValueError, IndexError):
        pass
    return None


def lacks_tunable(command: Command, name: str) -> Unavailable | None:
    """Say why the program's C library cannot be told `name` (glibc.malloc.hugetlb); None where it can."""
    path = program_file(command)
    started_by = loader(path)
    if started_by is None:
        if _contains(path, name.encode()):
            return None
        return Unavailable(reason=f"{path.name} is static, or no Linux program, and has no {name}")
    if name in _listed(started_by):
        return None
    return Unavailable(reason=f"the C library of {path.name} has no {name} (glibc ≥ 2.35 has)")


@functools.cache
def _listed(started_by: Path) -> frozenset[str]:
    try:
        done = subprocess.run(
            [str(started_by), "--list-tunables"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    return frozenset(line.split(":")[0] for line in done.stdout.splitlines() if done.returncode == 0)


def _contains(path: Path, text: bytes) -> bool:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(text) >= 0
    except (OSError, ValueError):
        return False


def lacks_preload(command: Command) -> Unavailable | None:
    """Say why a library cannot be put ahead of the program's own (LD_PRELOAD); None where it can."""
    path = program_file(command)
    if loader(path) is None:
        return Unavailable(reason=f"{path.name} is static, or no Linux program: its calls cannot be caught")
    return None
