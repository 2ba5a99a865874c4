"""Validity comes first: what must hold before any cause may be named.

A check that fails decides `void` (the comparison says nothing, whatever the numbers) or `inconclusive` (it says too little
now). Each says what was seen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from hwbench.explain.bill import best_rate
from hwbench.explain.lines import hertz
from hwbench.explain.work import growth_of
from hwbench.records import Check, Comparison, MachineProfile, Side
from hwbench.units import format_time, significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.explain.basket import Basket
    from hwbench.explain.times import Timed

FEWEST_RUNS: Final = 3
TICKS: Final = 1000  # a stretch must hold so many steps of its clock
ROOF: Final = 1.2  # beyond the roof by so much is no error of measurement
WIDE_NOISE: Final = 0.25
STEAL: Final = 0.1
SHARE_OF_STARTUP: Final = 0.02


def checks(
    comparison: Comparison, profile: MachineProfile, sides: tuple[Timed, Timed], baskets: tuple[Basket, Basket]
) -> tuple[Check, ...]:
    """Return every check in the order in which they matter."""
    return (
        same_output(comparison),
        *clock(comparison, sides),
        *enough_work(sides),
        *roof(comparison, profile, sides, baskets),
        noise(comparison, sides),
        disturbance(comparison),
    )


def same_output(comparison: Comparison) -> Check:
    """Say whether both gave the same answer."""
    if comparison.same_output is None:
        return Check(name="same output", held=True, seen="not compared")
    if comparison.same_output:
        return Check(name="same output", held=True, seen="equal at every size")
    sizes = [n for n, answer in comparison.a.answers.items() if comparison.b.answers.get(n, answer) != answer]
    where = f" at n = {', '.join(sizes)}" if sizes and sizes != ["-"] else ""
    return Check(name="same output", held=False, seen=f"the two print different answers{where}", decides="void")


def clock(comparison: Comparison, sides: tuple[Timed, Timed]) -> Iterator[Check]:
    """Say whether each timing holds a thousand steps of its clock."""
    for name, side in zip("AB", sides, strict=True):
        ticks = side.shortest / comparison.clock_seconds if comparison.clock_seconds > 0 else math.inf
        held = ticks >= TICKS
        seen = f"{significant(ticks)} steps of a clock of {format_time(comparison.clock_seconds * 1e9)}"
        end = "lower" if name == "A" else "upper"
        reason = f"the time of {name} is {seen}: under {TICKS}, so the ratio's {end} side is worth nothing"
        yield Check(
            name=f"clock of {name}", held=held, seen=seen if held else reason, decides="nothing" if held else "void"
        )


def enough_work(sides: tuple[Timed, Timed]) -> Iterator[Check]:
    """Say whether each side works for more than the doubt about its starting up."""
    for name, side in zip("AB", sides, strict=True):
        whole = side.seconds[0] + side.startup
        held = side.startup == 0 or side.seconds[0] >= SHARE_OF_STARTUP * whole
        seen = f"{format_time(side.seconds[0] * 1e9)} of work, {format_time(side.startup * 1e9)} of starting up"
        text = seen if held else f"{name} does too little: {seen}; take larger sizes"
        yield Check(name=f"work of {name}", held=held, seen=text, decides="nothing" if held else "inconclusive")


def roof(
    comparison: Comparison, profile: MachineProfile, sides: tuple[Timed, Timed], baskets: tuple[Basket, Basket]
) -> Iterator[Check]:
    """Say whether a side works faster than this machine can."""
    claimed = best_operations(profile)
    for name, side, basket in zip("AB", sides, baskets, strict=True):
        seconds = max(side.seconds[2], 1e-12)
        if comparison.work is not None and basket.n is not None:
            rate = comparison.work * basket.n / seconds
            yield _roof_check(name, "claimed operations", rate, claimed * side.measured.parallel)
            yield from _does_what_it_claims(name, comparison.a if name == "A" else comparison.b)
        if basket.has("instructions") and not basket.extrapolated and side.measured.user > 0:
            longest = side.measured.user * max(side.seconds[2] / side.seconds[0], 1.0)
            rate = basket.value("instructions") / max(longest, 1e-12)
            yield _roof_check(name, "counted instructions", rate, widest(profile), decides="inconclusive")


def _does_what_it_claims(name: str, side: Side) -> Iterator[Check]:
    """Say whether a side that claims work for each unit of n executes more instructions where n is larger."""
    law = growth_of(side)
    if law.of != "instructions" or law.law == "unknown":
        return
    held = law.law != "1"
    seen = (
        "more instructions at larger sizes" if held else "no more instructions at its largest size than at its smallest"
    )
    text = seen if held else f"{name} claims work for each unit of n, yet executes {seen}: its loop was deleted"
    yield Check(name=f"work that {name} claims", held=held, seen=text, decides="void" if not held else "nothing")


def _roof_check(name: str, what: str, rate: float, most: float, decides: str = "void") -> Check:
    held = rate <= ROOF * most
    seen = f"{significant(rate / 1e9)} G {what} a second, at most {significant(most / 1e9)} G are possible here"
    if held:
        return Check(name=f"roof of {name}: {what}", held=True, seen=seen)
    why = (
        "its loop was deleted, or it does not do what it says"
        if decides == "void"
        else "what was counted is not what was timed"
    )
    text = f"{name}: {seen}: {why}"
    return Check(name=f"roof of {name}: {what}", held=False, seen=text, decides=decides)  # type: ignore[arg-type]


def widest(profile: MachineProfile) -> float:
    """Return the most instructions a second that were seen, in the profile or during this run."""
    width = profile.quantities.get("core.width")
    seen = max(width.value or 0.0, width.high or 0.0) if width is not None else 0.0
    return max(seen, best_rate(profile) * hertz(profile))


def best_operations(profile: MachineProfile) -> float:
    """Return the most elementary operations a second that one core can do: vector additions, or the peak of FLOPs."""
    lanes = max(profile.host.cpu.vector_bits, default=128) / 32
    rates = {"add.throughput.i32": lanes, "add.throughput.i64": lanes, "flops.peak.f32": 1.0, "flops.peak.f64": 1.0}
    quantities = {name: profile.quantities.get(name) for name in rates}
    found = [(q.high or q.value or 0.0) * rates[name] for name, q in quantities.items() if q is not None]
    return max(found, default=0.0) or best_rate(profile) * hertz(profile) * lanes


def noise(comparison: Comparison, sides: tuple[Timed, Timed]) -> Check:
    """Say whether the ratio is beyond what the same program gives against itself."""
    floor = noise_floor(comparison)
    ratio = sides[1].seconds[0] / max(sides[0].seconds[0], 1e-12)
    seen = f"the same program against itself differs by up to {significant((math.exp(floor) - 1) * 100, 2)} %"
    if floor > WIDE_NOISE and abs(math.log(max(ratio, 1e-12))) <= floor:
        text = f"{seen}, as much as the two from each other"
        return Check(name="noise", held=False, seen=text, decides="inconclusive")
    return Check(name="noise", held=True, seen=seen)


def enough_runs(comparison: Comparison, n: float | None) -> Check:
    """Say whether an experiment that was ended early ran both sides often enough."""
    counts = [len(sized.runs) for side in (comparison.a, comparison.b) for sized in side.sizes if sized.n == n]
    fewest = min(counts, default=0)
    held = comparison.interrupted is None or fewest >= FEWEST_RUNS
    seen = f"{fewest} runs of each" if held else f"interrupted after {fewest} runs of each: too few"
    return Check(name="runs", held=held, seen=seen, decides="nothing" if held else "inconclusive")


def noise_floor(comparison: Comparison) -> float:
    """Return the largest log ratio of a program against itself in this run."""
    return max((abs(math.log(ratio)) for ratio in comparison.noise if ratio > 0), default=0.03)


def disturbance(comparison: Comparison) -> Check:
    """Say whether the machine was disturbed meanwhile; interleaving makes that harmless but for small ratios."""
    conditions = comparison.conditions
    steal = (conditions.steal_share if conditions else None) or 0.0
    load = (conditions.other_load if conditions else None) or 0.0
    seen = f"{steal:.0%} of a CPU stolen, {load:.0%} used by others meanwhile"
    return Check(name="disturbance", held=steal < STEAL and load < 1.0, seen=seen)
