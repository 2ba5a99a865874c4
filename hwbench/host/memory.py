"""Memory: how much there is, how much is free, what the container may use, and whether huge pages are to be had.

Source: proc_meminfo(5); Linux Documentation/admin-guide/mm/transhuge.rst.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from hwbench.host.cgroups import read_limits
from hwbench.host.text import Files, parse_choice, parse_pairs, parse_size
from hwbench.records import MemoryFacts

if TYPE_CHECKING:
    from hwbench.host.cgroups import Limits

HUGE: Final = "sys/kernel/mm/transparent_hugepage"
_SETTINGS: Final[dict[str, Literal["always", "madvise", "never"]]] = {
    "always": "always",
    "madvise": "madvise",
    "never": "never",
}


def available_bytes(root: Path = Path("/")) -> int:
    """Return the bytes that may be taken now below the container's limit; 0 where the system does not say."""
    files = Files(root)
    return read_memory(files, read_limits(files)).available_bytes


def read_memory(
    files: Files, limits: Limits, page_bytes: int = 4096, fallback: tuple[int, int] = (0, 0)
) -> MemoryFacts:
    """Return the memory as the OS gives it; `available_bytes` is what may be used below the container's limit.

    `fallback` is (total, available) in bytes for systems without /proc/meminfo. Zero bytes: nothing was said.
    """
    pairs = parse_pairs(files.text("proc/meminfo"))
    total = parse_size(pairs.get("MemTotal", "")) or fallback[0]
    available = parse_size(pairs.get("MemAvailable", "")) or parse_size(pairs.get("MemFree", "")) or fallback[1]
    limit = (
        limits.memory_bytes if limits.memory_bytes is not None and (not total or limits.memory_bytes < total) else None
    )
    if limit is not None:
        available = min(available or limit, max(limit - limits.memory_used, 0))
    return MemoryFacts(
        total_bytes=total,
        available_bytes=available,
        limit_bytes=limit,
        base_page_bytes=page_bytes,
        huge_page_bytes=_huge_page_bytes(files, pairs),
        huge_pages=_SETTINGS.get(parse_choice(files.text(f"{HUGE}/enabled")), "unknown"),
    )


def _huge_page_bytes(files: Files, meminfo: dict[str, str]) -> int | None:
    size = files.number(f"{HUGE}/hpage_pmd_size")
    return size if size is not None and size > 0 else parse_size(meminfo.get("Hugepagesize", ""))
