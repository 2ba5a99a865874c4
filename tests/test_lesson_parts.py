"""What lessons are made of: prices, claims in the text, sources cut into exercises, the timing of turns."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hwbench import lessons
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.evidence import building
from hwbench.lessons import checking, exercises, languages, measuring, running, text
from hwbench.lessons import today as pricing
from hwbench.lessons.kit import Case, Missing, Prediction, Seen, doubling
from hwbench.lessons.prices import Here, Item, Prices, Sizes, longest, roof_of, sizes_of
from hwbench.profile import store
from hwbench.records import LessonClaim, MachineProfile, Quantity, Spot, Unavailable

PROFILE = Path(__file__).parent / "data" / "profile.json"
KIB, MIB, GIB = 1024, 1024**2, 1024**3


def profile_with(**values: Quantity) -> MachineProfile:
    named = {name.replace("__", "."): quantity for name, quantity in values.items()}
    return msgspec.structs.replace(store.read(PROFILE), quantities=named, curves={})


# ── prices ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_price_in_ns_is_taken_as_it_is_and_a_rate_is_turned_over() -> None:
    prices = Prices(
        profile_with(
            l2__latency=Quantity(unit="ns", value=4.0, low=3.5, high=5.0),
            core__width=Quantity(unit="op/s", value=4e9, low=2e9, high=5e9),
        )
    )
    load = prices.item("loads", "l2.latency", 2)
    assert (load.ns, load.low_ns, load.high_ns) == (8.0, 3.5, 5.0)
    work = prices.instructions(8)
    assert work.ns == pytest.approx(2.0)
    assert (work.low_ns, work.high_ns) == (pytest.approx(0.2), pytest.approx(0.5))


def test_what_a_profile_lacks_is_missing_with_its_reason() -> None:
    prices = Prices(profile_with(fsync__cost=Quantity(unit="ns", unavailable="the disk is read-only")))
    with pytest.raises(Missing, match="the disk is read-only"):
        prices["fsync.cost"]
    with pytest.raises(Missing, match="does not have it"):
        prices["no.such"]
    assert not prices.has("fsync.cost")


def test_a_load_is_priced_between_the_points_of_the_curve_on_log_scales() -> None:
    bare = profile_with()
    curve = tuple({"bytes": float(size), "ns": ns} for size, ns in ((1024, 1.0), (4096, 4.0)))
    prices = Prices(msgspec.structs.replace(bare, curves={"latency_base": curve}))
    assert prices.load(2048).price_ns == pytest.approx(2.0)
    assert prices.load(16).price_ns == 1.0
    assert prices.load(1 << 30).price_ns == 4.0
    with pytest.raises(Missing):
        prices.load(2048, curve="latency_huge")


def test_what_takes_longest_hides_the_rest() -> None:
    first, second = Item("a", 4, 1.0, 1.0, 1.0), Item("b", 1, 3.0, 3.0, 3.0)
    assert longest(first, second) == (first,)


def test_a_prediction_is_the_ratio_of_its_sums_and_its_bounds_cross() -> None:
    foretold = Prediction(slow=(Item("a", 2, 10.0, 8.0, 12.0),), fast=(Item("b", 1, 4.0, 2.0, 5.0),))
    assert foretold.ratio == 5.0
    assert foretold.bounds == (16 / 5, 24 / 2)


def test_a_price_of_nothing_predicts_nothing_and_a_bound_of_nothing_bounds_nothing() -> None:
    nothing = Item("a", 1, 0.0, 0.0, 0.0)
    with pytest.raises(Missing, match="at nothing"):
        _ = Prediction(slow=(nothing,), fast=(nothing,)).ratio
    half = Prediction(slow=(Item("a", 1, 2.0, 0.0, 3.0),), fast=(Item("b", 1, 1.0, 0.0, 2.0),))
    assert half.bounds == (0.0, float("inf"))


def test_points_of_a_curve_that_stand_on_no_log_scale_are_left_out() -> None:
    points = ({"ns": 1.0}, {"bytes": 0.0, "ns": 2.0}, {"bytes": 64.0, "ns": 1.0}, {"bytes": 128.0, "ns": 3.0})
    prices = Prices(msgspec.structs.replace(profile_with(), curves={"latency_base": points}))
    assert prices.load(64).price_ns == 1.0


def test_sizes_fit_half_of_each_measured_level_and_far_fits_none() -> None:
    sizes = sizes_of(store.read(PROFILE), 16 * GIB)
    assert sizes.l1 == 16 * KIB
    assert sizes.l1 < sizes.l2 < (sizes.last or 0) < sizes.far
    assert sizes.far >= 64 * MIB


def test_a_machine_of_little_memory_gets_a_smaller_far_and_one_without_a_third_level_none() -> None:
    profile = profile_with(l1d__capacity=Quantity(unit="B", value=32 * KIB), l2__capacity=Quantity(unit="B", value=MIB))
    sizes = sizes_of(profile, 512 * MIB)
    assert sizes.last is None
    assert 2 * MIB <= sizes.far <= 32 * MIB


# ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_claim_that_does_not_hold_here_says_so_in_the_text() -> None:
    claims = (
        LessonClaim(name="one", says="s", here="64 B", holds=True),
        LessonClaim(name="two", says="s", here="×1.1", holds=False),
        LessonClaim(name="three", says="", here="it has not been run"),
    )
    shown = text.shown("A. [[one]] B. [[two]] C. [[three]]", claims)
    assert shown == "A. *(here: 64 B)* B. **(NOT so here: ×1.1)** C. *(see the run below)*"


def test_a_claim_that_only_a_run_can_tell_is_not_judged_before_it() -> None:
    lesson = lessons.load("pointer_chasing")
    here = Here(Prices(store.read(PROFILE)), Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))
    told = {claim.name: claim for claim in text.judged(lesson, Seen(here))}
    assert told["far_ratio"].holds is True
    assert told["python_hides"].holds is None


def test_an_unknown_lesson_is_told_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="did you mean pointer_chasing"):
        lessons.load("pointer_chase")


# ── exercises ─────────────────────────────────────────────────────────────────────────────────────────────────────────

C_SOURCE = """/* What the file is about. */
#include "lesson.h"

