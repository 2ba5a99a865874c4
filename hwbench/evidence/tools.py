"""What the sources share: a program found and started under a tool, what came of it as a value, and how to get a tool.

A source never raises for what a user's program or a tool did: a failure becomes an Evidence that says why there is
nothing and what to do. Fooled by: a program that fails only under the tool (said as such, with its last line).
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from hwbench.errors import UsageError
from hwbench.host.permits import INSTALLERS
from hwbench.measure.processes import Ended, resolve, run
from hwbench.records import Command, Evidence, Limits, Source, Unavailable
from hwbench.units import significant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WHOLE_PROGRAM: Final = "the whole program was counted, not only its marked region"
SMALLER: Final = "give smaller sizes, or a longer limit"


def install(package: str) -> str:
    """Return the command that installs a package here."""
    found = next((command for manager, command in INSTALLERS.items() if shutil.which(manager)), None)
    return f"{found} {package}" if found else f"install {package} with this system's package manager"


def find(program: str, package: str) -> str | Unavailable:
    """Return a tool's path, or that it is not installed, with the command that installs it."""
    path = shutil.which(program)
    return path or Unavailable(reason=f"{program} is not installed", remedy=install(package))


def nothing(source: Source, reason: str, remedy: str = "", notes: Sequence[str] = ()) -> Evidence:
    """Return the evidence of a source that counted nothing: why, and what would mend it."""
    return Evidence(source=source, unavailable=reason, remedy=remedy, notes=tuple(notes))


def attempt(
    command: Command,
    limits: Limits,
    *,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Ended | Unavailable:
    """Run a command behind a tool's words; return how it ended, or in one line why it did not end well."""
    try:
        ended = run(
            without_shim(command),
            prefix=prefix,
            environment=environment,
            timeout=limits.seconds,
            cpus=None if limits.cpu is None else (limits.cpu,),
        )
    except UsageError as error:
        return Unavailable(reason=str(error))
    if ended.timed_out:
        under = f" under {prefix[0].rsplit('/', 1)[-1]}" if prefix else ""
        return Unavailable(reason=f"it did not end within {significant(limits.seconds)} s{under}", remedy=SMALLER)
    return ended if ended.is_well else Unavailable(reason=ended.trouble)


def without_shim(command: Command) -> Command:
    """Return the command with the real interpreter where its `python` is a shell script that finds one.

    Such a script (pyenv's, an image's) starts tens of processes of its own, which a counter would count and an emulator
    could not follow.
    """
    resolved = resolve(command)
    program = Path(resolved.argv[0])
    if "python" not in program.name or _magic(program) != b"#!":
        return resolved
    real = _executable(str(program), resolved.cwd)
    return structs.replace(resolved, argv=(real, *resolved.argv[1:])) if real else resolved


def _magic(program: Path) -> bytes:
    try:
        with program.open("rb") as file:
            return file.read(2)
    except OSError:
        return b""


@functools.cache
def _executable(shim: str, cwd: str | None) -> str:
    words = [shim, "-c", "import sys; print(sys.executable)"]
    try:
        done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
