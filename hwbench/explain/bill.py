"""The bill of one side: counted events times this machine's prices, in seconds, each line with its bounds.

Time on the CPU in user mode, by the best evidence there is:
- with the flow model (the counting plugin): the model ran every counted instruction through a core made of the profile's
  prices, once with everything on, once with nothing, and for each cause with it alone and without it. A cause's item is the
  mean of what it adds alone and what it takes away last (the two ends of Shapley's average), scaled so that the items add
  up to the whole;
- with plain counts (counters, cachegrind): events times prices, each price between that of a miss that overlaps with others
  (latency / parallelism) and one that does not (latency).
Time in the kernel and off the CPU is measured, not modelled; page faults and system calls itemise it.
Source: CPI stacks by Eyerman, Eeckhout, Karkhanis and Smith (ASPLOS 2006); Shapley (1953).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.explain.lines import Measured, hertz, line, price
from hwbench.explain.outside import kernel, off_cpu, started
from hwbench.records import KERNEL_ENTRY_CYCLES, LEVELS, MISS_KINDS, MODELLED, BillLine, Cause, Count, MachineProfile

if TYPE_CHECKING:
    from hwbench.explain.basket import Basket

# How far an item of the flow model may be off, beyond sampling: what it computes from the code alone, what hangs on
# memory, whose price differs by place and moment, and mispredictions, of a predictor that is not this machine's.
MODEL_DOUBT: Final[dict[str, float]] = {
    "execution": 0.5, "cache": 0.4, "bandwidth": 0.4, "tlb": 0.4, "branch": 0.4, "dispatch": 0.4,
    "allocation": 0.3, "contention": 0.5, "instructions": 0.1,
}  # fmt: skip
# How far an item may be below what was computed, where that is farther: of what outcomes that recur a predictor holds, the profile
# knows the size within a factor of two or three only, and outcomes that it does hold are not mispredicted at all.
DOUBT_BELOW: Final[dict[str, float]] = {"branch": 0.7}
LESS_OVERLAP: Final = 1.5
WORTH_A_LINE: Final = 2e-4  # of the time: less is left out, and is part of what the bill leaves over
LEAST_OF_TRANSFERS: Final = 10.0  # how many things a core may do with a line before it goes
PRICED_BY: Final[dict[str, str]] = {
    "tlb": "page_walk.cost", "bandwidth": "dram.read_bandwidth", "branch": "branch.mispredict_cost",
    "dispatch": "indirect.mispredict_cost",
}  # fmt: skip
FORESEEN: Final = 5.0  # times what its wrong guesses cost by themselves: then it is not they that cost so much
SERVED_BY: Final = {"l1d": "l2", "l2": "l3", "l3": "dram"}


def bill_of(basket: Basket, measured: Measured, profile: MachineProfile) -> tuple[BillLine, ...]:
    """Return the bill of one side."""
    lines: list[BillLine] = []
    if basket.has("model.cycles"):
        lines = modelled(basket, profile)
    elif basket.has("instructions"):
        lines = counted(basket, profile)
    if measured.parallel > 1:
        lines = [_divided(each, measured.parallel) for each in lines]
    lines += started(basket, measured, sum(each.seconds for each in lines))
    lines += kernel(basket, measured, profile)
    lines += off_cpu(basket, measured)
    computed = sum(each.seconds for each in lines if each.cause not in ("system", "allocation"))
    lines += shared_lines(basket, profile, measured, computed)
    return tuple(each for each in lines if each.seconds > WORTH_A_LINE * measured.wall)


def _divided(each: BillLine, parallel: float) -> BillLine:
    seconds = (each.seconds / parallel, each.low / parallel, each.high / parallel)
    return line(each.item, each.cause, each.count, seconds, each.grade)


# ── with the flow model ───────────────────────────────────────────────────────────────────────────────────────────────


def modelled(basket: Basket, profile: MachineProfile) -> list[BillLine]:
    """Return the lines of the user time from the flow model, by cause."""
    cycle = 1 / hertz(profile)
    full, ideal = basket.counts["model.cycles"], basket.value("model.ideal")
    items = model_items(basket)
    spread = _relative(full)
    kept = 1 - _allocator_share(basket)
    lines = [
        line(
            "instructions at the core's best rate",
            "instructions",
            basket.value("instructions"),
            _around(
                ideal * cycle * kept, _times(spread, _price_spread(profile, "core.width")), MODEL_DOUBT["instructions"]
            ),
            "counted",
        )
    ]
    atomic = min(
        basket.value("atomics") * price(profile, "atomic.uncontended", 5.0)[0] / 1e9 / cycle, items["execution"]
    )
    items["execution"] -= atomic
    if atomic > 0:
        seconds = _around(atomic * cycle * kept, spread, MODEL_DOUBT["contention"])
        lines.append(line("atomic instructions", "contention", basket.value("atomics"), seconds, "simulated"))
    entered = min(basket.value("syscalls") * KERNEL_ENTRY_CYCLES, items["execution"])
    items["execution"] -= entered
    if entered > 0:
        seconds = _around(entered * cycle * kept, spread, MODEL_DOUBT["execution"])
        lines.append(line("entering the kernel", "system", basket.value("syscalls"), seconds, "simulated"))
    for cause, cycles in items.items():
        doubts = MODEL_DOUBT[cause], DOUBT_BELOW.get(cause)
        lines += _detailed(cause, _around(cycles * cycle * kept, spread, *doubts), basket, profile)
    allocator = full.value * cycle * (1 - kept)
    if allocator > 0:
        calls = basket.value("malloc.calls") + basket.value("malloc.frees")
        lines.append(
            line(
                "allocator calls",
                "allocation",
                calls,
                _around(allocator, spread, MODEL_DOUBT["allocation"]),
                "simulated",
            )
        )
    return lines


def _price_spread(profile: MachineProfile, name: str) -> tuple[float, float]:
    """Return how far a time moves with a price, as factors: the dearest ones were seen to move during this very run."""
    value, low, high = price(profile, name)
    if min(value, low, high) <= 0:
        return 1.0, 1.0
    is_rate = profile.quantities[name].unit.endswith("/s")
    return (value / high, value / low) if is_rate else (low / value, high / value)


def _times(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float]:
    return first[0] * second[0], first[1] * second[1]


def model_items(basket: Basket) -> dict[Cause, float]:
    """Return the modelled cycles that each cause adds, scaled to add up to the whole above the ideal."""
    full, ideal = basket.value("model.cycles"), basket.value("model.ideal")
    raw: dict[Cause, float] = {}
    for cause in MODELLED:
        alone = basket.value(f"model.only.{cause}", ideal) - ideal
        last = full - basket.value(f"model.without.{cause}", full)
        raw[cause] = max((alone + last) / 2, 0.0)
    total = sum(raw.values())
    above = max(full - ideal, 0.0)
    return {cause: (value / total * above if total > 0 else 0.0) for cause, value in raw.items()}


def removed(basket: Basket) -> dict[Cause, float]:
    """Return what the model says falls away with each cause, over its item: more than one where causes need each other.

    The wait for a misprediction is the price of guesses and of latencies; an item holds half of it, a fix saves it all.
    """
    full = basket.value("model.cycles")
    items = model_items(basket)
    last = {cause: full - basket.value(f"model.without.{cause}", full) for cause in items}
    return {cause: max(last[cause] / item, 1.0) for cause, item in items.items() if item > WORTH_A_LINE * full}


def _allocator_share(basket: Basket) -> float:
    """Return which part of the modelled cycles is the allocator's; the program's own instructions take their best rate at least.

    What an instruction hides behind another is not its own: without the allocator it would show.
    """
    full, instructions = basket.value("model.cycles"), basket.value("instructions")
    if full <= 0 or instructions <= 0:
        return 0.0
    own = (
        max(instructions - basket.value("malloc.instructions"), 0.0) / instructions * basket.value("model.ideal") / full
    )
    return min(basket.value("malloc.cycles") / full, max(1 - own, 0.0), 0.99)


def _relative(count: Count) -> tuple[float, float]:
    if count.value <= 0 or count.low is None or count.high is None:
        return 1.0, 1.0
    return count.low / count.value, count.high / count.value


def _around(
    seconds: float, spread: tuple[float, float], doubt: float, below: float | None = None
) -> tuple[float, float, float]:
    return seconds, seconds * spread[0] * (1 - (doubt if below is None else below)), seconds * spread[1] * (1 + doubt)


def _upward(seconds: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return a bound for misses that overlap: how many do is the best that was seen, in a loop of nothing else."""
    return seconds[0], seconds[1], seconds[2] * LESS_OVERLAP


