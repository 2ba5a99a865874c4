"""Numbers every programmer should know, on this machine: one page from the profile, the classic figures beside.

The classic ones are Jeff Dean's of about 2009 (after Peter Norvig's of 2001), for a computer of their day.
Sources: J. Dean, "Building Software Systems at Google and Lessons Learned" (2010); P. Norvig, "Teach Yourself Programming in
Ten Years" (http://norvig.com/21-days.html).
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, NamedTuple

from hwbench.show import grid, machine
from hwbench.show.grid import Row
from hwbench.show.lesson import READABLE
from hwbench.units import MIB, format_time, significant

if TYPE_CHECKING:
    from hwbench.records import MachineProfile, Quantity
    from hwbench.show.machine import Page

BAR: Final = 24
FIRST_NS, LAST_NS = 0.1, 1e8  # of the ruler: a tenth of a nanosecond to a tenth of a second


class Entry(NamedTuple):
    """One number: what it is, the quantity, how many of its unit, and the classic figure in ns."""

    text: str
    quantity: str
    times: float = 1.0
    classic_ns: float | None = None


ENTRIES: Final = (
    Entry("an addition", "add.latency.i64"),
    Entry("a multiplication of doubles", "multiply.latency.f64"),
    Entry("a load from the first cache", "l1d.latency", classic_ns=0.5),
    Entry("an integer division", "divide.latency.i64"),
    Entry("a load from the second cache", "l2.latency", classic_ns=7),
    Entry("a mispredicted branch", "branch.mispredict_cost", classic_ns=5),
    Entry("a mispredicted indirect call", "indirect.mispredict_cost"),
    Entry("a load from the third cache", "l3.latency"),
    Entry("an atomic addition, alone", "atomic.uncontended", classic_ns=25),
    Entry("an allocation and its release", "malloc.cost"),
    Entry("a page walk", "page_walk.cost"),
    Entry("a call of a Python function", "python.call"),
    Entry("a line from another core, one way", "core_to_core.latency"),
    Entry("a load from main memory", "dram.latency", classic_ns=100),
    Entry("a system call", "syscall.cost"),
    Entry("a message through a pipe", "pipe_hop.cost"),
    Entry("a page fault", "page_fault.cost"),
    Entry("a context switch", "context_switch.cost"),
    Entry("1 MiB read from memory, in order", "dram.read_bandwidth", MIB, classic_ns=250_000),
    Entry("a write that the disk has kept (fsync)", "fsync.cost", classic_ns=10_000_000),
)


def card(profile: MachineProfile, page: Page) -> str:
    """Return the card: what each thing takes here, in cycles too, what it took on the classic list, and a ruler."""
    known = [(entry, ns) for entry in ENTRIES if (ns := _ns(profile, entry)) is not None]
    rows = [
        _row(entry, ns, profile.quantities[entry.quantity], page) for entry, ns in sorted(known, key=lambda one: one[1])
    ]
    lacking = [entry.text for entry in ENTRIES if _ns(profile, entry) is None]
    parts = [
        page.paint("Numbers every programmer should know, on this machine", "bold"),
        profile.title,
        grid.draw(
            ("", "here", "in cycles", "about 2009", "0.1 ns to 100 ms, logarithmic"), rows, page, right=(1, 2, 3)
        ),
        _proportions(profile),
        f"Not measured here: {'; '.join(lacking)}." if lacking else "",
        "The classic figures are Jeff Dean's and Peter Norvig's, for a computer of their day.",
    ]
    wrapped = [part if "\n" in part else textwrap.fill(part, min(page.width, READABLE)) for part in parts if part]
    return machine.fit("\n\n".join(wrapped) + "\n", page)


def _ns(profile: MachineProfile, entry: Entry) -> float | None:
    quantity = profile.quantities.get(entry.quantity)
    if quantity is None or quantity.value is None or quantity.value <= 0:
        return None
    return entry.times * (quantity.value if quantity.unit == "ns" else 1e9 / quantity.value)


def _row(entry: Entry, ns: float, quantity: Quantity, page: Page) -> Row:
    cycles = "" if quantity.cycles is None or quantity.unit != "ns" else significant(quantity.cycles * entry.times)
    classic = "" if entry.classic_ns is None else format_time(entry.classic_ns)
    return Row((entry.text, format_time(ns), cycles, classic, _bar(ns, page)))


def _bar(ns: float, page: Page) -> str:
    """Return a bar on a logarithmic ruler."""
    from math import log10

    share = (log10(ns) - log10(FIRST_NS)) / (log10(LAST_NS) - log10(FIRST_NS))
    return ("█" if page.unicode else "#") * max(round(min(max(share, 0.0), 1.0) * BAR), 1)


def _proportions(profile: MachineProfile) -> str:
    """Say in a sentence what one load from memory is worth."""
    memory, add = _value(profile, "dram.latency"), _value(profile, "add.latency.i64")
    width, sync = _value(profile, "core.width"), _value(profile, "fsync.cost")
    if memory is None or add is None or width is None:
        return ""
    told = f"While one load waits for memory this core could do {_round(memory * width / 1e9)} simple instructions"
    kept = f"; while one write waits for the disk, {_round(sync / memory)} loads from memory" if sync else ""
    return f"{told}{kept}."


def _value(profile: MachineProfile, name: str) -> float | None:
    quantity = profile.quantities.get(name)
    return None if quantity is None or not quantity.value or quantity.value <= 0 else quantity.value


def _round(value: float) -> str:
    return significant(value, 2)
