"""Small libraries put ahead of a program's own (LD_PRELOAD), built on demand: a switch that the program need not know of.

Fooled by: programs that drop the variable or start with other rights (set-user-id), and whatever works past the C library.
Source: ld.so(8).
"""

from __future__ import annotations

import contextlib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from hwbench.evidence.building import build
from hwbench.experiment.programs import lacks_preload
from hwbench.experiment.switch import Change, Setting, joined, with_environment
from hwbench.records import Command, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def preloading(command: Command, system: str, stem: str) -> Iterator[Change | Unavailable]:
    """Yield the change that puts the library of that name ahead of the program's own."""
    if system != "Linux":
        yield Unavailable(reason=f"no library can be put ahead of a program's own on {system}")
        return
    lacking = lacks_preload(command)
    found = lacking if lacking is not None else library(stem)
    if isinstance(found, Unavailable):
        yield found
        return
    yield Change(Setting(command), Setting(put_ahead(command, found)))


def put_ahead(command: Command, found: Path) -> Command:
    """Return the command with a library ahead of its own, after those that the user has put there."""
    return with_environment(command, {"LD_PRELOAD": joined(command, "LD_PRELOAD", " ", str(found))})


def library(stem: str) -> Path | Unavailable:
    """Return the library made of `stem`.c, built now or earlier; or why there is none."""
    source = Path(str(resources.files("hwbench.counting") / f"{stem}.c"))
    built = build(stem, [source], libraries=("-ldl",))
    if isinstance(built, Path) and " " in str(built):
        return Unavailable(
            reason=f"a library cannot be put ahead from a folder with a space in its name ({built.parent})",
            remedy="set XDG_CACHE_HOME to a folder without one",
        )
    return built
