"""What a host permits a benchmark to do: the records, and what the checks are given to look with.

A permit that is not `ok` says what its lack costs in plain words and, where there is one, the command that would mend
it. The checks themselves are in `machine_checks` (the hardware and the kernel) and `tool_checks` (programs, modules,
folders); they get everything through `Surroundings`, so that any host can be played in tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hwbench.records import Conditions, HostFacts, Record, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hwbench.host.activity import Activity
    from hwbench.host.text import Files

DOCTOR_SCHEMA = "hwbench.doctor/1"


class Permit(Record, frozen=True, kw_only=True):
    """One thing a benchmark may need: whether it is there, what was found, what its lack costs, what would mend it."""

    name: str
    state: Literal["ok", "limited", "missing"]
    found: str
    costs: str = ""
    remedy: str = ""


class DoctorReport(Record, frozen=True, kw_only=True):
    """All that `hwbench doctor` has to say: `hwbench.doctor/1`; `sources` are those that `hwbench explain` counts with."""

    schema: Literal["hwbench.doctor/1"]
    hwbench: str
    host: HostFacts
    conditions: Conditions | None = None
    permits: tuple[Permit, ...]
    sources: tuple[Permit, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What the checks look at and with.

    `which` finds a program's path, `version` runs one and returns its first line, `try_counter` returns 0 or the
    errno with which the kernel refused an event, `attempt` runs a tool and returns what it fails with (empty: it works),
    `pin` why pinning to a CPU was refused (empty: it was not), `has_module` whether a Python module is installed,
    `may_write` whether a folder could be written to.
    """

    files: Files
    host: HostFacts
    activity: Activity | Unavailable
    kernels: str | Unavailable
    folders: dict[str, Path] = field(default_factory=dict)
    foreign_version: str = ""
    which: Callable[[str], str | None] = lambda _: None
    version: Callable[[str], str] = lambda _: ""
    try_counter: Callable[[str], int] = lambda _: 38
    attempt: Callable[[tuple[str, ...]], str] = lambda _: ""
    pin: Callable[[int], str] = lambda _: ""
    has_module: Callable[[str], bool] = lambda _: False
    may_write: Callable[[Path], bool] = lambda _: False

    def install(self, package: str, **by_manager: str) -> str:
        """Return the command that installs a package; `by_manager` names it where a manager calls it otherwise."""
        for manager, command in INSTALLERS.items():
            if self.which(manager):
                return f"{command} {by_manager.get(manager, package)}"
        return f"install {package} with this system's package manager"


INSTALLERS = {
    "apt-get": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S",
    "zypper": "sudo zypper install",
    "apk": "sudo apk add",
    "brew": "brew install",
}
