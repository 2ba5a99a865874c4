"""The hook for pyperf: found by its name, counts what runs within, and what it leaves in pyperf's files."""

from __future__ import annotations

import importlib.metadata
import json
import mmap
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from hwbench.evidence import pyperf_hook
from hwbench.evidence.pmu_call import Counters
from hwbench.evidence.pmu_events import SOFTWARE_EVENTS
from hwbench.evidence.pyperf_hook import ACCOUNTS, PASSES, Hook

if TYPE_CHECKING:
    from pathlib import Path

PAGES = 512


def touch_pages() -> None:
    with mmap.mmap(-1, PAGES * mmap.PAGESIZE) as fresh:
        fresh.madvise(getattr(mmap, "MADV_NOHUGEPAGE", 0))
        for page in range(PAGES):
            fresh[page * mmap.PAGESIZE] = 1


def collected(passes: int, before: dict[str, Any] | None = None) -> dict[str, Any]:
    hook, metadata = Hook(), dict(before or {})
    for _ in range(passes):
        touch_pages()
        with hook:
            touch_pages()
    hook.teardown(metadata)
    return metadata


def test_the_totals_are_of_what_ran_within() -> None:
    metadata = collected(3)
    assert metadata[PASSES] == 3
    assert 3 * PAGES <= metadata["hwbench_page_faults"] < 4 * PAGES
    assert metadata["hwbench_wall_seconds"] > 0


def test_metadata_are_of_the_types_that_pyperf_takes() -> None:
    import pyperf

    metadata = collected(1)
    assert set(ACCOUNTS) <= metadata.keys()
    run = pyperf.Run([1.0], metadata={"name": "x", **metadata}, collect_metadata=False)
    assert run.get_metadata()[PASSES] == 1


def test_a_hook_that_was_never_entered_says_nothing() -> None:
    assert collected(0) == {}


def test_the_inner_hook_of_a_timed_command_is_kept() -> None:
    assert collected(2, {"command": "ls", PASSES: 1}) == {"command": "ls", PASSES: 1}


def test_a_second_pass_overwrites_the_warm_up() -> None:
    metadata = collected(1)
    again = collected(2, metadata)
    assert again[PASSES] == 2


def test_events_count_only_between_enter_and_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Software events stand in for the hardware's, which few virtual machines have."""
    counters = Counters(0)
    counters.open_all(SOFTWARE_EVENTS[:1], 1)
    if not counters.opened:
        pytest.skip("the kernel opens no events here")
    monkeypatch.setattr(pyperf_hook, "_open_counters", lambda: counters)
    metadata = collected(2)
    assert 2 * PAGES <= metadata["hwbench_page_faults"] < 3 * PAGES
    assert not counters.opened, "they must be closed in the end"


def test_what_the_events_said_is_in_the_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    counters = Counters(0)
    counters.open_all([SOFTWARE_EVENTS[0]._replace(name="l1d.misses")], 1)
    if not counters.opened:
        pytest.skip("the kernel opens no events here")
    monkeypatch.setattr(pyperf_hook, "_open_counters", lambda: counters)
    assert 2 * PAGES <= collected(2)["hwbench_l1d_misses"] < 3 * PAGES


def is_installed() -> bool:
    return any(point.name == "hwbench" for point in importlib.metadata.entry_points(group="pyperf.hook"))


@pytest.mark.skipif(not is_installed(), reason="the installed package declares no hook yet (install it again)")
@pytest.mark.parametrize(
    "words",
    [("timeit", "bytearray(1 << 20)"), ("command", "--", sys.executable, "-c", "x = bytearray(1 << 20)")],
    ids=["timeit", "command"],
)
def test_pyperfs_own_workers_carry_the_counts_into_its_file(tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "file.json"
    options = ["--hook", "hwbench", "-p", "2", "-n", "2", "-w", "1", "--loops", "2", "-q", "-o", str(file)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYPERF")}
    command = [sys.executable, "-m", "pyperf", words[0], *options, *words[1:]]
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=120)
    held = json.loads(file.read_text())
    for run in held["benchmarks"][0]["runs"]:
        metadata = {**held["metadata"], **held["benchmarks"][0].get("metadata", {}), **run.get("metadata", {})}
        assert metadata["hooks"] == "hwbench"
        assert metadata[PASSES] == (2 if words[0] == "timeit" else 1)
        assert set(ACCOUNTS) <= metadata.keys()
