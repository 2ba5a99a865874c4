"""The factorial: all sixteen variants of the plausible engine at an operation and a size, and the exact weight of each mistake.

Beside it stands what `hwbench explain` says of the engine with all four mistakes against the one with none, without being told.
Causes are laid to mistakes as the mistakes are described: more work as n grows is `algorithm`; what waits for memory is `memory`; what is
done more often, copied into allocations of its own or guessed wrong is `abstraction`; what waits for the system is `system`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from hwbench.engines import factorial
from hwbench.records import Explanation
from hwbench.records.study import MISTAKES, Weighed, Weights

NONE: Final = "none"
MEANT: Final[dict[str, str]] = {
    "algorithm": "algorithm",
    "cache": "memory",
    "bandwidth": "memory",
    "tlb": "memory",
    "instructions": "abstraction",
    "allocation": "abstraction",
    "dispatch": "abstraction",
    "branch": "abstraction",
    "execution": "abstraction",
    "vectorization": "abstraction",
    "system": "system",
    "contention": "system",
}


def variants() -> list[frozenset[str]]:
    """Return every combination of the mistakes, the fewest first."""
    found = [frozenset(name for place, name in enumerate(MISTAKES) if number >> place & 1) for number in range(16)]
    return sorted(found, key=len)


def name_of(variant: frozenset[str]) -> str:
    """Return a combination's name: its mistakes joined by +, in order."""
    return "+".join(name for name in MISTAKES if name in variant) or NONE


def weigh(
    operation: str, n: int, seconds: Mapping[frozenset[str], float], explanation: Explanation | None = None
) -> Weighed:
    """Return what each mistake weighs; `seconds` of all sixteen combinations."""
    parts = factorial.shapley(seconds, MISTAKES)
    pairs = factorial.interactions(seconds, MISTAKES)
    return Weighed(
        operation=operation,
        n=n,
        seconds={name_of(variant): seconds[variant] for variant in variants()},
        ratio=seconds[frozenset(MISTAKES)] / seconds[frozenset()],
        truth=Weights(**factorial.shares(parts)),
        ordered=Weights(**factorial.shares(ordered(seconds))),
        interactions={f"{one}+{other}": value for (one, other), value in pairs.items()},
        explained=None if explanation is None else meant_by(explanation),
        verdict="" if explanation is None else explanation.verdict,
        mended={} if explanation is None else mended_by(explanation, seconds[frozenset(MISTAKES)]),
    )


def ordered(seconds: Mapping[frozenset[str], float]) -> dict[str, float]:
    """Return each mistake's part of the log ratio where the algorithm is mended first, and the rest is shared out by Shapley.

    Two programs alone do not tell what scanning would cost with lean steps: an explanation takes the algorithm off first.
    """
    first, *rest = MISTAKES
    whole = frozenset(MISTAKES)
    without = {made: value for made, value in seconds.items() if first not in made}
    return {first: math.log(seconds[whole] / seconds[whole - {first}]), **factorial.shapley(without, rest)}


def meant_by(explanation: Explanation) -> Weights | None:
    """Return an explanation's shares by mistake, also where it is undecided; None where it has none."""
    if not explanation.causes:
        return None
    shares = dict.fromkeys(MISTAKES, 0.0)
    for cause in explanation.causes:
        if cause.cause in MEANT:
            shares[MEANT[cause.cause]] += cause.share
    return Weights(**shares)


def mended_by(explanation: Explanation, seconds: float) -> dict[str, float]:
    """Return what an explanation says the time (so many `seconds`) would be without each mistake, the others being there."""
    whole = explanation.b.seconds.value if explanation.b.seconds else 0.0
    if not explanation.causes or whole <= 0:
        return {}
    saved = dict.fromkeys(MISTAKES, 0.0)
    for cause in explanation.causes:
        if cause.cause in MEANT and cause.counterfactual_s is not None:
            saved[MEANT[cause.cause]] += max(1 - cause.counterfactual_s / whole, 0.0)
    least = explanation.a.seconds.value / whole if explanation.a.seconds else 0.0
    return {name: seconds * max(1 - each, least) for name, each in saved.items()}
