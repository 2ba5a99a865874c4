"""A recorded machine for tests of lessons, whole or with chosen quantities alone."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hwbench.profile import store
from hwbench.records import MachineProfile, Quantity

PROFILE = Path(__file__).parent / "data" / "profile.json"


def recorded() -> MachineProfile:
    """The whole profile of one machine, of curves only those that lessons read."""
    return store.read(PROFILE)


def profile_with(**values: Quantity) -> MachineProfile:
    named = {name.replace("__", "."): quantity for name, quantity in values.items()}
    return msgspec.structs.replace(store.read(PROFILE), quantities=named, curves={})
