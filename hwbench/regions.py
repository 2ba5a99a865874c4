"""Mark the stretch of a Python program that is meant: only that is timed and counted by `hwbench explain`.

    with hwbench.region():      # or @hwbench.region() above a function
        the_work()

`python -m hwbench.regions --include` prints the folder of the C header with the same marks (`cc -I`).
A region may be entered again and again: its passes are added up and written once, at exit, as a line of seven numbers to
the file named by HWBENCH_REGION (see `hwbench_region.h`). Regions nested in one another count as one. An emulator sees
the marks as a sequence of instructions; they are put into memory as machine code, so that no compiler is needed, and left
out where a system refuses such memory: then the whole program is counted.
Fooled by: a pass shorter than the few microseconds that entering costs; regions entered by several threads at once;
worker processes that end without Python's exit (multiprocessing's forked ones), whose regions are not written.
Source: getrusage(2), mmap(2), mprotect(2).
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from contextlib import ContextDecorator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REGION_VARIABLE: Final = "HWBENCH_REGION"
COLUMNS: Final = 7
_BEGIN, _END = 1, 2
_PAGE_BYTES: Final = 1 << 16  # the largest page of the systems that have marks
_READ_AND_EXECUTE: Final = 1 | 4  # PROT_READ | PROT_EXEC


def include_folder() -> str:
    """Return the folder that holds `hwbench_region.h`, for a compiler's -I."""
    return str(Path(__file__).parent / "include")


class region(ContextDecorator):  # noqa: N801 - used as a word: `with hwbench.region():`
    """Mark the block (or each call of the decorated function) as what is meant."""

    def __enter__(self) -> region:
        """Begin the region, unless one is under way."""
        _accounts[-1].begin()
        return self

    def __exit__(self, *_raised: object) -> None:
        """End the region that this block began."""
        _accounts[-1].end()


class _Account:
    """What the passes of this process used, added up."""

    def __init__(self) -> None:
        self.depth = 0
        self.is_asked: bool | None = None
        self.since = [0] * COLUMNS
        self.sums = [0] * COLUMNS
        self.marks: tuple[Callable[[], object], ...] = ()

    def begin(self) -> None:
        """Enter; the mark comes last, so that it encloses nothing of ours."""
        self.depth += 1
        if self.depth > 1:
            return
        if self.is_asked is None:
            self._prepare()
        if self.is_asked:
            self.since = _used()
        if self.marks:
            self.marks[0]()

    def end(self) -> None:
        """Leave, and add this pass to the sums."""
        if self.depth == 0:
            return  # a forked child leaves a block that its parent entered
        self.depth -= 1
        if self.depth > 0:
            return
        if self.marks:
            self.marks[1]()
        if self.is_asked:
            self._add()

    def write(self) -> None:
        """Append the sums to the file; where it cannot be written, the region is as if it had not been marked."""
        if self.depth > 0:
            self._add()
        try:
            with open(os.environ[REGION_VARIABLE], "a", encoding="ascii") as file:  # noqa: PTH123 - at exit, in one act
                file.write(" ".join(map(str, self.sums)) + "\n")
        except (OSError, KeyError):
            return

    def _prepare(self) -> None:
        self.marks = _make_marks()
        self.is_asked = bool(os.environ.get(REGION_VARIABLE))
        if self.is_asked:
            atexit.register(self.write)

    def _add(self) -> None:
        self.sums = [
            total + now - then for total, now, then in zip(self.sums, _used(first=True), self.since, strict=True)
        ]


def _used(*, first: bool = False) -> list[int]:
    """Return what this process has used so far; `first` reads the clock before the rest, at a region's end."""
    import resource  # noqa: PLC0415 - the package is importable where there is no such module

    early = time.monotonic_ns()
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall = early if first else time.monotonic_ns()
    times = [round(used.ru_utime * 1e9), round(used.ru_stime * 1e9)]
    return [wall, *times, used.ru_minflt, used.ru_majflt, used.ru_nvcsw, used.ru_nivcsw]


def _make_marks() -> tuple[Callable[[], object], ...]:
    """Return the functions that show a region's begin and end to an emulator; none where this system has no such marks."""
    codes = [_machine_code(number) for number in (_BEGIN, _END)]
    if sys.platform != "linux" or not all(codes):
        return ()
    try:
        return _callable(codes)
    except (ImportError, OSError, ValueError, AttributeError):
        return ()


def _machine_code(number: int) -> bytes:
    """Return a function that executes the mark and returns; nothing on an architecture without one."""
    machine = os.uname().machine
    if machine in {"x86_64", "i686", "i386"}:
        mark = bytes([0xBB, number, 0x00, 0x77, 0x68, 0x64, 0x67, 0x90])
        return b"\x53" + mark + b"\x5b\xc3"  # push rbx, mark, pop rbx, ret: the caller owns rbx
    if machine == "aarch64":
        words = (0xD28D0EE9, 0xF2A00009 | number << 5, 0xD503201F, 0xD65F03C0)  # movz, movk, nop, ret
        return b"".join(word.to_bytes(4, "little") for word in words)
    return b""


def _callable(codes: list[bytes]) -> tuple[Callable[[], object], ...]:
    """Put machine code into memory of its own, which is written first and then made executable, as strict systems want."""
    import ctypes  # noqa: PLC0415 - only a program that marks a region pays for it
    import mmap  # noqa: PLC0415

    page = mmap.mmap(-1, _PAGE_BYTES)
    starts = [16 * index for index in range(len(codes))]
    for start, code in zip(starts, codes, strict=True):
        page[start : start + len(code)] = code
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    protect: Any = ctypes.CDLL(None, use_errno=True).mprotect
    if protect(ctypes.c_void_p(address), ctypes.c_size_t(_PAGE_BYTES), _READ_AND_EXECUTE) != 0:
        return ()
    _kept.append(page)
    prototype = ctypes.CFUNCTYPE(None)
    return tuple(prototype(address + start) for start in starts)


def _forget() -> None:
    """Start anew in a forked child: what its parent used is not its own."""
    atexit.unregister(_accounts[-1].write)
    _accounts[-1] = _Account()


_kept: list[Any] = []  # the pages with our code, for as long as the process lives
_accounts = [_Account()]  # the one of this process
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

if __name__ == "__main__":
    if sys.argv[1:] != ["--include"]:
        sys.exit("usage: python -m hwbench.regions --include")
    sys.stdout.write(include_folder() + "\n")
