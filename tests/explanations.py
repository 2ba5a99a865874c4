"""Explanations made by hand, for tests of what shows them: one of each kind a user may meet."""

from __future__ import annotations

from profiles import TAKEN, host

from hwbench.records import (
    BillLine,
    Cause,
    CauseShare,
    Check,
    Command,
    Conditions,
    Count,
    Evidence,
    Explanation,
    Grade,
    Growth,
    HotSpot,
    Interval,
    Run,
    Side,
    Sized,
    Spot,
    Toggle,
    Unexplained,
)


def seconds(value: float, low: float | None = None, high: float | None = None) -> Interval:
    return Interval(value=value, low=low or value * 0.97, high=high or value * 1.04, unit="s")


def side(name: str, value: float | None, n: float | None = None, **more: object) -> Side:
    taken = () if value is None else (value * 1.01, value, value * 0.99)
    evidence = more.pop("evidence", ())
    sized = Sized(n=n, runs=tuple(Run(wall=wall, user=wall, system=0.0) for wall in taken), evidence=evidence)  # type: ignore[arg-type]
    return Side(
        name=name,
        command=Command(argv=tuple(name.split())),
        sizes=(sized,),
        seconds=None if value is None else seconds(value),
        **{"answers": {"one": "same"}, **more},  # type: ignore[arg-type]
    )


def item(name: str, cause: Cause, count: float, price: float, grade: Grade = "counted") -> BillLine:
    paid = count * price / 1e9
    return BillLine(
        item=name,
        cause=cause,
        count=count,
        price_ns=price,
        seconds=paid,
        low=paid * 0.93,
        high=paid * 1.06,
        grade=grade,
    )


def cause(name: Cause, share: float, ratio: float, whole: float, *evidence: str, **more: object) -> CauseShare:
    factor = ratio**share
    return CauseShare(
        cause=name,
        factor=factor,
        share=share,
        low=share - 0.06,
        high=share + 0.05,
        evidence=evidence,
        counterfactual_s=whole / factor,
        counterfactual_low_s=whole / factor * 0.9,
        counterfactual_high_s=whole / factor * 1.12,
        **{"grade": "counted", **more},  # type: ignore[arg-type]
    )


def explanation(a: Side, b: Side, **more: object) -> Explanation:
    ratio = None
    if a.seconds and b.seconds:
        value = b.seconds.value / a.seconds.value
        ratio = Interval(value=value, low=value * 0.96, high=value * 1.05, unit="")
    fields: dict[str, object] = {
        "verdict": "explained",
        "ratio": ratio,
        "host": host(),
        "conditions": Conditions(started=TAKEN, seconds=42.0, pinned_cpu=1, steal_share=0.003),
        "profile": "0123456789ab",
        "sources": ("plugin", "os", "perturbation"),
        "checks": (
            Check(name="same output", held=True, seen="the outputs are equal"),
            Check(name="noise", held=True, seen="the same program against itself differs by up to 2 %"),
        ),
    }
    return Explanation(
        schema="hwbench.explanation/1",
        hwbench="0.1.0",
        taken=TAKEN,
        a=a,
        b=b,
        **{**fields, **more},  # type: ignore[arg-type]
    )


LIST_BILL = {
    "a": (
        item("instructions", "instructions", 1.2e6, 0.55),
        item("L3 misses, streamed", "cache", 300_042, 5.4),
        item("L3 misses, dependent", "cache", 18, 165.0),
        item("page walks", "tlb", 586, 9.1),
    ),
    "b": (
        item("instructions", "instructions", 1.2e6, 0.55),
        item("L3 misses, streamed", "cache", 105, 5.4),
        item("L3 misses, dependent", "cache", 299_954, 154.0),
        item("page walks", "tlb", 281_000, 9.1, "simulated"),
    ),
}  # fmt: skip


