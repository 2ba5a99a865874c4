"""The ruler's own quantities: what reading the clock and calling a kernel cost stands with its interval."""

from __future__ import annotations

import pytest

from hwbench.measure.bench import Bench
from hwbench.probes import ruler as probe


def test_what_the_clock_and_a_call_cost_has_the_interval_of_its_batches(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "costs", lambda now, act: [9.0, 5.0, 6.0, 7.0, 8.0])
    found = {one.name: one.quantity for one in probe.ruler(bench, {}) if one.quantity is not None}
    for name in ("clock.read_cost", "kernel.call_cost"):
        assert (found[name].value, found[name].low, found[name].high) == (6.0, 5.0, 6.0)
    assert found["clock.resolution"].low == found["clock.resolution"].high
