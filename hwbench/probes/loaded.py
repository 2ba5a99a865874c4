"""Latency under load: what a dependent load from memory costs while other cores take bandwidth.

One core chases through memory, every other core allowed reads line after line of memory of its own at a set pace; the pace is
stepped from idle to as fast as it goes. Each point is latency against the bandwidth that the neighbours got meanwhile.
Fooled by: neighbours outside this machine, who load the same memory (the point without load is measured in the same way).
Source: Intel Memory Latency Checker's loaded latencies; multichase's multiload.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench.measure import results
from hwbench.measure.buffers import Buffer, allocate
from hwbench.measure.chases import best_field, scattered
from hwbench.measure.pinning import pin
from hwbench.probes import Known, probe
from hwbench.probes.levels import doubt_of_memory, largest_footprint
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hwbench.measure.bench import Bench, Samples
    from hwbench.measure.results import Found
    from hwbench.native import Run

PAUSES: Final = {
    "quick": (None, 0),
    "default": (None, 2000, 500, 150, 50, 0),
    "full": (None, 4000, 2000, 1000, 500, 250, 150, 100, 50, 20, 0),
}
STRETCH_NS: Final = 2_000_000
FOREVER: Final = 1 << 50
MOST_NEIGHBOURS: Final = 64


@probe(
    group="loaded",
    quantities={"dram.loaded_latency": "ns"},
    curves=("loaded_latency",),
    seconds=1.0,
    order=36,
    after=("levels", "spot"),
    quick=False,
)
def loaded(bench: Bench, known: Known) -> Iterator[Found]:
    """Measure memory latency against the bandwidth that other cores take."""
    name, unit = "dram.loaded_latency", "ns"
    if len(bench.cpus) < 2:
        yield results.missing(name, unit, "needs a second CPU to load the memory")
        return
    doubt = doubt_of_memory(bench, largest_footprint(bench))
    if isinstance(doubt, Unavailable):
        yield results.missing(name, unit, doubt)
        return
    others = bench.cpus[1 : 1 + MOST_NEIGHBOURS]
    ground = best_field(bench, largest_footprint(bench))
    buffers = [allocate(min(64 << 20, bench.memory_bytes // (3 * len(others))), "base") for _ in others]
    refused = next((each for each in (ground, *buffers) if isinstance(each, Unavailable)), None)
    if refused is not None or isinstance(ground, Unavailable):
        yield results.missing(name, unit, str(refused))
        return
    case = ground.case("chase", scattered(ground.buffer.bytes, ground.line))
    points, last = [], None
    for pause in PAUSES[bench.effort]:
        neighbours = [
            Neighbour(bench, cpu, buffer, pause)
            for cpu, buffer in zip(others, buffers, strict=True)
            if isinstance(buffer, Buffer) and pause is not None
        ]
        rate, last = _under(bench, neighbours, lambda: bench.sample([case], 0.12, STRETCH_NS)["chase"])
        ns = last.median()
        points.append({"bytes_per_second": rate, "ns": ns.value, "low": ns.low, "high": ns.high})
    yield results.curve("loaded_latency", points)
    if last is not None:
        rate_text = f"{points[-1]['bytes_per_second'] / 1e9:.1f} GB/s"
        yield results.estimated(
            name,
            unit,
            last.median(),
            method=f"while {len(others)} other core(s) read {rate_text}, median; without load {points[0]['ns']:.1f} ns",
            caution=doubt,
            samples=last.ns,
        )


@dataclass
class Neighbour:
    """A thread on another core that reads its own memory until it is told to stop."""

    bench: Bench
    cpu: int
    buffer: Buffer
    pause: int

    def __post_init__(self) -> None:
        self.stop, self.done = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        words = self.buffer.words
        self.read: Run = self.bench.variant.bind(
            "neighbour_read", (words, words.size, self.bench.host.line_size // 8, self.pause, self.stop, self.done)
        )
        self.thread = threading.Thread(target=self._live, daemon=True)

    def _live(self) -> None:
        pin(self.cpu)
        self.read(FOREVER)


def _under(bench: Bench, neighbours: list[Neighbour], measure: Callable[[], Samples]) -> tuple[float, Samples]:
    """Measure while the neighbours read; return their bytes per second meanwhile and what was measured."""
    try:
        for neighbour in neighbours:
            neighbour.thread.start()
        before, started = sum(int(n.done[0]) for n in neighbours), bench.ruler.now()
        samples = measure()
        lines, took = sum(int(n.done[0]) for n in neighbours) - before, bench.ruler.now() - started
    finally:
        for neighbour in neighbours:
            neighbour.stop[0] = 1
        for neighbour in neighbours:
            if neighbour.thread.ident is not None:
                neighbour.thread.join()
    return lines * bench.host.line_size * 1e9 / took, samples