enum { WORDS = 8 };

static int64_t helper(int64_t x)
{
    return x + 1;
}

/* Slowly. */
LESSON int64_t crawl(const int64_t *a, int64_t n)
{
    int64_t t = 0;
    for (int64_t i = 0; i < n; i++) {
        t += helper(a[i]);
    }
    return t;
}

/* Fast. */
LESSON int64_t run(const int64_t *a,
                   int64_t n)
{
    return a[0] * n;
}
"""


def test_declarations_are_read_from_the_source_itself() -> None:
    assert languages.declarations(C_SOURCE) == (
        "int64_t crawl(const int64_t *a, int64_t n);\nint64_t run(const int64_t *a, int64_t n);\n"
    )


def test_a_starter_in_c_keeps_one_function_renamed_with_all_that_it_needs() -> None:
    begun = exercises.cut_c(C_SOURCE, {"crawl": "solve"})
    assert begun.startswith("/* What the file is about. */")
    assert "LESSON int64_t solve(const int64_t *a, int64_t n)" in begun
    assert "/* Slowly. */" in begun
    assert "helper" in begun
    assert "Fast" not in begun
    assert "run" not in begun
    solved = exercises.cut_c(C_SOURCE, {"run": "solve"})
    assert "return a[0] * n;" in solved
    assert "Slowly" not in solved


def test_a_function_that_the_solution_calls_stays_with_it() -> None:
    source = C_SOURCE.replace("return a[0] * n;", "return crawl(a, 1) * n;")
    solved = exercises.cut_c(source, {"run": "solve"})
    assert "static int64_t crawl(" in solved
    assert solved.count("LESSON") == 1


def test_a_starter_in_python_keeps_what_its_function_reaches() -> None:
    source = (
        '"""About."""\n\nN = 3\n\n\ndef arguments(function, given):\n    return given\n\n\ndef part(x):\n    return x\n\n\n'
        "def slow(x):\n    return part(x) + N\n\n\ndef fast(x):\n    return x + N\n"
    )
    begun = exercises.cut_python(source, {"slow": "solve"})
    assert "def solve(x):\n    return part(x) + N" in begun
    assert "def part" in begun
    assert "arguments" not in begun
    assert "fast" not in begun
    compile(begun, "solution.py", "exec")


def test_a_solution_faster_than_its_input_can_be_read_is_refused() -> None:
    case = Case("solve", (), work=1000.0, least_bytes=8_000_000.0)
    least = 8_000_000 / 1e11 * 1e9 / 1000
    checking.check_roof(case, [least] * 5, 1e11)
    checking.check_roof(case, [least / 3] * 5, None)
    with pytest.raises(checking.Wrong, match="faster than this machine"):
        checking.check_roof(case, [least / 3] * 5, 1e11)


def test_the_roof_of_another_machine_is_none_here() -> None:
    here = Here(Prices(store.read(PROFILE)), Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))
    assert roof_of(here) is None
    own = msgspec.structs.replace(
        here.prices.profile, host=msgspec.structs.replace(here.prices.profile.host, name=store.this_host())
    )
    assert roof_of(dataclasses.replace(here, prices=Prices(own))) == here.prices["l1d.read_bandwidth"]


class Anything:
    """An object that says of itself that it equals all others."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_what_is_no_number_equals_none() -> None:
    for given in ([], np.zeros(0), Anything(), "5", None):
        assert not measuring.same(5, given)
        assert not measuring.same(5.0, given)


