"""The memory mountain: what a program that uses every s-th word of so many bytes gets, over both.

One plain load a step and nothing else; eight sums, so that no addition is waited for. Bytes are those used, 8 a step,
so a stride of a line gives an eighth of what the hardware moves. Ridges are the levels, slopes the lines not used to
the end. A point is the better of two short stretches after one to warm up: the picture is what counts here, its figures
are those of `bandwidth`. Points with under 64 steps a pass are left out, since their loop would be what is measured.

Fooled by: a neighbour who fills the last level while one part of the picture is taken; small pages at strides near 4
KiB.
Source: Bryant and O'Hallaron, Computer Systems, 6.6.1 (Stricker and Gross 1997).

Curve `mountain`, points of {bytes, stride_bytes, bytes_per_second}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.measure import results
from hwbench.measure.buffers import Buffer
from hwbench.probes import Known, probe
from hwbench.probes.footprints import BEYOND_LAST_LEVEL, last_level, stream_memory
from hwbench.units import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from hwbench.measure.bench import Bench
    from hwbench.measure.results import Found
    from hwbench.native import Run
    from hwbench.records import Point

SMALLEST: Final = 16 * KIB
STRIDES: Final = tuple(8 << k for k in range(10))  # 8 B to 4 KiB
MINIMUM_STEPS: Final = 64
STRETCH_NS: Final = 6_000_000


@probe(group="mountain", quantities={}, curves=("mountain",), seconds=3.0, order=90, after=("levels",), quick=False)
def mountain(bench: Bench, known: Known) -> Iterator[Found]:
    """Draw the rate of used bytes over footprint and stride."""
    sizes = footprints(_largest(bench, known), octave_parts=1 if bench.effort == "quick" else 2)
    memory = stream_memory(sizes[-1])
    if isinstance(memory, Buffer):
        yield results.curve("mountain", list(_points(bench, memory, sizes)))


def footprints(largest: int, octave_parts: int) -> list[int]:
    """Return sizes from 16 KiB to `largest`, so many an octave, each a multiple of 4 KiB."""
    sizes, step = [], 0
    while (size := int(SMALLEST * 2 ** (step / octave_parts)) // 4096 * 4096) <= max(largest, SMALLEST):
        sizes.append(size)
        step += 1
    return sizes


def _largest(bench: Bench, known: Known) -> int:
    return min(BEYOND_LAST_LEVEL * last_level(bench, known), bench.memory_bytes * 3 // 4)


def _points(bench: Bench, memory: Buffer, sizes: list[int]) -> Iterator[Point]:
    for size in sizes:
        for stride in STRIDES:
            if size // stride >= MINIMUM_STEPS:
                rate = _rate(bench, memory.words[: size // 8], stride)
                yield {"bytes": size, "stride_bytes": stride, "bytes_per_second": rate}


def _rate(bench: Bench, words: NDArray[np.int64], stride: int) -> float:
    """Return the used bytes a second of the better of two stretches of some milliseconds, or passes if longer."""
    run = bench.variant.bind("stride_read", (words, words.size, stride // 8))
    used = 8 * (words.nbytes // stride)
    once = _took(bench, run, 1)
    repeats = max(1, int(STRETCH_NS * bench.scale / max(_took(bench, run, 1), 1))) if once < STRETCH_NS else 1
    return repeats * used * 1e9 / min(_took(bench, run, repeats) for _ in range(2))


def _took(bench: Bench, run: Run, repeats: int) -> float:
    started = bench.ruler.now()
    run(repeats)
    return max(bench.ruler.now() - started - bench.ruler.call_overhead_ns, 1.0)
