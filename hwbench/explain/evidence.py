"""What speaks for and against each cause, in a few words with the counts of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.units import format_time, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.explain.basket import Basket
    from hwbench.explain.work import Work
    from hwbench.records import BillLine, Growth, Toggle

WORDS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "instructions": (("instructions", "instructions"),),
    "dispatch": (("branches.indirect.mispredicted", "mispredicted indirect branches"),),
    "branch": (("branches.conditional.mispredicted", "mispredicted conditional branches"),),
    "cache": (
        ("l3.misses.dependent", "dependent loads from memory"),
        ("l3.misses.independent", "independent loads from memory"),
        ("l2.misses", "second-level misses"),
        ("l1d.misses", "first-level misses"),
    ),
    "bandwidth": (("l3.misses.streamed", "lines streamed from memory"), ("l3.store_misses", "lines stored to memory")),
    "tlb": (("dtlb.l2.misses", "page walks"), ("dtlb.l1.misses", "first-TLB misses")),
    "allocation": (("page_faults", "page faults"), ("malloc.calls", "allocations")),
    "system": (("syscalls", "system calls"), ("context_switches.voluntary", "waits")),
    "contention": (("line_transfers", "lines taken from another core"), ("atomics", "atomic instructions")),
    "vectorization": (("operations.vector", "vector operations"), ("operations.elements", "elements in them")),
    "execution": (("operations.divide", "divisions"),),
}
CLEAR: Final = 1.2  # counts that differ by less say nothing


def counts_of(cause: str, a: Basket, b: Basket) -> list[str]:
    """Return the counts behind a cause: those that differ, else the first that was counted at all."""
    found = [
        (name, words, a.value(name), b.value(name))
        for name, words in WORDS.get(cause, ())
        if a.has(name) or b.has(name)
    ]
    differ = [each for each in found if max(each[2:]) > CLEAR * min(each[2:])]
    return [
        f"{_number(second)} {words} against {_number(first)}" for _, words, first, second in (differ or found[:1])[:2]
    ]


def _number(value: float) -> str:
    for scale, suffix in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= scale:
            return significant(value / scale) + suffix
    return significant(value)


def growth_words(growth: dict[str, Growth]) -> str:
    """Return how the two grow, in words."""
    parts = []
    for side in ("b", "a"):
        grown = growth.get(side)
        if grown is None or grown.exponent is None:
            continue
        law = (
            f"n^{significant(grown.exponent, 2)}"
            if grown.law == "unknown"
            else ("not at all" if grown.law == "1" else grown.law)
        )
        parts.append(f"{side.upper()} as {law}" if law != "not at all" else f"{side.upper()} not at all")
    of = growth["b"].of if "b" in growth else "nothing"
    return (
        f"{'counted instructions grow' if of == 'instructions' else 'time grows'}: {', '.join(parts)}" if parts else ""
    )


def evidence_for(
    cause: str, baskets: tuple[Basket, Basket], work: Work, lines: Sequence[BillLine], toggles: Sequence[Toggle]
) -> tuple[str, ...]:
    """Return what speaks for a cause: growth or counts, the dearest line of B's bill, and its toggles."""
    told = [growth_words(work.growth)] if cause == "algorithm" else counts_of(cause, *baskets)
    if cause == "vectorization":
        told.append(f"{significant(work.lanes[0], 2)} elements an operation in A, {significant(work.lanes[1], 2)} in B")
    dearest = max((line for line in lines if line.cause == cause), key=lambda line: line.seconds, default=None)
    if dearest is not None and dearest.count > 0 and cause not in ("algorithm", "instructions", "execution"):
        told.append(f"{dearest.item}: {_number(dearest.count)} at {format_time(dearest.price_ns)}")
    if cause == "execution" and dearest is not None:
        told.append(dearest.item)
    told += [toggle_words(toggle) for toggle in toggles if toggle.cause == cause and not toggle.unavailable]
    return tuple(part for part in told if part)


def toggle_words(toggle: Toggle) -> str:
    """Return what a toggle showed, in words."""
    usual, toggled = sorted(toggle.usual), sorted(toggle.toggled)
    if not usual or not toggled:
        return ""
    before, after = usual[len(usual) // 2], toggled[len(toggled) // 2]
    return (
        f"{toggle.name}: {toggle.side.upper()} takes {format_time(after * 1e9)} instead of {format_time(before * 1e9)}"
    )
