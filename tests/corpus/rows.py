"""The table of pairs. One row a pair: its cause, its two programs, the sizes, and what differs between them.

Sizes are such that the largest takes the slow side some tenths of a second on a present-day server core.
"""

from __future__ import annotations

from typing import Any

from recipes import SCALAR, Pair, Program

VECTOR = ("-ftree-vectorize", "-O3")
NO_VECTOR = ("-O3", *SCALAR)
DOUBLE_CAUSES = "the first alone, the second alone, and both: ablation gives each one's part"


def c(source: str, *macros: str, flags: tuple[str, ...] = SCALAR) -> Program:
    """Name a C program."""
    return Program(source, macros, flags)


def py(source: str, variant: str) -> Program:
    """Name a Python program."""
    return Program(source, (variant,))


def single(name: str, expected: str, a: Program, b: Program, sizes: tuple[int, ...], differs: str, **rest: Any) -> Pair:
    """Make a row of one cause."""
    return Pair(name, expected, a, b, sizes, differs, **rest)


def deceptive(name: str, expected: str, a: Program, b: Program, sizes: tuple[int, ...], differs: str, **rest: Any) -> Pair:
    """Make a row whose counts mislead."""
    return Pair(name, expected, a, b, sizes, differs, kind="deceptive", **rest)


def control(name: str, a: Program, b: Program, sizes: tuple[int, ...], differs: str, **rest: Any) -> Pair:
    """Make a row in which nothing is slower."""
    return Pair(name, "none", a, b, sizes, differs, kind="control", **rest)


def double(name: str, causes: tuple[str, str], source: str, sizes: tuple[int, ...], differs: str, **rest: Any) -> Pair:
    """Make a row of two causes from one C source with FIRST and SECOND; which weighs more, ablation says on each machine."""
    first, second = c(source, "FIRST=1"), c(source, "SECOND=1")
    both = c(source, "FIRST=1", "SECOND=1")
    return Pair(
        name, causes[0], c(source), both, sizes, differs, kind="double", causes=causes, first=first, second=second, **rest
    )


ALGORITHM = (
    single("sort", "algorithm", c("sort.c"), c("sort.c", "INSERTION"), (200, 800, 3200),
           "insertion sort, n² steps, for merge sort, n log n"),
    single("lookup", "algorithm", c("lookup.c"), c("lookup.c", "SCAN"), (100, 400, 1600),
           "a scan from the table's start for a binary search"),
    single("subsequence", "algorithm", c("subsequence.c"), c("subsequence.c", "QUADRATIC"), (100, 400, 1600),
           "a quadratic for an n log n method of the longest rising subsequence"),
    single("membership", "algorithm", py("membership.py", "set"), py("membership.py", "list"), (25, 100, 400),
           "`in` on a list for `in` on a set"),
    single("sqlite-find", "algorithm", py("sqlite_find.py", "key"), py("sqlite_find.py", "scan"), (1500, 6000, 24_000),
           "sqlite looks rows up by `+id`, which no index serves, for by `id`"),
)

INSTRUCTIONS = (
    single("machine", "instructions", c("machine.c"), c("machine.c", "INTERPRETED"), (5_000_000, 10_000_000, 20_000_000),
           "a stack machine interprets the expression that the other side compiled; its jumps repeat and are learned"),
    single("digits", "instructions", c("digits.c"), c("digits.c", "PRINTF"), (900_000, 1_800_000, 3_600_000),
           "sprintf for a loop of a few lines"),
    single("bits", "instructions", c("bits.c"), c("bits.c", "ONE_BY_ONE"), (1_500_000, 3_000_000, 6_000_000),
           "bits counted one by one for all at once"),
    single("layers", "instructions", py("layers.py", "plain"), py("layers.py", "layered"), (250_000, 500_000, 1_000_000),
           "a property, a setter, a check and a method around one addition"),
    single("mapped", "instructions", py("mapped.py", "mapped"), py("mapped.py", "looped"), (5000, 10_000, 20_000),
           "a loop over indices in Python for the interpreter's own loops"),
    single("interpreted", "instructions", py("interpreted.py", "compiled"), py("interpreted.py", "interpreted"),
           (1_500_000, 3_000_000, 6_000_000), "the same function interpreted for compiled by numba", needs=("numba",)),
    single("sqlite-prepare", "instructions", py("sqlite_prepare.py", "once"), py("sqlite_prepare.py", "again"),
           (20_000, 40_000, 80_000), "sqlite prepares a statement each time for once"),
)

