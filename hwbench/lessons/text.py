"""The text of a lesson, with its claims answered: `[[name]]` after a sentence stands for what this machine says of it.

A claim that does not hold here says so in the text; one that only a run can tell says so until it was run.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from hwbench.lessons.kit import Missing, Seen
from hwbench.records import LessonClaim

if TYPE_CHECKING:
    from hwbench.lessons.kit import Judge, Lesson

MARK: Final = re.compile(r"\[\[(\w+)\]\]")
UNTOLD: Final = "see the run below"


def source(name: str) -> str:
    """Return the Markdown of a lesson as it is written."""
    return importlib.resources.files(f"hwbench.lessons.{name}").joinpath("text.md").read_text(encoding="utf-8")


def judged(lesson: Lesson, seen: Seen) -> tuple[LessonClaim, ...]:
    """Return every claim of a lesson with what this machine says of it."""
    return tuple(_judged(name, judge, seen) for name, judge in lesson.claims.items())


def _judged(name: str, judge: Judge, seen: Seen) -> LessonClaim:
    try:
        claim = judge(seen)
    except (Missing, ZeroDivisionError) as reason:
        return LessonClaim(name=name, says="", here=str(reason))
    return LessonClaim(name=name, says=claim.says, here=claim.here, holds=claim.holds)


def shown(markdown: str, claims: Iterable[LessonClaim]) -> str:
    """Return the text with its claims answered."""
    known: Mapping[str, LessonClaim] = {claim.name: claim for claim in claims}
    return MARK.sub(lambda found: _answer(known.get(found[1])), markdown)


def _answer(claim: LessonClaim | None) -> str:
    if claim is None or (claim.holds is None and not claim.says):
        return f"*({UNTOLD})*"
    if claim.holds is None:
        return f"*(here: {claim.here})*"
    return f"*(here: {claim.here})*" if claim.holds else f"**(NOT so here: {claim.here})**"
