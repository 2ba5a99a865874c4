"""The listing of the catalogue: a table for a person, an object for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hwbench import __version__
from hwbench.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.catalog.listing import KernelEntry

KERNELS_SCHEMA = "hwbench.kernels/1"
HEADERS = ("kernel", "twins", "work of a repeat", "size", "needs", "what it does")


def kernel_table(entries: Sequence[KernelEntry]) -> str:
    """Return the listing as a table, the priced part of the work first; below it stands what cannot be, and why."""
    from tabulate import tabulate

    notes = [note for entry in entries for note in _notes(entry)]
    return "\n".join([tabulate([_row(entry) for entry in entries], HEADERS), "", *dict.fromkeys(notes)]).rstrip()


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
    return f"{significant(count)} {name.removesuffix('s') if count == 1 else name}"


def _notes(entry: KernelEntry) -> list[str]:
    only = f"{entry.name}: C only: {entry.only_c}" if entry.only_c else ""
    lacking = f"{entry.name}: cannot run here: {entry.unavailable}" if entry.unavailable else ""
    return [note for note in (only, lacking) if note]


def kernel_listing(entries: Sequence[KernelEntry]) -> dict[str, Any]:
    """Return the listing as the object that `--json` writes."""
    return {"schema": KERNELS_SCHEMA, "hwbench": __version__, "kernels": msgspec.to_builtins(tuple(entries))}
