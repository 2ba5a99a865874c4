"""A campaign loses at most the probe that failed, whatever happens to it, its workers or itself."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from hwbench import probes
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.measure.pinning import usable_cpus
from hwbench.native import Unavailable
from hwbench.profile import campaign, journal, store, workers
from hwbench.profile.messages import Measured, Note, Opened, Report, StepStarted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.records import MachineProfile

TOYS = ("toy_probes",)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep profiles apart, let workers find the toy probes, and forget the toys afterwards."""
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    registered = dict(probes._PROBES)
    yield tmp_path / "data"
    for name in set(probes._PROBES) - set(registered):
        if name.startswith("toy_"):
            sys.modules.pop("toy_probes", None)
            probes._PROBES.pop(name)
    probes.probes.cache_clear()


def measure(only: str, **options: object) -> MachineProfile:
    return campaign.characterize(only=only, extra_probes=TOYS, **options)  # type: ignore[arg-type]


def journals() -> list[Path]:
    return sorted(store.data_folder().glob("journals/*/*.jsonl"))


def wait_for(condition: object, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)


def test_a_profile_has_the_values_the_ruler_and_the_conditions_and_is_kept() -> None:
    profile = measure("toy_own")
    assert 0 < (profile["toy_own.latency"].value or 0) < 100
    assert profile.conditions.clock is not None
    assert profile.conditions.core_hertz is not None
    assert profile.conditions.pinned_cpu == usable_cpus()[0]
    assert profile.incomplete is None
    assert store.load_profile(profile.id) == profile
    assert journals() == []


def test_only_what_is_wanted_is_kept_though_prerequisites_ran() -> None:
    profile = measure("toy_last.*")
    assert list(profile.quantities) == ["toy_last.known"]
    assert profile["toy_last.known"].value == 2
    assert profile.conditions.only == ("toy_last.*",)


def test_a_number_that_is_not_finite_becomes_unavailable_and_its_point_is_left_out() -> None:
    profile = measure("toy_nan,toy_first")
    assert profile["toy_nan.value"].value is None
    assert "no finite number" in str(profile["toy_nan.value"].unavailable)
    assert profile.curves["toy_curve"] == ({"bytes": 1.0, "ns": 1.0},)


def test_a_repeated_probe_runs_in_processes_of_its_own() -> None:
    pooled = measure("toy_many")["toy_many.process"]
    assert len(set(pooled.samples)) == 3
    assert pooled.value == sorted(pooled.samples)[1]


def test_the_number_of_processes_can_be_chosen() -> None:
    assert len(measure("toy_many", processes=2)["toy_many.process"].samples) == 2
    assert len(measure("toy_many", effort="quick")["toy_many.process"].samples) == 1


def test_crashes_kills_errors_and_full_memory_cost_only_their_own_quantities() -> None:
    profile = measure("toy_crash,toy_killed,toy_raise,toy_memory,toy_exit,toy_last")
    assert profile["toy_crash.before"].value == 1.0
    reasons = {
        name: str(quantity.unavailable) for name, quantity in profile.quantities.items() if not quantity.is_available
    }
    assert "SIGSEGV" in reasons["toy_crash.after"]
    assert "SIGKILL (out of memory?)" in reasons["toy_killed.never"]
    assert reasons["toy_raise.never"] == "toy_raise: ValueError: a probe"
    assert "memory ran out" in reasons["toy_memory.never"]
    assert "status 7: these are its last words" in reasons["toy_exit.never"]
    assert profile["toy_raise.before"].value == 2.0
    assert profile["toy_last.known"].value == 4
    assert profile.conditions.worker_processes == 4


def test_a_probe_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "SLACK_SECONDS", 1.0)
    profile = measure("toy_hang,toy_last")
    assert "took longer than 1 s" in str(profile["toy_hang.never"].unavailable)
    assert profile["toy_last.known"].is_available


def test_a_value_taken_while_other_processes_were_busy_is_flagged() -> None:
    spin = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    enough = 1 + (os.cpu_count() or 1) // 20  # on a large machine one busy CPU is no disturbance
    busy = [subprocess.Popen(spin, stdout=subprocess.PIPE) for _ in range(enough)]
    try:
        for process in busy:
            assert process.stdout is not None
            process.stdout.readline()
        profile = measure("toy_spin")
    finally:
        for process in busy:
            process.kill()
            process.communicate()
    assert "other processes used" in str(profile["toy_spin.value"].caution)
    assert any("other processes used" in note for note in profile.conditions.notes)


def test_every_event_is_reported() -> None:
    seen: list[Report] = []
    measure("toy_first", report=seen.append)
    assert any(isinstance(event, StepStarted) and event.probe == "toy_first" for event in seen)
    assert next(event.found.name for event in seen if isinstance(event, Measured)) == "toy_first.moment"


