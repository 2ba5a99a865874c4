"""The noise of layout: how much the time differs only because things stand elsewhere in memory.

The size of the environment moves the stack, and with it what shares a cache set or a page offset with what; Python's hash
seed moves what stands where in its tables. Neither is a cause, yet both can make one program seem slower than another. So
a program is timed with environments of several sizes at fixed addresses, in turns, and the spread between them widens the
noise floor. Where addresses cannot be fixed, the kernel moves them anyway and every run is at another layout.
Fooled by: layouts of code (link order, function alignment), which no environment moves.
Source: Mytkowicz, Diwan, Hauswirth and Sweeney, "Producing Wrong Data Without Doing Anything Obviously Wrong!", ASPLOS 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench.experiment.inherited import fixed_addresses
from hwbench.experiment.switch import variable, with_environment
from hwbench.measure.processes import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.experiment.toggles import TimeOne
    from hwbench.records import Command

PADDING: Final = "HWBENCH_PADDING"
SIZES: Final = (0, 1040, 2144, 3248, 4032)  # bytes; apart by odd multiples of 16, spread over one page
HASH_SEED: Final = "PYTHONHASHSEED"


@dataclass(frozen=True)
class LayoutNoise:
    """The seconds at each layout, as they were taken in turns; `fixed` says that addresses were the same otherwise."""

    sizes: tuple[int, ...]
    seconds: tuple[tuple[float, ...], ...]
    fixed: bool

    @property
    def spread(self) -> float:
        """How far the slowest layout is above the fastest, as a part of their middle: the fastest run of each counts."""
        return spread_of(self.seconds)


def spread_of(seconds: Sequence[Sequence[float]]) -> float:
    """Return (largest − smallest) / median of the smallest times of each layout; 0 with under two layouts."""
    best = [min(each) for each in seconds if each]
    middle = float(np.median(best)) if best else 0.0
    return (max(best) - min(best)) / middle if len(best) > 1 and middle > 0 else 0.0


def layout_noise(
    command: Command,
    *,
    runs: int = 2,
    time_one: TimeOne,
    cpus: tuple[int, ...] | None = None,
    sizes: Sequence[int] = SIZES,
) -> LayoutNoise:
    """Time a command at several layouts, `runs` times each, in turns."""
    found = resolve(command)
    layouts = [padded(found, size, index) for index, size in enumerate(sizes)]
    seconds: list[list[float]] = [[] for _ in layouts]
    with fixed_addresses() as fixed:
        for _ in range(runs):
            for taken, layout in zip(seconds, layouts, strict=True):
                taken.append(time_one(layout, (), cpus).wall)
    return LayoutNoise(tuple(sizes), tuple(tuple(taken) for taken in seconds), fixed)


def padded(command: Command, size: int, seed: int) -> Command:
    """Return the command with an environment larger by `size` bytes, and a hash seed where the user chose none."""
    more = {PADDING: "x" * size}
    if not variable(command, HASH_SEED):
        more[HASH_SEED] = str(seed)
    return with_environment(command, more)
