"""Memory to measure in: page-aligned, touched beforehand, on base pages or on huge pages, and checked to be so.

The kernel may refuse huge pages silently, so what it gave is read back from /proc/self/smaps.
Source: madvise(2), proc(5).
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from hwbench.records import Unavailable

Pages = Literal["base", "huge"]
DEFAULT_HUGE_BYTES: Final = 2 * 1024 * 1024
ENOUGH_HUGE: Final = 0.9


@dataclass(frozen=True)
class Buffer:
    """An int64 array over memory of one kind of page; `huge_share` is the part that the kernel really made huge."""

    words: NDArray[np.int64]
    pages: Pages
    huge_share: float

    @property
    def bytes(self) -> int:
        """Its size in bytes."""
        return int(self.words.nbytes)

    def view(self, dtype: Any) -> NDArray[Any]:
        """The same memory as an array of another type."""
        return self.words.view(dtype)


def allocate(size: int, pages: Pages = "base", huge_bytes: int = DEFAULT_HUGE_BYTES) -> Buffer | Unavailable:
    """Return `size` bytes of touched memory on pages of the wanted kind, aligned to a huge page; or why it cannot be had."""
    rounded = -(-size // huge_bytes) * huge_bytes if pages == "huge" else -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    try:
        mapping = mmap.mmap(-1, rounded + huge_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, ValueError, OverflowError) as error:
        return Unavailable(reason=f"{size} bytes of memory could not be had ({error})")
    refusal = _advise(mapping, pages)
    if refusal is not None:
        return refusal
    whole = np.frombuffer(mapping, dtype=np.int64)
    skip = (-whole.ctypes.data % huge_bytes) // 8
    touched = whole[skip : skip + rounded // 8]
    if pages == "base" and hasattr(mmap, "MADV_NOHUGEPAGE"):  # as it was told: to read back takes milliseconds
        touched[:: mmap.PAGESIZE // 8] = 0
        return Buffer(touched[: size // 8], pages, 0.0)
    before = huge_bytes_around(touched.ctypes.data)
    touched[:: mmap.PAGESIZE // 8] = 0
    share = min(max(huge_bytes_around(touched.ctypes.data) - before, 0) / max(rounded, 1), 1.0)
    if pages == "huge" and share < ENOUGH_HUGE:
        return Unavailable(
            reason=f"the kernel made only {share:.0%} of the memory huge pages",
            remedy="as root: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
        )
    return Buffer(touched[: size // 8], pages, share)


def _advise(mapping: mmap.mmap, pages: Pages) -> Unavailable | None:
    advice = getattr(mmap, "MADV_HUGEPAGE" if pages == "huge" else "MADV_NOHUGEPAGE", None)
    if advice is None:
        return Unavailable(reason="this system has no transparent huge pages on request") if pages == "huge" else None
    try:
        mapping.madvise(advice)
    except OSError as error:
        return Unavailable(reason=f"the kernel refuses huge pages ({error})") if pages == "huge" else None
    return None


def huge_share(address: int, size: int, smaps: Path = Path("/proc/self/smaps")) -> float:
    """Return which part of the memory at `address` lies on huge pages; 0 where the system does not tell.

    It may be too much where the kernel has joined the memory with a neighbour of its kind.
    """
    return min(huge_bytes_around(address, smaps) / max(size, 1), 1.0)


def huge_bytes_around(address: int, smaps: Path = Path("/proc/self/smaps")) -> int:
    """Return the bytes on huge pages of the mapping that holds `address`; 0 where the system does not tell.

    The kernel joins mappings of one kind that lie side by side, so this may be that of several buffers.
    """
    try:
        text = smaps.read_text()
    except OSError:
        return 0
    inside = False
    for line in text.splitlines():
        bounds = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if bounds:
            inside = int(bounds[1], 16) <= address < int(bounds[2], 16)
        elif inside and line.startswith("AnonHugePages:"):
            return int(line.split()[1]) * 1024
    return 0
