"""Kernels to stand under the roofs: the same product of matrices with its loops in three orders, on one core.

Under a cache-aware roofline a kernel's bytes are those that its instructions ask for, whichever level answers: an inner
product loads 16 bytes for its two operations, a row added to another moves 24. The three do the same arithmetic, so what lies
between them is locality and vectors. Each matrix is 512 KiB: a row fits the first level, three matrices do not.

Fooled by: a second level of over 1.5 MiB, which holds all three; a neighbour who fills the shared one.
Source: Ilic, Pratas, Sousa, Cache-aware Roofline Model, IEEE CAL 13 (2014).

Curve `roofline`, points of {kernel, bytes, flops_per_byte, flops_per_second, low, high}: kernel is the index in
`records.machine.ROOFLINE_KERNELS`, bytes the three matrices together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hwbench import stats
from hwbench.catalog.loops import PRODUCT_TILE
from hwbench.measure import results
from hwbench.probes import Known, probe
from hwbench.records.machine import ROOFLINE_KERNELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.measure.bench import Bench, Samples
    from hwbench.measure.results import Found

SIDE: Final = 256
MATRICES: Final = 3
FLOPS: Final = 2 * SIDE**3
BYTES_A_STEP: Final = {"product_ijk": 16, "product_ikj": 24, "product_tiled": 24}  # of two flops


@probe(group="roofline", quantities={}, curves=("roofline",), seconds=1.0, order=91, quick=False)
def roofline(bench: Bench, known: Known) -> Iterator[Found]:
    """Time the product of matrices in three orders of its loops."""
    needed = MATRICES * SIDE * SIDE * 8
    if needed > bench.memory_bytes // 2:
        return
    matrices = [np.arange(SIDE * SIDE, dtype=np.float64) % 13 for _ in range(MATRICES)]
    cases = []
    for kernel in ROOFLINE_KERNELS:
        arguments = (*matrices, SIDE, *((PRODUCT_TILE,) if kernel == "product_tiled" else ()))
        cases.append(bench.c_case(kernel, f"loops_{kernel}", arguments, work=FLOPS))
    taken = bench.sample(cases, 0.9)
    yield results.curve("roofline", [_point(kernel, taken[kernel]) for kernel in ROOFLINE_KERNELS])


def _point(kernel: str, samples: Samples) -> dict[str, Any]:
    rate = stats.upper_envelope(1e9 / samples.ns)
    return {
        "kernel": ROOFLINE_KERNELS.index(kernel),
        "bytes": MATRICES * SIDE * SIDE * 8,
        "flops_per_byte": 2 / BYTES_A_STEP[kernel],
        "flops_per_second": rate.value,
        "low": rate.low,
        "high": rate.high,
    }
