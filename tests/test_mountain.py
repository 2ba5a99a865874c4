"""The mountain: sizes by the octave, strides by powers of two, and only points with enough steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwbench.measure.bench import Bench
from hwbench.probes import mountain as probe
from hwbench.probes.mountain import footprints
from hwbench.records import Unavailable
from hwbench.units import KIB, MIB

if TYPE_CHECKING:
    import pytest


def test_sizes_go_from_16_kib_to_the_largest_by_octaves() -> None:
    assert footprints(128 * KIB, 1) == [16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB]


def test_half_octaves_are_whole_pages() -> None:
    sizes = footprints(64 * KIB, 2)
    assert len(sizes) == 5
    assert all(size % 4096 == 0 for size in sizes)


def test_a_tiny_machine_still_has_one_size() -> None:
    assert footprints(0, 2) == [16 * KIB]


def test_every_point_has_enough_steps_and_a_rate(bench: Bench) -> None:
    small = Bench(bench.variant, bench.ruler, bench.host, effort="quick", cpus=bench.cpus, memory_bytes=MIB)
    (found,) = probe.mountain(small, {})
    assert found.curve is not None
    assert all(point["bytes"] / point["stride_bytes"] >= probe.MINIMUM_STEPS for point in found.curve)
    assert all(point["bytes_per_second"] > 0 for point in found.curve)
    assert {point["stride_bytes"] for point in found.curve} == set(probe.STRIDES)


def test_without_memory_there_is_no_picture(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "stream_memory", lambda _: Unavailable(reason="no memory"))
    assert list(probe.mountain(bench, {})) == []
