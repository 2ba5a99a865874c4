"""What the counting plugin is told of a machine, and how what it writes is read: pure, no program is run."""

from __future__ import annotations

import pytest
from profiles import COUNTED_MACHINE as MACHINE
from profiles import host, profile, quantity

from hwbench.evidence import plugin_report
from hwbench.evidence.plugin_options import options_of
from hwbench.evidence.plugin_syscalls import syscall_name
from hwbench.records import CacheClaim, TlbClaim


def test_what_was_measured_goes_before_what_is_claimed_and_the_rest_is_noted():
    claims = (CacheClaim(level=3, kind="unified", bytes=32 << 20, associativity=16, source="test"),)
    tlbs = (TlbClaim(level=1, kind="data", page_bytes=4096, entries=64, source="test"),)
    told = options_of(
        profile(
            {"l3.capacity": quantity("B", 4 << 20), "dtlb.l1.entries": quantity("entries", 51)},
            host(caches=claims, tlbs=tlbs),
        )
    )
    assert told.words["l3"] == "4194304:16:64"
    assert told.words["dtlb1"] == "64:0"
    assert "l3.capacity" not in told.notes[0]
    assert "core.window" in told.notes[0]


def test_a_price_in_ns_is_told_in_cycles_and_a_wrong_guess_less_its_own_way():
    words = options_of(MACHINE).words
    assert words["latency"] == "12:45:300"
    assert words["width"] == "4"
    assert float(words["mispredict"]) == pytest.approx(18 - 4 - 2)


def test_calls_are_priced_by_what_was_measured_of_calls():
    measured = {
        "branch.taken.throughput": quantity("op/s", 3e9, cycles=1.0),
        "add.latency.i64": quantity("ns", 1 / 3),
        "call.direct": quantity("ns", 1.0),
        "call.changing": quantity("ns", 2 / 3),
        "indirect.targets": quantity("targets", 32.0),
        "indirect.call_targets": quantity("targets", 1.0),
    }
    words = options_of(profile({**MACHINE.quantities, **measured})).words
    assert float(words["return_cycles"]) == pytest.approx(3 + 1 - 1)
    assert float(words["callee_cycles"]) == pytest.approx(2)
    assert (words["by_target"], words["by_callee"]) == ("1", "0")
    assert "return_cycles" not in options_of(MACHINE).words
    assert options_of(MACHINE).words["by_callee"] == "1"


def test_system_calls_have_their_names_on_both_machines():
    assert [syscall_name(number, "x86_64") for number in (0, 74, 202, 426)] == [
        "read",
        "fsync",
        "futex",
        "io_uring_enter",
    ]
    assert [syscall_name(number, "aarch64") for number in (63, 82, 98, 426)] == [
        "read",
        "fsync",
        "futex",
        "io_uring_enter",
    ]


def test_files_of_several_processes_add_up_and_a_damaged_one_is_left_out(tmp_path):
    whole = '{"stopped": false, "counts": {"instructions": 10, "model.cycles": 20}, "errors": {"model.cycles": %d}}'
    (tmp_path / "out").write_text(whole % 3)
    (tmp_path / "out.7").write_text(whole % 4)
    (tmp_path / "out.8").write_text("{")
    counts = plugin_report.counts_of(plugin_report.read(tmp_path, "x86_64"))
    assert counts["instructions"].value == 20
    assert counts["model.cycles"].low == 40 - 3 * 5
