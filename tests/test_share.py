"""Threads on cores of their own: nothing is lost, nothing hangs, and each pair of CPUs is measured once."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog.rings import aligned_words
from hwbench.catalog.share import players
from hwbench.measure.bench import Bench, Samples
from hwbench.measure.pinning import Member, pinned, run_together, usable_cpus
from hwbench.probes.sharing import (
    Partner,
    Watched,
    Way,
    cheapest,
    one_way,
    other_core,
    pairs_of,
    sampled,
    sharing,
    siblings,
)
from hwbench.records import CoreFacts, CpuFacts, HostFacts, MemoryFacts, Quantity, Unavailable
from hwbench.stats import Estimate

if TYPE_CHECKING:
    from hwbench.native import Variant

TWO_CPUS = pytest.mark.skipif(len(usable_cpus()) < 2, reason="it takes two CPUs")
CAN_PIN = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot pin a thread")
HOST = HostFacts(
    name="made by hand",
    system="test",
    cpu=CpuFacts(architecture="test"),
    cores=(
        CoreFacts(cpu=0, core=0, siblings=(0, 1)),
        CoreFacts(cpu=1, core=0, siblings=(0, 1)),
        CoreFacts(cpu=2, core=1, siblings=(2,)),
    ),
    memory=MemoryFacts(total_bytes=1 << 30, available_bytes=1 << 30),
)


def way(first: int, second: int, ns: float) -> Way:
    estimate = Estimate(ns, ns, ns)
    return Way(first, second, estimate, estimate, (ns,))


def samples_of(count: int) -> Samples:
    numbers = np.arange(1.0, count + 1)
    return Samples("case", numbers, numbers * 1e9, numbers * 1e9, 1, 1)


def test_a_player_whose_partner_is_dead_gives_up_instead_of_hanging(variant: Variant) -> None:
    begins, answers = players(patience=1000)
    assert variant.bind("share_ping_pong", begins)(1 << 40) == 1
    assert variant.bind("share_ping_pong", begins)(1 << 40) == 0
    late_answer = variant.bind("share_ping_pong", answers)
    assert late_answer(1 << 40) == 1


def test_players_may_make_calls_of_unequal_length(variant: Variant) -> None:
    begins, answers = players(patience=1000)
    begin, answer = variant.bind("share_ping_pong", begins), variant.bind("share_ping_pong", answers)
    assert [begin(1), answer(3), begin(5), answer(1), begin(2)] == [1, 1, 1, 1, 1]
    assert begins[0][0] == 5


@CAN_PIN
def test_two_players_on_one_cpu_come_to_an_end(variant: Variant) -> None:
    cpu = usable_cpus()[0]
    begins, answers = players(patience=10_000)
    runs = [variant.bind("share_ping_pong", arguments) for arguments in (begins, answers)]
    spells = run_together([Member(cpu, lambda run=run: run(1 << 40)) for run in runs])  # type: ignore[misc]
    assert abs(int(spells[0].result) - int(spells[1].result)) <= 1  # type: ignore[call-overload]


@TWO_CPUS
def test_two_players_on_two_cpus_make_every_round(variant: Variant) -> None:
    runs = [variant.bind("share_ping_pong", arguments) for arguments in players(patience=1 << 34)]
    cpus = usable_cpus()
    spells = run_together([Member(cpu, lambda run=run: run(200)) for cpu, run in zip(cpus, runs, strict=False)])  # type: ignore[misc]
    assert [spell.result for spell in spells] == [200, 200]


def test_atomic_additions_of_two_threads_are_never_lost(variant: Variant) -> None:
    cells, cpus = aligned_words(4096), usable_cpus()
    add = variant.bind("share_add", (cells, 0))
    run_together([Member(cpus[0], lambda: add(100_000)), Member(cpus[-1], lambda: add(100_000))])
    assert cells[0] == 200_000


def test_a_partner_does_what_it_was_told_until_the_context_ends() -> None:
    done: list[str] = []

    def first() -> None:
        done.append("first")
        time.sleep(0.001)

    def second() -> None:
        done.append("second")
        time.sleep(0.001)

    with Partner(usable_cpus()[-1]) as partner:
        partner.take_up(first)
        partner.take_up(second)
        partner.take_up(None)
    count = len(done)
    time.sleep(0.01)
    assert {"first", "second"} == set(done)
    assert done == sorted(done)
    assert len(done) == count


@CAN_PIN
def test_a_refused_pin_is_a_reason_and_changes_nothing() -> None:
    before = os.sched_getaffinity(0)
    with pinned(100_000) as refusal:
        assert isinstance(refusal, Unavailable)
        assert os.sched_getaffinity(0) == before
    assert os.sched_getaffinity(0) == before


@CAN_PIN
def test_a_pin_ends_with_its_context_also_on_an_error() -> None:
    before = os.sched_getaffinity(0)

    def fail() -> None:
        with pinned(min(before)):
            assert os.sched_getaffinity(0) == {min(before)}
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        fail()
    assert os.sched_getaffinity(0) == before


def test_samples_during_which_the_partner_did_nothing_are_left_out() -> None:
    watched = Watched(lambda repeats: repeats, 0.5)
    idle = Watched(lambda repeats: 0, 0.5)
    idle(10)
    for _ in range(4):
        watched(10)
    watched._went_well = [*idle._went_well, *watched._went_well]
    kept = watched.good(samples_of(5))
    assert isinstance(kept, Samples)
    assert kept.ns.tolist() == [2, 3, 4, 5]


def test_a_partner_that_was_hardly_ever_there_is_a_reason() -> None:
    idle = Watched(lambda repeats: 0, 0.5)
    for _ in range(5):
        idle(10)
    assert isinstance(idle.good(samples_of(5)), Unavailable)


def test_each_pair_of_cpus_comes_once() -> None:
    assert pairs_of((0, 2, 5)) == [(0, 2), (0, 5), (2, 5)]
    assert pairs_of((3,)) == []


def test_many_cpus_are_sampled_evenly_with_both_ends() -> None:
    chosen = sampled(range(192), 32)
    assert len(set(chosen)) == 32
    assert (chosen[0], chosen[-1]) == (0, 191)
    assert sampled((4, 7), 32) == (4, 7)


def test_siblings_are_those_the_host_names() -> None:
    assert siblings(HOST, 0, 1)
    assert not siblings(HOST, 0, 2)
    assert not siblings(replace_cores(HOST), 0, 1)


def replace_cores(host: HostFacts) -> HostFacts:
    return HostFacts(name=host.name, system=host.system, cpu=host.cpu, memory=host.memory)


def test_the_partner_sits_on_another_core_where_there_is_one() -> None:
    assert other_core(HOST, (0, 1, 2)) == (2, None)
    cpu, caution = other_core(HOST, (0, 1))
    assert cpu == 1
    assert caution


def test_the_cheapest_way_is_between_cores_and_not_inside_one() -> None:
    best, caution = cheapest(HOST, [way(0, 1, 5), way(0, 2, 40), way(1, 2, 50)])
    assert (best.first, best.second, caution) == (0, 2, None)


def test_a_way_inside_one_core_is_given_with_a_caution_where_there_is_no_other() -> None:
    best, caution = cheapest(HOST, [way(0, 1, 5)])
    assert best.ns.value == 5
    assert caution


def test_with_one_cpu_what_takes_two_is_missing_with_the_reason(bench: Bench) -> None:
    alone = replace(bench, cpus=bench.cpus[:1])
    found = {one.name: one.quantity for one in sharing(alone, {}) if one.quantity is not None}
    assert found["atomic.uncontended"].is_available
    for name in ("atomic.contended", "false_sharing.penalty", "core_to_core.latency"):
        assert "two CPUs" in (found[name].unavailable or "")


@CAN_PIN
def test_a_cpu_that_cannot_be_pinned_to_gives_no_way_but_a_reason(bench: Bench) -> None:
    refused = one_way(bench, bench.cpus[0], 100_000, 0.01)
    assert isinstance(refused, Unavailable)
    assert "100000" in refused.reason


@TWO_CPUS
@CAN_PIN
def test_the_sharing_probe_finds_a_value_or_a_reason_for_all_that_it_declares(bench: Bench) -> None:
    threads = threading.active_count()
    found = list(sharing(bench, {}))
    quantities: dict[str, Quantity] = {one.name: one.quantity for one in found if one.quantity is not None}
    assert set(quantities) == {
        "atomic.uncontended",
        "atomic.contended",
        "false_sharing.penalty",
        "core_to_core.latency",
    }
    assert all(quantity.is_available or quantity.unavailable for quantity in quantities.values())
    assert threading.active_count() == threads
    way_found = quantities["core_to_core.latency"]
    if way_found.is_available:
        assert next(one.curve for one in found if one.name == "core_to_core")
        # A line that goes to another core and comes back costs more than a read-modify-write of one that stays.
        assert 2 * (way_found.value or 0) > (quantities["atomic.uncontended"].low or 0)
