"""The noise of layout: the same program, with environments of several sizes, and how far its times lie apart."""

from __future__ import annotations

import pytest

from hwbench.experiment.layout import HASH_SEED, PADDING, SIZES, LayoutNoise, layout_noise, padded, spread_of
from hwbench.measure import processes
from hwbench.records import Command, Run

TRUE = Command(argv=("true",))


def test_each_layout_is_timed_in_turns_at_another_size_of_the_environment() -> None:
    seen: list[int] = []

    def time_one(command: Command, _prefix: object, _cpus: object) -> Run:
        seen.append(len(command.env[PADDING]))
        return Run(wall=1.0 + seen[-1] / 1000, user=0.0, system=0.0)

    found = layout_noise(TRUE, runs=2, time_one=time_one, sizes=(0, 100, 200))
    assert seen == [0, 100, 200] * 2
    assert found.seconds == ((1.0, 1.0), (1.1, 1.1), (1.2, 1.2))
    assert found.spread == pytest.approx(0.2 / 1.1)


def test_the_fastest_run_of_each_layout_counts() -> None:
    assert spread_of([[1.0, 9.0], [8.0, 1.0], [1.5, 1.5]]) == 0.5
    assert spread_of([[1.0]]) == spread_of([]) == spread_of([[0.0], [0.0]]) == 0.0
    assert LayoutNoise((0,), ((2.0,),), fixed=True).spread == 0.0


def test_a_hash_seed_that_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HASH_SEED, raising=False)
    assert padded(TRUE, 16, 3).env[HASH_SEED] == "3"
    monkeypatch.setenv(HASH_SEED, "7")
    assert HASH_SEED not in padded(TRUE, 16, 3).env
    assert len(padded(TRUE, 16, 3).env[PADDING]) == 16


def test_the_sizes_move_the_stack_within_a_page() -> None:
    assert all(size % 16 == 0 for size in SIZES)
    assert max(SIZES) < 4096
    assert len({size % 64 for size in SIZES}) > 1


def test_a_real_program_has_a_spread_that_is_a_number() -> None:
    found = layout_noise(TRUE, runs=1, time_one=lambda command, *_: processes.run(command, timeout=20).run)
    assert 0 <= found.spread < 100
    assert len(found.seconds) == len(SIZES)
