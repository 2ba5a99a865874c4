"""The system's costs: dearer events cost more, every refusal is a reason, and nothing is left behind."""

from __future__ import annotations

import mmap
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hwbench.catalog import Prepared, kernels
from hwbench.catalog.system import fresh_memory, nameless_file
from hwbench.measure.bench import Bench, Case
from hwbench.measure.pinning import pinned, usable_cpus
from hwbench.probes import probes
from hwbench.probes import system as probe_module
from hwbench.probes.system import _fsync, _prepared, file_system_of
from hwbench.records import Quantity, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.native import Variant

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")


@pytest.fixture(scope="module")
def found(bench: Bench) -> dict[str, Quantity]:
    return {one.name: one.quantity for one in probe_module.system(bench, {}) if one.quantity is not None}


@pytest.fixture
def closed_file() -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(writing)
    os.close(reading)
    return reading


def test_the_system_probe_finds_a_value_or_a_reason_for_all_that_it_declares(found: dict[str, Quantity]) -> None:
    assert set(found) == set(probes()["system"].quantities)
    assert all(quantity.is_available or quantity.unavailable for quantity in found.values())


def test_a_system_call_is_dearer_than_a_call_of_a_function(found: dict[str, Quantity]) -> None:
    # A call and return take some five cycles; entering and leaving the kernel takes tens everywhere.
    assert (found["syscall.cost"].cycles or 0) > 10


def test_two_system_calls_through_a_pipe_are_dearer_than_the_shortest_one(found: dict[str, Quantity]) -> None:
    assert (found["pipe_hop.cost"].value or 0) > (found["syscall.cost"].low or 0)


def test_a_switch_costs_something_beyond_its_pipe(found: dict[str, Quantity]) -> None:
    if found["context_switch.cost"].is_available:
        assert (found["context_switch.cost"].value or 0) > 0


def test_the_first_touch_of_a_page_is_dearer_than_a_small_allocation(found: dict[str, Quantity]) -> None:
    assert (found["page_fault.cost"].value or 0) > (found["malloc.cost"].value or 0)


def test_a_huge_page_takes_longer_to_give_than_a_base_page(found: dict[str, Quantity]) -> None:
    if found["page_fault.huge_cost"].is_available:
        assert (found["page_fault.huge_cost"].value or 0) > 2 * (found["page_fault.cost"].value or 0)


def test_pages_given_back_come_fresh_and_those_kept_do_not(variant: Variant) -> None:
    memory = fresh_memory(16 * mmap.PAGESIZE)
    assert not isinstance(memory, Unavailable)
    position = np.zeros(1, dtype=np.int64)
    touch = variant.bind("system_fault", (memory, memory.nbytes, mmap.PAGESIZE, position))
    assert touch(16) == 16
    position[0] = 0
    assert touch(16) == 0
    assert touch(20) == 20
    assert position[0] == 4


def test_a_call_on_a_closed_file_is_told_and_not_counted(variant: Variant, closed_file: int) -> None:
    data = np.zeros(16, dtype=np.uint8)
    assert variant.bind("system_pipe_hop", (closed_file, closed_file))(1) == -1
    assert variant.bind("system_fsync", (closed_file, data, 16))(1) == -1
    assert variant.bind("system_pread", (closed_file, data, 16, 16))(1) == -1
    assert variant.bind("system_token", (closed_file, closed_file, 1))(5) == 0


def test_an_allocation_that_cannot_be_had_is_told(variant: Variant) -> None:
    assert variant.bind("system_malloc", (1 << 62, 1 << 62))(1) == -1


def test_threads_on_several_cpus_are_no_context_switch() -> None:
    if len(usable_cpus()) < 2:
        pytest.skip("it takes two CPUs to be unpinned")
    refused = kernels()["system.switch"].prepare(0)
    assert isinstance(refused, Unavailable)
    assert "pinned" in refused.reason


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot pin a thread")
def test_a_token_comes_back_and_its_thread_ends_when_closed(variant: Variant) -> None:
    threads = threading.active_count()
    with pinned(usable_cpus()[0]):
        prepared = kernels()["system.switch"].prepare(0)
        assert isinstance(prepared, Prepared)
        assert prepared.close is not None
        assert variant.bind("system_token", prepared.arguments)(100) == 100
        assert threading.active_count() == threads + 1
        prepared.close()
    assert threading.active_count() == threads


def test_nothing_is_left_in_the_folder_also_after_an_error(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0

    def fail() -> None:
        with _prepared(bench, "fsync") as case:
            assert isinstance(case, Case)
            assert list(tmp_path.iterdir()) == []
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []
    if files:
        assert len(list(Path("/proc/self/fd").iterdir())) == files


def test_a_folder_that_takes_no_files_leaves_fsync_missing_with_the_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> object:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    quantity = _fsync(bench).quantity
    assert quantity is not None
    assert quantity.value is None
    assert "Read-only file system" in (quantity.unavailable or "")


@LINUX
def test_the_proc_folder_takes_no_files() -> None:
    assert isinstance(nameless_file(Path("/proc")), Unavailable)


@LINUX
def test_a_working_folder_that_was_removed_leaves_fsync_missing(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    quantity = _fsync(bench).quantity
    assert quantity is not None
    assert quantity.unavailable


@LINUX
def test_the_file_system_of_a_folder_is_that_of_its_nearest_mount() -> None:
    assert file_system_of(Path("/proc/self")) == "proc"


@pytest.mark.parametrize(("kind", "word"), [("tmpfs", "memory"), ("btrfs", "no name")])
def test_a_folder_whose_fsync_means_less_gives_a_caution(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kind: str, word: str
) -> None:
    monkeypatch.setattr(probe_module, "file_system_of", lambda folder: kind)
    quantity = _fsync(bench).quantity
    assert quantity is not None
    if quantity.is_available:
        assert word in (quantity.caution or "")


def test_little_memory_leaves_huge_pages_out_with_the_reason(bench: Bench) -> None:
    found = {one.name: one.quantity for one in probe_module._faults(replace(bench, memory_bytes=8 << 20))}
    huge, base = found["page_fault.huge_cost"], found["page_fault.cost"]
    assert huge is not None
    assert "memory" in (huge.unavailable or "")
    assert base is not None
    assert base.is_available or base.unavailable


def test_the_allocation_curve_rises_with_its_sizes(bench: Bench) -> None:
    curve = probe_module._malloc_curve(bench).curve
    assert curve is not None
    sizes = [point["bytes"] for point in curve]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (16, 4 << 20)
    assert all(point["ns"] > 0 for point in curve)
