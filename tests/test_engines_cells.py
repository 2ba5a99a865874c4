"""Cells from what workers told, how they grow and compare: pure, with made-up tellings."""

from __future__ import annotations

import json
import math
import signal
import sys

import pytest

from hwbench.engines import cells, growing
from hwbench.engines.cells import Limits, Told
from hwbench.engines.operations import OPERATIONS, operation_named
from hwbench.engines.subjects import Subject, lines_of
from hwbench.errors import UsageError
from hwbench.measure.processes import Ended
from hwbench.records import Interval, Run
from hwbench.records.study import Cell

SUBJECT = Subject("turso", "hwbench.engines.adapters.turso:Turso")
COUNT, INSERT = operation_named("count"), operation_named("insert")
ENGINE = {"what": "engine", "version": "1.2", "binary_bytes": 77}
LOADED = {"what": "loaded", "seconds": 0.5, "idle_bytes": 10, "disk_bytes": 20}
RIGHT = {"what": "answer", "right": True, "durable": None, "seconds": 0.004}
DONE = {"what": "done", "peak_bytes": 30}
SAMPLES = [{"what": "sample", "seconds": seconds} for seconds in (0.003, 0.001, 0.002)]


def ended(status: int = 0, *, timed_out: bool = False, errors: str = "") -> Ended:
    return Ended(Run(wall=1.0, user=1.0, system=0.0), status, timed_out=timed_out, errors=errors)


def cell_of(lines: list[dict[str, object]], how: Ended, operation: object = COUNT) -> Cell:
    return cells.cell_of(SUBJECT, operation, 1000, Told(lines), how, Limits(1.0, 5.0))  # type: ignore[arg-type]


def timed(n: int, seconds: float, engine: str = "turso", operation: str = "count", **more: object) -> Cell:
    interval = Interval(value=seconds, low=0.9 * seconds, high=1.1 * seconds, unit="s")
    return Cell(engine=engine, operation=operation, n=n, seconds=interval, samples=(seconds,), result="right", **more)  # type: ignore[arg-type]


def test_a_cell_has_the_middle_of_its_samples_and_what_the_engine_takes() -> None:
    cell = cell_of([ENGINE, LOADED, RIGHT, *SAMPLES, DONE], ended())
    assert (cell.result, cell.engine, cell.version, cell.operation, cell.n) == ("right", "turso", "1.2", "count", 1000)
    assert cell.seconds is not None
    assert (cell.seconds.value, cell.seconds.low, cell.seconds.high) == (0.002, 0.001, 0.003)
    assert cell.samples == (0.003, 0.001, 0.002)
    assert (cell.load_seconds, cell.idle_bytes, cell.disk_bytes, cell.peak_bytes, cell.binary_bytes) == (
        0.5,
        10,
        20,
        30,
        77,
    )


def test_a_wrong_answer_has_no_time() -> None:
    wrong = {"what": "answer", "right": False, "found": "3", "wanted": "2", "durable": None, "seconds": 0.1}
    cell = cell_of([ENGINE, LOADED, wrong, *SAMPLES, DONE], ended())
    assert (cell.result, cell.reason, cell.seconds, cell.samples) == ("wrong", "answered 3 where 2 is right", None, ())


@pytest.mark.parametrize("how", [ended(-signal.SIGALRM), ended(-9, timed_out=True)])
def test_what_ran_out_of_time_keeps_what_it_finished(how: Ended) -> None:
    none = cell_of([ENGINE, LOADED], how)
    assert (none.result, none.reason, none.seconds) == ("timeout", "not done within 5 s", None)
    unloaded = cell_of([ENGINE], how)
    assert (unloaded.result, unloaded.reason) == ("timeout", "its tables were not loaded within 10 s")
    some = cell_of([ENGINE, LOADED, RIGHT, SAMPLES[0]], how)
    assert (some.result, some.samples, some.reason) == ("right", (0.003,), "")
    first = cell_of([ENGINE, LOADED, RIGHT], how)
    assert (first.result, first.samples, first.reason) == ("right", (0.004,), "its first call alone")


def test_a_crash_is_a_failure_even_after_some_samples() -> None:
    cell = cell_of([ENGINE, LOADED, RIGHT, *SAMPLES], ended(-signal.SIGSEGV))
    assert (cell.result, cell.reason, cell.seconds) == ("failed", "it was killed by SIGSEGV", None)
    cell = cell_of([ENGINE], ended(1, errors="Traceback\n  boom: \n no room left\n"))
    assert cell.reason == "it failed with status 1: no room left"
    assert cell_of([ENGINE], ended()).reason == "it ended without an answer"


def test_what_is_not_installed_says_so() -> None:
    cell = cell_of([{"what": "unavailable", "reason": "No module named 'turso'"}], ended(4))
    remedy = f"{sys.executable} -m pip install pyturso"
    assert (cell.result, cell.reason) == ("unavailable", f"not installed (No module named 'turso'): {remedy}")


def test_a_line_that_was_cut_off_is_left_out() -> None:
    text = json.dumps(ENGINE) + "\n" + json.dumps(LOADED) + "\n" + '{"what": "answ'
    assert lines_of(text) == [ENGINE, LOADED]


