"""Toggles: the runs are taken in turns, and one that did not take hold is no toggle."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import msgspec
import pytest
from fakes import fake_host
from toggling import TRUE, never, ran

from hwbench.errors import CouldNotMeasure
from hwbench.experiment.switch import Change, Setting, Switch
from hwbench.experiment.toggles import comparable, effect_of, for_cause, measure, measure_each, switches
from hwbench.records import CAUSES, Command, Run, Toggle, Unavailable
from hwbench.stats import ratio_of_medians


def switch_of(change: Change | Unavailable, **more: object) -> Switch:
    @contextlib.contextmanager
    def apply(_command: Command) -> Iterator[Change | Unavailable]:
        yield change

    return Switch("fake", "cache", "removes", "it is said so", apply, **more)  # type: ignore[arg-type]


USUAL = Setting(TRUE)
TOGGLED = Setting(Command(argv=("true",), env={"TOGGLED": "1"}), ("prefix",), (3,))


def test_usual_and_toggled_runs_are_taken_in_turns_and_kept_raw() -> None:
    seen, walls = [], iter([4.0, 1.0, 5.0, 2.0, 6.0, 3.0])

    def time_one(command: Command, prefix: tuple[str, ...], cpus: tuple[int, ...] | None) -> Run:
        seen.append((command.env.get("TOGGLED"), prefix, cpus))
        return ran(next(walls))

    toggle = measure(switch_of(Change(USUAL, TOGGLED)), TRUE, "b", 10, runs=3, time_one=time_one)
    assert seen == [(None, (), None), ("1", ("prefix",), (3,))] * 3
    assert toggle == Toggle(
        name="fake", cause="cache", effect="removes", side="b", n=10, usual=(4.0, 5.0, 6.0), toggled=(1.0, 2.0, 3.0)
    )


def test_what_a_toggled_run_needs_is_held_around_it_alone() -> None:
    held: list[bool] = [False]

    @contextlib.contextmanager
    def around() -> Iterator[None]:
        held[0] = True
        yield
        held[0] = False

    def time_one(command: Command, _prefix: object, _cpus: object) -> Run:
        assert held[0] == bool(command.env)
        return ran(1.0)

    assert len(measure(switch_of(Change(USUAL, TOGGLED, around)), TRUE, "a", runs=4, time_one=time_one).toggled) == 4
    assert not held[0]


def test_a_switch_that_is_not_to_be_had_runs_nothing_and_tells_why() -> None:
    lacking = Unavailable(reason="no such thing", remedy="buy one")
    toggle = measure(switch_of(lacking), TRUE, "a", 5, time_one=never)
    assert (toggle.unavailable, toggle.remedy, toggle.usual, toggle.n) == ("no such thing", "buy one", (), 5)
    assert effect_of(toggle) is None


def test_a_change_that_did_not_take_hold_is_no_toggle() -> None:
    def check(usual: Callable[[], Run], toggled: Callable[[], Run]) -> Unavailable | None:
        return Unavailable(reason="nothing became huge") if usual() == toggled() else None

    toggle = measure(switch_of(Change(USUAL, TOGGLED, check=check)), TRUE, "a", time_one=lambda *_: ran(1.0))
    assert toggle.unavailable == "nothing became huge"
    assert toggle.usual == ()


def test_a_program_that_fails_when_toggled_makes_the_toggle_unavailable_in_one_line() -> None:
    def time_one(command: Command, _prefix: object, _cpus: object) -> Run:
        if command.env:
            raise CouldNotMeasure("it was killed by SIGSEGV")
        return ran(1.0)

    toggle = measure(switch_of(Change(USUAL, TOGGLED)), TRUE, "a", time_one=time_one)
    assert toggle.unavailable == "the toggled program could not be run (it was killed by SIGSEGV)"


def test_a_program_that_is_not_there_makes_the_toggle_unavailable() -> None:
    toggle = measure(switch_of(Change(USUAL, TOGGLED)), Command(argv=("not-there-at-all",)), "a", time_one=never)
    assert "is not there" in str(toggle.unavailable)


def test_no_turn_is_begun_when_patience_is_at_an_end_but_two_are_taken() -> None:
    toggle = measure(switch_of(Change(USUAL, TOGGLED)), TRUE, "a", runs=9, patience=0.0, time_one=lambda *_: ran(1.0))
    assert len(toggle.usual) == len(toggle.toggled) == 2


def test_each_quantity_of_a_switch_is_a_toggle_from_the_same_runs() -> None:
    switch = switch_of(Change(USUAL, TOGGLED), quantities=("cpu", "wall"))
    by_setting = {True: ran(1.5, user=1.4, system=0.1), False: ran(1.0, user=1.8, system=0.2)}
    cpu, wall = measure_each(switch, TRUE, "b", runs=1, time_one=lambda command, *_: by_setting[bool(command.env)])
    assert (cpu.name, cpu.usual, cpu.toggled) == ("fake (time on CPUs)", (1.0,), (0.75,))
    assert (wall.name, wall.usual, wall.toggled) == ("fake", (1.0,), (1.5,))
    assert (
        len(measure_each(switch_of(Unavailable(reason="no"), quantities=("cpu", "wall")), TRUE, "b", time_one=never))
        == 1
    )


def test_user_time_leaves_out_what_the_system_did_and_is_shared_by_threads() -> None:
    assert comparable(ran(2.0, 1.0, 1.0), ran(1.1, 0.9, 0.2), "user") == (1.0, 0.9)
    assert comparable(ran(1.0, 2.0, 0.0), ran(1.0, 1.5, 0.0), "user") == (1.0, 1.0)
    assert comparable(ran(1.0), ran(2.0), "cpu") == (1.0, 2.0)


def test_what_others_took_from_a_single_thread_is_not_its_time() -> None:
    disturbed = msgspec.structs.replace(ran(3.0, 1.0), queued=1.5)
    assert comparable(disturbed, ran(1.0, 1.0), "wall") == (1.5, 1.0)


def test_the_effect_is_the_ratio_of_the_medians_with_its_interval() -> None:
    toggle = Toggle(name="x", cause="tlb", effect="removes", side="a", usual=(4.0, 4.0, 4.0), toggled=(2.0, 2.0, 2.0))
    assert effect_of(toggle) == (2.0, 2.0, 2.0)


def test_a_ratio_of_medians_lies_within_what_the_extremes_allow() -> None:
    found = ratio_of_medians([1.0, 3.0, 9.0], [2.0, 2.0, 4.0])
    assert found.value == 1.5
    assert 0.25 <= found.low <= 1.5 <= found.high <= 4.5
    assert ratio_of_medians([6.0], [3.0]) == (2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="positive"):
        ratio_of_medians([1.0], [0.0])
    with pytest.raises(ValueError, match="positive"):
        ratio_of_medians([], [1.0])


def test_switches_have_names_of_their_own_known_causes_and_a_reason() -> None:
    found = switches(fake_host())
    assert len({switch.name for switch in found}) == len(found)
    assert {switch.cause for switch in found} <= set(CAUSES)
    assert all(switch.why and switch.effect in {"removes", "adds"} for switch in found)
    assert [switch.effect for switch in for_cause("tlb", fake_host())] == ["removes", "adds"]
    assert for_cause("algorithm", fake_host()) == ()
