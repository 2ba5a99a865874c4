"""A table of kernels whose time a step can be predicted: counts and prices against the clock, each kernel by itself.

Each program does steps(n) unit steps for a size n and its time grows linearly with n, so that its slope is the time of a
step whatever start-up and set-up cost. What a step is, is said in words; what it costs, the predictor must find out.
`python tests/corpus/kernels.py [NAME…]` times them natively and prints ns a step.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from recipes import NEEDS, Program, command_of
from rows import VECTOR, c
from truth import run


@dataclass(frozen=True)
class Kernel:
    """A program, the two or more sizes to run it at, how many unit steps an n is, and what such a step does."""

    name: str
    program: Program
    sizes: tuple[int, ...]
    step: str
    steps_per_n: int = 1
    needs: tuple[str, ...] = ()

    def steps(self, n: int) -> int:
        """Return the unit steps that the program does at size n."""
        return n * self.steps_per_n


M = 1_000_000
LARGE = "NODES=(1<<20)"
BYTES, WORDS = 1 << 17, 4096
CALLS, OPERATIONS = 1 << 17, 7 << 14

KERNELS = (
    Kernel("list-l1", c("list.c", "NODES=256", "SHUFFLED"), (20 * M, 60 * M, 140 * M), "follow a shuffled list of 16 KiB"),
    Kernel("list-l2", c("list.c", "NODES=4096", "SHUFFLED"), (10 * M, 20 * M, 40 * M), "follow a shuffled list of 256 KiB"),
    Kernel("list-l3", c("list.c", "SHUFFLED"), (2 * M, 6 * M, 14 * M), "follow a shuffled list of 2 MiB"),
    Kernel("list-order", c("list.c", LARGE), (10 * M, 30 * M, 70 * M), "follow a list of 64 MiB in order"),
    Kernel("list-shuffled", c("list.c", LARGE, "SHUFFLED"), (M, 2 * M, 4 * M), "follow a shuffled list of 64 MiB"),
    Kernel("list-huge", c("list.c", LARGE, "SHUFFLED", "PAGES=HUGE_PAGES"), (M, 2 * M, 4 * M),
           "the same on huge pages", needs=("huge pages",)),
    Kernel("reads-order", c("reads.c"), (10 * M, 30 * M, 70 * M), "read a word of the next line of 64 MiB"),
    Kernel("reads-strided", c("reads.c", "STRIDED"), (5 * M, 10 * M, 20 * M), "read a word 21 pages and a line further on"),
    Kernel("reads-random", c("reads.c", "RANDOM"), (5 * M, 10 * M, 20 * M), "read a word of a random line of 64 MiB"),
    Kernel("calls-runs", c("shapes.c"), (200, 600, 1400), "call by type, the types in runs", CALLS),
    Kernel("calls-cycle", c("shapes.c", "CYCLE"), (100, 200, 400), "call by type, the types in a cycle", CALLS),
    Kernel("calls-random", c("shapes.c", "RANDOM"), (100, 200, 400), "call by type, the types at random", CALLS),
    Kernel("switch-runs", c("opcodes.c"), (200, 600, 1400), "jump by operation, the operations in runs", OPERATIONS),
    Kernel("switch-cycle", c("opcodes.c", "CYCLE"), (150, 300, 600), "jump by operation, the operations in a cycle", OPERATIONS),
    Kernel("switch-random", c("opcodes.c", "RANDOM"), (100, 200, 400), "jump by operation, the operations at random", OPERATIONS),
    Kernel("branch-sorted", c("filter.c", "SORTED"), (500, 1500, 3500), "branch on the next byte, sorted", BYTES),
    Kernel("branch-period", c("filter.c", "PERIOD"), (500, 1500, 3500), "branch on the next byte, in a period of 16", BYTES),
    Kernel("branch-random", c("filter.c"), (150, 300, 600), "branch on the next byte, shuffled", BYTES),
    Kernel("multiplications", c("divide.c"), (200_000, 600_000, 1_400_000), "multiply a float and add it to a sum", 1024),
    Kernel("divisions", c("divide.c", "DIVIDE"), (75_000, 150_000, 300_000), "divide a float and add it to a sum", 1024),
    Kernel("remainders", c("remainder.c", "DIVIDE"), (40 * M, 80 * M, 160 * M), "an integer remainder"),
    Kernel("chain-one", c("chains.c", "ONE_CHAIN"), (20 * M, 40 * M, 80 * M), "four multiplications and additions in one chain"),
    Kernel("chain-four", c("chains.c"), (50 * M, 100 * M, 200 * M), "the same in four chains"),
    Kernel("pages-kept", c("buffers.c"), (2000, 4000, 8000), "write and read each line of a page", 256),
    Kernel("pages-fresh", c("buffers.c", "FRESH"), (250, 500, 1000), "the same of a page that is new each time", 256),
    Kernel("matrix-rows", c("matrix.c"), (60, 180, 420), "add a number of 8 MiB along its rows", 1000 * 1040),
    Kernel("matrix-columns", c("matrix.c", "BY_COLUMN"), (20, 40, 80), "add a number of 8 MiB down its columns", 1000 * 1040),
    Kernel("product-rows", c("product.c"), (5, 15, 35), "multiply and add along rows of 1 KiB", 256**3),
    Kernel("product-columns", c("product.c", "DOWN"), (4, 8, 16), "multiply and add down a column", 256**3),
    Kernel("gather-l2", c("gather.c", "ENTRIES=(1<<15)", "RANDOM"), (60 * M, 180 * M, 420 * M), "read by a shuffled index from 256 KiB"),
    Kernel("gather-l3", c("gather.c", "ENTRIES=(1<<18)", "RANDOM"), (30 * M, 60 * M, 120 * M), "read by a shuffled index from 2 MiB"),
    Kernel("stores", c("fill.c", "STREAMED"), (8_000, 16_000, 32_000), "store the next 16 bytes of 128 MiB", WORDS),
    Kernel("reads", c("stream.c", "STREAMED"), (15_000, 30_000, 60_000), "load the next 16 bytes of 128 MiB", WORDS),
    Kernel("copies", c("copy.c", "STREAMED"), (7_500, 15_000, 30_000), "copy the next 16 bytes of 64 MiB", WORDS),
    Kernel("copies-l2", c("copy.c"), (20_000, 60_000, 140_000), "copy 16 bytes within 128 KiB", WORDS),
    Kernel("float-sum", c("total.c"), (50_000, 100_000, 200_000), "add the next float to a sum", 2048),
    Kernel("axpy-scalar", c("axpy.c"), (100_000, 200_000, 400_000), "multiply and add a float in the first cache", 2048),
    Kernel("axpy-vector", c("axpy.c", flags=VECTOR), (200_000, 600_000, 1_400_000), "the same, four at once", 2048),
    Kernel("text-hash", c("hashing.c"), (30_000, 60_000, 120_000), "hash the next byte of a text", 4096),
    Kernel("search-moves", c("halving.c"), (3 * M, 6 * M, 12 * M), "find a random key among 1,024 by conditional moves"),
    Kernel("search-branches", c("halving.c", "BRANCH"), (1_500_000, 3 * M, 6 * M), "find a random key among 1,024 by branches"),
    Kernel("search-large", c("halving.c", "ENTRIES=(1<<22)"), (500_000, 1 * M, 2 * M), "find a random key in 16 MiB by moves"),
    Kernel("probe", c("probe.c", "LARGE"), (8 * M, 16 * M, 32 * M), "probe a table of 32 MiB at a hashed place"),
    Kernel("pages-spread", c("spread.c", "SPREAD"), (3 * M, 6 * M, 12 * M), "follow a shuffled list of 4,096 lines on 4,096 pages"),
    Kernel("forwarded", c("forward.c"), (30 * M, 90 * M, 210 * M), "load what was just stored"),
    Kernel("forward-failed", c("forward.c", "ACROSS"), (20 * M, 40 * M, 80 * M), "load across two recent stores"),
)


def build(folder: str | Path, compiler: str = "cc", region: Path | None = None) -> dict[str, list[str]]:
    """Build all kernels that this machine can run and return name → argument list, with `{n}` for the size."""
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    able = [kernel for kernel in KERNELS if all(NEEDS[need][1]() for need in kernel.needs)]
    return {kernel.name: command_of(kernel.program, folder, compiler, region) for kernel in able}


def slope(times: Mapping[int, Sequence[float]]) -> float:
    """Return seconds per n by Theil and Sen: the median slope between the medians of each two sizes."""
    points = sorted((n, statistics.median(seconds)) for n, seconds in times.items())
    pairs = [(p, q) for i, p in enumerate(points) for q in points[i + 1 :]]
    return statistics.median((q[1] - p[1]) / (q[0] - p[0]) for p, q in pairs)


def ns_per_step(kernel: Kernel, argv: Sequence[str], rounds: int = 3) -> float:
    """Time a kernel at all its sizes in turn, some rounds, and return nanoseconds a unit step."""
    times: dict[int, list[float]] = {n: [] for n in kernel.sizes}
    for _ in range(rounds):
        for n in kernel.sizes:
            times[n].append(run(argv, n).seconds)
    return slope(times) / kernel.steps_per_n * 1e9


def main() -> int:
    """Time the named kernels, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--build", metavar="DIR")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        commands = build(options.build or scratch)
        for kernel in KERNELS:
            if kernel.name in commands and (not options.names or kernel.name in options.names):
                cost = ns_per_step(kernel, commands[kernel.name], options.rounds)
                sys.stdout.write(f"{kernel.name:<16}{cost:>10.3f} ns  {kernel.step}\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