def test_turns_are_merged_with_all_their_samples() -> None:
    one, other = timed(10, 1.0, idle_bytes=5, peak_bytes=9), timed(10, 3.0, idle_bytes=7, peak_bytes=8)
    both = cells.merged([one, other])
    assert both.samples == (1.0, 3.0)
    assert both.seconds is not None
    assert (both.seconds.low, both.seconds.value, both.seconds.high) == (1.0, 2.0, 3.0)
    assert (both.idle_bytes, both.peak_bytes) == (5, 8)
    failed = Cell(engine="turso", operation="count", n=10, result="failed", reason="x")
    assert cells.merged([one, failed]) is failed
    assert cells.merged([one]) is one


@pytest.mark.parametrize(
    ("each", "both"), [((True, True), True), ((True, False), False), ((True, None), None), ((None, None), None)]
)
def test_an_insert_lasts_if_it_did_in_every_turn(each: tuple[bool | None, ...], both: bool | None) -> None:
    assert cells.merged([timed(10, 1.0, durable=durable) for durable in each]).durable is both


def test_growth_is_fitted_to_three_sizes_and_drawn_through_two() -> None:
    assert growing.growth_of([timed(10, 1.0)]) is None
    two = growing.growth_of([timed(10, 1.0), timed(100, 100.0)])
    assert two is not None
    assert two.law == "unknown"
    assert two.exponent == pytest.approx(2.0)
    three = growing.growth_of([timed(10, 1.0), timed(100, 10.0), timed(1000, 100.0)])
    assert three is not None
    assert three.law == "n"


def test_what_hardly_grows_has_no_law_and_a_fit_that_is_led_astray_is_not_taken() -> None:
    flat = growing.growth_of([timed(10, 1.0), timed(100, 1.3), timed(1000, 1.1), timed(10_000, 1.4)])
    assert flat is not None
    assert (flat.law, flat.exponent) == ("1", 0.0)
    late = growing.growth_of([timed(10, 1.0), timed(100, 1.0), timed(1000, 1.1), timed(10_000, 2.2)])
    assert late is not None
    assert late.law == "unknown"
    assert late.exponent == pytest.approx(math.log10(2))


def test_a_batch_grows_by_the_sizes_at_which_it_is_whole() -> None:
    ladder = [timed(n, seconds, operation="insert") for n, seconds in ((1000, 0.1), (10_000, 1.0), (100_000, 1.2))]
    grown = growing.with_growth(ladder)
    assert grown[0].growth is not None
    assert grown[0].growth.law == "1"
    over = Cell(engine="turso", operation="insert", n=100_000, result="timeout")
    assert growing.with_growth([*ladder[:2], over])[-1].extrapolated is None


def test_a_size_out_of_reach_is_extrapolated_from_the_last_that_finished() -> None:
    over = Cell(engine="turso", operation="count", n=1000, result="timeout", reason="not done within 5 s")
    grown = growing.with_growth([timed(10, 0.01), timed(100, 1.0), over])
    last = grown[-1]
    assert last.finished == 100
    assert last.extrapolated is not None
    assert last.extrapolated.value == pytest.approx(100.0)
    assert last.extrapolated.low <= 100.0 <= last.extrapolated.high
    assert last.seconds is None
    alone = growing.with_growth([timed(100, 1.0), over])[-1]
    assert (alone.finished, alone.extrapolated) == (100, None)


def test_a_size_is_hopeless_where_one_call_would_take_far_too_long() -> None:
    steep = [timed(10, 0.01), timed(100, 1.0)]
    assert growing.is_hopeless(steep, 1000, 60.0) == ""
    assert growing.is_hopeless(steep, 1000, 10.0) == "not tried: by its growth one call would take 100 s"
    assert growing.is_hopeless(steep[:1], 1000, 1e-9) == ""


def test_ratios_are_to_sqlite_at_the_same_size_among_what_may_be_compared() -> None:
    sqlite = timed(10, 2.0, engine="sqlite")
    found = growing.with_ratios([sqlite, timed(10, 6.0), timed(100, 6.0)])
    assert found[0].ratio is not None
    assert found[0].ratio.value == 1.0
    assert found[1].ratio is not None
    assert found[1].ratio.value == 3.0
    assert found[1].ratio.low == 3.0, "one sample has no spread"
    assert found[2].ratio is None


@pytest.mark.parametrize(("durable", "is_compared"), [(True, True), (False, False), (None, False)])
def test_an_insert_is_compared_only_if_it_is_known_to_last(durable: bool | None, is_compared: bool) -> None:
    sqlite = timed(10, 2.0, engine="sqlite", operation="insert", durable=True)
    other = timed(10, 1.0, operation="insert", durable=durable)
    assert (growing.with_ratios([sqlite, other])[1].ratio is not None) is is_compared


def test_operations_are_known_by_name_and_the_nearest_is_suggested() -> None:
    assert [each.name for each in OPERATIONS] == ["lookup", "count", "fetch", "maximum", "join", "insert"]
    with pytest.raises(UsageError, match="there is no operation 'jion'; did you mean join"):
        operation_named("jion")
    with pytest.raises(UsageError, match="there are lookup, count"):
        operation_named("xyz")


def test_only_what_should_last_must() -> None:
    assert [each.name for each in OPERATIONS if each.is_durable] == [INSERT.name]
