"""Runs of lessons: what cannot be had is left out and said, and prices are those of this minute."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import pytest
from lesson_profiles import profile_with, recorded

from hwbench import lessons
from hwbench.errors import CouldNotMeasure
from hwbench.evidence import building
from hwbench.lessons import exercises, running
from hwbench.lessons import today as pricing
from hwbench.lessons.kit import Case, Missing, Prediction
from hwbench.lessons.prices import Here, Sizes
from hwbench.profile import store
from hwbench.records import MachineProfile, Spot, Unavailable

KIB, MIB, GIB = 1024, 1024**2, 1024**3


def test_without_a_compiler_the_numba_twin_is_judged_and_the_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Unavailable(reason="there is no C compiler (cc, gcc, clang)", remedy="apt-get install gcc")
    monkeypatch.setattr("hwbench.evidence.building.find_compiler", lambda: absent)
    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))
    made = running.run("pointer_chasing", running.today_of(recorded()), running.Wish(scale=0.1))
    assert made.language == "numba"
    assert any("there is no C compiler" in note for note in made.notes)
    assert {twin.language: bool(twin.unavailable) for twin in made.twins} == {
        "c": True,
        "numba": False,
        "python": False,
    }


def test_where_there_is_no_other_compiler_the_one_that_was_fetched_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetched = tmp_path / "bin" / "zig-cc"
    fetched.parent.mkdir()
    fetched.write_text("#!/bin/sh\n")
    fetched.chmod(0o755)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(building.sys, "prefix", str(tmp_path))
    assert building.find_compiler() == [str(fetched)]
    fetched.unlink()
    assert "no C compiler" in str(building.find_compiler())


def test_a_pin_that_was_refused_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    import contextlib

    @contextlib.contextmanager
    def refused(_: int):  # type: ignore[no-untyped-def]
        yield Unavailable(reason="pinning was refused")

    monkeypatch.setattr(running, "pinned", refused)
    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, MIB))
    made = running.run("pointer_chasing", running.today_of(recorded()), running.Wish(language="c", scale=0.01))
    assert made.conditions is not None
    assert made.conditions.pinned_cpu is None


def test_a_sweep_that_runs_out_of_memory_loses_its_points_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lessons.load("pointer_chasing")

    def too_much(here: Here, value: float, random: np.random.Generator):  # type: ignore[no-untyped-def]
        raise MemoryError

    sweep = dataclasses.replace(lesson.sweep, cases=too_much)
    monkeypatch.setattr(running, "load", lambda _: dataclasses.replace(lesson, sweep=sweep))
    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, MIB))
    made = running.run(
        "pointer_chasing", running.today_of(recorded()), running.Wish(language="c", sweep=True, scale=0.01)
    )
    assert made.sweep is not None
    assert made.sweep.points == ()
    assert any("not enough memory" in note for note in made.notes)


def test_a_lesson_that_is_not_priced_is_listed_as_not_applying(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lessons.load("pointer_chasing")

    def unpriced(here: Here) -> Prediction:
        raise Missing("no.such was not measured")

    monkeypatch.setattr(running, "load", lambda _: dataclasses.replace(lesson, predict=unpriced))
    (listed,) = running.listed(recorded(), ["pointer_chasing"]).lessons
    assert (listed.applies, listed.why_not) == (False, "no.such was not measured")


def test_a_lesson_that_does_not_apply_says_what_was_not_measured() -> None:
    with pytest.raises(CouldNotMeasure, match="sequential_latency was not measured"):
        running.run("pointer_chasing", running.today_of(profile_with()), running.Wish())


def test_twins_of_unequal_results_are_void(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lessons.load("pointer_chasing")

    def unequal(here: Here, random: np.random.Generator):  # type: ignore[no-untyped-def]
        made = lesson.cases(here, random)
        shorter = made["fast"].arguments[0], made["fast"].arguments[1] - 1
        return {**made, "fast": Case("walk", shorter, made["fast"].work)}

    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, MIB))
    monkeypatch.setattr(running, "load", lambda _: dataclasses.replace(lesson, cases=unequal))
    with pytest.raises(CouldNotMeasure, match="do not give the same result"):
        running.run("pointer_chasing", running.today_of(recorded()), running.Wish(scale=0.01))


def test_a_case_that_this_machine_cannot_lay_out_leaves_the_language_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lessons.load("pointer_chasing")

    def refused(here: Here, random: np.random.Generator):  # type: ignore[no-untyped-def]
        raise Missing("the kernel refuses huge pages")

    monkeypatch.setattr(running, "load", lambda _: dataclasses.replace(lesson, cases=refused))
    with pytest.raises(CouldNotMeasure, match=r"in no language here.*refuses huge pages"):
        running.run("pointer_chasing", running.today_of(recorded()), running.Wish(scale=0.01))
    bare = dataclasses.replace(lesson, exercise=dataclasses.replace(lesson.exercise, inputs=refused))
    with pytest.raises(CouldNotMeasure, match="cannot be done here: the kernel refuses"):
        exercises.inputs(bare, running.here_of(recorded()), 1)


class Moving:
    """Prices that are another time by time, in place of those that are measured."""

    def __init__(self, profile: MachineProfile) -> None:
        self.profile, self.taken = profile, 0

    def prepare(self) -> None:
        pass

    def take(self) -> None:
        self.taken += 1

    def spots(self) -> tuple[Spot, ...]:
        return (
            (Spot(name="dram.latency", unit="ns", samples=(2.0,), low=2.0, high=2.0, value=2.0),) if self.taken else ()
        )

    def priced(self) -> MachineProfile:
        dearer = {n: msgspec.structs.replace(q, value=(q.value or 0) * 2) for n, q in self.profile.quantities.items()}
        return msgspec.structs.replace(self.profile, quantities=dearer)

    def notes(self) -> tuple[str, ...]:
        return (f"taken {self.taken} times",)


def test_a_lesson_is_foretold_at_the_prices_of_this_minute_where_the_profile_is_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pricing, "SpotPrices", Moving)
    profile = recorded()
    other = pricing.today(profile, 0)
    assert other.profile is profile
    assert other.after() == ("taken 0 times",)
    own = msgspec.structs.replace(profile, host=msgspec.structs.replace(profile.host, name=store.this_host()))
    now = pricing.today(own, 0)
    assert now.profile["l1d.latency"].value == 2 * (own["l1d.latency"].value or 0)
    assert now.after() == (f"taken {pricing.TAKEN + pricing.TAKEN_AFTER} times",)


def test_of_prices_that_moved_only_those_are_told_that_the_lesson_was_reckoned_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = ("prefetch.sequential_latency moved by 2×", "fsync.cost moved by 2×", "someone worked on the other thread")
    monkeypatch.setattr(pricing, "SpotPrices", Moving)
    monkeypatch.setattr(Moving, "notes", lambda _: told)
    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, MIB))
    made = running.run("pointer_chasing", running.today_of(recorded()), running.Wish(language="c", scale=0.01))
    assert made.notes == (told[0], told[2])
