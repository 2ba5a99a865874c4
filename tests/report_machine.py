"""A processor with two cores and three levels, made by hand, whose figures are round numbers that tests can name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
from profiles import TAKEN, profile, quantity
from profiles import host as bare_host

from hwbench.records import (
    CacheClaim,
    ClockFacts,
    Conditions,
    CoreFacts,
    CpuFacts,
    HostFacts,
    Interval,
    MachineProfile,
    MemoryFacts,
    Point,
    Quantity,
    TlbClaim,
)
from hwbench.records.machine import BANDWIDTH_OPERATIONS

KIB, MIB = 1 << 10, 1 << 20
LATENCIES = {32 * KIB: 1.25, MIB: 4.0, 16 * MIB: 14.0, 1 << 40: 110.0}
RATES = {32 * KIB: 200e9, MIB: 90e9, 16 * MIB: 40e9, 1 << 40: 20e9}

QUANTITIES: dict[str, tuple[str, float]] = {
    "l1d.capacity": ("B", 32.0 * KIB),
    "l2.capacity": ("B", 1.0 * MIB),
    "l3.capacity": ("B", 15.5 * MIB),
    "l1d.latency": ("ns", 1.25),
    "l2.latency": ("ns", 4.0),
    "l3.latency": ("ns", 14.0),
    "dram.latency": ("ns", 110.0),
    "dram.latency_random": ("ns", 150.0),
    "l1d.associativity": ("ways", 8.0),
    "l2.associativity": ("ways", 8.0),
    "l1d.line_size": ("B", 64.0),
    "dtlb.l1.entries": ("entries", 64.0),
    "dtlb.l2.entries": ("entries", 1536.0),
    "dtlb.l1.entries_huge": ("entries", 32.0),
    "dtlb.l2.entries_huge": ("entries", 1024.0),
    "dtlb.l1.miss_cost": ("ns", 2.0),
    "page_walk.cost": ("ns", 18.0),
    "branch.mispredict_cost": ("ns", 6.0),
    "indirect.mispredict_cost": ("ns", 7.0),
    "call.direct": ("ns", 0.9),
    "add.latency.i64": ("ns", 0.31),
    "multiply.latency.f64": ("ns", 1.2),
    "divide.latency.i64": ("ns", 4.5),
    "fused_multiply_add.latency.f64": ("ns", 1.25),
    "flops.peak.f64": ("FLOP/s", 50e9),
    "flops.peak.f32": ("FLOP/s", 100e9),
    "flops.peak.f64_all": ("FLOP/s", 100e9),
    "store_forward.latency": ("ns", 1.5),
    "page_fault.cost": ("ns", 800.0),
    "malloc.cost": ("ns", 8.0),
    "syscall.cost": ("ns", 90.0),
    "context_switch.cost": ("ns", 1_500.0),
    "pipe_hop.cost": ("ns", 5_000.0),
    "fsync.cost": ("ns", 900_000.0),
    "file_read.cost": ("ns", 1_200.0),
    "core.frequency": ("Hz", 3.2e9),
    "core_to_core.latency": ("ns", 60.0),
    "atomic.uncontended": ("ns", 5.0),
    "dram.loaded_latency": ("ns", 190.0),
    "dram.mlp": ("loads", 10.0),
    "python.call": ("ns", 31.0),
    "python.attribute": ("ns", 9.0),
    **{
        f"{level}.{operation}_bandwidth": ("B/s", rate * share)
        for level, rate in (("l1d", 200e9), ("l2", 90e9), ("l3", 40e9), ("dram", 20e9))
        for operation, share in (("read", 1.0), ("write", 0.6), ("copy", 0.8), ("triad", 0.7))
    },
    "dram.read_bandwidth_all": ("B/s", 30e9),
}
NOMINAL = {
    "l1d.capacity": 32.0 * KIB,
    "l2.capacity": 1.0 * MIB,
    "l3.capacity": 32.0 * MIB,
    "dtlb.l1.entries": 64.0,
}


def sloped(size: float, levels: dict[int, float]) -> float:
    """Return the value of the level in which a size fits."""
    return next(value for capacity, value in levels.items() if size <= capacity)


def curves(steps: int) -> dict[str, tuple[Point, ...]]:
    """Return all curves; `steps` are the sizes from 4 KiB to 256 MiB."""
    sizes = [float(4 * KIB * 2 ** round(16 * step / (steps - 1), 3)) for step in range(steps)]
    return {
        "latency_base": tuple(latency_point(size, 1.0 + (size > 8 * MIB)) for size in sizes),
        "latency_huge": tuple(latency_point(size, 1.1) for size in sizes),
        "bandwidth": tuple(bandwidth_points()),
        "flops": tuple(
            {"vector_bits": bits, "cores": cores, "element_bits": 64.0, "flops_per_second": 4e8 * bits * cores, "flops_per_cycle": bits / 8}
            for bits in (64.0, 128.0, 256.0)
            for cores in (1.0, 2.0)
        ),
        "mountain": tuple(
            {"bytes": size, "stride_bytes": stride, "bytes_per_second": sloped(size, RATES) / (1 + stride / 512)}
            for size in sizes[:: max(steps // 24, 1)]
            for stride in (8.0, 64.0, 512.0, 4096.0)
        ),
        "tlb": tuple(
            {"pages": 2.0**power, "spread_cycles": 4.0 if power < 7 else 12.0 * power, "packed_cycles": 4.0, "cost_ns": 0.3 + 3 * power}
            for power in range(3, 13)
        ),
        "tlb_huge": tuple(
            {"pages": 2.0**power, "spread_cycles": 4.0 if power < 6 else 11.0 * power, "packed_cycles": 4.0, "cost_ns": 0.2 + 2 * power}
            for power in range(3, 8)
        ),
        "core_to_core": tuple(
            {"from": float(one), "to": float(two), "ns": 20.0 + 30 * abs(one - two)} for one in range(4) for two in range(one + 1, 4)
        ),
        "loaded_latency": tuple(
            {"bytes_per_second": 5e9 * step, "ns": 110.0 + 3 * step**2, "low": 105.0, "high": 120.0 + 4 * step**2}
            for step in range(6)
        ),
        "roofline": tuple(
            {"kernel": kernel, "bytes": 1.5 * MIB, "flops_per_byte": share, "flops_per_second": rate, "low": rate * 0.95, "high": rate}
            for kernel, (share, rate) in ((0.0, (1 / 8, 1.2e9)), (1.0, (1 / 12, 6e9)), (2.0, (1 / 12, 9e9)))
        ),
    }  # fmt: skip


def latency_point(size: float, dearer: float) -> Point:
    ns = sloped(size, LATENCIES) * dearer + size / 2**26
    return {"bytes": size, "ns": ns, "low": ns * 0.97, "high": ns * 1.06, "cycles": ns * 3.2}


def bandwidth_points() -> Iterator[Point]:
    for level, rate in enumerate((200e9, 90e9, 40e9, 20e9), 1):
        for operation in range(len(BANDWIDTH_OPERATIONS)):
            for bits in (64.0, 128.0, 256.0):
                for cores in (1.0, 2.0) if bits == 256.0 else (1.0,):
                    seen = min(rate, bits * 1e9) * (1 - operation / 16) * math.sqrt(cores)
                    yield {
                        "level": float(level),
                        "operation": float(operation),
                        "vector_bits": bits,
                        "cores": cores,
                        "bytes_per_second": seen,
                        "low": seen * 0.95,
                        "high": seen * 1.03,
                        "bytes_per_cycle": seen / 3.2e9,
                    }


def host(name: str = "here") -> HostFacts:
    def cache(level: int, size: int, *shared: int, kind: Any = "unified", ways: int = 8) -> CacheClaim:
        return CacheClaim(
            level=level,
            kind=kind,
            bytes=size,
            line_size=64,
            associativity=ways,
            shared_by=shared,
            instances=1 if len(shared) == 4 else 2,
            source="sysfs",
        )

    return bare_host(
        name,
        release="6.1",
        hypervisor="KVM",
        cpu=CpuFacts(
            architecture="x86_64", vendor="Toys", model="Toy CPU 2", microarchitecture="Toy", vector_bits=(128, 256)
        ),
        cores=tuple(CoreFacts(cpu=cpu, core=cpu // 2, siblings=(cpu - cpu % 2, cpu - cpu % 2 + 1)) for cpu in range(4)),
        usable_cpus=(0, 1, 2, 3),
        caches=(
            cache(1, 32 * KIB, 0, 1, kind="data"),
            cache(1, 32 * KIB, 0, 1, kind="instruction"),
            cache(2, MIB, 0, 1),
            cache(3, 32 * MIB, 0, 1, 2, 3, ways=16),
        ),
        tlbs=(
            TlbClaim(level=1, kind="data", page_bytes=4096, entries=64, source="cpuid"),
            TlbClaim(level=2, kind="unified", page_bytes=4096, entries=1536, source="cpuid"),
        ),
        memory=MemoryFacts(total_bytes=1 << 34, available_bytes=1 << 33, huge_page_bytes=2 * MIB, huge_pages="madvise"),
        missing={"cpu.nominal_hertz": "no one states it"},
    )


def machine(name: str = "here", steps: int = 17, faster: float = 1.0) -> MachineProfile:
    """Return a profile with every curve; `steps` 61 is as many as a real one has."""
    quantities = {
        key: quantity(
            unit, value / faster, value / faster * 0.96, value / faster * 1.07, nominal=NOMINAL.get(key), method="by hand"
        )
        for key, (unit, value) in QUANTITIES.items()
    }  # fmt: skip
    quantities["l1d.capacity"] = msgspec.structs.replace(quantities["l1d.capacity"], caution="a neighbour was busy")
    quantities["l4.latency"] = Quantity(unit="ns", unavailable="there is no fourth level")
    conditions = Conditions(
        started=TAKEN,
        seconds=62.0,
        pinned_cpu=0,
        clock=ClockFacts(name="a clock", resolution_ns=1.0, read_ns=25.0, call_ns=30.0),
        core_hertz=Interval(value=3.2e9, low=3.1e9, high=3.3e9, unit="Hz"),
        steal_share=0.002,
        notes=("no counters here",),
    )
    findings = ("claims 32 MiB of L3; 15.5 MiB of it answer", "huge pages make loads from memory 1.8 times cheaper")
    return profile(quantities, host(name), curves(steps), conditions, findings=findings)
