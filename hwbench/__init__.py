"""hwbench: what every hardware event costs on this machine, and why a program is slow on it.

    import hwbench
    profile = hwbench.characterize(effort="quick")   # measure this machine
    profile = hwbench.load_profile()                 # the newest profile of this machine
    profile["l1d.latency"]

Importing this package imports nothing heavy: what is asked for is imported then.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "characterize", "load_profile"]

if TYPE_CHECKING:
    from hwbench.profile.campaign import characterize
    from hwbench.profile.store import load_profile

_HOMES = {"characterize": "hwbench.profile.campaign", "load_profile": "hwbench.profile.store"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'hwbench' has no attribute {name!r}")