def test_what_a_solution_says_is_told_on_one_short_line() -> None:
    assert checking.brief("a\n\x1b[31mb") == "a [31mb"
    assert len(checking.brief(list(range(100_000)))) <= checking.LONGEST
    assert len(checking.brief("word " * 1000)) <= checking.LONGEST


def test_a_watch_sees_a_name_that_was_changed_and_a_thread_that_was_left() -> None:
    """In a process of its own: what listens to a process cannot be taken out again."""
    script = (
        "import sys, time, threading, types\n"
        "from hwbench.lessons.watching import Watch\n"
        "mine = types.ModuleType('mine'); mine.now = time.time\n"
        "watch = Watch((mine,)); watch.begin(); print([watch.trouble()])\n"
        "kept, mine.now = mine.now, None; print([watch.trouble()]); mine.now = kept\n"
        "stop = threading.Event(); one = threading.Thread(target=stop.wait); one.start()\n"
        "print([watch.trouble()]); stop.set(); one.join()\n"
        "sys._getframe(); print([watch.trouble()])\n"
        "watch.is_listening = True; sys._getframe(); watch.is_listening = False; print([watch.trouble()])\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "['']",
        "['it changes mine.now, which judges it']",
        "['it leaves threads at work between the calls']",
        "['']",
        "['it looks into what judges it (sys._getframe)']",
    ]


def test_a_solve_that_does_its_work_while_the_input_is_laid_out_is_refused() -> None:
    case = Case("solve", (), work=1000.0)
    checking.check_does_something(case, [1000.0] * 5)  # a millisecond
    with pytest.raises(checking.Wrong, match="a call of nothing"):
        checking.check_does_something(case, [1e-6] * 5)


# ── timing, without a clock ───────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """A clock that a case moves by what it is said to take."""

    def __init__(self) -> None:
        self.time = 0

    def __call__(self) -> int:
        return self.time


class Told:
    """A language in which a function of that name takes so many ns."""

    def __init__(self, clock: Clock, **ns: int) -> None:
        self.clock, self.ns = clock, ns

    def bind(self, case: Case):  # type: ignore[no-untyped-def]
        def call() -> int:
            self.clock.time += self.ns[case.function]
            return 7

        return call


def test_the_ratio_is_of_a_unit_of_work_and_exact_on_an_exact_clock() -> None:
    clock = Clock()
    cases = {"slow": Case("a", (), work=2.0), "fast": Case("b", (), work=1.0)}
    acts = measuring.bind(Told(clock, a=6_000, b=1_000), cases, (0,), clock)
    measuring.take_turns(list(acts.values()), 0.05, clock)
    found = measuring.ratio(acts["slow"], acts["fast"])
    assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)
    assert acts["slow"].calls * 6_000 >= measuring.STRETCH_NS * 0.8
    assert measuring.noise(acts["fast"], acts["fast"]) == 1.0
    assert measuring.timed(acts["slow"]).ns.value == 3_000