VECTORIZATION = (
    single("axpy", "vectorization", c("axpy.c", flags=VECTOR), c("axpy.c", flags=NO_VECTOR), (50_000, 100_000, 200_000),
           "the compiler's vectorizer is off", steps_per_n=2048),
    single("axpy-avx2", "vectorization", c("axpy.c", flags=(*VECTOR, "-mavx2")), c("axpy.c", flags=(*NO_VECTOR, "-mavx2")),
           (50_000, 100_000, 200_000), "the compiler's vectorizer is off, both with AVX2", needs=("avx2",), steps_per_n=2048),
    single("difference", "vectorization", c("difference.c", flags=VECTOR), c("difference.c", flags=NO_VECTOR),
           (9_000, 18_000, 36_000), "the compiler's vectorizer is off: sixteen bytes at once, or one", steps_per_n=8192),
    single("axpy-numba", "vectorization", py("axpy.py", "vector"), py("axpy.py", "scalar"), (400_000, 800_000, 1_600_000),
           "LLVM's vectorizers are off in numba", needs=("numba",), steps_per_n=2048),
)

DISPATCH = (
    deceptive("shapes", "dispatch", c("shapes.c"), c("shapes.c", "RANDOM"), (100, 200, 400),
              "calls by type, the types shuffled for in runs: same calls, same instructions", steps_per_n=1 << 17),
    single("opcodes", "dispatch", c("opcodes.c"), c("opcodes.c", "RANDOM"), (100, 200, 400),
           "a switch by jump table, the operations shuffled for in runs", steps_per_n=7 << 14),
    deceptive("opcodes-cycle", "dispatch", c("opcodes.c", "CYCLE"), c("opcodes.c", "RANDOM"), (100, 200, 400),
              "the operations shuffled for in a cycle of seven, which predictors without history miss too", steps_per_n=7 << 14),
)

BRANCH = (
    deceptive("filter", "branch", c("filter.c", "SORTED"), c("filter.c"), (150, 300, 600),
              "the same bytes shuffled for sorted: same instructions", steps_per_n=1 << 17),
    deceptive("filter-period", "branch", c("filter.c", "PERIOD"), c("filter.c"), (150, 300, 600),
              "the same bytes shuffled for in a period of sixteen, which history learns", steps_per_n=1 << 17),
    single("filter-mask", "branch", c("filter.c", "WITHOUT_BRANCH"), c("filter.c"), (150, 300, 600),
           "a branch on shuffled bytes for a mask", steps_per_n=1 << 17),
    single("halving", "branch", c("halving.c"), c("halving.c", "BRANCH"), (1_500_000, 3_000_000, 6_000_000),
           "a binary search's steps by branch for by conditional move"),
    deceptive("filter-numba", "branch", py("filter.py", "ordered"), py("filter.py", "shuffled"), (400, 800, 1600),
              "a numba filter of the same bytes shuffled for in order", needs=("numba",), steps_per_n=1 << 17),
)

CACHE = (
    deceptive("list", "cache", c("list.c", "PAGES=HUGE_PAGES"), c("list.c", "PAGES=HUGE_PAGES", "SHUFFLED"),
              (4_000_000, 8_000_000, 16_000_000),
              "a list of 2 MiB shuffled for in order: same instructions, same misses, chased for streamed"),
    deceptive("list-large", "cache", c("list.c", "NODES=(1<<19)", "PAGES=HUGE_PAGES"),
              c("list.c", "NODES=(1<<19)", "PAGES=HUGE_PAGES", "SHUFFLED"), (1_500_000, 3_000_000, 6_000_000),
              "a list of 32 MiB shuffled for in order, on huge pages so that translation is cheap in both"),
    single("gather", "cache", c("gather.c", "PAGES=HUGE_PAGES"), c("gather.c", "PAGES=HUGE_PAGES", "RANDOM"),
           (8_000_000, 16_000_000, 32_000_000),
           "reads by a shuffled for an ascending index: independent misses"),
    single("conflict", "cache", c("conflict.c"), c("conflict.c", "POWER"), (15_000_000, 30_000_000, 60_000_000),
           "32 lines 4,096 bytes apart for 4,160: they evict each other from the first cache"),
    single("matrix", "cache", c("matrix.c"), c("matrix.c", "BY_COLUMN"), (20, 40, 80),
           "a matrix of 8 MiB summed down its columns for along its rows", steps_per_n=1000 * 1040),
    single("product", "cache", c("product.c"), c("product.c", "DOWN"), (3, 6, 12),
           "a matrix product whose inner loop goes down columns for along rows", steps_per_n=256**3),
    single("probe", "cache", c("probe.c"), c("probe.c", "LARGE"), (15_000_000, 30_000_000, 60_000_000),
           "hashed reads over 32 MiB for over 8 KiB"),
    single("sqlite-insert", "cache", py("sqlite_insert.py", "ordered"), py("sqlite_insert.py", "shuffled"),
           (10_000, 30_000, 80_000), "random keys put into an sqlite table of 40 MB shuffled for in order",
           slow_setup=True),
    single("objects", "cache", py("objects.py", "made"), py("objects.py", "shuffled"), (6, 18, 48),
           "Python objects visited in a shuffled order for that of their making", slow_setup=True, steps_per_n=100_000),
)

