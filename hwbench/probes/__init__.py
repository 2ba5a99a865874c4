"""The probes: one module a subject, each turning bench time into quantities of the machine profile.

A probe is one decorated generator. It yields `Found` values as it finds them, so that what was measured before an
interruption is kept; later probes read what earlier ones found.

    @probe(
        group="branches",
        quantities={"branch.mispredict_cost": "ns"},
        seconds=2.0,
    )
    def branches(bench: Bench, known: Known) -> Iterator[Found]:
        yield results.price_difference("branch.mispredict_cost", random, periodic, per=0.5, method="...")
"""

from __future__ import annotations

import functools
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from hwbench.measure.results import Found
from hwbench.records import Quantity

if TYPE_CHECKING:
    from hwbench.measure.bench import Bench


Known = Mapping[str, Quantity]
ProbeFunction = Callable[["Bench", Known], Iterator[Found]]


@dataclass(frozen=True)
class Probe:
    """A probe: what it finds (name -> unit), about how long it takes by default, and what must be found before it.

    `order` places it in the run (low first); `quick` says whether `--quick` runs it; `processes` in how many fresh worker
    processes a default run takes it, since page placement differs from one to the next.
    """

    name: str
    group: str
    quantities: Mapping[str, str]
    curves: tuple[str, ...]
    seconds: float
    after: tuple[str, ...]
    order: int
    quick: bool
    processes: int
    run: ProbeFunction


_PROBES: dict[str, Probe] = {}


def probe(
    *,
    group: str,
    quantities: Mapping[str, str],
    seconds: float,
    order: int,
    curves: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    quick: bool = True,
    processes: int = 1,
) -> Callable[[ProbeFunction], ProbeFunction]:
    """Register the decorated generator as a probe (see `Probe` for the fields); its name is the function's."""

    def register(run: ProbeFunction) -> ProbeFunction:
        name = run.__name__
        _PROBES[name] = Probe(name, group, dict(quantities), curves, seconds, after, order, quick, processes, run)
        return run

    return register


@functools.cache
def probes() -> dict[str, Probe]:
    """Return every probe by name, in the order in which they run."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_PROBES.items(), key=lambda item: (item[1].order, item[0])))
