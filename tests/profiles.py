"""Machine profiles made by hand, for tests of what reads them."""

from __future__ import annotations

from hwbench.records import (
    CacheClaim,
    Conditions,
    CpuFacts,
    HostFacts,
    MachineProfile,
    MemoryFacts,
    Point,
    Quantity,
)

TAKEN = "2026-01-02T03:04:05+00:00"


def host(name: str = "here", **more: object) -> HostFacts:
    facts: dict[str, object] = {
        "system": "Linux",
        "cpu": CpuFacts(architecture="x86_64", model="Toy CPU"),
        "memory": MemoryFacts(total_bytes=1 << 34, available_bytes=1 << 33),
        "usable_cpus": (0, 1),
    }
    return HostFacts(name=name, **{**facts, **more})  # type: ignore[arg-type]


def quantity(unit: str, value: float, low: float | None = None, high: float | None = None, **more: object) -> Quantity:
    return Quantity(unit=unit, value=value, low=low or value, high=high or value, **more)  # type: ignore[arg-type]


def shared_l3(*cpus: int) -> CacheClaim:
    return CacheClaim(level=3, kind="unified", bytes=32 << 20, shared_by=cpus, source="test")


def profile(
    quantities: dict[str, Quantity] | None = None,
    facts: HostFacts | None = None,
    curves: dict[str, tuple[Point, ...]] | None = None,
    conditions: Conditions | None = None,
    **more: object,
) -> MachineProfile:
    return MachineProfile(
        schema="hwbench.machine/1",
        id="0123456789ab",
        hwbench="0.1.0",
        taken=TAKEN,
        host=facts or host(),
        conditions=conditions or Conditions(started=TAKEN, seconds=1.0),
        quantities=quantities or {},
        curves=curves or {},
        **more,  # type: ignore[arg-type]
    )


COUNTED_MACHINE: MachineProfile = profile(
    {
        "core.frequency": quantity("Hz", 3e9),
        "l1d.capacity": quantity("B", 32768.0),
        "l1d.associativity": quantity("ways", 8.0),
        "l2.capacity": quantity("B", 524288.0),
        "l2.associativity": quantity("ways", 8.0),
        "l3.capacity": quantity("B", 4194304.0),
        "l1d.latency": quantity("ns", 4 / 3),
        "l2.latency": quantity("ns", 4.0),
        "l3.latency": quantity("ns", 15.0),
        "dram.latency": quantity("ns", 100.0),
        "dram.mlp": quantity("loads", 10.0),
        "branch.mispredict_cost": quantity("ns", 6.0),
        "store_forward.latency": quantity("ns", 2.0),
        "core.width": quantity("op/s", 1.2e10),
    }
)
