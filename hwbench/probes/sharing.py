"""What cores do to one another: atomics, false sharing, and how long a line takes from core to core.

A partner thread on a core of its own runs the same kernel over and over while this thread is timed, so that no start
or end of a thread lies in the timed stretch; before each sample it is told which kernel to run. Ping-pong needs both:
each waits for the other's number on one line, and the time of a round is two ways. A wait is bounded, so a partner
that dies ends the measurement with a reason and never hangs it.
Fooled by: a scheduler that puts both on one core (each is pinned), a partner that is interrupted, which makes
contention look cheap (samples during which it did nothing are left out, and the median of the rest is taken, not the
envelope), a virtual CPU that wakes up after milliseconds (the partner stays inside its kernel), one line's place on
the chip (a fresh line for each pair; several samples).
Source: McCalpin's and Intel MLC's core-to-core method; Agner Fog on false sharing.
"""

from __future__ import annotations

import functools
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, Self, cast

import numpy as np

from hwbench import stats
from hwbench.catalog import kernels
from hwbench.catalog.share import cells_of, players
from hwbench.measure import results
from hwbench.measure.bench import Case, Samples
from hwbench.measure.pinning import pin, pinned
from hwbench.probes import Known, probe
from hwbench.records import Unavailable
from hwbench.stats import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from hwbench.catalog import Prepared
    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found
    from hwbench.native import Run
    from hwbench.records import HostFacts

CHUNK: Final = 100_000
"""Increments that a partner makes between two looks at what it shall do: about a millisecond."""
STRETCH_NS: Final = 2_000_000
"""Long against what a partner does between two chunks."""
AT_WORK: Final = 0.05
"""The least increments of the partner to one of ours for it to have been there at all (contention may be unfair)."""
ANSWERING_PATIENCE: Final = 1 << 22
"""Looks at the line before the answering player looks whether it shall stop: milliseconds."""
PLAYING_PATIENCE: Final = 1 << 27
"""Looks before a round is given up: tens of milliseconds at least, longer than a time slice of somebody else."""
WARM_UP_ROUNDS: Final = 200
ENOUGH_ROUNDS: Final = 50
"""In a stretch; fewer mean that the calibration met an interruption."""
ENOUGH_SAMPLES: Final = 3
BUSY_SHARE: Final = 0.5
ATTEMPTS: Final = 3
ENDLESS: Final = 1 << 40
SETTLE_SECONDS: Final = 1.0
MOST_CPUS: Final = {"quick": 8, "default": 32, "full": 32}
LEAST_PAIR_SECONDS: Final = 0.005
LONGEST_SECONDS: Final = 12.0
"""When no further pair is begun: a busy machine makes each pair slow."""
ALL_PAIRS_SECONDS: Final = 0.6
ONE_CPU: Final = Unavailable(
    reason="it takes two CPUs, and this process may run on one only", remedy="give it a second CPU"
)
ONE_CORE: Final = "the CPUs in reach are threads of one core"
PING_PONG: Final = "two pinned threads each wait for the other's number on one line, half a round"


