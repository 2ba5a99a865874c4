"""Whole programs are run with their account, and whatever they do, nothing hangs, nothing is left, and the trouble is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from hwbench.errors import UsageError
from hwbench.measure import processes
from hwbench.measure.processes import resolve, run
from hwbench.records import Command

SHELL = "/bin/sh"
PATIENCE = 20.0  # seconds after which a test would rather fail than wait
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the processes that are left")


def shell(text: str, **more: object) -> Command:
    return Command(argv=(SHELL, "-c", text), **more)  # type: ignore[arg-type]


def python(text: str) -> Command:
    return Command(argv=(sys.executable, "-S", "-c", textwrap.dedent(text)))


def test_a_program_that_ends_well_has_an_account_and_no_trouble() -> None:
    ended = run(shell("exit 0"), timeout=PATIENCE)
    assert ended.is_well
    assert ended.trouble == ""
    assert ended.run.wall > 0
    assert ended.run.page_faults > 0
    assert ended.run.whole is None


def test_the_peak_of_memory_is_the_programs_or_unknown_but_never_ours() -> None:
    small = run(shell("exit 0"), timeout=PATIENCE)
    assert small.run.peak_bytes < psutil.Process().memory_info().rss / 2
    size = psutil.Process().memory_info().rss + (200 << 20)
    large = run(python(f"x = bytearray({size}); x[::4096] = b'x' * len(x[::4096])"), timeout=PATIENCE)
    assert size < large.run.peak_bytes < 4 * size


def test_cpu_time_is_what_the_program_and_its_waited_for_children_used() -> None:
    idle = run(shell("sleep 0.2"), timeout=PATIENCE).run
    assert idle.wall >= 0.2
    assert idle.user + idle.system < idle.wall / 2
    busy = run(python("import time\nwhile time.process_time() < 0.3: pass"), timeout=PATIENCE).run
    assert busy.user + busy.system >= 0.3
    child = run(
        shell(f"{sys.executable} -S -c 'import time\nwhile time.process_time() < 0.3: pass'; :"), timeout=PATIENCE
    )
    assert child.run.user + child.run.system >= 0.3


def test_a_failure_is_told_with_its_status_and_the_last_line_it_said() -> None:
    ended = run(shell("echo first >&2; echo cannot open the thing >&2; exit 3"), timeout=PATIENCE)
    assert not ended.is_well
    assert ended.status == 3
    assert ended.trouble == "it failed with status 3: cannot open the thing"


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGTERM", "SIGABRT"])
def test_a_signal_that_ends_it_is_told_by_name(name: str) -> None:
    ended = run(shell(f"kill -{name[3:]} $$"), timeout=PATIENCE)
    assert ended.status == -signal.Signals[name]
    assert not ended.is_well
    assert f"it was killed by {name}" in ended.trouble
    assert ("out of memory" in ended.trouble) == (name == "SIGKILL")


@pytest.mark.parametrize("reads_output", [False, True])
def test_a_program_that_hangs_is_stopped_in_time(reads_output: bool) -> None:
    began = time.monotonic()
    ended = run(shell("sleep 60"), timeout=0.3, reads_output=reads_output)
    assert time.monotonic() - began < PATIENCE
    assert ended.timed_out
    assert not ended.is_well
    assert "did not end within" in ended.trouble


def test_a_program_that_hangs_and_ignores_what_it_is_told_is_stopped_all_the_same() -> None:
    assert run(shell("trap '' TERM INT HUP; while :; do sleep 1; done"), timeout=0.3).timed_out


def test_the_time_out_of_the_command_counts_where_none_is_given() -> None:
    assert run(shell("sleep 60", timeout=0.3)).timed_out
    assert not run(shell("sleep 0.01", timeout=0.001), timeout=PATIENCE).timed_out


def test_a_program_that_ends_in_time_is_not_called_late() -> None:
    assert not run(shell("sleep 0.05"), timeout=PATIENCE).timed_out


@pytest.mark.parametrize("stream", ["", " >&2"])
def test_a_program_that_prints_without_end_is_stopped_or_drained(monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    monkeypatch.setattr(processes, "LONGEST_OUTPUT", 1 << 24)
    ended = run(shell(f"head -c 2147483648 /dev/zero{stream}"), timeout=PATIENCE, reads_output=True)
    assert not ended.timed_out, "it hung on a full pipe"
    assert len(ended.output) <= processes.KEPT_BYTES
    assert len(ended.errors) <= processes.KEPT_BYTES
    if not stream:
        assert not ended.is_well
        assert "printed more than" in ended.trouble


def test_two_gigabytes_that_nobody_reads_are_no_trouble() -> None:
    ended = run(shell("head -c 2147483648 /dev/zero"), timeout=PATIENCE)
    assert ended.is_well
    assert ended.digest == ""


@ON_LINUX
@pytest.mark.parametrize("reads_output", [False, True])
def test_children_left_behind_are_killed_and_told(tmp_path: Path, reads_output: bool) -> None:
    note = tmp_path / "pid"
    began = time.monotonic()
    ended = run(shell(f"sleep 60 & echo $! >{note}; exit 0"), timeout=PATIENCE, reads_output=reads_output)
    assert time.monotonic() - began < PATIENCE / 2, "it waited for a child that holds the pipe"
    assert ended.is_well
    assert ended.left_behind
    assert is_gone(int(note.read_text()))


@ON_LINUX
def test_children_of_a_program_that_hangs_are_killed_with_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    ended = run(shell(f"sleep 60 & echo $! >{note}; wait"), timeout=0.5)
    assert ended.timed_out
    assert is_gone(int(note.read_text()))


def test_nothing_is_said_to_be_left_behind_where_nothing_is() -> None:
    assert not run(shell("sleep 0.01"), timeout=PATIENCE).left_behind


def test_a_program_that_is_not_there_is_a_mistake_of_the_user_in_one_line(tmp_path: Path) -> None:
    for argv in (("no-such-program-anywhere",), ("./nor-here",), (str(tmp_path / "nor-there"),), ("",)):
        with pytest.raises(UsageError, match="is not there") as told:
            resolve(Command(argv=argv))
        assert "\n" not in str(told.value)
    with pytest.raises(UsageError, match="empty"):
        resolve(Command(argv=()))


def test_a_program_in_the_folder_itself_is_found_by_dot_slash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "fast"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert resolve(Command(argv=("./fast", "{n}"), cwd=str(tmp_path))).argv == (str(program), "{n}")
    monkeypatch.chdir(tmp_path)
    assert resolve(Command(argv=("./fast",))).argv == (str(program),)
    assert resolve(Command(argv=("./fast",), cwd=".")).argv == (str(program),)


def test_a_program_that_may_not_be_run_is_told_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("echo\n")
    with pytest.raises(UsageError, match="may not be run"):
        resolve(Command(argv=(str(plain),)))
    with pytest.raises(UsageError, match="may not be run"):
        resolve(Command(argv=("./plain",), cwd=str(tmp_path)))
    with pytest.raises(UsageError, match=r"may not be run|is not there"):
        resolve(Command(argv=(str(tmp_path),)))


@pytest.mark.parametrize("argv", [("no-such-program-anywhere",), ("/etc/hostname",), ("a\0b",)])
def test_what_cannot_be_started_is_a_mistake_of_the_user(argv: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="could not be started"):
        run(Command(argv=argv), timeout=PATIENCE)


def test_a_binary_that_is_none_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF and then nothing")
    broken.chmod(0o755)
    with pytest.raises(UsageError, match="could not be started"):
        run(Command(argv=(str(broken),)), timeout=PATIENCE)


def test_a_folder_that_is_not_there_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"folder .* is not there"):
        resolve(Command(argv=(SHELL,), cwd=str(tmp_path / "none")))
    with pytest.raises(UsageError, match="could not be started"):
        run(Command(argv=(SHELL,), cwd=str(tmp_path / "none")), timeout=PATIENCE)


def test_a_program_is_found_from_the_folder_it_runs_in_and_from_its_own_path(tmp_path: Path) -> None:
    script = tmp_path / "mine"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o755)
    near = resolve(Command(argv=("./mine", "x"), cwd=str(tmp_path)))
    named = resolve(Command(argv=("mine",), env={"PATH": str(tmp_path)}))
    assert near.argv == (str(script), "x")
    assert named.argv == (str(script),)
    assert run(near, timeout=PATIENCE).status == 7


def test_a_folder_without_a_start_at_the_root_is_followed_from_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    script = tmp_path / "inner" / "mine"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert run(resolve(Command(argv=("./mine",), cwd="inner")), timeout=PATIENCE).status == 7


@ON_LINUX
def test_ctrl_c_in_the_middle_kills_the_program_and_is_passed_on(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run(shell(f"sleep 60 & echo $$ $! >{note}; wait"), timeout=PATIENCE)
    assert all(is_gone(int(pid)) for pid in note.read_text().split())


@ON_LINUX
def test_ctrl_c_while_the_answer_is_read_kills_the_program_too(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run(shell(f"echo $$ >{note}; echo answer; sleep 60"), timeout=PATIENCE, reads_output=True)
    assert is_gone(int(note.read_text()))


def test_ctrl_c_of_the_terminal_does_not_reach_the_program() -> None:
    ended = run(python("import os; print(os.getsid(0) == os.getpid())"), timeout=PATIENCE, reads_output=True)
    assert ended.output == b"True\n"


def region_of(*lines: str) -> Command:
    words = "; ".join(f"echo '{line}' >>$HWBENCH_REGION" for line in lines)
    return shell(f"{words}; sleep 0.05")


def test_a_marked_region_is_what_counts_and_the_whole_is_kept_beside_it() -> None:
    ended = run(region_of("2000000 1500000 500000 10 1 2 3"), timeout=PATIENCE)
    assert (ended.run.wall, ended.run.user, ended.run.system) == (0.002, 0.0015, 0.0005)
    assert (ended.run.page_faults, ended.run.major_faults) == (10, 1)
    assert (ended.run.voluntary_switches, ended.run.involuntary_switches) == (2, 3)
    assert ended.run.whole is not None
    assert ended.run.whole >= 0.05


def test_regions_are_added_up() -> None:
    ended = run(region_of("1000000 1 2 3 4 5 6", "2000000 1 2 3 4 5 6"), timeout=PATIENCE)
    assert ended.run.wall == 0.003
    assert ended.run.page_faults == 6


@pytest.mark.parametrize("line", ["1 2 3", "1 2 3 4 5 6 x", "", "1 2 3 4 5 6 7 8", "1.5 2 3 4 5 6 7"])
def test_a_damaged_line_marks_nothing(line: str) -> None:
    ended = run(region_of("1000000 1 2 3 4 5 6", line), timeout=PATIENCE)
    assert ended.run.whole is None
    assert ended.run.wall >= 0.05


def test_the_file_of_regions_is_gone_afterwards() -> None:
    ended = run(shell("echo $HWBENCH_REGION"), timeout=PATIENCE, reads_output=True)
    assert not Path(ended.output.decode().strip()).exists()


def test_equal_answers_have_equal_digests_and_unequal_ones_do_not() -> None:
    first, again, other = (
        run(shell(f"echo {word}; echo {word} >&2"), timeout=PATIENCE, reads_output=True) for word in ("a", "a", "b")
    )
    assert first.digest == again.digest != other.digest
    assert first.output == b"a\n"
    assert first.output_bytes == 2
    assert first.errors == "a\n"


def test_an_answer_larger_than_what_is_kept_is_hashed_to_its_end() -> None:
    long = "head -c 1000000 /dev/zero | tr '\\0' x"
    first = run(shell(f"{long}; echo a"), timeout=PATIENCE, reads_output=True)
    other = run(shell(f"{long}; echo b"), timeout=PATIENCE, reads_output=True)
    assert first.output_bytes == other.output_bytes == 1_000_002
    assert first.digest != other.digest


def test_the_last_of_an_answer_is_not_lost_when_the_program_ends_at_once() -> None:
    sizes = {run(shell("head -c 60000 /dev/zero"), timeout=PATIENCE, reads_output=True).output_bytes for _ in range(10)}
    assert sizes == {60000}


def test_standard_input_is_empty() -> None:
    ended = run(Command(argv=("cat",)), timeout=PATIENCE, reads_output=True)
    assert ended.is_well
    assert ended.output == b""


def test_the_environment_is_ours_then_the_commands_then_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST", "SECOND", "THIRD"):
        monkeypatch.setenv(name, "ours")
    command = shell("echo $FIRST $SECOND $THIRD", env={"SECOND": "command", "THIRD": "command"})
    ended = run(command, environment={"THIRD": "run"}, timeout=PATIENCE, reads_output=True)
    assert ended.output == b"ours command run\n"


def test_words_of_the_prefix_stand_ahead() -> None:
    ended = run(Command(argv=("echo", "x")), prefix=("env", "echo"), timeout=PATIENCE, reads_output=True)
    assert ended.output == b"echo x\n"


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot hold a program on a CPU")
def test_a_program_is_held_on_its_cpus_and_we_are_not() -> None:
    before = os.sched_getaffinity(0)
    last = max(before)
    ended = run(
        python("import os; print(sorted(os.sched_getaffinity(0)))"), cpus=(last,), timeout=PATIENCE, reads_output=True
    )
    assert ended.output.decode().strip() == str([last])
    assert os.sched_getaffinity(0) == before


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say on which CPU a program ended")
def test_a_run_says_on_which_cpu_it_ended() -> None:
    for cpu in sorted(os.sched_getaffinity(0))[:2]:
        assert run(Command(argv=(sys.executable, "-c", "pass")), cpus=(cpu,)).run.cpu == cpu


def test_runs_leave_no_open_files_and_no_processes() -> None:
    for reads_output in (False, True):
        run(shell("exit 0"), timeout=PATIENCE, reads_output=reads_output)
    before = psutil.Process().num_fds(), len(psutil.Process().children())
    for _ in range(5):
        for reads_output in (False, True):
            run(shell("sleep 60 & exit 1"), timeout=PATIENCE, reads_output=reads_output)
    assert (psutil.Process().num_fds(), len(psutil.Process().children())) == before


@pytest.mark.skipif(shutil.which("setsid") is None, reason="there is no setsid here")
def test_a_daemon_that_holds_the_pipe_does_not_hold_us() -> None:
    began = time.monotonic()
    ended = run(shell("setsid sleep 12 & exit 0"), timeout=PATIENCE, reads_output=True)
    assert time.monotonic() - began < 10
    assert ended.is_well


def is_gone(pid: int) -> bool:
    """Whether a process has ended, given a moment; a zombie that nobody has waited for counts as ended."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_a_run_does_not_change_how_signals_are_handled() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD)
    run(shell("exit 0"), timeout=PATIENCE)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD)) == before
    assert subprocess.run(["true"], check=False).returncode == 0
