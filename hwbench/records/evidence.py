"""What was counted and timed of a program: commands, runs, counts by source, and the places where the time went.

A count is a float with its interval (none: exact). Names of counts are a closed list (`COUNTS` and, by syscall,
`syscalls.NAME` and `syscalls.NAME.seconds`): the same in code, JSON and text. Times are seconds, sizes bytes.
"""

from __future__ import annotations

from typing import Final, Literal

from hwbench.records.machine import Record

Source = Literal["perf_event", "plugin", "cachegrind", "traced", "samples", "os", "strace", "scaling", "perturbation"]
LEVELS: Final = ("l1d", "l2", "l3")
MISS_KINDS: Final = ("streamed", "independent", "dependent")
AWAITED_KINDS: Final = (
    "cache",
    "translation",
    "streamed",
    "forwarded",
)  # parts of sampled loads and stores, by address
SAMPLED_KINDS: Final = (
    "allocator",
    "copying",
    "divide",
    "atomic",
    "load",
    "store",
    "branch",
    "indirect",
    "other",
    "unknown",
)  # of what a program waits at; their seconds sum to `samples.seconds`
KERNEL_ENTRY_CYCLES: Final = 100.0  # in which the flow model lets nothing pass a system call
MODELLED: Final = ("cache", "bandwidth", "tlb", "branch", "dispatch", "execution")


class Command(Record, frozen=True, kw_only=True):
    """A program with its arguments, run without a shell; `env` is added to the environment, `timeout` is in seconds.

    `region` says that the program marks the stretch that is meant (`hwbench.region()` or the C header): only that counts.
    """

    argv: tuple[str, ...]
    cwd: str | None = None
    env: dict[str, str] = {}
    timeout: float | None = None
    region: bool = False


class Run(Record, frozen=True, kw_only=True):
    """One run of a command as the OS accounts for it: seconds, faults, switches, and the peak of memory in bytes.

    Where the program marks a region, the times and counts are the region's, and `whole` is the wall time of it all.
    `queued` are the seconds in which its first thread could have run but waited for a CPU: what others took from it; `cpu` is
    the one on which that thread ended.
    """

    wall: float
    user: float
    system: float
    page_faults: int = 0
    major_faults: int = 0
    voluntary_switches: int = 0
    involuntary_switches: int = 0
    peak_bytes: int = 0
    whole: float | None = None
    queued: float = 0.0
    cpu: int | None = None

    @property
    def spent(self) -> float:
        """The wall seconds less those in which others had the CPU, for a program of one thread."""
        busy = self.user + self.system
        return self.wall if busy > self.wall else max(self.wall - self.queued, busy)


class Count(Record, frozen=True, kw_only=True):
    """How often something happened (or how much of it there was): a value, and its interval where it is not exact."""

    value: float
    low: float | None = None
    high: float | None = None


class HotSpot(Record, frozen=True, kw_only=True):
    """A place in the code: which part of the instructions and of the modelled cycles falls there."""

    function: str
    file: str = ""
    instructions: float
    cycles_share: float


class Evidence(Record, frozen=True, kw_only=True):
    """What one source counted of one program at one size; `unavailable` says why there is nothing.

    `share` is the part of the program that was counted where the source stopped early (counts are of that part only).
    """

    source: Source
    n: float | None = None
    counts: dict[str, Count] = {}
    hot: tuple[HotSpot, ...] = ()
    share: float = 1.0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    unavailable: str | None = None
    remedy: str = ""

    def value(self, name: str) -> float | None:
        """Return a count's value, or None where this source did not count it."""
        count = self.counts.get(name)
        return None if count is None else count.value


class Toggle(Record, frozen=True, kw_only=True):
    """A cause switched off, or made worse, and the time measured: seconds with and without, taken in turns.

    `cause` is one of the twelve. `effect` says what the toggle does to it: `removes` it or `adds` to it.
    """

    name: str
    cause: str
    effect: Literal["removes", "adds"]
    side: Literal["a", "b"]
    n: float | None = None
    usual: tuple[float, ...] = ()
    toggled: tuple[float, ...] = ()
    unavailable: str | None = None
    remedy: str = ""


class Limits(Record, frozen=True, kw_only=True):
    """How much a source may take: seconds of its own time, and the CPU it is pinned to (None: anywhere)."""

    seconds: float = 30.0
    cpu: int | None = None


BASIC_COUNTS: Final = (
    "instructions",
    "loads",
    "stores",
    "blocks",
    *(f"{level}.misses" for level in LEVELS),
    *(f"{level}.misses.{kind}" for level in LEVELS for kind in MISS_KINDS),
    *(f"{level}.store_misses" for level in LEVELS),
    "dtlb.l1.misses",
    "dtlb.l2.misses",
    "branches.conditional",
    "branches.conditional.mispredicted",
    "branches.indirect",
    "branches.indirect.mispredicted",
    "branches.calls",
    "branches.returns",
    "operations.scalar",
    "operations.vector",
    "operations.elements",
    "operations.divide",
    "operations.square_root",
    "atomics",
    "line_transfers",
    "threads",
    "programs",
    "fences",
    "syscalls",
    "page_faults",
    "page_faults.major",
    "context_switches.voluntary",
    "context_switches.involuntary",
    "time.wall",
    "time.user",
    "time.system",
    "time.off_cpu",
    "memory.peak",
    "malloc.calls",
    "malloc.frees",
    "malloc.bytes",
    "malloc.instructions",
    "malloc.cycles",
    "cycles",
    "model.cycles",
    "model.ideal",
    *(f"model.only.{cause}" for cause in MODELLED),
    *(f"model.without.{cause}" for cause in MODELLED),
    "samples.total",
    "samples.lost",
    "samples.seconds",
    *(f"samples.{kind}" for kind in SAMPLED_KINDS),
    "samples.load.chased",
    *(f"samples.{kind}" for kind in AWAITED_KINDS),
    "samples.vector",
    "samples.scalar_float",
    "samples.peak",
    "samples.places",
)


def is_count(name: str) -> bool:
    """Whether a name is one of the closed list."""
    return name in BASIC_COUNTS or name.startswith("syscalls.")
