"""hwbench: what every hardware event costs on this machine, and why a program is slow on it.

    import hwbench
    profile = hwbench.characterize(effort="quick")   # measure this machine
    profile = hwbench.load_profile()                 # the newest profile of this machine
    profile["l1d.latency"]
    hwbench.explain(fast, slow, sizes=[1e4, 1e5, 1e6])  # why `slow` is slower than `fast`
    with hwbench.region(): ...                       # only this part of the program is meant

Importing this package imports nothing heavy: what is asked for is imported then. `hwbench.explain` is a function here and
the package of that name in `from hwbench.explain import …`: once imported, the package answers to a call as the function.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "characterize", "explain", "include_folder", "load_profile", "region"]

if TYPE_CHECKING:
    from hwbench.profile.campaign import characterize
    from hwbench.profile.store import load_profile
    from hwbench.regions import include_folder, region

    explain: Any

_HOMES = {
    "characterize": "hwbench.profile.campaign",
    "explain": "hwbench.experiment.run",
    "include_folder": "hwbench.regions",
    "load_profile": "hwbench.profile.store",
    "region": "hwbench.regions",
}


class _Called(ModuleType):
    """A package that has the name of a function of ours, and can be called as it."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function."""
        name = self.__name__.rpartition(".")[2]
        return getattr(import_module(_HOMES[name]), name)(*arguments, **options)


class _Package(ModuleType):
    """This package: the import system hangs its parts here, some under the name of a function."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            value.__class__ = _Called
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'hwbench' has no attribute {name!r}")