def shuffled_list() -> Explanation:
    """A list walked in order against the same list shuffled: cache, with a little address translation."""
    ratio, whole = 14.55, 0.0521
    hot = Evidence(
        source="plugin",
        n=300_000.0,
        counts={"instructions": Count(value=1.2e6)},
        hot=(
            HotSpot(function="walk", file="list.c", instructions=0.7, cycles_share=0.93),
            HotSpot(function="main", file="list.c", instructions=0.2, cycles_share=0.03),
        ),
    )
    return explanation(
        side("./list --order=sorted --nodes=300000", 0.00358, 300_000.0),
        side("./list --order=shuffled --nodes=300000", whole, 300_000.0, evidence=(hot,)),
        n=300_000.0,
        top_cause="cache",
        causes=(
            cause(
                "cache", 0.83, ratio, whole, "299 954 dependent L3 misses, A 18", "same instructions (1.20 M)",
                grade="toggled", advice="keep the nodes in one array, in the order in which they are visited",
                lesson="pointer-chasing",
            ),
            cause("tlb", 0.11, ratio, whole, "281 k page walks, A 586"),
            cause("instructions", 0.004, ratio, whole, "1.20 M instructions both"),
        ),
        unexplained=Unexplained(share=0.056, seconds=0.0021, low=-0.03, high=0.12),
        bill=LIST_BILL,
        growth={
            "a": Growth(law="n", exponent=1.01, low=0.98, high=1.05, of="instructions"),
            "b": Growth(law="n", exponent=1.0, low=1.0, high=1.0, of="instructions"),
        },
        ruled_out={
            "branch": "1 204 mispredicts, A 1 198",
            "dispatch": "13 indirect mispredicts",
            "allocation": "300 k malloc calls in both",
            "system": "31 calls",
        },
        toggles=(
            Toggle(name="huge pages", cause="tlb", effect="removes", side="b", usual=(0.052, 0.0524), toggled=(0.041, 0.0415)),
            Toggle(name="a neighbour that takes the cache", cause="cache", effect="adds", side="b", usual=(0.052,), toggled=(0.066,)),
        ),
        spots=(
            Spot(name="dram.latency", unit="ns", samples=(154.0, 161.0, 172.0), low=154.0, high=172.0, value=161.0),
            Spot(name="dram.read_bandwidth", unit="B/s", samples=(2.3e10,), low=2.2e10, high=2.4e10, value=2.3e10),
        ),
        missing={
            "perf_event": "this virtual machine has no counters; no command mends this",
            "strace": "not installed; sudo apt-get install strace",
        },
    )  # fmt: skip


def quadratic() -> Explanation:
    """A join by nested loops against one by index: algorithm, and Python callables with long names."""
    ratio, whole = 20_171.0, 1815.43
    more = {"answers": {"1000": "x", "10000": "y", "100000": "z"}}
    return explanation(
        side("shop.reports.monthly.queries:join_orders_with_customers_by_index", 0.09, 1e5, **more),
        side("shop.reports.monthly.queries:join_orders_with_customers_by_scan", whole, 1e5, startup=0.011, **more),
        n=1e5,
        top_cause="algorithm",
        causes=(
            cause(
                "algorithm", 0.91, ratio, whole, "instructions grow as n^2 against n log n",
                advice="look the customer up by its key: an index or a dict", lesson="growth",
            ),
            cause("instructions", 0.12, ratio, whole, "18 instructions a row against 6"),
            cause("cache", -0.05, ratio, whole, "the scan streams: 0.02 dependent misses a row against 1.1"),
        ),
        unexplained=Unexplained(share=0.02, seconds=3.4),
        bill={
            "a": (item("instructions", "instructions", 1.1e8, 0.3), item("L3 misses, dependent", "cache", 310_000, 160.0)),
            "b": (item("instructions", "instructions", 6.1e12, 0.29), item("L3 misses, streamed", "bandwidth", 6.3e9, 3.1, "simulated")),
        },
        growth={
            "a": Growth(law="n log n", exponent=1.07, low=1.04, high=1.1, of="instructions"),
            "b": Growth(law="n^2", exponent=1.996, low=1.99, high=2.01, of="instructions"),
        },
        ruled_out={"branch": "0.001 mispredicts a row"},
    )  # fmt: skip


