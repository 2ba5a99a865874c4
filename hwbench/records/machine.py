"""The records that travel between rooms and into JSON: frozen, small, and knowing nothing else.

Every record is a `msgspec.Struct`: the same class is the Python value, the JSON contract and the source of its JSON Schema.
Optional fields left out of the JSON have their default. Units: bytes, nanoseconds, core cycles, hertz, bytes per second.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Final, Literal

import msgspec

from hwbench import units

CLAIM_TOLERANCE: Final = 0.05
SOFT_TOLERANCE: Final = 0.2
MACHINE_SCHEMA = "hwbench.machine/1"
# What the numbers in curves stand for: `operation` of the curve `bandwidth`, `kernel` of the curve `roofline`.
BANDWIDTH_OPERATIONS: Final = (
    "read", "write", "copy", "triad", "scale", "add", "streaming_write", "streaming_copy", "load"
)  # fmt: skip
ROOFLINE_KERNELS: Final = ("product_ijk", "product_ikj", "product_tiled")


DRAWER: Final = (
    "hwbench.show.notebook"  # by its name: records know no room above them, and load it only when it is to draw
)


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all our records share: frozen, named fields, defaults left out of the JSON, and that a notebook shows them."""

    def _repr_html_(self) -> str | None:
        """Return the record as a notebook shows it; None for what is only a part of one, which is then shown as text."""
        drawn: str | None = import_module(DRAWER).html(self)
        return drawn


class Unavailable(Record, frozen=True, kw_only=True):
    """A value that cannot be had here: the reason, and the one command or act that would mend it (empty: none known)."""

    reason: str
    remedy: str = ""

    def __bool__(self) -> bool:
        """Be false, so that `if buffer:` asks whether the thing is there."""
        return False

    def __str__(self) -> str:
        return f"{self.reason}; {self.remedy}" if self.remedy else self.reason


# ── what the host says of itself ──────────────────────────────────────────────────────────────────────────────────────


class CacheClaim(Record, frozen=True, kw_only=True):
    """One cache as CPUID, sysfs or the OS describes it; `shared_by` are the logical CPUs that claim to share it."""

    level: int
    kind: Literal["data", "instruction", "unified"]
    bytes: int
    line_size: int | None = None
    associativity: int | None = None
    shared_by: tuple[int, ...] = ()
    instances: int | None = None
    source: str


class TlbClaim(Record, frozen=True, kw_only=True):
    """One level of a data or unified TLB for one page size; `associativity` 0 means fully associative."""

    level: int
    kind: Literal["data", "instruction", "unified"]
    page_bytes: int
    entries: int
    associativity: int | None = None
    source: str


class CpuFacts(Record, frozen=True, kw_only=True):
    """The processor as it names itself; `vector_bits` are the SIMD register widths that it *and* the OS support."""

    architecture: str
    vendor: str = ""
    model: str = ""
    microarchitecture: str = ""
    family: int | None = None
    model_number: int | None = None
    stepping: int | None = None
    features: tuple[str, ...] = ()
    vector_bits: tuple[int, ...] = ()
    nominal_hertz: float | None = None
    maximum_hertz: float | None = None
    tsc_hertz: float | None = None


class CoreFacts(Record, frozen=True, kw_only=True):
    """One logical CPU: where it sits and with whom it shares a physical core."""

    cpu: int
    core: int
    socket: int = 0
    numa_node: int = 0
    kind: Literal["performance", "efficiency", "uniform"] = "uniform"
    siblings: tuple[int, ...] = ()
    maximum_hertz: float | None = None


class MemoryFacts(Record, frozen=True, kw_only=True):
    """Memory as the OS and the container's limits give it; `huge_pages` is the transparent-huge-page setting."""

    total_bytes: int
    available_bytes: int
    limit_bytes: int | None = None
    base_page_bytes: int = 4096
    huge_page_bytes: int | None = None
    huge_pages: Literal["always", "madvise", "never", "unknown"] = "unknown"


class HostFacts(Record, frozen=True, kw_only=True):
    """All that was learned of the host without timing anything; `missing` says, fact by fact, why one is not there."""

    name: str
    system: str
    release: str = ""
    hypervisor: str = ""
    container: str = ""
    cpu: CpuFacts
    cores: tuple[CoreFacts, ...] = ()
    usable_cpus: tuple[int, ...] = ()
    cpu_quota: float | None = None
    caches: tuple[CacheClaim, ...] = ()
    tlbs: tuple[TlbClaim, ...] = ()
    memory: MemoryFacts
    missing: dict[str, str] = {}

    def cache(self, level: int, kind: Literal["data", "instruction"] = "data") -> CacheClaim | None:
        """Return the claimed cache of that level that holds `kind` (a unified cache holds both), or None."""
        return next((claim for claim in self.caches if claim.level == level and claim.kind in (kind, "unified")), None)

    @property
    def line_size(self) -> int:
        """Bytes of a cache line as claimed; 64 where nothing is said (128 on Apple's ARM cores, which do say so)."""
        return next((claim.line_size for claim in self.caches if claim.line_size), 64)


