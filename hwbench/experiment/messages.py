"""What an experiment tells while it works: what it is doing now, and the first answer, on timing alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hwbench.records import Explanation


@dataclass(frozen=True)
class Doing:
    """What is being done, and how much of the whole is done (0 to 1)."""

    text: str
    done: float


@dataclass(frozen=True)
class First:
    """The explanation on timing alone, before anything was counted."""

    explanation: Explanation


Message = Doing | First
Report = Callable[[Message], None]


def silent(_: Message) -> None:
    """Tell nobody."""


class Interrupted(Exception):  # noqa: N818 - named after what happened
    """The user ended the experiment; `explanation` holds what was measured until then."""

    def __init__(self, explanation: Explanation) -> None:
        """Keep what was measured."""
        super().__init__(explanation.reason)
        self.explanation = explanation