def test_a_case_that_is_prepared_before_each_sample_is_called_once_a_sample() -> None:
    clock, prepared = Clock(), itertools.count()
    case = Case("a", (), work=1.0, before=lambda: next(prepared))
    acts = measuring.bind(Told(clock, a=10), {"slow": case}, (0,), clock)
    measuring.take_turns(list(acts.values()), 0.0, clock)
    assert acts["slow"].calls == 1
    assert next(prepared) == 1 + measuring.LEAST_ROUNDS


def test_a_rate_beyond_the_roof_and_a_stretch_too_short_are_told() -> None:
    clock = Clock()
    case = Case("a", (), work=1.0, before=lambda: None, least_bytes=1e6)
    acts = measuring.bind(Told(clock, a=100), {"slow": case}, (0,), clock)
    measuring.take_turns(list(acts.values()), 0.0, clock)
    assert measuring.beyond_roof(acts["slow"], 1e11)
    assert not measuring.beyond_roof(acts["slow"], 1e14)
    assert measuring.too_short(acts["slow"], 1.0)
    assert not measuring.too_short(acts["slow"], 0.01)


def test_results_are_the_same_up_to_the_order_of_their_sums() -> None:
    assert measuring.same(3, np.int64(3))
    assert not measuring.same(3, 4)
    assert measuring.same(1.0, 1.0 + 1e-9)
    assert not measuring.same(1.0, 1.001)


def test_doubling_goes_from_the_least_to_the_most() -> None:
    assert doubling(4, 32) == [4, 8, 16, 32]
    assert doubling(4, 8, 2) == [4, pytest.approx(4 * 2**0.5), 8]


# ── runs that cannot be ───────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_compiler_the_numba_twin_is_judged_and_the_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Unavailable(reason="there is no C compiler (cc, gcc, clang)", remedy="apt-get install gcc")
    monkeypatch.setattr("hwbench.evidence.building.find_compiler", lambda: absent)
    monkeypatch.setattr(running, "sizes_of", lambda *_: Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))
    made = running.run("pointer_chasing", running.today_of(store.read(PROFILE)), running.Wish(scale=0.1))
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
    made = running.run("pointer_chasing", running.today_of(store.read(PROFILE)), running.Wish(language="c", scale=0.01))
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
        "pointer_chasing", running.today_of(store.read(PROFILE)), running.Wish(language="c", sweep=True, scale=0.01)
    )
    assert made.sweep is not None
    assert made.sweep.points == ()
    assert any("not enough memory" in note for note in made.notes)


def test_a_lesson_that_is_not_priced_is_listed_as_not_applying(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lessons.load("pointer_chasing")

    def unpriced(here: Here) -> Prediction:
        raise Missing("no.such was not measured")

    monkeypatch.setattr(running, "load", lambda _: dataclasses.replace(lesson, predict=unpriced))
    (listed,) = running.listed(store.read(PROFILE), ["pointer_chasing"]).lessons
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
        running.run("pointer_chasing", running.today_of(store.read(PROFILE)), running.Wish(scale=0.01))


def test_a_case_that_this_machine_cannot_lay_out_leaves_the_language_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lessons.load("pointer_chasing")

    def refused(here: Here, random: np.random.Generator):  # type: ignore[no-untyped-def]
        raise Missing("the kernel refuses huge pages")

    monkeypatch.setattr(running, "load", lambda _: dataclasses.replace(lesson, cases=refused))
    with pytest.raises(CouldNotMeasure, match=r"in no language here.*refuses huge pages"):
        running.run("pointer_chasing", running.today_of(store.read(PROFILE)), running.Wish(scale=0.01))
    bare = dataclasses.replace(lesson, exercise=dataclasses.replace(lesson.exercise, inputs=refused))
    with pytest.raises(CouldNotMeasure, match="cannot be done here: the kernel refuses"):
        exercises.inputs(bare, running.here_of(store.read(PROFILE)), 1)


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
    profile = store.read(PROFILE)
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
    made = running.run("pointer_chasing", running.today_of(store.read(PROFILE)), running.Wish(language="c", scale=0.01))
    assert made.notes == (told[0], told[2])