def _detailed(
    cause: Cause, seconds: tuple[float, float, float], basket: Basket, profile: MachineProfile
) -> list[BillLine]:
    """Split a cause's seconds over its events, by their counts and prices."""
    if seconds[0] <= 0:
        return []
    events = _guesses(cause, seconds[0], basket, profile) or _events(cause, basket, profile)
    total = sum(count * weight for _, count, weight in events)
    if total <= 0:
        return [line(_NAMES[cause], cause, 0.0, seconds, "simulated")]
    lines = []
    for name, count, weight in events:
        part = count * weight / total
        spread = _price_spread(profile, _priced_by(cause, name))
        each = (seconds[0] * part, seconds[1] * part * spread[0], seconds[2] * part * spread[1])
        lines.append(line(name, cause, count, _upward(each) if "independent" in name else each, "simulated"))
    return [each for each in lines if each.seconds > 0.001 * seconds[0]]


def _guesses(cause: Cause, seconds: float, basket: Basket, profile: MachineProfile) -> list[tuple[str, float, float]]:
    """Return all the branches of a kind, where wrong guesses alone cannot have cost so much; else nothing.

    What the model lets a cause do without is the branch as well: a call that was foreseen still ends a line of fetched code.
    """
    kind = {"branch": "conditional", "dispatch": "indirect"}.get(cause)
    if kind is None:
        return []
    wrong = basket.value(f"branches.{kind}.mispredicted")
    all_of_it = wrong * price(profile, PRICED_BY[cause], 5.0)[0] * FORESEEN / 1e9
    count = basket.value(f"branches.{kind}")
    return [(f"{kind} branches, most foreseen", count, 1.0)] if seconds > all_of_it and count > wrong else []


