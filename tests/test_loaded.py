"""Memory under load: what is missing has its reason, the rate is counted rightly, and neighbours always stop."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fakes import FakeClock, fake_bench

from hwbench.measure.bench import Bench
from hwbench.measure.buffers import Buffer, allocate
from hwbench.measure.pinning import usable_cpus
from hwbench.probes import loaded as probe
from hwbench.probes.loaded import Neighbour, _under
from hwbench.records import Quantity, Unavailable
from hwbench.units import MIB


def quantity(bench: Bench) -> Quantity:
    (found,) = probe.loaded(bench, {})
    assert found.name == "dram.loaded_latency"
    assert found.quantity is not None
    return found.quantity


def neighbour(bench: Bench, pause: int = 0) -> Neighbour:
    buffer = allocate(MIB)
    assert isinstance(buffer, Buffer)
    return Neighbour(bench, usable_cpus()[-1], buffer, pause)


def has_ended(one: Neighbour) -> bool:
    return bool(one.stop[0]) and not one.thread.is_alive()


def wait_until_it_reads_on(one: Neighbour) -> None:
    until, before = time.monotonic() + 20, int(one.done[0])
    while one.done[0] == before and time.monotonic() < until:
        time.sleep(0.001)


def test_with_one_cpu_it_is_missing_with_the_reason() -> None:
    assert "second CPU" in str(quantity(fake_bench(cpus=(0,))).unavailable)


@pytest.mark.parametrize("refused", ["best_field", "allocate"])
def test_memory_that_cannot_be_had_is_told_with_its_reason(refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, refused, lambda *_: Unavailable(reason="the pool is dry"))
    bench = fake_bench(cpus=(0, 1), memory_bytes=4 * MIB)
    assert quantity(bench).unavailable == "the pool is dry"


def test_the_rate_is_what_the_neighbours_read_meanwhile() -> None:
    clock = FakeClock()
    two: list[Any] = [
        SimpleNamespace(
            done=np.array([50]),
            stop=np.zeros(1),
            thread=SimpleNamespace(start=lambda: None, join=lambda: None, ident=1),
        )
        for _ in range(2)
    ]

    def measure() -> Any:
        clock.time += 1000
        two[0].done[0] += 30
        two[1].done[0] += 20
        return "samples"

    assert _under(fake_bench(clock), two, measure) == (50 * 64 * 1e9 / 1000, "samples")
    assert all(one.stop[0] for one in two)


def test_without_neighbours_nothing_is_read() -> None:
    clock = FakeClock(read_ns=10)
    assert _under(fake_bench(clock), [], lambda: "samples") == (0, "samples")  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize("pause", [0, 2000])
def test_a_neighbour_reads_until_it_is_told_to_stop(bench: Bench, pause: int) -> None:
    one = neighbour(bench, pause)
    rate, _ = _under(bench, [one], lambda: wait_until_it_reads_on(one))  # type: ignore[arg-type,return-value]
    assert rate > 0
    assert has_ended(one)


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt])
def test_neighbours_stop_also_when_the_measurement_fails(bench: Bench, error: type[BaseException]) -> None:
    two = [neighbour(bench), neighbour(bench)]

    def fail() -> Any:
        raise error

    with pytest.raises(error):
        _under(bench, two, fail)
    assert all(map(has_ended, two))


def test_neighbours_stop_also_when_one_cannot_be_started(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [neighbour(bench), neighbour(bench)]

    def refuse() -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(two[1].thread, "start", refuse)
    with pytest.raises(RuntimeError, match="new thread"):
        _under(bench, two, lambda: pytest.fail("nothing is measured"))
    assert all(map(has_ended, two))


@pytest.mark.skipif(len(usable_cpus()) < 2, reason="it takes two CPUs")
def test_the_curve_begins_without_load_and_ends_with_the_price(bench: Bench) -> None:
    small = replace(bench, memory_bytes=16 * MIB)
    curve, price = probe.loaded(small, {})
    assert curve.curve is not None
    assert price.quantity is not None
    assert curve.curve[0]["bytes_per_second"] == 0
    assert curve.curve[-1]["ns"] == price.quantity.value
    assert price.quantity.low is not None
    assert price.quantity.low > 0
