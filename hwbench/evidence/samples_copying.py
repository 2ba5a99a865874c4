"""Where a file's functions lie that copy and fill memory: by name, and where the C library hides its variants, by who chooses.

glibc's memcpy is a function that returns the address of the best variant for the processor (STT_GNU_IFUNC). A stripped
library has no names for the variants, but on x86-64 the chooser loads their addresses relative to itself.
Fooled by: compilers that inline copies; a chooser on AArch64, which loads addresses in two parts (not read: without .symtab
its variants are left nameless); a program's own copying loops.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

from hwbench.host import symbols

COPYING: Final = re.compile(
    r"_*(w?mem(p?cpy|move|set|ccpy)|str(n?cpy|n?cat|lcpy|lcat)|stpn?cpy|bcopy|bzero|wcs(n?cpy|n?cat))(_\w+)?"
)
CHOSEN: Final = re.compile(r"_*(w?mem|str|stp|wcs)\w*")  # what may have variants: where one begins, another ends
LOADS_AN_ADDRESS: Final = re.compile(
    rb"[\x48\x4c]\x8d[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](?=(.{4}))", re.DOTALL
)  # lea x(%rip)
LONGEST_CHOOSER: Final = 1024
LONGEST_VARIANT: Final = 4096


def variants(found: symbols.Symbols) -> tuple[tuple[int, int], ...]:
    """Return the ranges of a stripped x86-64 file's addresses that hold nameless variants of copying functions."""
    if found.machine != symbols.X86_64 or not found.is_stripped:
        return ()
    chosen = {
        target: bool(COPYING.fullmatch(name))
        for start, end, name in zip(found.starts, found.ends, found.names, strict=True)
        if CHOSEN.fullmatch(name) and end - start <= LONGEST_CHOOSER
        for target in _chosen(found, start, end)
    }
    borders = sorted({*chosen, *found.starts})
    following = dict(itertools.pairwise(borders))
    return tuple(
        (low, min(following.get(low, low + LONGEST_VARIANT), low + LONGEST_VARIANT))
        for low, copies in sorted(chosen.items())
        if copies
    )


def _chosen(found: symbols.Symbols, start: int, end: int) -> list[int]:
    """Return the addresses of code that a function loads."""
    offset = found.offset_of(start)
    if offset is None:
        return []
    try:
        with found.path.open("rb") as file:
            file.seek(offset)
            code = file.read(end - start)
    except (OSError, ValueError, OverflowError):
        return []
    targets = [
        start + match.start() + 7 + int.from_bytes(match[1], "little", signed=True)
        for match in LOADS_AN_ADDRESS.finditer(code)
    ]
    parts = [part for part in found.segments if part.is_executable]
    return [target for target in targets if any(0 <= target - part.address < part.size for part in parts)]
