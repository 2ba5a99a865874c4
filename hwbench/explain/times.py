"""The measured times of one side at the explained size, net of starting up, with bounds from the runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench import stats
from hwbench.explain import growth
from hwbench.explain.bill import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwbench.explain.basket import Basket
    from hwbench.records import Growth, Run, Side, Sized

BUSY_THREADS: Final = 1.05  # CPU time over wall time above which more than one thread worked at once


@dataclass(frozen=True)
class Timed:
    """A side's net seconds (value, low, high), what they are made of, the starting up taken off, and the raw shortest run."""

    seconds: tuple[float, float, float]
    measured: Measured
    startup: float
    shortest: float


def sized_at(side: Side, n: float | None) -> Sized | None:
    """Return what was measured at size n (of the sizes that have runs)."""
    return next((sized for sized in side.sizes if sized.n == n and sized.runs), None)


def explained_size(a: Side, b: Side) -> float | None:
    """Return the largest size at which both sides ran; None where there are no sizes."""
    sizes = {sized.n for sized in a.sizes if sized.runs and sized.n is not None}
    sizes &= {sized.n for sized in b.sizes if sized.runs and sized.n is not None}
    return max((n for n in sizes if n is not None), default=None)


def timed(side: Side, n: float | None, law: Growth, basket: Basket) -> Timed | None:
    """Return a side's times at size n; None where it has no runs there."""
    sized = sized_at(side, n)
    if sized is None:
        return None
    is_region = any(run.whole is not None for run in sized.runs)
    smaller = [] if is_region else [s for s in side.sizes if s.runs and s.n is not None and n is not None and s.n <= n]
    wall = stats.median([run.spent for run in sized.runs])
    net = _net(smaller, law, lambda run: run.spent, wall.value)
    startup = max(wall.value - net, 0.0)
    user = _net(smaller, law, lambda run: run.user, _middle(sized, lambda run: run.user))
    system = _net(smaller, law, lambda run: run.system, _middle(sized, lambda run: run.system))
    return Timed(
        seconds=(net, max(wall.low - startup, net * 0.5), max(wall.high - startup, net)),
        measured=_split(net, user, system, basket.value("threads", 1.0)),
        startup=startup,
        shortest=min(run.spent for run in sized.runs),
    )


def _middle(sized: Sized, part: Callable[[Run], float]) -> float:
    return stats.median([part(run) for run in sized.runs]).value


def _net(sizes: list[Sized], law: Growth, part: Callable[[Run], float], whole: float) -> float:
    """Return an amount without what does not grow with n; all of it where there is one size."""
    if len(sizes) < 2:
        return whole
    points = growth.points_of([(sized.n, max(_middle(sized, part), 1e-9)) for sized in sizes])
    return growth.net(points, law)


def _split(wall: float, user: float, system: float, threads: float) -> Measured:
    """Return what the wall time is made of; several threads that worked at once share it."""
    busy = user + system
    parallel = 1.0
    if wall > 0 and busy > BUSY_THREADS * wall:
        parallel = max(busy / wall, threads)
    elif threads > 1 and wall > 0 and busy > 0.3 * wall:
        parallel = threads
    if parallel > 1:
        return Measured(wall, user, system / parallel, max(wall - busy / parallel, 0.0), parallel)
    scale = min(wall / busy, 1.0) if busy > 0 else 1.0
    user, system = user * scale, system * scale
    return Measured(wall, user, system, max(wall - user - system, 0.0))