def test_where_nothing_can_be_kept_the_profile_is_returned_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "file" / "data"))
    seen: list[Report] = []
    profile = measure("toy_first", report=seen.append)
    assert profile["toy_first.bytes"].value == 4096
    notes = [event.text for event in seen if isinstance(event, Note)]
    assert any("cannot be resumed" in note for note in notes)
    assert any(store.FOLDER_VARIABLE in note for note in notes)


def test_a_disk_that_fills_up_loses_nothing_but_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: journal.Journal, entry: object) -> None:
        if not isinstance(entry, Opened):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal.Journal, "add", full)
    seen: list[Report] = []
    profile = measure("toy_first", report=seen.append)
    assert profile["toy_first.bytes"].value == 4096
    assert [event.text for event in seen if isinstance(event, Note) and "No space left" in event.text]
    assert journals() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cpu": 4095}, "CPU 4095 cannot be used here"),
        ({"memory_limit": "1M"}, "too small"),
        ({"memory_limit": "much"}, "is not a size"),
        ({"processes": 0}, "choose 1 to"),
        ({"effort": "lazy"}, "choose quick, default or full"),
        ({"resume": True}, "no interrupted run"),
    ],
)
def test_impossible_options_are_refused_in_one_line(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        measure("toy_first", **options)
    assert "\n" not in str(error.value)


def test_an_unknown_pattern_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="toy_first"):
        measure("toy_frist")


def test_a_module_of_probes_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be imported"):
        campaign.characterize(extra_probes=("no_such_module",))


def test_without_kernels_nothing_can_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign.native, "best", lambda: Unavailable(reason="not built"))
    with pytest.raises(CouldNotMeasure, match="not built"):
        measure("toy_first")


def test_a_worker_that_cannot_start_ends_the_run_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-c", "raise SystemExit('nothing works')"))
    with pytest.raises(CouldNotMeasure, match="nothing works"):
        measure("toy_first")
    assert journals() == []


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", "import sys; from hwbench.cli import main; sys.exit(main())", "characterize", *words]


def start(only: str) -> subprocess.Popen[str]:
    words = ("--extra-probes", "toy_probes", "--only", only)
    slowly = {**os.environ, "TOY_SECONDS": "2"}
    return subprocess.Popen(command(*words), env=slowly, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def measured(name: str) -> bool:
    return any(name in path.read_text() for path in journals())


def resume(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command("--resume", *options), capture_output=True, text=True, timeout=60, check=False)


def first_moment() -> float:
    _, entries = journal.read(journals()[0])
    return next(e.found.quantity.value for e in entries if isinstance(e, Measured) and e.found.quantity)  # type: ignore[misc]


def test_ctrl_c_keeps_what_was_measured_and_resume_goes_on_from_there() -> None:
    run = start("toy_first,toy_slow")
    wait_for(lambda: measured("toy_slow.q1"))
    run.send_signal(signal.SIGINT)
    output, errors = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "toy_slow.q0" in output
    assert errors.splitlines()[-1].startswith(
        "hwbench: interrupted after 1 of 2 steps; go on with: hwbench characterize --resume"
    )
    moment = first_moment()
    partial = store.load_profile()
    assert partial.incomplete
    assert "toy_slow.q2" not in partial.quantities or not partial["toy_slow.q2"].is_available

    done = resume("--json", "-")
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)
    assert whole["quantities"]["toy_slow.q2"]["value"] == 2.0
    assert whole["quantities"]["toy_first.moment"]["value"] == moment
    assert "incomplete" not in whole
    assert journals() == []
    assert [entry.id for entry in store.kept()] == [whole["id"]]


def test_kill_9_ends_the_workers_too_and_loses_nothing() -> None:
    run = start("toy_first,toy_slow")
    wait_for(lambda: measured("toy_slow.q0"))
    children = psutil.Process(run.pid).children(recursive=True)
    assert children
    run.kill()
    run.communicate(timeout=30)
    psutil.wait_procs(children, timeout=10)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    moment = first_moment()
    with journals()[0].open("ab") as torn:
        torn.write(b'{"event":"measured","sitt')

    refused = resume("--full")
    assert refused.returncode == 2
    assert refused.stderr == (
        "hwbench: the interrupted run had effort default, not full; start a new one without --resume\n"
    )
    assert resume("--only", "toy_first").returncode == 2
    done = resume("--only", "toy_first,toy_slow")
    assert done.returncode == 0, done.stderr
    assert store.load_profile()["toy_first.moment"].value == moment


def test_a_run_that_is_still_going_cannot_be_resumed() -> None:
    run = start("toy_first,toy_slow")
    wait_for(lambda: measured("toy_first.moment"))
    refused = resume()
    run.kill()
    run.communicate(timeout=30)
    assert refused.returncode == 2
    assert "still writing" in refused.stderr