_NAMES: Final[dict[str, str]] = {
    "cache": "cache misses",
    "bandwidth": "lines through the memory pipe",
    "tlb": "address translation",
    "branch": "mispredicted conditional branches",
    "dispatch": "mispredicted indirect branches",
    "execution": "latency of arithmetic and of loads that hit",
}


def _priced_by(cause: Cause, event: str) -> str:
    """Return the quantity that prices an event; nothing where it is not one that moves."""
    if cause == "cache":
        return next(f"{level}.latency" for level in SERVED_BY.values() if _place(level) in event)
    return PRICED_BY.get(cause, "")


def _events(cause: Cause, basket: Basket, profile: MachineProfile) -> list[tuple[str, float, float]]:
    """Return the events behind a cause: name, count, and the weight of one (its price when nothing overlaps)."""
    if cause == "cache":
        return cache_events(basket, profile)
    if cause == "tlb":
        walks = basket.value("dtlb.l2.misses")
        near = max(basket.value("dtlb.l1.misses") - walks, 0.0)
        return [
            ("first-TLB misses", near, price(profile, "dtlb.l1.miss_cost", 2.0)[0]),
            ("page walks", walks, price(profile, "page_walk.cost", 20.0)[0]),
        ]
    if cause == "branch":
        return [(_NAMES[cause], basket.value("branches.conditional.mispredicted"), 1.0)]
    if cause == "dispatch":
        return [(_NAMES[cause], basket.value("branches.indirect.mispredicted"), 1.0)]
    if cause == "bandwidth":
        streamed = basket.value("l3.misses.streamed") + basket.value("l3.store_misses")
        return [(_NAMES[cause], streamed or basket.value("l3.misses"), 1.0)]
    return [(_NAMES[cause], basket.value("instructions"), 1.0)]


def cache_events(basket: Basket, profile: MachineProfile) -> list[tuple[str, float, float]]:
    """Return the loads served by each level beyond the first, by kind, with what one costs by itself."""
    events = []
    for level, served in SERVED_BY.items():
        latency = price(profile, f"{served}.latency", {"l2": 4.0, "l3": 13.0, "dram": 100.0}[served])[0]
        parallel = max(price(profile, f"{served}.mlp", 8.0)[0], 1.0)
        inner = LEVELS[LEVELS.index(level) + 1] if level != "l3" else None
        for kind in MISS_KINDS:
            missed = basket.value(f"{level}.misses.{kind}")
            beyond = basket.value(f"{inner}.misses.{kind}") if inner else 0.0
            count = max(missed - beyond, 0.0)
            weight = latency if kind == "dependent" else latency / parallel * (0.3 if kind == "streamed" else 1.0)
            events.append((f"loads from {_place(served)}, {kind}", count, weight))
    return events


