"""Programs that misbehave, as `hwbench explain` meets them: each ends in one line that says which side did what."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from profiles import profile, quantity

from hwbench import cli
from hwbench.host import read_host
from hwbench.measure import processes
from hwbench.native.cpu import cpuid
from hwbench.profile import store

PYTHON = sys.executable


@pytest.fixture(autouse=True)
def kept_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Keep a profile of this very machine, so that none is measured first."""
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "data"))
    made = store.with_id(profile({"l1d.latency": quantity("ns", 1.0, cycles=4.0)}, read_host(cpuid=cpuid)))
    store.keep(made)
    return made.id


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return the exit status, what was printed, and the last line on standard error."""
    status = cli.main(("explain", "--quick", *words))
    told = capsys.readouterr()
    return status, told.out, told.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("slow", "status", "message"),
    [
        ("./not-there", 2, "./not-there is not there"),
        ("false", 3, "B (false): it failed with status 1"),
        ("sh -c 'echo oh no >&2; exit 7'", 3, "it failed with status 7: oh no"),
        ("sh -c 'kill -9 $$'", 3, "it was killed by SIGKILL"),
        (f"{PYTHON} -c 'bytearray(1 << 45)'", 3, "MemoryError"),
        ("true 'x", 2, "cannot be read (No closing quotation)"),
        ("true {n}", 2, "give --sizes"),
        ("os.path:nothing_of_the_kind", 3, "there is no nothing_of_the_kind in os.path"),
        ("no.such.module:work", 3, "could not be imported"),
        ("new.json", 2, "compare like with like"),
    ],
)
def test_a_program_that_does_not_work_is_one_line(
    capsys: pytest.CaptureFixture[str], slow: str, status: int, message: str
) -> None:
    given, output, line = explained(capsys, "--a", "true", "--b", slow)
    assert (given, output) == (status, "")
    assert message in line


def test_a_program_that_hangs_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, line = explained(capsys, "--a", "true", "--b", "sleep 3600", "--timeout", "0.3")
    assert status == 3
    assert "B (sleep 3600): it did not end within" in line


def test_a_program_that_prints_without_end_is_stopped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LONGEST_OUTPUT", 1 << 20)
    status, _, line = explained(capsys, "--a", "true", "--b", "yes")
    assert status == 3
    assert "B (yes): it printed more than" in line


def test_programs_with_different_answers_are_void_without_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    status, output, _ = explained(capsys, "--a", "echo 1", "--b", "echo 2")
    assert status == 3
    assert "VOID: the two print different answers" in output
    assert "--same-output no" in output
    assert "times as long" not in output


def test_a_set_up_that_fails_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, line = explained(capsys, "--a", "true", "--b", "true", "--setup", "false")
    assert status == 3
    assert "the set-up 'false': it failed with status 1" in line


def test_a_profile_of_another_machine_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from profiles import host

    there = store.with_id(profile({"l1d.latency": quantity("ns", 1.0)}, host("elsewhere")))
    store.write(there, tmp_path / "there.json")
    words = ("--a", "true", "--b", "true", "--profile", str(tmp_path / "there.json"))
    status, _, line = explained(capsys, *words)
    assert status == 2
    assert "is of another machine" in line
