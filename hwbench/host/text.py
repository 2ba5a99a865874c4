"""Reading small text files as Linux writes them: a file that is not there, or is nonsense, is an empty answer.

Every reader of this room takes `Files`, a view of a folder that stands for `/`, so that recorded hosts can be read in
tests. Source: proc(5), sysfs(5).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAXIMUM_BYTES: Final = 4 << 20  # /proc/cpuinfo of 1024 CPUs is 2 MiB; a larger file is none of these
MAXIMUM_SIZE: Final = 1 << 62  # more is a damaged number, and would not fit in what is written
CHUNK_BYTES: Final = 64 << 10  # /proc/sys refuses to be read with a buffer of 4 MiB (ENOMEM)
MAXIMUM_CPUS: Final = 1 << 16  # a list that names more is damaged: no Linux is built for so many
_SCALES: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_SIZE: Final = re.compile(r"([0-9]{1,15})\s*([KMG]?)i?B?", re.IGNORECASE)


@dataclass(frozen=True)
class Files:
    """The files under a folder that stands for `/`; whatever cannot be read is the empty text."""

    root: Path = Path("/")

    def text(self, path: str) -> str:
        """Return a file's text without surrounding blanks; empty if it cannot be read."""
        try:
            with (self.root / path.lstrip("/")).open("rb") as file:
                chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
                content = b"".join(itertools.islice(chunks, MAXIMUM_BYTES // CHUNK_BYTES))
            return content.decode("utf-8", "replace").strip(" \t\r\n\0")
        except (OSError, ValueError):
            return ""

    def number(self, path: str) -> int | None:
        """Return the whole number that a file holds, or None."""
        return parse_number(self.text(path))

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        try:
            return (self.root / path.lstrip("/")).exists()
        except (OSError, ValueError):
            return False

    def names(self, folder: str, pattern: str) -> list[str]:
        """Return the names in a folder that match a regular expression wholly, ordered by the numbers in them."""
        try:
            found = [entry.name for entry in (self.root / folder.lstrip("/")).iterdir()]
        except (OSError, ValueError):
            return []
        return sorted((name for name in found if re.fullmatch(pattern, name)), key=_by_number)


def _by_number(name: str) -> tuple[int, str]:
    digits = re.sub(r"[^0-9]", "", name)
    return (int(digits[:18]) if digits else -1, name)


def parse_number(text: str) -> int | None:
    """Return a decimal or 0x… whole number, or None for anything else."""
    match = re.fullmatch(r"\s*(-?[0-9]{1,18}|0x[0-9a-fA-F]{1,16})\s*", text, re.ASCII)
    return int(match[1], 0 if match[1].startswith("0x") else 10) if match else None


def parse_float(text: str) -> float | None:
    """Return a plain decimal number, or None for anything else."""
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{0,15})?)\s*", text, re.ASCII)
    return float(match[1]) if match else None


def parse_size(text: str) -> int | None:
    """Return the bytes of a size as sysfs and /proc/meminfo write it (48K, 2048 kB, 512), or None."""
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) * _SCALES[match[2].upper()] if match else 0
    return size if 0 < size < MAXIMUM_SIZE else None


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Return the CPUs of a list such as `0-3,8,10-14:2`, sorted; empty for anything else."""
    cpus: set[int] = set()
    for part in text.strip().split(","):
        match = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6})(?::([0-9]{1,6}))?)?", part.strip(), re.ASCII)
        if not match:
            return ()
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        if last >= MAXIMUM_CPUS or step == 0:
            return ()
        cpus.update(range(first, last + 1, step))
    return tuple(sorted(cpus))


def parse_cpu_mask(text: str) -> tuple[int, ...]:
    """Return the CPUs of a mask such as `00000000,00000fff`, sorted; empty for anything else."""
    digits = text.strip().replace(",", "")
    if not re.fullmatch(r"[0-9a-fA-F]+", digits, re.ASCII) or len(digits) * 4 > MAXIMUM_CPUS:
        return ()
    mask = int(digits, 16)
    return tuple(cpu for cpu in range(mask.bit_length()) if mask >> cpu & 1)


def parse_pairs(text: str) -> dict[str, str]:
    """Return the `name: value` lines of a text (/proc/meminfo, sysctl); of a name given twice, the first."""
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            pairs.setdefault(name.strip(), value.strip())
    return pairs


def parse_choice(text: str) -> str:
    """Return the chosen word of a file such as `always [madvise] never`; a lone word is itself."""
    match = re.search(r"\[([\w+-]+)\]", text)
    if match:
        return match[1]
    return text.strip() if re.fullmatch(r"\s*[\w+-]+\s*", text) else ""
