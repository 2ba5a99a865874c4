"""The listing of the catalogue: a table for a person, an object for a program."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import msgspec

from hwbench import __version__
from hwbench.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.catalog.listing import KernelEntry

KERNELS_SCHEMA = "hwbench.kernels/1"
LEAST_ROOM = 30  # columns for what a kernel does
HEADERS = ("kernel", "twins", "work of a repeat", "size", "needs", "what it does")


def kernel_table(entries: Sequence[KernelEntry], width: int | None = None) -> str:
    """Return the listing as a table, the priced part of the work first; below it stands what cannot be, and why.

    With a width it is fitted to so many columns: a few lines a kernel where the table would leave no room for words.
    """
    from tabulate import tabulate

    notes = dict.fromkeys(note for entry in entries for note in _notes(entry))
    rows = [_row(entry) for entry in entries]
    if width is None:
        return "\n".join([tabulate(rows, HEADERS), "", *notes]).rstrip()
    filled = [textwrap.fill(note, width, subsequent_indent="  ") for note in notes]
    # A column is as wide as its widest cell, or its heading and two more (tabulate's own rule), and two spaces end it.
    others = [
        max(len(heading) + 2, *(len(row[column]) for row in rows)) + 2 for column, heading in enumerate(HEADERS[:-1])
    ]
    room = width - sum(others)
    if room < LEAST_ROOM:
        return "\n".join([*(_paragraph(row, width) for row in rows), "", *filled]).rstrip()
    table = tabulate(rows, HEADERS, maxcolwidths=[*[None] * len(others), room])
    return "\n".join([table, "", *filled]).rstrip()


def _paragraph(row: tuple[str, ...], width: int) -> str:
    name, *facts, summary = row
    return textwrap.fill(f"{name}: {summary} ({'; '.join(filter(None, facts))})", width, subsequent_indent="  ")


def _row(entry: KernelEntry) -> tuple[str, ...]:
    return (
        entry.name,
        " ".join(entry.twins),
        _work(entry),
        format_bytes(entry.size),
        ", ".join(entry.needs),
        entry.summary.rstrip("."),
    )


def _work(entry: KernelEntry) -> str:
    """Write the declared work, the priced unit first; bytes as a size."""
    names = sorted(entry.work, key=lambda name: name != entry.unit)
    return ", ".join(_amount(name, entry.work[name]) for name in names)


def _amount(name: str, count: float) -> str:
    if name == "bytes":
        return format_bytes(count)
    singular = name.removesuffix("es") if name.endswith("ches") else name.removesuffix("s")
    return f"{significant(count)} {singular if count == 1 else name}"


def _notes(entry: KernelEntry) -> list[str]:
    only = f"{entry.name}: C only: {entry.only_c}" if entry.only_c else ""
    lacking = f"{entry.name}: cannot run here: {entry.unavailable}" if entry.unavailable else ""
    return [note for note in (only, lacking) if note]


def kernel_listing(entries: Sequence[KernelEntry]) -> dict[str, Any]:
    """Return the listing as the object that `--json` writes."""
    return {"schema": KERNELS_SCHEMA, "hwbench": __version__, "kernels": msgspec.to_builtins(tuple(entries))}
