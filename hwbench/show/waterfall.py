"""The way from A's time to B's as a drawing in plain text: a step a cause, what is unexplained hatched.

Each step multiplies the time by its cause's factor, so the steps end exactly at B. Their order is that of the table; on
the log scale the length of a step is its share whatever the order, on the linear one it also depends on what came before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hwbench.show import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.records import Explanation
    from hwbench.show.machine import Page
    from hwbench.show.style import Colour

LOG_FROM: Final = 3.0
LEFT_ROOM: Final = 0.08
WIDEST: Final = 110
LEAST_SHARE: Final = 0.01
LABEL: Final = 14
FACTOR: Final = 8
TIME: Final = 9
Kind = Literal["total", "loss", "gain", "left"]
_COLOURS: Final[dict[Kind, Colour]] = {"total": "bold", "loss": "red", "gain": "green", "left": "yellow"}


@dataclass(frozen=True)
class Signs:
    """The characters that a waterfall is made of."""

    bars: dict[Kind, str]
    axis: str
    tick: str


UNICODE: Final = Signs({"total": "█", "loss": "▓", "gain": "▒", "left": "░"}, "─", "┴")
ASCII: Final = Signs({"total": "=", "loss": "#", "gain": "<", "left": ":"}, "-", "+")


@dataclass(frozen=True)
class Step:
    """One line: what it is, the time before and after it, and of which kind it is."""

    label: str
    start: float | None
    end: float
    kind: Kind


@dataclass(frozen=True)
class Scale:
    """Where a time falls: the bounds of the axis in seconds, its length in characters, and whether it is logarithmic."""

    low: float
    high: float
    columns: int
    is_log: bool

    def column(self, seconds: float) -> int:
        """Return the column of a time, held inside the axis."""
        share = (self._at(seconds) - self._at(self.low)) / max(self._at(self.high) - self._at(self.low), 1e-300)
        return min(max(round(share * self.columns), 0), self.columns)

    def _at(self, seconds: float) -> float:
        return math.log(max(seconds, 1e-300)) if self.is_log else seconds


def draw(explanation: Explanation, page: Page) -> str:
    """Draw the way from A to B; empty where there is no way to draw."""
    steps = steps_of(explanation)
    if len(steps) < 3:
        return ""
    signs = UNICODE if page.unicode else ASCII
    scale = _scale(steps, min(page.width, WIDEST) - LABEL - FACTOR - TIME - 2)
    lines = [_line(step, scale, signs, page) for step in steps]
    title = f"From A to B ({'log' if scale.is_log else 'linear'} scale)"
    return "\n".join([page.paint(title, "bold"), *lines, *_axis(scale, signs)])


def steps_of(explanation: Explanation) -> list[Step]:
    """Return the steps from A's time to B's: causes of at least 1 % by share, the rest of them together, the unexplained."""
    a, b = explanation.a.seconds, explanation.b.seconds
    if a is None or b is None or a.value <= 0 or b.value <= 0 or a.value == b.value:
        return []
    ratio = b.value / a.value
    shown = [cause for cause in explanation.causes if abs(cause.share) >= LEAST_SHARE]
    steps, now = [Step("A", None, a.value, "total")], a.value
    for cause in sorted(shown, key=lambda cause: -cause.share):
        after = now * ratio**cause.share
        steps.append(Step(cause.cause, now, after, "loss" if after >= now else "gain"))
        now = after
    if explanation.unexplained is not None or not math.isclose(now, b.value, rel_tol=0.01):
        steps.append(Step("unexplained", now, b.value, "left"))
    return [*steps, Step("B", None, b.value, "total")]


def _scale(steps: Sequence[Step], columns: int) -> Scale:
    low, high = min(step.end for step in steps), max(step.end for step in steps)
    if high / low < LOG_FROM:
        return Scale(0.0, high, columns, is_log=False)
    return Scale(low / (high / low) ** LEFT_ROOM, high, columns, is_log=True)


def _line(step: Step, scale: Scale, signs: Signs, page: Page) -> str:
    first = 0 if step.start is None else scale.column(min(step.start, step.end))
    last = scale.column(step.end if step.start is None else max(step.start, step.end))
    first = min(first, scale.columns - 1)
    length = max(last - first, 1)
    by = "" if step.start is None else words.factor(step.end / step.start)
    bar = page.paint(signs.bars[step.kind] * length, _COLOURS[step.kind])
    return f"{step.label:<{LABEL}}{by:<{FACTOR}}{words.seconds(step.end):>{TIME}}  {' ' * first}{bar}"


def _axis(scale: Scale, signs: Signs) -> list[str]:
    """Return the axis with its ticks, and the times beneath those that have room."""
    margin = LABEL + FACTOR + TIME + 2
    line, labels = [signs.axis] * scale.columns, ""
    for seconds in _ticks(scale):
        column, text = scale.column(seconds), words.seconds(seconds) if seconds else "0"
        start = min(max(column - len(text) // 2, 0), scale.columns - len(text))
        if labels and start < len(labels) + 2:
            continue
        line[min(column, scale.columns - 1)] = signs.tick
        labels = labels.ljust(start) + text
    return [" " * margin + "".join(line), " " * margin + labels]


def _ticks(scale: Scale) -> list[float]:
    """Return round times inside the axis: 1, 2, 5 a decade on a log scale, or decades where they are many."""
    if not scale.is_log:
        step = _round_step(scale.high / max(scale.columns / 14, 2))
        return [number * step for number in range(int(scale.high / step) + 1)]
    decades = range(math.floor(math.log10(scale.low)), math.ceil(math.log10(scale.high)) + 1)
    digits = (1, 2, 5) if len(decades) <= 3 else (1,)
    every = max(len(decades) // 8, 1)
    ticks = [float(f"{digit}e{decade}") for decade in decades if decade % every == 0 for digit in digits]
    return [tick for tick in ticks if scale.low <= tick <= scale.high]


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least)
