"""The measured times of one side at the explained size, net of starting up, with bounds from the runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hwbench import stats
from hwbench.explain import growth
from hwbench.explain.lines import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from hwbench.explain.basket import Basket
    from hwbench.records import Growth, Run, Side, Sized

WITHIN_NOISE: Final = 0.15
LEAST_SHARE: Final = 0.02
GRAIN: Final = 0.005  # of the wall time: as much as its parts may miss by, each being measured by itself
DISTURBED: Final = 0.1  # of the wall time: what is off the CPU for longer is looked at, however few the waits
UNKNOWN: Final = 0.1  # of what the other side takes to start up: so little is nothing
MOST_STARTUP: Final = 0.9
BUSY_THREADS: Final = 1.05  # CPU time over wall time above which more than one thread worked at once


@dataclass(frozen=True)
class Timed:
    """A side's net seconds (value, low, high), what they are made of, the starting up taken off, and the raw shortest run."""

    seconds: tuple[float, float, float]
    measured: Measured
    startup: float
    shortest: float
    is_region: bool = False


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
    wall = stats.middle([run.spent for run in sized.runs])
    net = _net(smaller, law, _spent, wall.value)
    startup = max(wall.value - net, 0.0)
    return Timed(
        seconds=(net, max(wall.low - startup, net * 0.5), max(wall.high - startup, net)),
        measured=_split(
            net,
            sized,
            smaller[0] if len(smaller) > 1 and startup > 0 else None,  # else none of it is taken off, of no part
            _parallel(sized, basket.value("threads", 0.0)),
        ),
        startup=startup,
        shortest=min(run.spent for run in sized.runs),
        is_region=is_region,
    )


def started_alike(first: Timed, second: Timed) -> tuple[Timed, Timed]:
    """Return both sides' times with starting up taken off both, or off neither.

    Where the time of one does not grow, it does not tell what starting up costs; then it is taken to start up as the other
    does, up to most of its time. That it may as well have been at work all the time is in its upper bound.
    """
    return _as_long(first, second), _as_long(second, first)


def _as_long(side: Timed, other: Timed) -> Timed:
    if side.is_region or other.is_region or side.startup > UNKNOWN * other.startup:
        return side
    value, low, high = side.seconds
    taken = min(other.startup, MOST_STARTUP * value)
    scale = (value - taken) / value if value > 0 else 1.0
    parts = side.measured
    measured = Measured(
        parts.wall * scale, parts.user * scale, parts.system * scale, parts.off_cpu * scale, parts.parallel
    )
    seconds = (value - taken, max(low - taken, (value - taken) / 2), high)
    return replace(side, seconds=seconds, measured=measured, startup=side.startup + taken)


def net_share(side: Side, law: Growth, n: float | None) -> float:
    """Return which share of the user time at size n is not starting up; 1 where that is not known, or within noise."""
    sizes = [sized for sized in side.sizes if sized.runs and sized.n is not None]
    at = sized_at(side, n)
    if at is None or len(sizes) < 2 or any(run.whole is not None for run in at.runs):
        return 1.0
    whole = _middle(sizes[-1], _user)
    constant = whole - _net(sizes, law, _user, whole)
    here = _middle(at, _user)
    if constant < WITHIN_NOISE * here:
        return 1.0
    return min(max((here - constant) / here, LEAST_SHARE), 1.0)


def _middle(sized: Sized, part: Callable[[Run], float]) -> float:
    return stats.middle([part(run) for run in sized.runs]).value


def _net(sizes: list[Sized], law: Growth, part: Callable[[Run], float], whole: float) -> float:
    """Return an amount without what does not grow with n; all of it where there is one size."""
    if len(sizes) < 2:
        return whole
    points = growth.points_of([(sized.n, max(_middle(sized, part), 1e-9)) for sized in sizes])
    return growth.net(points, law)


def _parallel(sized: Sized, threads: float) -> float:
    """Return among how many threads the work is shared out: 1 for a program of one thread, or that never ran two at once.

    `threads` is what was counted (0: nobody did).
    """
    busy = stats.middle([(run.user + run.system) / run.wall for run in sized.runs if run.wall > 0] or [0.0]).value
    if threads == 1 or busy <= BUSY_THREADS:
        return 1.0
    working = math.ceil(busy - BUSY_THREADS + 1)  # a thread that only waits for the others is none of them
    return float(min(threads, working)) if threads > 1 else busy


def _split(net: float, sized: Sized, smallest: Sized | None, parallel: float) -> Measured:
    """Return what the net wall time is made of: as wall, user and system time rise from the smallest size to this one."""
    wall, user, system = (_rise(sized, smallest, part) for part in (_spent, _user, _system))
    busy = (user + system) / parallel
    off_cpu = max(wall - busy, 0.0)
    if _is_disturbance(off_cpu, wall, sized, smallest):
        off_cpu = 0.0
    scale = net / max(busy + off_cpu, 1e-12)
    off_cpu = off_cpu * scale if off_cpu > GRAIN * wall else 0.0
    return Measured(net, user * scale, system * scale / parallel, off_cpu, parallel)


def _is_disturbance(off_cpu: float, wall: float, sized: Sized, smallest: Sized | None) -> bool:
    """Whether a short time off the CPU is none of the program's own: it waits no more often than the smallest size does.

    Then others had the CPU (a hypervisor's steal is in no account of a process), and all that it did took longer.
    """
    if off_cpu > DISTURBED * wall or (smallest is None and not any(run.whole is not None for run in sized.runs)):
        return False
    waits, before = (
        stats.middle([float(run.voluntary_switches) for run in each.runs]).value if each is not None else 0.0
        for each in (sized, smallest)
    )
    return waits - before < 1


def _rise(sized: Sized, smallest: Sized | None, part: Callable[[Run], float]) -> float:
    """Return by how much a time is larger than at the smallest size; 0 where that is within what the runs differ by."""
    values = [part(run) for run in sized.runs]
    if smallest is None:
        return stats.middle(values).value
    gap = stats.difference(values, [part(run) for run in smallest.runs])
    return gap.value if gap.low > 0 else 0.0


def _spent(run: Run) -> float:
    return run.spent


def _user(run: Run) -> float:
    return run.user


def _system(run: Run) -> float:
    return run.system