class Partner:
    """A thread on a CPU of its own that runs what it was last told to, over and over; a context that ends with it."""

    def __init__(self, cpu: int) -> None:
        """Start the thread, at rest, pinned to the CPU where that is allowed (else `refusal` says why not)."""
        self.refusal: Unavailable | None = None
        self._wanted: Callable[[], object] | None = None
        self._running: Callable[[], object] | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._live, args=(cpu,), daemon=True)
        self._thread.start()

    def _live(self, cpu: int) -> None:
        self.refusal = pin(cpu)
        while not self._ended:
            self._running = self._wanted
            if self._running is None:
                time.sleep(0.0001)
            else:
                self._running()

    def take_up(self, task: Callable[[], object] | None) -> None:
        """Have the thread run `task` over and over (None: rest), and wait until it does, at most a second."""
        self._wanted = task
        until = time.monotonic() + SETTLE_SECONDS
        while self._running is not task and time.monotonic() < until:
            time.sleep(0)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the thread after its present task."""
        self._ended = True
        self._thread.join(timeout=10)


class Watched:
    """A bound kernel that notes of each call whether the partner did its part."""

    def __init__(self, run: Run, least: float) -> None:
        """Wrap a run; a call whose result is less than `least` a repeat does not count."""
        self._run, self._least = run, least
        self._went_well: list[bool] = []

    def __call__(self, repeats: int) -> int | float:
        """Run the kernel and note how it went."""
        result = self._run(repeats)
        self._went_well.append(result >= self._least * repeats)
        return result

    def good(self, samples: Samples) -> Samples | Unavailable:
        """Return the samples of the calls that went well, or the fact that there are too few."""
        well = np.array(self._went_well[-samples.ns.size :])
        if well.sum() < ENOUGH_SAMPLES:
            return Unavailable(
                reason="the thread on the other CPU was hardly ever running",
                remedy="measure when the machine is quieter",
            )
        before, after = samples.hertz_before[well], samples.hertz_after[well]
        return replace(samples, ns=samples.ns[well], hertz_before=before, hertz_after=after)


def _growth_of(counter: NDArray[np.int64], run: Run) -> Run:
    """Return a run whose result is by how much a counter grows during it."""

    def measured(repeats: int) -> int:
        before = int(counter[0])
        run(repeats)
        return int(counter[0]) - before

    return measured


def _case_beside(bench: Bench, partner: Partner, name: str) -> tuple[Case, Watched]:
    """Return a case of the kernel that runs while the partner, told so before each sample, runs its side of it."""
    kernel = kernels()[f"share.{name}"]
    prepared = cast("Prepared", kernel.prepare(kernel.size))  # plain arrays are always to be had
    cells, place = cast("tuple[NDArray[np.int64], int]", prepared.partners[0])
    run = _growth_of(cells[place:], bench.variant.bind(kernel.c_function, prepared.arguments))
    is_ours_too = place == prepared.arguments[1]
    watched = Watched(run, AT_WORK + is_ours_too)
    task = functools.partial(bench.variant.bind(kernel.c_function, prepared.partners[0]), CHUNK)
    return Case(name, watched, before=functools.partial(partner.take_up, task)), watched


def _first(*refusals: Unavailable | None) -> Unavailable | None:
    return next((refusal for refusal in refusals if refusal is not None), None)


def _uncontended(bench: Bench) -> Iterator[Found]:
    taken = bench.sample([bench.c_case("atomic", "share_add", (cells_of(0), 0))], 0.1)
    yield results.price("atomic.uncontended", taken["atomic"], method="atomic additions to a line of its own")


def siblings(host: HostFacts, first: int, second: int) -> bool:
    """Whether two CPUs are threads of one core, as far as the host tells."""
    return any(core.cpu == first and second in core.siblings for core in host.cores)


def other_core(host: HostFacts, cpus: Sequence[int]) -> tuple[int, str | None]:
    """Return a CPU on another core than the first CPU; if there is none, a thread of its core, and a caution."""
    apart = [cpu for cpu in cpus[1:] if not siblings(host, cpus[0], cpu)]
    return (apart[0], None) if apart else (cpus[1], ONE_CORE)


def _contended(bench: Bench) -> Iterator[Found]:
    """Price contended atomics and false sharing, this thread on the first CPU and a partner on another core."""
    other, caution = other_core(bench.host, bench.cpus)
    with pinned(bench.cpus[0]) as refusal, Partner(other) as partner:
        cases = {name: _case_beside(bench, partner, name) for name in ("atomic_contended", "apart", "same_line")}
        taken = bench.sample([case for case, _ in cases.values()], 0.6, STRETCH_NS)
        unpinned = _first(refusal, partner.refusal)
    good = {name: watched.good(taken[name]) for name, (_, watched) in cases.items()}
    kept = sum(samples.ns.size for samples in good.values() if isinstance(samples, Samples))
    if unpinned is not None:
        caution = f"the two threads may have shared a core: {unpinned}"
    elif kept < BUSY_SHARE * sum(samples.ns.size for samples in taken.values()):
        caution = "the other CPU was busy with something else half of the time"
    yield _contended_atomic(good["atomic_contended"], caution)
    yield _false_sharing(good["same_line"], good["apart"], caution)


def _contended_atomic(samples: Samples | Unavailable, caution: str | None) -> Found:
    if isinstance(samples, Unavailable):
        return results.missing("atomic.contended", "ns", samples)
    return results.estimated(
        "atomic.contended",
        "ns",
        samples.median(),
        cycles=stats.median(samples.cycles),
        method="atomic additions while another core adds to the same word, median",
        caution=caution,
        samples=samples.ns,
    )


def _false_sharing(same_line: Samples | Unavailable, apart: Samples | Unavailable, caution: str | None) -> Found:
    if isinstance(same_line, Unavailable) or isinstance(apart, Unavailable):
        reason = same_line if isinstance(same_line, Unavailable) else str(apart)
        return results.missing("false_sharing.penalty", "ns", reason)
    return results.estimated(
        "false_sharing.penalty",
        "ns",
        stats.difference(same_line.ns, apart.ns),
        cycles=stats.difference(same_line.cycles, apart.cycles),
        method="increments while another core increments the next word of the line, less such beside one far away",
        caution=caution,
        samples=same_line.ns,
    )


class Way(NamedTuple):
    """What one way between two CPUs costs."""

    first: int
    second: int
    ns: Estimate
    cycles: Estimate
    samples: tuple[float, ...]


def one_way(bench: Bench, first: int, second: int, seconds: float) -> Way | Unavailable:
    """Play ping-pong between two CPUs on a fresh line; return the cost of one way, or why there was no game."""
    begins, answers = players(patience=PLAYING_PATIENCE)
    answer = functools.partial(bench.variant.bind("share_ping_pong", (*answers[:3], ANSWERING_PATIENCE)), ENDLESS)
    player = Watched(bench.variant.bind("share_ping_pong", begins), 1.0)
    with pinned(first) as refusal, Partner(second) as partner:
        partner.take_up(answer)
        unpinned = _first(refusal, partner.refusal)
        if unpinned is not None:
            return unpinned
        for _ in range(ATTEMPTS):
            player(WARM_UP_ROUNDS)
            samples = bench.sample([Case("way", player, work=2)], seconds)["way"]
            good = player.good(samples)
            if isinstance(good, Samples) and samples.repeats >= ENOUGH_ROUNDS:
                return Way(first, second, good.lower(), good.lower_cycles(), tuple(good.ns.tolist()))
    return Unavailable(
        reason=f"CPU {second} did not answer CPU {first} in time", remedy="measure when the machine is quieter"
    )


def sampled(cpus: Sequence[int], most: int) -> tuple[int, ...]:
    """Return the CPUs, or `most` of them evenly spaced, the first and the last among them."""
    if len(cpus) <= most:
        return tuple(cpus)
    return tuple(cpus[k] for k in np.linspace(0, len(cpus) - 1, most).round().astype(int))


def pairs_of(cpus: Sequence[int]) -> list[tuple[int, int]]:
    """Return each pair of CPUs once, the earlier first."""
    return [(first, second) for k, first in enumerate(cpus) for second in cpus[k + 1 :]]


def cheapest(host: HostFacts, ways: Sequence[Way]) -> tuple[Way, str | None]:
    """Return the cheapest way between two cores; if there is none, between threads of one core, and a caution."""
    apart = [way for way in ways if not siblings(host, way.first, way.second)]
    caution = None if apart else ONE_CORE
    return min(apart or ways, key=lambda way: way.ns.value), caution


def _ways_found(bench: Bench, ways: Sequence[Way], cpus: int, pairs: int) -> Iterator[Found]:
    best, caution = cheapest(bench.host, ways)
    dearest = max(ways, key=lambda way: way.ns.value)
    covers = f"the cheapest of {len(ways)} of {pairs} pairs of CPUs, upper bound: the dearest"
    if cpus < len(bench.cpus):
        covers += f"; {cpus} of {len(bench.cpus)} CPUs, evenly spaced"
    yield results.estimated(
        "core_to_core.latency",
        "ns",
        Estimate(best.ns.value, best.ns.low, max(best.ns.high, dearest.ns.value)),
        cycles=Estimate(best.cycles.value, best.cycles.low, max(best.cycles.high, dearest.cycles.value)),
        method=f"{PING_PONG}; {covers}",
        caution=caution,
        samples=best.samples,
    )
    yield results.curve("core_to_core", ({"from": way.first, "to": way.second, "ns": way.ns.value} for way in ways))


def _all_ways(bench: Bench) -> Iterator[Found]:
    """Price the way between each pair of CPUs, in random order, so that those met before time is up are a fair sample."""
    cpus = sampled(bench.cpus, MOST_CPUS[bench.effort])
    pairs = pairs_of(cpus)
    seconds = max(ALL_PAIRS_SECONDS / len(pairs), LEAST_PAIR_SECONDS)
    until = time.monotonic() + LONGEST_SECONDS
    ways: list[Way] = []
    refusal = ONE_CPU
    for k in np.random.default_rng(1).permutation(len(pairs)):
        way = one_way(bench, pairs[k][0], pairs[k][1], seconds)
        if isinstance(way, Way):
            ways.append(way)
        else:
            refusal = way
        if time.monotonic() > until:
            break
    if ways:
        yield from _ways_found(bench, sorted(ways), len(cpus), len(pairs))
    else:
        yield results.missing("core_to_core.latency", "ns", refusal)


@probe(
    group="sharing",
    quantities=dict.fromkeys(
        ("atomic.uncontended", "atomic.contended", "false_sharing.penalty", "core_to_core.latency"), "ns"
    ),
    curves=("core_to_core",),
    seconds=1.5,
    order=65,
)
def sharing(bench: Bench, known: Known) -> Iterator[Found]:
    """Price atomics, false sharing and the way of a line from core to core."""
    yield from _uncontended(bench)
    if len(bench.cpus) < 2:
        for name in ("atomic.contended", "false_sharing.penalty", "core_to_core.latency"):
            yield results.missing(name, "ns", ONE_CPU)
        return
    yield from _contended(bench)
    yield from _all_ways(bench)
