"""Comparisons made by hand, for tests of the explanation: runs, counts and prices with exact values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import profiles

from hwbench.records import (
    MODELLED,
    Command,
    Comparison,
    Count,
    Evidence,
    MachineProfile,
    Run,
    Side,
    Sized,
    Source,
    Toggle,
)

GIGAHERTZ = 1e9  # the made machine does one cycle a nanosecond


def machine() -> MachineProfile:
    """A machine of 1 GHz whose core does four instructions a cycle."""
    ns = {
        "l1d.latency": 4.0,
        "l2.latency": 12.0,
        "l3.latency": 40.0,
        "dram.latency": 100.0,
        "page_walk.cost": 20.0,
        "dtlb.l1.miss_cost": 8.0,
        "branch.mispredict_cost": 20.0,
        "indirect.mispredict_cost": 25.0,
        "page_fault.cost": 1000.0,
        "syscall.cost": 200.0,
        "core_to_core.latency": 50.0,
        "atomic.uncontended": 5.0,
    }
    quantities = {name: profiles.quantity("ns", value, cycles=value) for name, value in ns.items()}
    quantities["core.frequency"] = profiles.quantity("Hz", GIGAHERTZ)
    quantities["core.width"] = profiles.quantity("op/s", 4e9, cycles=4.0)
    quantities["add.throughput.i32"] = profiles.quantity("op/s", 16e9)
    quantities |= {f"{level}.mlp": profiles.quantity("loads", 10.0) for level in ("l2", "l3", "dram")}
    return profiles.profile(quantities)


def run(wall: float, user: float | None = None, system: float = 0.0, **more: float) -> Run:
    return Run(wall=wall, user=wall - system if user is None else user, system=system, **more)  # type: ignore[arg-type]


def evidence(
    counts: Mapping[str, float], n: float | None = None, source: Source = "plugin", **more: object
) -> Evidence:
    return Evidence(source=source, n=n, counts={k: Count(value=v) for k, v in counts.items()}, **more)  # type: ignore[arg-type]


def modelled(instructions: float, **cycles: float) -> dict[str, float]:
    """Counts of a program whose model cycles are the ideal (four instructions a cycle) and what each cause adds."""
    ideal = instructions / 4
    full = ideal + sum(cycles.values())
    counts = {"instructions": instructions, "model.ideal": ideal, "model.cycles": full}
    for cause in MODELLED:
        added = cycles.get(cause, 0.0)
        counts |= {f"model.only.{cause}": ideal + added, f"model.without.{cause}": full - added}
    return counts


def side(
    name: str,
    walls: Mapping[float | None, float],
    counts: Mapping[float | None, Mapping[str, float]] | None = None,
    runs: int = 5,
    answer: str = "same",
    **more: object,
) -> Side:
    """A side whose runs all took exactly `walls[n]`; `more` goes into each run."""
    sizes = tuple(
        Sized(
            n=n,
            runs=tuple(run(wall, **more) for _ in range(runs)),  # type: ignore[arg-type]
            evidence=(evidence(counts[n], n),) if counts and n in counts else (),
        )
        for n, wall in walls.items()
    )
    return Side(name=name, command=Command(argv=(name,)), sizes=sizes, answers={"-": answer})


def comparison(a: Side, b: Side, **more: object) -> Comparison:
    fields: dict[str, object] = {"same_output": a.answers == b.answers, "noise": (1.01, 0.99), "clock_seconds": 1e-9}
    return Comparison(a=a, b=b, **(fields | more))  # type: ignore[arg-type]


def toggle(
    cause: str,
    usual: float,
    toggled: float,
    which: Literal["a", "b"] = "b",
    effect: Literal["removes", "adds"] = "removes",
) -> Toggle:
    return Toggle(
        name=f"without {cause}", cause=cause, effect=effect, side=which, usual=(usual,) * 5, toggled=(toggled,) * 5
    )