def durable_inserts() -> Explanation:
    """A thousand durable inserts against one transaction: the time is spent waiting in fsync."""
    ratio, whole = 96.0, 3.71
    return explanation(
        side("python insert.py --one-transaction 4000", 0.0386),
        side("python insert.py --commit-each 4000", whole),
        top_cause="system",
        causes=(cause("system", 0.97, ratio, whole, "4 000 fsync calls at 0.9 ms, A 1", advice="commit many rows in one transaction"),),
        unexplained=Unexplained(share=0.03, seconds=0.06, low=-0.01, high=0.05),
        bill={
            "a": (item("fsync", "system", 1, 900_000.0), item("instructions", "instructions", 1.1e8, 0.31)),
            "b": (item("fsync", "system", 4000, 900_000.0), item("instructions", "instructions", 1.6e8, 0.31)),
        },
        ruled_out={"cache": "41 k dependent misses in both"},
        toggles=(Toggle(name="a folder on tmpfs", cause="system", effect="removes", side="b", unavailable="no tmpfs can be written to"),),
        sources=("os", "strace"),
    )  # fmt: skip


def mispredicted() -> Explanation:
    """The same sum over sorted and over unsorted numbers: branches, a ratio that is drawn on a linear scale."""
    ratio, whole = 2.1, 0.84
    return explanation(
        side("./sum --sorted", 0.4, 1e7),
        side("./sum --unsorted", whole, 1e7),
        n=1e7,
        top_cause="branch",
        causes=(
            cause("branch", 1.21, ratio, whole, "5.01 M mispredicts, A 212", advice="make the loop branch-free"),
            cause("cache", -0.17, ratio, whole, "fewer conflicts"),
        ),
        unexplained=Unexplained(share=-0.04, seconds=-0.02, low=-0.12, high=0.04),
    )


def seeds_story() -> Explanation:
    """100 look-ups that are said to scan 100 rows each: arithmetic says that the scan explains nothing of it."""
    return explanation(
        side("paper's SQLite", 0.00009),
        side("paper's rewrite", 1.81543),
        verdict="inconclusive",
        reason="A is too short for its clock, and 100% of B is not explained by anything counted",
        causes=(cause("algorithm", 0.006, 20_171, 1.81543, "100 rows a look-up × 22 ns"),),
        unexplained=Unexplained(share=0.994, seconds=1.815),
        checks=(Check(name="clock", held=False, seen="a step of 1 µs against 0.9 µs a call", decides="inconclusive"),),
        bill={"b": (item("rows scanned", "algorithm", 10_000, 22.0),)},
        undecided=("repeat the look-ups until they take a second", "count what the rewrite does"),
        conditions=None,
        sources=(),
        profile="",
    )


def void() -> Explanation:
    """Unequal answers: no comparison, no story."""
    return explanation(
        side("./fast 1000", 2.0e-6, answers={"1000": "x"}),
        side("./slow 1000", 1.2, answers={"1000": "y"}),
        verdict="void",
        reason="the outputs differ",
        checks=(
            Check(name="same output", held=False, seen="the outputs differ at n = 1 000 (12 bytes against 14)", decides="void"),
            Check(name="clock", held=False, seen="A took 2 µs, under 1 000 ticks of the clock (1 µs)", decides="void"),
        ),
    )  # fmt: skip


def inconclusive() -> Explanation:
    """Timing alone: two causes that cannot be told apart."""
    ratio, whole = 2.1, 0.84
    return explanation(
        side("./sum --sorted", 0.4, 1e7),
        side("./sum --unsorted", whole, 1e7),
        n=1e7,
        verdict="inconclusive",
        reason="branch and cache cannot be told apart by timing alone",
        causes=(
            cause("branch", 0.5, ratio, whole, "time alone", grade="inferred"),
            cause("cache", 0.4, ratio, whole, "time alone", grade="inferred"),
        ),
        unexplained=Unexplained(share=0.1, seconds=0.05, low=-0.5, high=0.5),
        undecided=("count mispredicted branches: the counting plugin (sudo apt-get install qemu-user)",),
        sources=("os", "scaling"),
        missing={"plugin": "there is no qemu-x86_64; sudo apt-get install qemu-user"},
    )


def none() -> Explanation:
    """The same program twice."""
    return explanation(
        side("./walk 1000", 0.0401),
        side("./walk 1000 ", 0.0403),
        top_cause="none",
        growth={"a": Growth(law="n", exponent=1.0, of="time"), "b": Growth(law="n", exponent=1.0, of="time")},
    )


ALL = (shuffled_list, quadratic, durable_inserts, mispredicted, seeds_story, void, inconclusive, none)
