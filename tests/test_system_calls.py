"""System calls by name: exact numbers of programs whose calls are known, seconds of those that wait, and bad programs."""

from __future__ import annotations

import os
import shutil

import pytest
from profiles import profile, quantity
from toy_programs import LIMITS, script, toy

from hwbench.evidence import operating_system, system_calls
from hwbench.evidence.system_calls import Calls, evidence, parse_perf, parse_strace, tracer_cost
from hwbench.records import Command, Count, Limits, Run, is_count

PROFILE = profile({"syscall.cost": quantity("ns", 100.0, 90.0, 120.0)})
needs_tracer = pytest.mark.skipif(bool(why := str(system_calls.missing() or "")), reason=why)

STRACE = """\
syscall              calls     seconds shortest  longest
---------------- --------- ----------- -------- --------
fsync                  100    0.201000 0.000160 0.001037
getppid               1000    0.010000 0.000009 0.000077
read                     0    0.000000 0.000000 0.000000
---------------- --------- ----------- -------- --------
total                 1250    0.085012 0.000011 0.002119
"""
PERF = """
 Summary of events:

 t (9119), 2500 events, 99.8%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   fsync                 99      0   200.000     0.102     0.142     0.691      4.20%
   getppid                1      1     0.010     0.006     0.010     0.043      0.94%

 t (9120), 2 events, 0.2%

   fsync                  1      0     1.000     0.100     0.142     0.691      0.00%
"""


def test_a_summary_of_strace_is_read_row_by_row_without_its_total() -> None:
    assert parse_strace(STRACE) == (Calls("fsync", 100, 0.201, 0.00016), Calls("getppid", 1000, 0.01, 0.000009))


def test_a_summary_of_perf_is_added_up_over_its_threads() -> None:
    fsync, getppid = parse_perf(PERF)
    assert (fsync.calls, fsync.seconds, fsync.shortest) == (100, pytest.approx(0.201), pytest.approx(0.0001))
    assert (getppid.calls, getppid.seconds) == (1, pytest.approx(0.00001))


@pytest.mark.parametrize("text", ["", "nonsense\n" * 3, "a b c d e\n", "\x00", "fsync x 1 2 3"])
def test_a_damaged_summary_has_no_rows(text: str) -> None:
    assert parse_strace(text) == parse_perf(text) == ()


def test_a_long_call_is_timed_in_place_and_a_short_one_is_priced() -> None:
    found = evidence(parse_strace(STRACE), price=1e-7)
    assert found.counts["syscalls"] == Count(value=1100.0)
    assert found.counts["syscalls.getppid"] == Count(value=1000.0)
    slow, short = found.counts["syscalls.fsync.seconds"], found.counts["syscalls.getppid.seconds"]
    assert slow.value == pytest.approx(100 * (0.00201 - 0.00001 + 1e-7))
    assert short.value == short.low == pytest.approx(1000 * 1e-7)
    assert short.high == pytest.approx(1000 * (1e-7 + 1e-6))
    assert all(is_count(name) for name in found.counts)
    assert found.notes[0] == "fsync: 100 calls at 2 ms"


def test_without_a_price_a_short_call_is_what_was_timed_beyond_the_tracers_own_cost() -> None:
    short = evidence(parse_strace(STRACE), price=None).counts["syscalls.getppid.seconds"]
    assert (short.value, short.low) == (0.0, 0.0)


def test_the_tracers_cost_is_that_of_calls_that_never_wait() -> None:
    found = (Calls("fsync", 9000, 9.0, 1e-3), Calls("getppid", 10, 1e-4, 9e-6), Calls("mmap", 1, 1e-3, 1e-3))
    assert tracer_cost(found) == pytest.approx(1e-5)
    assert tracer_cost(found[:1]) == pytest.approx(1e-3)


def test_waiting_for_another_process_may_have_been_nothing() -> None:
    found = evidence((Calls("wait4", 1, 1.0, 1.0), Calls("clone", 1, 1e-5, 1e-5)), price=1e-7)
    assert found.counts["syscalls.wait4.seconds"].low == 0.0
    assert any("threads or children" in note for note in found.notes)


def test_io_uring_is_named_as_what_strace_does_not_see() -> None:
    assert any("io_uring" in note for note in evidence((Calls("io_uring_enter", 1, 1e-5, 1e-5),), price=None).notes)