# ── what was measured ─────────────────────────────────────────────────────────────────────────────────────────────────

Point = dict[str, float]


class Quantity(Record, frozen=True, kw_only=True):
    """One measured figure with its interval, the OS's claim beside it, and how it was taken.

    `value`, `low`, `high` are in `unit` (a `high` left out: only a lower bound was seen); `cycles`, `cycles_low`,
    `cycles_high` say the same per or in core cycles (for a bandwidth: bytes per cycle). `samples` are the
    raw samples in `unit`. `unavailable` holds the reason where there is no value; `caution` holds what may have disturbed a
    value that is there.
    """

    unit: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    cycles: float | None = None
    cycles_low: float | None = None
    cycles_high: float | None = None
    nominal: float | None = None
    method: str = ""
    samples: tuple[float, ...] = ()
    caution: str | None = None
    unavailable: str | None = None

    @property
    def is_available(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def agrees(self) -> bool | None:
        """Whether the claim is within 5 % of the value, or in its interval and within 20 %; None where either is not there."""
        if self.value is None or self.nominal is None:
            return None
        gap = abs(self.value - self.nominal) / max(abs(self.nominal), 1e-12)
        inside = self.low is not None and self.high is not None and self.low <= self.nominal <= self.high
        return gap <= CLAIM_TOLERANCE or (inside and gap <= SOFT_TOLERANCE)

    @property
    def measured(self) -> str:
        """The value with its interval as a person reads it; empty where there is none."""
        if self.value is None:
            return ""
        text = units.format_interval(self.value, self.low, self.high, self.unit)
        return f"≥ {text}" if self.is_lower_bound else text

    @property
    def is_lower_bound(self) -> bool:
        """Whether the true value may be any larger: the interval is open above."""
        return self.value is not None and self.low is not None and self.high is None

    @property
    def measured_cycles(self) -> str:
        """The same in or per core cycles; empty where there is none."""
        if self.cycles is None:
            return ""
        return units.format_interval(self.cycles, self.cycles_low, self.cycles_high, units.per_cycle(self.unit))

    def __str__(self) -> str:
        if self.value is None:
            return f"unavailable: {self.unavailable or 'no reason was kept'}"
        first, second = self.measured, self.measured_cycles
        if self.unit == "ns":
            first, second = second, first
        text = " = ".join(part for part in (first, second) if part)
        claim = "" if self.nominal is None else f"; claimed {units.format_value(self.nominal, self.unit)}"
        return f"{text}{claim}" + (f"; caution: {self.caution}" if self.caution else "")

    __repr__ = __str__


class Interval(Record, frozen=True, kw_only=True):
    """A value between two bounds, in `unit`."""

    value: float
    low: float
    high: float
    unit: str


class ClockFacts(Record, frozen=True, kw_only=True):
    """The ruler: which clock, its smallest step and what reading it and calling a kernel cost, in ns."""

    name: str
    resolution_ns: float
    read_ns: float
    call_ns: float


class Conditions(Record, frozen=True, kw_only=True):
    """What the machine was doing while it was measured; shares are of one CPU's time, 0 to 1.

    `only` are the patterns to which the run was restricted (none: everything was measured).
    """

    started: str
    seconds: float
    effort: Literal["quick", "default", "full"] = "default"
    only: tuple[str, ...] = ()
    pinned_cpu: int | None = None
    clock: ClockFacts | None = None
    core_hertz: Interval | None = None
    steal_share: float | None = None
    other_load: float | None = None
    involuntary_switches: int | None = None
    worker_processes: int | None = None
    notes: tuple[str, ...] = ()


class MachineProfile(Record, frozen=True, kw_only=True):
    """The price list of one machine at one time: `hwbench.machine/1`."""

    schema: Literal["hwbench.machine/1"]
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{12}$")]
    hwbench: str
    taken: str
    host: HostFacts
    conditions: Conditions
    quantities: dict[str, Quantity]
    curves: dict[str, tuple[Point, ...]] = {}
    findings: tuple[str, ...] = ()
    incomplete: str | None = None

    def __getitem__(self, name: str) -> Quantity:
        """Return the quantity of that name; KeyError if the profile has none."""
        return self.quantities[name]

    @property
    def title(self) -> str:
        """One line that says whose profile this is."""
        model = f" ({self.host.cpu.model})" if self.host.cpu.model else ""
        return f"machine profile {self.id} of {self.host.name}{model}, taken {self.taken}"

    def __str__(self) -> str:
        width = max(map(len, self.quantities), default=0)
        rows = [f"  {name:<{width}}  {quantity}" for name, quantity in self.quantities.items()]
        return "\n".join([self.title, *rows, *(f"- {finding}" for finding in self.findings)])

    __repr__ = __str__