BANDWIDTH = (
    single("stream", "bandwidth", c("stream.c"), c("stream.c", "STREAMED"), (20_000, 40_000, 80_000),
           "64 KiB read from 128 MiB in order for the same 64 KiB again", steps_per_n=4096),
    single("fill", "bandwidth", c("fill.c"), c("fill.c", "STREAMED"), (10_000, 20_000, 40_000),
           "64 KiB stored over 128 MiB in order for the same 64 KiB again", steps_per_n=4096),
    single("copy", "bandwidth", c("copy.c"), c("copy.c", "STREAMED"), (7_500, 15_000, 30_000),
           "64 KiB copied from and to 64 MiB in order for the same 64 KiB again", steps_per_n=4096),
    single("records", "bandwidth", c("records.c"), c("records.c", "WIDE"), (25, 50, 100),
           "one field of 64-byte records for packed fields: eight times the lines. That is a matter of layout too", steps_per_n=1 << 20,
           accepted=("cache",)),
)

TLB = (
    single("spread", "tlb", c("spread.c"), c("spread.c", "SPREAD"), (5_000_000, 10_000_000, 20_000_000),
           "4,096 lines on 4,096 pages for side by side: page walks, same caches"),
    single("spread-few", "tlb", c("spread.c", "LINES=256"), c("spread.c", "LINES=256", "SPREAD"),
           (30_000_000, 60_000_000, 120_000_000), "256 lines on 256 pages for side by side: hits in the second TLB, same caches"),
    single("huge", "tlb", c("spread.c", "SPREAD", "HUGE"), c("spread.c", "SPREAD"), (5_000_000, 10_000_000, 20_000_000),
           "the 4,096 lines on 4,096 pages on small pages for huge ones", needs=("huge pages",)),
)

EXECUTION = (
    single("chains", "execution", c("chains.c"), c("chains.c", "ONE_CHAIN"), (30_000_000, 60_000_000, 120_000_000),
           "one chain of multiplications for four"),
    single("divide", "execution", c("divide.c"), c("divide.c", "DIVIDE"), (150_000, 300_000, 600_000),
           "float divisions for multiplications", steps_per_n=1024),
    single("remainder", "execution", c("remainder.c"), c("remainder.c", "DIVIDE"), (40_000_000, 80_000_000, 160_000_000),
           "integer remainders for masks"),
    single("denormal", "execution", c("denormal.c"), c("denormal.c", "TINY"), (250_000, 500_000, 1_000_000),
           "denormal for ordinary numbers. Some cores, AMD's among them, hardly mind: then there is no difference",
           accepted=("none",), steps_per_n=512),
    deceptive("forward", "execution", c("forward.c"), c("forward.c", "ACROSS"), (20_000_000, 40_000_000, 80_000_000),
              "loads across two recent stores, which the store queue cannot serve, for loads of one of them"),
    deceptive("alias", "execution", c("alias.c"), c("alias.c", "ALIASED"), (30_000_000, 60_000_000, 120_000_000),
              "loads that look like readers of earlier stores 4,096 bytes off"),
    single("divide-numba", "execution", py("divide.py", "multiply"), py("divide.py", "divide"), (150_000, 300_000, 600_000),
           "float divisions for multiplications in numba", needs=("numba",), steps_per_n=1024),
)

ALLOCATION = (
    single("buffers", "allocation", c("buffers.c"), c("buffers.c", "FRESH"), (500, 1000, 2000),
           "a buffer of 1 MiB allocated and freed each time for one kept: fresh pages", steps_per_n=256),
    single("nodes", "allocation", c("nodes.c"), c("nodes.c", "MALLOC"), (5_000_000, 10_000_000, 20_000_000),
           "malloc and free of small records for records written over"),
    single("grow", "allocation", c("grow.c"), c("grow.c", "CALLOC"), (5_000, 10_000, 20_000),
           "chunks of a list from calloc for an arena used again", steps_per_n=512),
    single("buffers-python", "allocation", py("buffers.py", "kept"), py("buffers.py", "fresh"), (10, 20, 40),
           "a fresh bytearray of 40 MiB each time for one kept", steps_per_n=10_000),
)