@needs_tracer
def test_calls_are_counted_exactly_by_name() -> None:
    found = system_calls.count(toy("calls", 1000, 300, 5), PROFILE, limits=LIMITS)
    assert found.unavailable is None
    assert found.value("syscalls.getppid") == 1000
    assert found.value("syscalls.fsync") == 300


def test_perf_trace_stands_in_for_strace(monkeypatch: pytest.MonkeyPatch) -> None:
    path = shutil.which("perf")
    if path is None or os.geteuid() != 0 or system_calls._try(path):
        pytest.skip("perf trace does not work here: it needs perf and root")
    monkeypatch.setattr(system_calls, "_tool", lambda: path)
    found = system_calls.count(toy("calls", 100, 50, 5, 1), PROFILE, limits=LIMITS)
    assert (found.value("syscalls.getppid"), found.value("syscalls.fsync")) == (200, 50)


@needs_tracer
def test_calls_of_children_are_counted_too() -> None:
    assert system_calls.count(toy("calls", 500, 0, 0, 3), PROFILE, limits=LIMITS).value("syscalls.getppid") == 2000


@needs_tracer
def test_sleeps_take_their_time_and_quick_calls_next_to_none() -> None:
    found = system_calls.count(toy("calls", 1000, 0, 50), PROFILE, limits=LIMITS)
    slept = max(found.value(f"syscalls.{name}.seconds") or 0.0 for name in ("nanosleep", "clock_nanosleep"))
    assert slept >= 0.045
    assert (found.value("syscalls.getppid.seconds") or 0.0) < 0.2 * slept


@needs_tracer
def test_a_program_that_fails_gives_its_reason_and_no_counts() -> None:
    found = system_calls.count(script("echo no such table >&2; exit 3"), PROFILE, limits=LIMITS)
    assert (found.unavailable, found.counts) == ("it failed with status 3: no such table", {})


@needs_tracer
def test_a_program_that_hangs_is_ended_at_the_limit_with_what_to_do() -> None:
    found = system_calls.count(script("sleep 60"), PROFILE, limits=Limits(seconds=0.5))
    assert found.unavailable == "it did not end within 0.5 s under strace"
    assert "smaller sizes" in found.remedy


@needs_tracer
def test_a_program_that_is_not_there_is_said_so() -> None:
    found = system_calls.count(Command(argv=("/nowhere/x",)), PROFILE, limits=LIMITS)
    assert found.unavailable == "the program /nowhere/x is not there"


@needs_tracer
def test_a_marked_region_is_said_not_to_be_respected() -> None:
    command = Command(argv=("/bin/true",), region=True)
    assert "whole program" in system_calls.count(command, PROFILE, limits=LIMITS).notes[0]


def run(wall: float, user: float = 0.0, system: float = 0.0, **more: int) -> Run:
    return Run(wall=wall, user=user, system=system, **more)


def test_runs_become_medians_with_intervals() -> None:
    runs = [run(wall, 0.5, 0.25, page_faults=10, major_faults=2, peak_bytes=4096) for wall in (1.0, 3.0, 2.0)]
    found = operating_system.from_runs(runs, n=100.0)
    assert found.source == "os"
    assert found.counts["time.wall"] == Count(value=2.0, low=1.0, high=3.0)
    assert found.counts["time.off_cpu"] == Count(value=1.25, low=0.25, high=2.25)
    assert found.counts["time.user"] == Count(value=0.5)
    assert found.counts["page_faults"] == Count(value=12)
    assert found.counts["page_faults.major"] == Count(value=2)
    assert found.counts["memory.peak"] == Count(value=4096)
    assert (found.n, found.seconds, found.notes) == (100.0, 6.0, ())
    assert all(is_count(name) for name in found.counts)


def test_a_program_on_several_cpus_was_not_off_them_and_is_noted() -> None:
    found = operating_system.from_runs([run(1.0, 1.8, 0.1)] * 3)
    assert found.value("time.off_cpu") == 0.0
    assert "on 1.9 CPUs at once" in found.notes[0]


def test_no_runs_give_no_counts_and_the_reason() -> None:
    assert operating_system.from_runs([]).unavailable == "there are no timed runs"
