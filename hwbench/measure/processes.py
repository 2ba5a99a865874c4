"""Whole programs, run and accounted for: wall time by the monotonic clock, the rest by the kernel's own account (wait4).

The program gets a session of its own, no standard input and no shell; what it leaves behind is killed with it. Its answer
(standard output) is read and hashed only where asked for, since a reader beside it would share the machine with it.
Where the program marks a region it appends one line of numbers a region to the file named by HWBENCH_REGION.
Fooled by: children that leave the session (a daemon's are not seen, nor killed); the kernel's account of user against
system time where it counts by ticks (the sum is exact).
Source: wait4(2), waitid(2), getrusage(2), setsid(2), proc(5) for oom_score_adj, sched-stats in the kernel's documentation.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from hwbench.errors import UsageError
from hwbench.records import Command, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

REGION_VARIABLE: Final = "HWBENCH_REGION"
KEPT_BYTES: Final = 4096  # of an answer and of what stands on standard error: enough to show what went wrong
CHUNK_BYTES: Final = 1 << 16
LONGEST_OUTPUT: Final = 1 << 30  # a program that prints more is stopped: it would be read for minutes
PROCESSOR: Final = 36  # its place among the fields that come after the name, in proc(5)
KIBIBYTE: Final = 1024
FIRST_KILLED: Final = b"1000"  # of the kernel's scale: if memory runs out, it is the program's that is taken, not ours


@dataclass(frozen=True)
class Ended:
    """How a program ended: its account, its status (negative: the signal), and what it said."""

    run: Run
    status: int
    timed_out: bool = False
    digest: str = ""
    output: bytes = b""
    output_bytes: int = 0
    errors: str = ""
    left_behind: bool = False

    @property
    def is_well(self) -> bool:
        """Whether the program ended by itself, in time, with status 0."""
        return self.status == 0 and not self.timed_out

    @property
    def trouble(self) -> str:
        """What went wrong, in a few words; empty if nothing did."""
        if self.output_bytes > LONGEST_OUTPUT:
            return f"it printed more than {LONGEST_OUTPUT >> 30} GiB and was stopped"
        if self.timed_out:
            return f"it did not end within {self.run.wall:.3g} s and was stopped"
        if self.status < 0:
            name = _signal_name(-self.status)
            hint = " (out of memory?)" if name == "SIGKILL" else ""
            return f"it was killed by {name}{hint}{self._said}"
        return f"it failed with status {self.status}{self._said}" if self.status else ""

    @property
    def _said(self) -> str:
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        return f": {lines[-1][:200]}" if lines else ""


@dataclass
class _Reader:
    """Reads one stream to its end in a thread of its own: hashes an answer, and keeps its beginning or (of errors) its end."""

    stream: IO[bytes]
    stop: Callable[[], object]
    keeps_end: bool = False
    digest: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))
    kept: bytes = b""
    count: int = 0

    def read(self) -> None:
        """Read until the stream ends; stop a program whose answer has none. Errors are drained: it would wait for us."""
        with contextlib.suppress(OSError, ValueError):
            while chunk := os.read(self.stream.fileno(), CHUNK_BYTES):
                self.count += len(chunk)
                joined = self.kept + chunk
                if self.keeps_end:
                    self.kept = joined[-KEPT_BYTES:]
                    continue
                self.kept = joined[:KEPT_BYTES]
                self.digest.update(chunk)
                if self.count > LONGEST_OUTPUT:
                    self.stop()
                    break


def resolve(command: Command) -> Command:
    """Return the command with its program as a full path; UsageError if it is not there or may not be run."""
    if not command.argv:
        raise UsageError("the command is empty")
    folder = command.cwd or "."
    if not Path(folder).is_dir():
        raise UsageError(f"the folder {folder} to run in is not there")
    name = command.argv[0]
    path = os.environ | command.env
    # What is named with a folder keeps one, `./fast` too: else PATH is searched for it.
    near = str(Path(folder, name).absolute()) if os.sep in name else name
    found = shutil.which(near, path=path.get("PATH"))
    if found is None:
        reason = "may not be run (chmod +x?)" if Path(near).is_file() else "is not there"
        raise UsageError(f"the program {name} {reason}")
    return msgspec.structs.replace(command, argv=(str(Path(found).absolute()), *command.argv[1:]))


def run(
    command: Command,
    *,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    cpus: Sequence[int] | None = None,
    reads_output: bool = False,
) -> Ended:
    """Run a command once and return how it ended; UsageError if it cannot be started.

    `prefix` are words ahead of it (an emulator and its options); `environment` is added to the command's own. `timeout` in
    seconds defaults to the command's. With `reads_output` its answer is hashed; otherwise it goes nowhere.
    """
    variables = {**os.environ, **command.env, **(environment or {})}
    with tempfile.NamedTemporaryFile(prefix="hwbench-region-") as region, _held_on(cpus):
        variables[REGION_VARIABLE] = region.name
        started = time.perf_counter()
        process = _start([*prefix, *command.argv], command.cwd, variables, reads_output=reads_output)
        ended = _attend(process, started, timeout if timeout is not None else command.timeout)
        lines = region.read().decode("ascii", "replace").splitlines()
    marked = _region(lines, ended.run)
    return ended if marked is None else _with_run(ended, marked)


def _with_run(ended: Ended, taken: Run) -> Ended:
    values = {name: getattr(ended, name) for name in Ended.__dataclass_fields__}
    return Ended(**(values | {"run": taken}))


def _start(
    words: list[str], cwd: str | None, variables: dict[str, str], *, reads_output: bool
) -> subprocess.Popen[bytes]:
    try:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if reads_output else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise UsageError(f"{words[0]} could not be started ({getattr(error, 'strerror', None) or error})") from error
    with contextlib.suppress(OSError):
        Path(f"/proc/{process.pid}/oom_score_adj").write_bytes(FIRST_KILLED)
    return process


def _attend(process: subprocess.Popen[bytes], started: float, timeout: float | None) -> Ended:
    """Wait for a program, read what it says, and end it and its children where it takes too long or we are interrupted."""
    streams = [stream for stream in (process.stdout, process.stderr) if stream is not None]
    stop = functools.partial(_kill_group, process.pid)
    readers = [_Reader(stream, stop, keeps_end=stream is process.stderr) for stream in streams]
    threads = [threading.Thread(target=reader.read, daemon=True) for reader in readers]
    expired = threading.Event()
    timer = threading.Timer(timeout, _expire, (process.pid, expired)) if timeout else None
    for thread in (*threads, *([timer] if timer else [])):
        thread.daemon = True
        thread.start()
    try:
        queued, cpu = _last_seen(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        _kill_group(process.pid)
        with contextlib.suppress(ChildProcessError):
            os.wait4(process.pid, 0)
        process.returncode = -signal.SIGKILL
        raise
    finally:
        if timer:
            timer.cancel()
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    left_behind = _kill_group(process.pid)
    for thread in threads:
        thread.join(2.0)
    return _ended(
        process, readers, _account(wall, usage, queued, cpu), timed_out=expired.is_set(), left_behind=left_behind
    )


def _ended(
    process: subprocess.Popen[bytes], readers: list[_Reader], taken: Run, *, timed_out: bool, left_behind: bool
) -> Ended:
    answer = readers[0] if process.stdout is not None else None
    errors = readers[-1].kept.decode("utf-8", "replace")
    for reader in readers:
        reader.stream.close()
    return Ended(
        run=taken,
        status=process.returncode,
        timed_out=timed_out,
        digest=answer.digest.hexdigest() if answer else "",
        output=answer.kept if answer else b"",
        output_bytes=answer.count if answer else 0,
        errors=errors,
        left_behind=left_behind,
    )


def _account(wall: float, usage: Any, queued: float, cpu: int | None) -> Run:
    return Run(
        wall=wall,
        user=usage.ru_utime,
        system=usage.ru_stime,
        page_faults=usage.ru_minflt,
        major_faults=usage.ru_majflt,
        voluntary_switches=usage.ru_nvcsw,
        involuntary_switches=usage.ru_nivcsw,
        peak_bytes=_peak_bytes(usage),
        queued=min(queued, max(wall - usage.ru_utime - usage.ru_stime, 0.0)),
        cpu=cpu,
    )


def _peak_bytes(usage: Any) -> int:
    """Return the program's peak of memory; 0 where it is not known, since Linux starts its account from our own peak.

    A child begins as a copy of the process that starts it, and execve(2) keeps the larger of the two peaks.
    """
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        return int(usage.ru_maxrss)
    return int(usage.ru_maxrss) * KIBIBYTE if usage.ru_maxrss > own else 0


def _last_seen(pid: int) -> tuple[float, int | None]:
    """Wait for a program to end, leave it unreaped, and return how long its first thread waited for a CPU, and its last CPU.

    0 and None where the system does not say.
    """
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        queued = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return queued, int(after_name[PROCESSOR])
    except (AttributeError, OSError, ValueError, IndexError):
        return 0.0, None


def _region(lines: list[str], whole: Run) -> Run | None:
    """Return the account of the marked regions, added up; None where the program marked none, or a line is damaged."""
    try:
        rows = [[int(word) for word in line.split()] for line in lines]
    except ValueError:
        return None
    if not rows or any(len(row) != 7 for row in rows):
        return None
    wall, user, system, minor, major, voluntary, involuntary = (sum(column) for column in zip(*rows, strict=True))
    return Run(
        wall=wall / 1e9,
        user=user / 1e9,
        system=system / 1e9,
        page_faults=minor,
        major_faults=major,
        voluntary_switches=voluntary,
        involuntary_switches=involuntary,
        peak_bytes=whole.peak_bytes,
        whole=whole.wall,
        queued=min(whole.queued, max(wall - user - system, 0) / 1e9),
        cpu=whole.cpu,
    )


def _expire(pid: int, expired: threading.Event) -> None:
    expired.set()
    _kill_group(pid)


def _kill_group(pid: int) -> bool:
    """Kill what is left of a program's session; return whether anything was."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextlib.contextmanager
def _held_on(cpus: Sequence[int] | None) -> Iterator[None]:
    """Let what is started within the block run on these CPUs only, where this system can do that."""
    if not cpus or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, set(cpus))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, before)
