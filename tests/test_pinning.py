"""Threads are pinned where that is allowed, and a refusal or an error of one of them is told."""

from __future__ import annotations

import os
import threading

import pytest

from hwbench.measure import pinning
from hwbench.measure.pinning import Member, pin, pinned, run_together, usable_cpus
from hwbench.records import Unavailable

CAN_PIN = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot pin a thread")


@pytest.fixture
def no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)


def refuse(_pid: int, _cpus: set[int]) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.usefixtures("no_call")
def test_a_system_that_cannot_pin_says_so_and_names_all_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert usable_cpus() == (0, 1, 2)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cpus() == (0,)
    assert pin(0) == Unavailable(reason="this system cannot pin a thread to a CPU")
    with pinned(0) as refusal:
        assert refusal == pin(0)


@pytest.mark.usefixtures("no_call")
def test_a_team_runs_also_where_it_cannot_be_pinned() -> None:
    assert [spell.result for spell in run_together([Member(0, lambda: 1), Member(1, lambda: 2)])] == [1, 2]


@CAN_PIN
def test_usable_cpus_are_those_of_the_affinity_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5, 2, 9})
    assert usable_cpus() == (2, 5, 9)


@CAN_PIN
def test_a_refused_pin_names_the_cpu_the_reason_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    refused = pin(3)
    assert refused == Unavailable(
        reason="pinning to CPU 3 was refused (Operation not permitted)",
        remedy="choose one of the CPUs in: hwbench doctor",
    )
    with pinned(3) as refusal:
        assert refusal == refused


@CAN_PIN
def test_a_pin_holds_inside_its_context_only_also_after_an_error() -> None:
    before, last = os.sched_getaffinity(0), usable_cpus()[-1]
    with pinned(last) as refusal:
        assert refusal is None
        assert os.sched_getaffinity(0) == {last}
    assert os.sched_getaffinity(0) == before
    with pytest.raises(ZeroDivisionError), pinned(last):
        raise ZeroDivisionError
    assert os.sched_getaffinity(0) == before


@CAN_PIN
def test_each_member_runs_in_a_thread_of_its_own_on_its_cpu() -> None:
    cpus, before = usable_cpus()[:2], os.sched_getaffinity(0)
    spells = run_together([Member(cpu, lambda: (os.sched_getaffinity(0), threading.get_ident())) for cpu in cpus])
    assert [spell.result[0] for spell in spells] == [{cpu} for cpu in cpus]  # type: ignore[index]
    assert len({spell.result[1] for spell in spells} | {threading.get_ident()}) == len(cpus) + 1  # type: ignore[index]
    assert os.sched_getaffinity(0) == before


def test_acts_begin_when_all_have_arrived_and_their_spells_are_timed() -> None:
    here, both = usable_cpus()[0], threading.Barrier(2)
    ticks = iter(range(100))
    spells = run_together([Member(here, lambda: both.wait(20)) for _ in range(2)], now=lambda: next(ticks))
    assert sorted(moment for spell in spells for moment in (spell.started, spell.ended)) == [0, 1, 2, 3]
    assert all(spell.started < spell.ended for spell in spells)


def test_the_error_of_a_member_is_raised_after_all_have_ended() -> None:
    ended: list[str] = []

    def fail() -> None:
        raise LookupError("of one")

    here = usable_cpus()[0]
    with pytest.raises(LookupError, match="of one"):
        run_together([Member(here, fail), Member(here, lambda: ended.append("other"))])
    assert ended == ["other"]


def test_an_interruption_of_a_member_is_raised_too() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_together([Member(usable_cpus()[0], interrupt)])


def test_a_refused_pin_of_a_member_does_not_keep_it_from_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinning, "pin", lambda _: Unavailable(reason="refused"))
    assert [spell.result for spell in run_together([Member(0, lambda: "ran")])] == ["ran"]