SYSTEM = (
    single("output", "system", c("output.c"), c("output.c", "UNBUFFERED"), (750_000, 1_500_000, 3_000_000),
           "a system call for each byte for one every 4,096"),
    single("journal", "system", c("journal.c"), c("journal.c", "EACH"), (250, 500, 1000),
           "an fsync for each record for one at the end"),
    deceptive("wait", "system", c("wait.c"), c("wait.c", "WAIT"), (500, 1000, 2000),
              "a sleep of 100 µs after each portion of work: it waits, it does not work"),
    deceptive("server", "system", c("server.c"), c("server.c", "PIPE"), (5_000, 10_000, 20_000),
              "each call goes to a child process and back by pipes"),
    single("opening", "system", py("opening.py", "kept"), py("opening.py", "each"), (60_000, 120_000, 240_000),
           "a file opened and closed for each read for one kept open"),
    single("commit", "system", py("commit.py", "once"), py("commit.py", "each"), (200, 400, 800),
           "an sqlite transaction for each row for one for all"),
)

CONTENTION = (
    single("sharing", "contention", c("sharing.c"), c("sharing.c", "SHARED_LINE"), (3_000_000, 6_000_000, 12_000_000),
           "two threads' counters on one line for on lines of their own", needs=("2 cpus",)),
    single("counter", "contention", c("counter.c"), c("counter.c", "ONE_COUNTER"), (3_000_000, 6_000_000, 12_000_000),
           "two threads add to one atomic counter for each to its own", needs=("2 cpus",)),
    single("lock", "contention", c("lock.c"), c("lock.c", "ONE_LOCK"), (1_000_000, 2_000_000, 4_000_000),
           "two threads under one lock for each under its own", needs=("2 cpus",)),
    single("atomic", "contention", c("atomic.c"), c("atomic.c", "ATOMIC"), (20_000_000, 40_000_000, 80_000_000),
           "atomic additions for plain ones, in one thread. Nobody contends: it may be called execution", accepted=("execution",)),
)

CONTROLS = (
    control("same-list", c("list.c", "SHUFFLED"), c("list.c", "SHUFFLED"), (2_000_000, 4_000_000, 8_000_000),
            "nothing: the same binary twice"),
    control("other-shuffle", c("list.c", "SHUFFLED"), c("list.c", "SHUFFLED", "SEED=2"), (2_000_000, 4_000_000, 8_000_000),
            "another random order of the same list"),
    control("wording", c("wording.c"), c("wording.c", "REWORDED"), (30_000_000, 60_000_000, 120_000_000),
            "other names, independent statements in another order"),
    control("wording-python", py("renamed.py", "squares"), py("renamed.py", "areas"), (600_000, 1_200_000, 2_400_000),
            "other names for the same variables"),
)

VOID = (
    Pair("deleted", "void", c("deleted.c"), c("deleted.c", "KEPT"), (100_000_000, 200_000_000, 400_000_000),
         "the fast side's loop was deleted by the compiler: n dependent additions in no time, beyond any machine's roof",
         kind="deceptive", work_per_n={"dependent additions": 1.0}),
    Pair("unequal", "void", c("unequal.c", "SKIP"), c("unequal.c"), (5_000_000, 10_000_000, 20_000_000),
         "the fast side leaves out part of the work and prints another answer", kind="deceptive", same_output=False),
)

DOUBLES = (
    double("double-list", ("cache", "instructions"), "double_list.c", (2_500_000, 5_000_000, 10_000_000),
           "a list shuffled, and bits counted one by one"),
    double("double-shapes", ("cache", "dispatch"), "double_shapes.c", (75, 150, 300),
           "a list shuffled, and the types along it at random", steps_per_n=1 << 15),
    double("double-phases", ("branch", "execution"), "double_phases.c", (600, 1200, 2400),
           "bytes shuffled before a branch, then divisions for multiplications"),
    double("double-report", ("system", "instructions"), "double_report.c", (500_000, 1_000_000, 2_000_000),
           "a system call a line, and sprintf for a loop"),
    double("double-keep", ("allocation", "branch"), "double_keep.c", (250, 500, 1000),
           "malloc for records written over, and values shuffled before a branch", steps_per_n=1 << 15),
    Pair("double-objects", "instructions", py("double_objects.py", "plain"), py("double_objects.py", "both"), (4, 10, 30),
         "Python objects read through layers, and in a shuffled order", kind="double",
         causes=("instructions", "cache"), slow_setup=True, steps_per_n=100_000,
         first=py("double_objects.py", "second"), second=py("double_objects.py", "first")),
)

PAIRS = (
    *ALGORITHM, *INSTRUCTIONS, *VECTORIZATION, *DISPATCH, *BRANCH, *CACHE, *BANDWIDTH, *TLB, *EXECUTION, *ALLOCATION,
    *SYSTEM, *CONTENTION, *CONTROLS, *VOID, *DOUBLES,
)
