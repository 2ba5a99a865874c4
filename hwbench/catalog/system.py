"""What the operating system charges: page faults, allocation, system calls, pipes, switches, files.

Only in C: numba cannot make system calls. Files are made in the working folder and have no name there, so that nothing
stays behind however the process ends.
"""

from __future__ import annotations

import functools
import mmap
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import numpy as np

from hwbench import native
from hwbench.catalog import Prepared, Work, kernel
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NO_CALLS: Final = "numba cannot make system calls"
NO_MALLOC: Final = "numba cannot call the C library's allocator"
SMALL_BYTES: Final = 64
LARGE_BYTES: Final = MIB
LIVE_BLOCKS: Final = 256
RECORD_BYTES: Final = 128
"""An appended record: small against a block, as a log's are."""
READ_BYTES: Final = 4 * KIB
EVENT: Final = Work(operations=1)


def fresh_memory(size: int) -> NDArray[np.uint8] | Unavailable:
    """Return `size` bytes of memory on base pages (rounded up), none of them touched."""
    try:
        mapping = mmap.mmap(-1, -(-size // mmap.PAGESIZE) * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, ValueError, OverflowError) as error:
        return Unavailable(reason=f"{size} bytes of memory could not be had ({error})")
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        mapping.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(mapping, dtype=np.uint8)


@kernel("system.fault", function="fault", unit="operations", size=16 * MIB, only_c=NO_CALLS)
def fault(size: int) -> Prepared | Unavailable:
    """Touch page after page for the first time; at the end all are given back."""
    memory = fresh_memory(size)
    if isinstance(memory, Unavailable):
        return memory
    position = np.zeros(1, dtype=np.int64)
    return Prepared((memory, memory.nbytes, mmap.PAGESIZE, position), EVENT, checksum=lambda repeats: repeats)


def _malloc(size: int, stride: int) -> Prepared:
    size = max(size, 1)
    return Prepared((size, stride), EVENT, checksum=lambda repeats: repeats)


@kernel("system.malloc", function="malloc", unit="operations", size=SMALL_BYTES, only_c=NO_MALLOC)
def malloc(size: int) -> Prepared:
    """Allocate one block, write its first byte, free it."""
    return _malloc(size, max(size, 1))


@kernel("system.malloc_touched", function="malloc", unit="operations", size=LARGE_BYTES, only_c=NO_MALLOC)
def malloc_touched(size: int) -> Prepared:
    """Allocate one block, write to every page of it, free it."""
    return _malloc(size, mmap.PAGESIZE)


@kernel("system.malloc_batch", function="malloc_batch", unit="operations", size=SMALL_BYTES, only_c=NO_MALLOC)
def malloc_batch(size: int) -> Prepared:
    """Allocate 256 blocks, then free them: more than an allocator keeps at hand for a thread."""
    blocks = np.zeros(LIVE_BLOCKS, dtype=np.int64)
    work = Work(operations=LIVE_BLOCKS)
    return Prepared((blocks, LIVE_BLOCKS, max(size, 1)), work, checksum=lambda repeats: LIVE_BLOCKS * repeats)


@kernel("system.call", function="call", unit="operations", size=0, only_c=NO_CALLS)
def call(size: int) -> Prepared:
    """Ask the kernel for the parent's process number: the shortest system call."""
    return Prepared((), EVENT, checksum=lambda repeats: repeats)


@kernel("system.clock", function="clock", unit="operations", size=0, only_c=NO_CALLS)
def clock(size: int) -> Prepared:
    """Read the monotonic clock, on most systems without entering the kernel."""
    return Prepared((), EVENT, checksum=lambda repeats: repeats)


@kernel("system.pipe_hop", function="pipe_hop", unit="operations", size=0, only_c=NO_CALLS)
def pipe_hop(size: int) -> Prepared | Unavailable:
    """Write a byte into a pipe and read it out again: two system calls, no switch."""
    try:
        ends = os.pipe()
    except OSError as error:
        return Unavailable(reason=f"no pipe could be made ({error.strerror})")
    return Prepared(ends, EVENT, checksum=lambda repeats: repeats, close=functools.partial(close_all, ends))


def close_all(files: tuple[int, ...]) -> None:
    """Close these file descriptors."""
    for file in files:
        os.close(file)


def _one_cpu() -> bool:
    return hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) == 1


@kernel("system.switch", function="token", unit="operations", size=0, only_c=NO_CALLS, needs=("a pinned thread",))
def switch(size: int) -> Prepared | Unavailable:
    """Pass a byte to another thread on the same CPU and wait until it comes back: two switches and two pipe hops."""
    kernels = native.best()
    if isinstance(kernels, Unavailable):
        return kernels
    if not _one_cpu():
        return Unavailable(
            reason="both threads must be on one CPU, and this thread is not pinned",
            remedy="pin it: --affinity 0, or taskset -c 0",
        )
    try:
        (out_read, out_write), (back_read, back_write) = os.pipe(), os.pipe()
    except OSError as error:
        return Unavailable(reason=f"no pipes could be made ({error.strerror})")
    answer = kernels.bind("system_token", (out_read, back_write, 0))
    # The thread inherits this one's CPU; it ends when the pipe to it is closed.
    partner = threading.Thread(target=answer, args=(1 << 62,), daemon=True)
    partner.start()

    def close() -> None:
        close_all((out_write,))
        partner.join(timeout=10)
        close_all((out_read, back_read, back_write))

    return Prepared((back_read, out_write, 1), Work(operations=2), checksum=lambda repeats: repeats, close=close)


def working_folder() -> Path:
    """Return the folder we run in, by its full name unless it has been removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def nameless_file(folder: Path) -> BinaryIO | Unavailable:
    """Return an empty file in a folder that has no name there, or why the folder allows none."""
    try:
        return cast("BinaryIO", tempfile.TemporaryFile(dir=folder, buffering=0))
    except OSError as error:
        return Unavailable(
            reason=f"no file can be made in the folder {folder} ({error.strerror})",
            remedy="start in a folder that can be written to",
        )


def _with_file(
    folder: Path, content: bytes, prepared: Callable[[int], tuple[tuple[Any, ...], Callable[[int], int]]]
) -> Prepared | Unavailable:
    file = nameless_file(folder)
    if isinstance(file, Unavailable):
        return file
    try:
        file.write(content)
    except OSError as error:
        file.close()
        return Unavailable(reason=f"the folder {folder} takes no {len(content)} bytes ({error.strerror})")
    arguments, checksum = prepared(file.fileno())
    return Prepared(arguments, EVENT, checksum=checksum, close=file.close)


@kernel("system.fsync", function="fsync", unit="operations", size=RECORD_BYTES, only_c=NO_CALLS)
def fsync(size: int) -> Prepared | Unavailable:
    """Append a record to a file in the working folder and wait until the disk has it."""
    record = np.full(max(size, 1), ord("x"), dtype=np.uint8)
    return _with_file(
        working_folder(), b"", lambda file: ((file, record, record.nbytes), lambda repeats: repeats * record.nbytes)
    )


@kernel("system.read", function="pread", unit="operations", size=64 * KIB, only_c=NO_CALLS)
def read(size: int) -> Prepared | Unavailable:
    """Read 4 KiB of a file that the system has in memory."""
    length = max(size, READ_BYTES)
    into = np.zeros(READ_BYTES, dtype=np.uint8)
    return _with_file(
        working_folder(),
        bytes(length),
        lambda file: ((file, into, READ_BYTES, length), lambda repeats: repeats * READ_BYTES),
    )
