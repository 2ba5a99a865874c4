"""All sources of counts in one table: which module, what it gives, what it needs; and whether each works here.

A source that is not there yet, or is not installed, is a row like the others: missing, with the reason.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from hwbench.records import Record, Source, Unavailable


class Listed(NamedTuple):
    """A source of counts: `module` has `missing()` and `count(command, profile, *, limits)`; none: timed runs give it."""

    name: str
    source: Source
    module: str | None
    gives: str
    needs: str


class Row(Record, frozen=True, kw_only=True):
    """Whether a source works here; where it does not, why, and the one command that would make it work."""

    name: str
    source: Source
    gives: str
    needs: str
    state: Literal["ok", "missing"]
    found: str = ""
    remedy: str = ""


# Best first: what really happened, then what is simulated on the measured machine, then what the OS and the C library tell.
SOURCES: Final = (
    Listed(
        "perf_event",
        "perf_event",
        "hwbench.evidence.perf_event",
        "instructions, cycles, misses by level, page walks, mispredictions, as they really happened",
        "a PMU, perf_event_paranoid of 2 or less",
    ),
    Listed(
        "plugin",
        "plugin",
        "hwbench.evidence.plugin",
        "instructions, misses by level and kind, mispredictions, vector and scalar operations, a model of the time",
        "qemu-user, a C compiler",
    ),
    Listed(
        "traced",
        "traced",
        "hwbench.evidence.traced",
        "every access of C sources that are built anew for it (from Python: `traced.build`), and the kinds of its misses",
        "a C compiler with the thread sanitizer's hooks",
    ),
    Listed(
        "cachegrind",
        "cachegrind",
        "hwbench.evidence.cachegrind",
        "instructions, loads, stores, misses without a prefetcher, by function",
        "valgrind",
    ),
    Listed(
        "samples",
        "samples",
        "hwbench.evidence.samples",
        "where the time goes: seconds by the kind of instruction that is waited at, and by function",
        "Linux, perf_event_paranoid of 2 or less, a C compiler",
    ),
    Listed(
        "strace",
        "strace",
        "hwbench.evidence.system_calls",
        "system calls by name, and how long they waited",
        "strace, or root and perf",
    ),
    Listed("os", "os", None, "times on and off the CPU, page faults, switches, peak memory", "nothing"),
    Listed("allocator", "os", "hwbench.evidence.allocator", "allocations, frees, bytes", "Linux, a C compiler"),
)


def load(name: str) -> tuple[Callable[..., Unavailable | None], Callable[..., object]] | Unavailable:
    """Return a source's `missing` and `count`, or why there are none."""
    listed = next((listed for listed in SOURCES if listed.name == name), None)
    if listed is None:
        return Unavailable(reason=f"there is no source {name}; there are {', '.join(each.name for each in SOURCES)}")
    if listed.module is None:
        return Unavailable(reason=f"{name} is taken from the timed runs, not counted apart")
    try:
        module = importlib.import_module(listed.module)
    except ImportError as error:
        return Unavailable(reason=f"{name} is not installed ({error})")
    return module.missing, module.count


def survey() -> tuple[Row, ...]:
    """Return a row for each source: tried here and now, which takes a second or two (valgrind starts slowly)."""
    return tuple(_row(listed) for listed in SOURCES)


def _row(listed: Listed) -> Row:
    why: Unavailable | None = None
    if listed.module is not None:
        loaded = load(listed.name)
        why = loaded if isinstance(loaded, Unavailable) else loaded[0]()
    return Row(
        name=listed.name,
        source=listed.source,
        gives=listed.gives,
        needs=listed.needs,
        state="ok" if why is None else "missing",
        found="" if why is None else why.reason,
        remedy="" if why is None else why.remedy,
    )
