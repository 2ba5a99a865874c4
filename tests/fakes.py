"""A clock that only moves when told, kernels that move it, and a bench made of them: timing without time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hwbench.measure.bench import Bench, Effort
from hwbench.measure.clock import ADDS_PER_REPEAT, Ruler
from hwbench.records import CacheClaim, ClockFacts, CpuFacts, HostFacts, MemoryFacts

Run = Callable[[int], int]


@dataclass
class FakeClock:
    """A clock in ns whose reading costs `read_ns` and that shows multiples of `step_ns`."""

    read_ns: int = 0
    step_ns: int = 1
    time: int = 1_000_000
    interruptions: list[int] = field(default_factory=list)

    def now(self) -> int:
        self.time += self.read_ns
        return self.time // self.step_ns * self.step_ns

    def kernel(self, ns: int, call_ns: int = 0, told: Callable[[int], object] | None = None) -> Run:
        """A kernel of so many ns a repeat and a call; the next of `interruptions` is added to each call of any."""

        def run(repeats: int) -> int:
            if told is not None:
                told(repeats)
            self.time += call_ns + ns * repeats + (self.interruptions.pop(0) if self.interruptions else 0)
            return repeats

        return run


@dataclass
class FakeVariant:
    """Kernels by their C names, and what was bound."""

    kernels: dict[str, Run]
    bound: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def bind(self, function: str, arguments: Any) -> Run:
        self.bound.append((function, tuple(arguments)))
        return self.kernels[function]


def fake_ruler(clock: FakeClock, call_ns: int = 0, chain_repeats: int = 16) -> Ruler:
    """A ruler on a core of 1 GHz that knows its clock exactly."""
    facts = ClockFacts(name="fake", resolution_ns=clock.step_ns, read_ns=clock.read_ns, call_ns=call_ns)
    return Ruler(clock.now, facts, clock.kernel(ADDS_PER_REPEAT), chain_repeats, clock.read_ns)


def fake_host(*caches: CacheClaim) -> HostFacts:
    memory = MemoryFacts(total_bytes=1 << 30, available_bytes=1 << 30)
    return HostFacts(name="fake", system="test", cpu=CpuFacts(architecture="test"), caches=caches, memory=memory)


def fake_bench(clock: FakeClock | None = None, effort: Effort = "default", **more: Any) -> Bench:
    """A bench on a core of 1 GHz, timed by the fake clock."""
    variant, ruler = FakeVariant({}), fake_ruler(clock or FakeClock(), more.pop("call_ns", 0))
    return Bench(variant, ruler, more.pop("host", fake_host()), effort, **more)  # type: ignore[arg-type]
