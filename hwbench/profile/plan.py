"""Which probes run, in which order, and in which worker processes.

A run is a row of *sittings*: each is one fresh worker process that runs its probes in order. Page placement differs
from process to process, so a probe that asks for several processes takes part in as many sittings; the others are dealt
out over the sittings by their time, so that the repeated ones are spread over the whole run and see the machine at
several moments.
"""

from __future__ import annotations

import difflib
import fnmatch
import graphlib
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from hwbench import probes as probe_registry
from hwbench.errors import UsageError
from hwbench.measure.bench import EFFORT_SCALE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hwbench.measure.bench import Effort
    from hwbench.probes import Probe
    from hwbench.profile.messages import Settings

FULL_EXTRA_PROCESSES: Final = 2
BUDGET_FACTOR: Final = 4.0
SLACK_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Choice:
    """What the user asked for: patterns, and the probes that they name whole. No patterns: everything."""

    patterns: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()

    def wants(self, probe: str, name: str) -> bool:
        """Whether a quantity or curve of that probe belongs in the profile."""
        return not self.patterns or probe in self.whole or any(_names(pattern, name) for pattern in self.patterns)


@dataclass(frozen=True)
class Plan:
    """The probes of each sitting, in order, and what of their findings is wanted."""

    sittings: tuple[tuple[Probe, ...], ...]
    choice: Choice
    effort: Effort

    @property
    def steps(self) -> int:
        """How many times a probe runs."""
        return sum(len(sitting) for sitting in self.sittings)

    @property
    def seconds(self) -> float:
        """About how long all steps take."""
        return sum(probe.seconds for sitting in self.sittings for probe in sitting) * EFFORT_SCALE[self.effort]

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Every probe once, in the order in which they first run."""
        return tuple({probe.name: probe for sitting in self.sittings for probe in sitting}.values())


def known_probes(extra_modules: Sequence[str] = ()) -> Mapping[str, Probe]:
    """Return every probe, those of further modules among them; UsageError if such a module cannot be imported."""
    for module in extra_modules:
        try:
            import_module(module)
        except ImportError as error:
            raise UsageError(f"the module of extra probes {module!r} cannot be imported: {error}") from error
        probe_registry.probes.cache_clear()
    return probe_registry.probes()


def make_plan(settings: Settings, probes: Mapping[str, Probe]) -> Plan:
    """Choose, order and deal out the probes; UsageError if a pattern of `only` names nothing."""
    choice = choose(settings.only, probes)
    chosen = [probe for probe in probes.values() if _is_asked(probe, choice, settings.effort)]
    ordered = _in_order(_with_prerequisites(chosen, probes, settings.effort), probes)
    counts = {probe.name: process_count(probe, settings) for probe in ordered}
    return Plan(_deal(ordered, counts), choice, settings.effort)


def choose(patterns: Sequence[str], probes: Mapping[str, Probe]) -> Choice:
    """Check the patterns: quantity names or shell patterns on them, their first part, a probe's name or group."""
    whole = set()
    for pattern in patterns:
        named = [probe.name for probe in probes.values() if pattern in (probe.name, probe.group)]
        if not named and not any(_names(pattern, name) for probe in probes.values() for name in _finds(probe)):
            raise UsageError(_unknown(pattern, probes))
        whole.update(named)
    return Choice(tuple(patterns), frozenset(whole))


def process_count(probe: Probe, settings: Settings) -> int:
    """Return in how many processes a probe runs: once with quick effort, as it declares by default, more with full."""
    if probe.processes == 1:
        return 1
    if settings.processes is not None:
        return settings.processes
    return {"quick": 1, "default": probe.processes, "full": probe.processes + FULL_EXTRA_PROCESSES}[settings.effort]


def budget_seconds(probe: Probe, effort: Effort, slack: float = SLACK_SECONDS) -> float:
    """Return after how long a step is given up: several times what it declares, and never less than the slack."""
    return BUDGET_FACTOR * probe.seconds * max(EFFORT_SCALE[effort], 1.0) + slack


def _finds(probe: Probe) -> tuple[str, ...]:
    return (*probe.quantities, *probe.curves)


def _names(pattern: str, name: str) -> bool:
    return name.partition(".")[0] == pattern or fnmatch.fnmatchcase(name, pattern)


def _unknown(pattern: str, probes: Mapping[str, Probe]) -> str:
    names = {word for probe in probes.values() for word in (probe.name, probe.group, *_finds(probe))}
    names |= {name.partition(".")[0] for name in names}
    near = difflib.get_close_matches(pattern, sorted(names), n=3)
    hint = (
        f"did you mean {', '.join(near)}?"
        if near
        else f"groups are {', '.join(sorted({p.group for p in probes.values()}))}"
    )
    return f"nothing to measure is named {pattern!r}; {hint}"


def _is_asked(probe: Probe, choice: Choice, effort: Effort) -> bool:
    if choice.patterns:
        return any(choice.wants(probe.name, name) for name in _finds(probe))
    return probe.quick or effort != "quick"


def _with_prerequisites(chosen: Sequence[Probe], probes: Mapping[str, Probe], effort: Effort) -> dict[str, Probe]:
    """Add what the chosen probes build on; with quick effort only what belongs in a quick run."""
    found: dict[str, Probe] = {}
    waiting = list(chosen)
    while waiting:
        probe = waiting.pop()
        if probe.name not in found:
            found[probe.name] = probe
            before = [probes[name] for name in probe.after if name in probes]
            waiting += [needed for needed in before if needed.quick or effort != "quick"]
    return found


def _in_order(chosen: Mapping[str, Probe], probes: Mapping[str, Probe]) -> list[Probe]:
    """Sort by the declared order, yet every probe behind those it builds on."""
    rank = {name: position for position, name in enumerate(sorted(probes, key=lambda name: (probes[name].order, name)))}
    sorter = graphlib.TopologicalSorter({p.name: {n for n in p.after if n in chosen} for p in chosen.values()})
    sorter.prepare()
    ordered: list[Probe] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=rank.__getitem__)
        name = ready.pop(0)
        ordered.append(chosen[name])
        sorter.done(name)
    return ordered


def _deal(ordered: Sequence[Probe], counts: Mapping[str, int]) -> tuple[tuple[Probe, ...], ...]:
    """Deal the probes out over the sittings: a repeated one into the first so many, the others by their time.

    What a repeated probe builds on belongs in the first sitting too, since that is where it first runs.
    """
    sittings = max(counts.values(), default=1)
    first = _needed_by([probe for probe in ordered if counts[probe.name] > 1], ordered)
    share = sum(probe.seconds * counts[probe.name] for probe in ordered) / sittings
    rows: list[list[Probe]] = [[] for _ in range(sittings)]
    filled = [sum(p.seconds for p in ordered if p.name in first and counts[p.name] > k) for k in range(sittings)]
    current = 0
    for probe in ordered:
        if probe.name in first:
            for row in rows[: counts[probe.name]]:
                row.append(probe)
            continue
        while current < sittings - 1 and filled[current] + probe.seconds / 2 > share:
            current += 1
        rows[current].append(probe)
        filled[current] += probe.seconds
    return tuple(tuple(row) for row in rows if row)


def _needed_by(repeated: Sequence[Probe], ordered: Sequence[Probe]) -> set[str]:
    by_name = {probe.name: probe for probe in ordered}
    needed: set[str] = set()
    waiting = [probe.name for probe in repeated]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [before for before in by_name[name].after if before in by_name]
    return needed
