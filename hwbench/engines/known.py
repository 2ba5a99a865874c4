"""Which engines there are: those that have an adapter in the entry-point group `hwbench.engines`, in any package."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from hwbench.errors import unknown
from hwbench.records import Unavailable

GROUP: Final = "hwbench.engines"
OWN: Final = ("tuned", "plausible")
FIRST: Final = ("sqlite", *OWN)  # the reference, and our own, before all others
PACKAGES: Final = {"turso": "pyturso"}  # where a package is not called as its engine


@dataclass(frozen=True)
class Known:
    """An engine that has an adapter: its name and what makes it."""

    name: str
    entry: EntryPoint

    @property
    def is_ours(self) -> bool:
        """Whether the engine is part of this package: there is no other version of it."""
        return self.name in OWN

    @property
    def adapter(self) -> str:
        """The adapter as `module:class`."""
        return self.entry.value


def lacking(name: str, error: object, python: str = sys.executable) -> Unavailable:
    """Return why an engine is not there, and the command that installs it."""
    package = PACKAGES.get(name, name)
    return Unavailable(reason=f"not installed ({error})", remedy=f"{python} -m pip install {package}")


def known_engines() -> dict[str, Known]:
    """Return every engine that has an adapter, by name: the reference first, then our own, then by their names."""
    found = {entry.name: Known(entry.name, entry) for entry in entry_points(group=GROUP)}
    names = [*(name for name in FIRST if name in found), *sorted(set(found) - set(FIRST))]
    return {name: found[name] for name in names}


def known_engine(name: str) -> Known:
    """Return an engine by its name; raises UsageError where there is none."""
    engines = known_engines()
    if name not in engines:
        raise unknown("engine", name, engines)
    return engines[name]
