"""Lessons: every effect on your own machine, predicted by its price list before it is run.

One folder an effect; `hwbench.lessons.kit` says what it is made of. `names()` lists them, `load(name)` returns one.
"""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from hwbench.errors import unknown

if TYPE_CHECKING:
    from hwbench.lessons.kit import Lesson

FOLDER: Final = Path(__file__).resolve().parent


@functools.cache
def names() -> tuple[str, ...]:
    """Return the names of all lessons, by chapter in the order of teaching and then by their order in it."""
    from hwbench.lessons.order import ORDER  # noqa: PLC0415 - a table

    found = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    return tuple(name for name in ORDER if name in found) + tuple(sorted(found - set(ORDER)))


def load(name: str) -> Lesson:
    """Return a lesson; UsageError, with the nearest name, for one that there is not."""
    if name not in names():
        raise unknown("lesson", name, names(), "see: hwbench learn")
    lesson: Lesson = importlib.import_module(f"hwbench.lessons.{name}").LESSON
    return lesson


def chapters() -> tuple[str, ...]:
    """Return the chapters in the order of teaching."""
    from hwbench.lessons.kit import Chapter  # noqa: PLC0415 - draws in numpy

    return get_args(Chapter)
