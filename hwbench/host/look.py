"""Looking around: every check of what this host permits, in about a third of a second.

The CPUs' time is read at the beginning and again 0.3 s later; the other checks run in between.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.host import activity, machine_checks, tool_checks
from hwbench.host.counters import try_counter
from hwbench.host.folders import cache_folder, data_folder
from hwbench.host.permits import Permit, Surroundings
from hwbench.host.text import Files
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from hwbench.records import HostFacts

VERSION_SECONDS: Final = 2
ATTEMPT_SECONDS: Final = 5
NOT_YET: Final = Unavailable(reason="not yet read")
_TIMED: Final = (machine_checks.steal, machine_checks.load)


def look_around(host: HostFacts, kernels: str | Unavailable, root: Path = Path("/")) -> tuple[Permit, ...]:
    """Return what this host permits now; `kernels` names the C kernels that were built, or says why there are none."""
    files = Files(root)
    first = activity.read_now(files)
    around = survey(files, host, kernels)
    early = {check: check(around) for check in (*machine_checks.CHECKS, *tool_checks.CHECKS) if check not in _TIMED}
    activity.rest_until(first)
    around = survey(files, host, kernels, activity.between(first, activity.read_now(files)))
    return tuple(early.get(check) or check(around) for check in (*machine_checks.CHECKS, *tool_checks.CHECKS))


def survey(
    files: Files,
    host: HostFacts,
    kernels: str | Unavailable,
    seen: activity.Activity | Unavailable = NOT_YET,
) -> Surroundings:
    """Return the live surroundings: this process's tools, modules and folders."""
    return Surroundings(
        files=files,
        host=host,
        activity=seen,
        kernels=kernels,
        folders=_folders(),
        foreign_version=_foreign_version(),
        which=shutil.which,
        version=first_line,
        try_counter=try_counter,
        attempt=attempt,
        pin=try_pin,
        has_module=has_module,
        may_write=may_write,
    )


def _folders() -> dict[str, Path]:
    return {"data": data_folder(), "cache": cache_folder()}


def _foreign_version() -> str:
    """Return the version of the distribution named exactly `hwbench`, which is not ours; empty if it is not there."""
    try:
        return metadata.version("hwbench")
    except Exception:  # a damaged metadata folder raises what it likes, and is no distribution
        return ""


def first_line(program: str) -> str:
    """Return the first line that a program prints of its version; empty if it fails or takes too long."""
    arguments = [program, "version"] if Path(program).name == "zig" else [program, "--version"]
    try:
        done = subprocess.run(
            arguments, capture_output=True, text=True, errors="replace", timeout=VERSION_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(iter(done.stdout.splitlines()), "").strip()


def attempt(words: tuple[str, ...]) -> str:
    """Run a tool on a program that does nothing; return the line that it fails with, or nothing."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=ATTEMPT_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return "" if done.returncode == 0 else (said[-1] if said else f"it ended with status {done.returncode}")


def try_pin(cpu: int) -> str:
    """Pin this thread to a CPU and let it go again; return why not, or nothing."""
    if not hasattr(os, "sched_setaffinity"):
        return "this system cannot pin a thread to a CPU"
    try:
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {cpu})
        os.sched_setaffinity(0, before)
    except (OSError, ValueError) as error:
        return f"pinning to CPU {cpu} was refused ({error})"
    return ""


def has_module(name: str) -> bool:
    """Whether a top-level module is installed, without importing it."""
    try:
        return util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def may_write(folder: Path) -> bool:
    """Whether a folder can be written to, or made where it is not there yet; tried with a file that has no name."""
    try:
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        with tempfile.TemporaryFile(dir=nearest):
            return True
    except (OSError, StopIteration):
        return False
