"""The prices of one run: spot prices in the profile's place, and the units of a shared core scaled by what was left of it."""

from __future__ import annotations

import msgspec
import profiles
import pytest
from comparisons import machine

from hwbench.experiment.prices import SpotPrices
from hwbench.records import MachineProfile

WIDTH = 4e9  # of the made machine


def priced(samples: dict[str, list[float]]) -> MachineProfile:
    return SpotPrices(profile(), samples=samples).priced()


def profile() -> MachineProfile:
    more = {
        "load.throughput": profiles.quantity("op/s", 2e9, cycles=2.0),
        "branch.taken.throughput": profiles.quantity("op/s", 1e9, cycles=1.0),
    }
    return msgspec.structs.replace(machine(), quantities=machine().quantities | more)


def value(found: MachineProfile, name: str) -> float:
    taken = found.quantities[name].value
    assert taken is not None
    return taken


def test_without_samples_the_profile_stays_as_it_is() -> None:
    assert priced({}) == profile()


def test_a_price_of_this_run_takes_the_profiles_place_with_the_interval_of_its_middle() -> None:
    found = priced({"dram.latency": [150.0, 150.0, 150.0, 400.0]}).quantities["dram.latency"]
    assert (found.value, found.low, found.cycles) == (150.0, 150.0, 150.0)
    assert found.high is not None
    assert 150.0 < found.high < 400.0


def test_one_spoilt_sample_of_many_moves_neither_a_price_nor_its_bounds_by_much() -> None:
    found = priced({"core.width": [WIDTH] * 11 + [WIDTH / 2]}).quantities["core.width"]
    assert found.value == pytest.approx(WIDTH)
    assert found.low is not None
    assert found.low > 0.8 * WIDTH


def test_of_a_shared_core_every_unit_behind_the_width_is_shared_alike() -> None:
    found = priced({"core.width": [WIDTH / 2] * 5})
    assert value(found, "core.width") == pytest.approx(WIDTH / 2)
    assert value(found, "load.throughput") == pytest.approx(1e9)
    assert value(found, "dram.mlp") == pytest.approx(5.0)
    assert value(found, "l1d.latency") == 4.0  # a chain waits as long as ever


def test_a_rate_that_was_taken_itself_is_not_scaled_as_well() -> None:
    found = priced({"core.width": [WIDTH / 2] * 5, "branch.taken.throughput": [0.8e9] * 5})
    assert value(found, "branch.taken.throughput") == pytest.approx(0.8e9)


def test_a_core_that_is_wider_than_the_profile_says_makes_no_unit_quicker() -> None:
    assert value(priced({"core.width": [WIDTH * 1.2] * 5}), "load.throughput") == pytest.approx(2e9)


def test_a_rate_is_averaged_by_the_time_that_a_unit_took() -> None:
    found = priced({"dram.read_bandwidth": [1.0]} | {"core.width": [WIDTH, WIDTH / 3]})
    assert value(found, "core.width") == pytest.approx(WIDTH / 2)


def test_a_wrong_target_is_dearer_by_as_much_as_a_wrong_direction_was_seen_to_be() -> None:
    found = priced({"branch.mispredict_cost": [30.0] * 5})
    assert value(found, "indirect.mispredict_cost") == pytest.approx(25.0 * 1.5)


def test_a_call_waits_as_long_as_ever_on_a_shared_core() -> None:
    more = {"call.direct": profiles.quantity("ns", 1.0, cycles=3.0)}
    usual = msgspec.structs.replace(profile(), quantities=profile().quantities | more)
    samples = {"branch.taken.throughput": [0.5e9] * 5, "core.width": [WIDTH / 2] * 5}
    assert value(SpotPrices(usual, samples=samples).priced(), "call.direct") == pytest.approx(1.0)


def test_a_shared_core_and_a_price_that_moved_are_told() -> None:
    notes = SpotPrices(profile(), samples={"core.width": [WIDTH / 2] * 5, "dram.latency": [100.0, 200.0]}).notes()
    assert "50% of its width was left" in notes[0]
    assert "dram.latency moved by 2.00×" in notes[1]
