"""Our own engine without any of the four mistakes."""

from __future__ import annotations

from typing import ClassVar

from hwbench.engines.adapters.plausible import Plausible
from hwbench.engines.plausible import Mistake


class Tuned(Plausible):
    """The engine with all four right."""

    mistakes: ClassVar[Mistake] = Mistake.NONE