def _place(level: str) -> str:
    return "memory" if level == "dram" else level.upper()


# ── with plain counts ─────────────────────────────────────────────────────────────────────────────────────────────────


def counted(basket: Basket, profile: MachineProfile) -> list[BillLine]:
    """Return the lines of the user time from plain counts times prices; kinds of misses unknown, so their bounds are wide."""
    cycle = 1 / hertz(profile)
    instructions = basket.value("instructions")
    width = best_rate(profile)
    lines = [
        line(
            "instructions at the core's best rate",
            "instructions",
            instructions,
            (instructions / width * cycle, instructions / width * cycle, instructions / width * cycle * 2),
            "counted",
        )
    ]
    lines += [_missed(level, basket, profile) for level in LEVELS if basket.has(f"{level}.misses")]
    for name, cause, kind in (
        ("branches.conditional.mispredicted", "branch", "branch.mispredict_cost"),
        ("branches.indirect.mispredicted", "dispatch", "indirect.mispredict_cost"),
        ("dtlb.l2.misses", "tlb", "page_walk.cost"),
    ):
        if basket.has(name):
            lines.append(_priced(_NAMES[cause], cause, basket.counts[name], price(profile, kind)))  # type: ignore[arg-type]
    return lines


def best_rate(profile: MachineProfile) -> float:
    """Return the most instructions a cycle: measured, or four."""
    quantity = profile.quantities.get("core.width")
    return quantity.cycles if quantity is not None and quantity.cycles else 4.0


def _missed(level: str, basket: Basket, profile: MachineProfile) -> BillLine:
    served = SERVED_BY[level]
    latency, low, high = price(profile, f"{served}.latency", 10.0)
    parallel = max(price(profile, f"{served}.mlp", 8.0)[0], 1.0)
    inner = {"l1d": "l2", "l2": "l3"}.get(level)
    count = max(basket.value(f"{level}.misses") - (basket.value(f"{inner}.misses") if inner else 0.0), 0.0)
    middle = (latency * latency / parallel) ** 0.5
    seconds = (count * middle / 1e9, count * low / parallel / 4 / 1e9, count * high / 1e9)
    return line(f"loads from {_place(served)}", "cache", count, seconds, "simulated")


def _priced(item: str, cause: Cause, count: Count, each: tuple[float, float, float]) -> BillLine:
    low, high = (count.value if bound is None else bound for bound in (count.low, count.high))
    seconds = (count.value * each[0] / 1e9, low * each[1] / 1e9, high * each[2] / 1e9)
    return line(item, cause, count.value, seconds, "counted")


# ── between threads ───────────────────────────────────────────────────────────────────────────────────────────────────


def shared_lines(basket: Basket, profile: MachineProfile, measured: Measured, computed: float) -> list[BillLine]:
    """Return the line of cache lines that travel between cores, and of atomic instructions.

    How often a line travels is known as an upper bound only (a core that has it may do several things before it goes), so
    that it costs at most the time in user mode that the other lines have left over.
    """
    transfers = basket.value("line_transfers")
    atomics = max(basket.value("atomics") - transfers, 0.0)
    each = price(profile, "core_to_core.latency", 50.0)
    lines = []
    if transfers > 0:
        busy = measured.user / measured.parallel
        seconds = min(transfers * each[0] / 1e9 / measured.parallel, max(busy - computed, busy / 20))
        lines.append(
            line(
                "lines taken from another core",
                "contention",
                transfers,
                (seconds, seconds / LEAST_OF_TRANSFERS, min(seconds * 1.5, busy)),
                "simulated",
            )
        )
    if atomics > 0 and not basket.has("model.cycles"):
        alone = price(profile, "atomic.uncontended", 5.0)
        lines.append(_priced("atomic instructions", "contention", Count(value=atomics), alone))
    return lines
