"""What tests share: the C kernels, and a bench that measures quickly."""

from __future__ import annotations

import signal

import pytest

from hwbench import native
from hwbench.measure.bench import Bench
from hwbench.measure.clock import make_ruler
from hwbench.measure.pinning import usable_cpus
from hwbench.records import CpuFacts, HostFacts, MemoryFacts


def pytest_configure() -> None:
    """Let Ctrl-C interrupt: what a shell starts in the background ignores it, and hands that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def variant() -> native.Variant:
    best = native.best()
    assert isinstance(best, native.Variant), f"the C kernels must be built for the tests: {best}"
    return best


@pytest.fixture(scope="session")
def bench(variant: native.Variant) -> Bench:
    host = HostFacts(
        name="test",
        system="test",
        cpu=CpuFacts(architecture="test"),
        memory=MemoryFacts(total_bytes=1 << 30, available_bytes=1 << 30),
    )
    return Bench(variant, make_ruler(variant), host, effort="quick", cpus=usable_cpus(), memory_bytes=256 << 20)
