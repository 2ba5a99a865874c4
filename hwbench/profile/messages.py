"""What campaign and workers tell each other and what the journal keeps: one JSON object a line, tagged by its event."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from hwbench.measure.bench import Effort
from hwbench.measure.results import Found
from hwbench.records import ClockFacts, HostFacts, Quantity, Record

JOURNAL_SCHEMA = "hwbench.journal/1"


class Settings(Record, frozen=True, kw_only=True):
    """What was asked for; a run can be resumed with the same settings only.

    `processes` overrides in how many processes a probe that wants several runs; `extra_probes` are modules to import,
    whose probes then take part like our own.
    """

    effort: Effort = "default"
    only: tuple[str, ...] = ()
    cpu: int = 0
    memory_bytes: int
    processes: int | None = None
    extra_probes: tuple[str, ...] = ()


class Orders(Record, frozen=True, kw_only=True):
    """What a worker is told: the settings, the host, its CPUs (its own first), its probes and what is known already."""

    settings: Settings
    host: HostFacts
    cpus: tuple[int, ...]
    sitting: int
    probes: tuple[str, ...]
    known: dict[str, Quantity] = msgspec.field(default_factory=dict)


class Noise(Record, frozen=True, kw_only=True):
    """How the machine was disturbed during a step, in seconds of CPU time so that steps add up.

    `cpus` is how many CPUs there are; `steal` went to other guests of the hypervisor, `foreign` to other processes
    here; None where the OS does not tell.
    """

    seconds: float
    cpus: int = 1
    steal: float | None = None
    foreign: float | None = None
    switches: int = 0


class Opened(Record, frozen=True, kw_only=True, tag_field="event", tag="opened"):
    """The first line of a journal: whose it is and what was asked."""

    schema: str
    hwbench: str
    started: str
    settings: Settings
    host: HostFacts


class Ready(Record, frozen=True, kw_only=True, tag_field="event", tag="ready"):
    """A worker stands: its ruler, and why it is not pinned (empty: it is)."""

    clock: ClockFacts
    unpinned: str = ""


class StepStarted(Record, frozen=True, kw_only=True, tag_field="event", tag="started"):
    """A probe begins, in the worker process of that sitting."""

    sitting: int
    probe: str


class Measured(Record, frozen=True, kw_only=True, tag_field="event", tag="measured"):
    """A probe found something."""

    sitting: int
    probe: str
    found: Found


class StepEnded(Record, frozen=True, kw_only=True, tag_field="event", tag="ended"):
    """A probe is done, or failed for a reason; `hertz` are the core's slow, middle and fast frequency meanwhile."""

    sitting: int
    probe: str
    noise: Noise | None = None
    hertz: tuple[float, float, float] | None = None
    failure: str = ""


class Planned(Record, frozen=True, kw_only=True, tag_field="event", tag="planned"):
    """How many steps lie ahead and about how many seconds they take (told to the reporter, not kept)."""

    steps: int
    seconds: float


class Note(Record, frozen=True, kw_only=True, tag_field="event", tag="note"):
    """One line for the user (told to the reporter, not kept)."""

    text: str


Entry: TypeAlias = Opened | Ready | StepStarted | Measured | StepEnded
Report: TypeAlias = Entry | Planned | Note

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Opened | Ready | StepStarted | Measured | StepEnded)


def to_line(message: Record) -> bytes:
    """Return a message as one line of JSON, its newline included."""
    return _ENCODER.encode(message) + b"\n"


def from_line(line: bytes) -> Entry:
    """Read an entry; msgspec.DecodeError (or its ValidationError) if it is none."""
    entry: Entry = _DECODER.decode(line)
    return entry
