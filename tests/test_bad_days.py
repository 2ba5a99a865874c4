"""Bad days: little memory, no home, streams that fail, options that cannot be; one clear line each, no figure invented."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from profiles import host, profile, quantity

from hwbench import cli
from hwbench.catalog.listing import KernelEntry
from hwbench.cli import run as run_verb
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.host import folders
from hwbench.measure import subjects
from hwbench.measure.affinity import restricted
from hwbench.measure.pyperf_program import Voice
from hwbench.measure.subjects import Subject, make_ready
from hwbench.probes.footprints import levels_of
from hwbench.probes.levels import doubt_of_memory, largest_footprint
from hwbench.probes.spot import footprint_of
from hwbench.profile import campaign, store
from hwbench.records import CacheClaim, Unavailable
from hwbench.show.kernels import kernel_table
from hwbench.units import GIB, MIB

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


def keep_one() -> None:
    store.keep(store.with_id(profile({"l1d.latency": quantity("ns", 1.04, cycles=4.0)}, host(store.this_host()))))


def with_memory(bench: Bench, size: int, last_level: int = 32 * MIB) -> Bench:
    claim = CacheClaim(level=3, kind="unified", bytes=last_level, source="a test")
    facts = type(bench.host)(
        **{name: getattr(bench.host, name) for name in bench.host.__struct_fields__} | {"caches": (claim,)}
    )
    return replace(bench, memory_bytes=size, host=facts)


def hwbench(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-P", "-c", "import sys, hwbench.cli; sys.exit(hwbench.cli.main())", *words]
    return subprocess.run(program, stderr=subprocess.PIPE, text=True, check=False, timeout=60, **options)


@pytest.mark.parametrize("size", [16 * MIB, 120 * MIB, 512 * MIB, 2 * GIB])
def test_two_footprints_and_the_orders_of_one_stay_in_the_memory_allowed(bench: Bench, size: int) -> None:
    largest = largest_footprint(with_memory(bench, size, 512 * MIB))
    assert 2 * largest + 3 * largest // 8 <= size


def test_no_memory_latency_is_given_from_a_footprint_that_the_last_level_may_hold(bench: Bench) -> None:
    little = with_memory(bench, 16 * MIB)
    reason = footprint_of(little, {}, "dram.latency")
    assert isinstance(reason, Unavailable)
    assert "may hold all of the 6.398 MiB" in str(reason)
    assert isinstance(levels_of(little, {})[3], Unavailable)


def test_a_footprint_little_beyond_the_last_level_is_marked(bench: Bench) -> None:
    doubt = doubt_of_memory(with_memory(bench, 256 * MIB), 48 * MIB)
    assert isinstance(doubt, str)
    assert "1.5 times the last level" in doubt
    assert doubt_of_memory(with_memory(bench, 2 * GIB), 128 * MIB) is None


def test_memory_asked_for_leaves_what_the_worker_itself_needs() -> None:
    here = host("here")
    free = here.memory.available_bytes
    assert campaign.memory_bytes("999G", here) == free - campaign.OWN_MEMORY


def test_a_size_that_does_not_fit_in_free_memory_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "available_bytes", lambda: 64 * MIB)
    reason = make_ready(Subject("chase", "chase.random", "c", "scalar", 48 * MIB))
    assert isinstance(reason, Unavailable)
    assert str(reason).endswith("of memory free here; choose a smaller --size")
    assert "64 MiB" in str(reason)


@pytest.mark.parametrize("only", ["", " , ", ["", ","]])
def test_an_only_that_names_nothing_does_not_mean_everything(only: str | list[str]) -> None:
    with pytest.raises(UsageError, match="names nothing"):
        campaign.patterns(only)


def test_refused_affinity_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setaffinity", refuse, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    with pytest.raises(CouldNotMeasure, match="Operation not permitted"), restricted("0"):
        pass


@pytest.mark.skipif(os.name != "posix", reason="homes are a matter of POSIX systems")
def test_a_user_without_a_home_keeps_things_among_the_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", folders.FOLDER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    assert folders.data_folder().is_absolute()
    assert folders.cache_folder().is_absolute()
    assert folders.data_folder() != folders.cache_folder()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--python=/nope"], "there is no program /nope"),
        (["--compare-to=/nope"], "there is no program /nope"),
        (["--append=/nope/x.json"], "there is no folder /nope"),
    ],
)
def test_what_pyperf_would_fail_on_late_is_refused_at_once(options: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run_verb._check_files(options)


def test_a_foreign_file_is_not_added_to(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.json"
    foreign.write_text("{}")
    with pytest.raises(UsageError, match="no pyperf file"):
        run_verb._check_files([f"--append={foreign}"])
    assert foreign.read_text() == "{}"


def test_run_writes_pyperfs_json_alone_to_standard_output() -> None:
    done = hwbench(
        "run", "chase.random", "--size", "16K", "--debug-single-value", "--json", "-", stdout=subprocess.PIPE
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["benchmarks"]


def test_the_list_of_profiles_is_written_as_json_too(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    keep_one()
    assert cli.main(["show", "--list", "--json", "-"]) == 0
    told = json.loads(capfdbinary.readouterr().out)
    assert told["schema"] == "hwbench.profiles/1"
    assert [row["what"] for row in told["profiles"]] == ["1 quantities, default"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_under_standard_output_is_one_line_and_exit_status_3() -> None:
    keep_one()
    with Path("/dev/full").open("w") as full:
        done = hwbench("show", stdout=full)
    assert done.returncode == 3
    assert done.stderr == f"hwbench: {os.strerror(28)}\n"


@pytest.mark.parametrize("verb", ["characterize", "show", "run", "kernels", "doctor"])
def test_help_can_be_shown_in_ascii(verb: str) -> None:
    done = hwbench(verb, "--help", stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "examples:" in done.stdout
    assert "--json" in done.stdout


def test_a_closed_standard_output_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_one()
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main(["show"]) == 0


def test_a_reader_that_goes_away_does_not_end_a_run() -> None:
    class Gone:
        def write(self, _: str) -> int:
            raise BrokenPipeError

    assert Voice(Gone()).write("text") == 4


def entry(name: str, **work: float) -> KernelEntry:
    summary = "Do this and that, one after the other, until all of it is done."
    return KernelEntry(name=name, group="x", summary=summary, twins=("c",), unit="branches", size=1024, work=work)


def test_one_branch_is_one_branch() -> None:
    assert "1 branch, 1 load" in kernel_table([entry("x.one", branches=1, loads=1)])
    assert "2 branches" in kernel_table([entry("x.two", branches=2)])


@pytest.mark.parametrize("width", [40, 80, 100, 300])
def test_the_listing_fits_the_terminal(width: int) -> None:
    text = kernel_table([entry("x.one", branches=1, loads=1), entry("x.two", branches=2)], width)
    assert max(map(len, text.splitlines())) <= width
    assert "x.two" in text
