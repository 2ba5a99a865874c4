"""A whole run: plan it, let worker processes measure it, journal every event, and put the profile together.

The campaign never measures in its own process. A crash, a hang or an error of a probe costs that probe only: its
quantities become `unavailable` with the reason, and a fresh worker goes on with the next.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from hwbench import __version__, native
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.host import read_host
from hwbench.native.cpu import cpuid
from hwbench.profile import journal as journals
from hwbench.profile import store
from hwbench.profile.findings import findings
from hwbench.profile.ledger import Ledger
from hwbench.profile.messages import (
    JOURNAL_SCHEMA,
    Note,
    Opened,
    Orders,
    Planned,
    Ready,
    Settings,
    StepEnded,
    StepStarted,
)
from hwbench.profile.plan import SLACK_SECONDS, Plan, budget_seconds, known_probes, make_plan
from hwbench.profile.surroundings import host_notes
from hwbench.profile.workers import Worker
from hwbench.records import MachineProfile, Unavailable
from hwbench.units import GIB, MIB, format_bytes, parse_bytes, time_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hwbench.measure.bench import Effort
    from hwbench.probes import Probe
    from hwbench.profile.messages import Entry, Report
    from hwbench.records import HostFacts

    Reporter = Callable[[Report], None]

LEAST_MEMORY: Final = 16 * MIB
OWN_MEMORY: Final = 64 * MIB  # what Python and numpy take in the worker that measures
USUAL_MEMORY: Final = 2 * GIB
MOST_PROCESSES: Final = 50
NOT_RESUMABLE: Final = "this run cannot be resumed"
RESUME_COMMAND: Final = "hwbench characterize --resume"


class Interrupted(KeyboardInterrupt):
    """The user ended the run; `profile` is what was measured so far, marked incomplete."""

    def __init__(self, profile: MachineProfile) -> None:
        """Carry the profile so far."""
        super().__init__(profile.incomplete)
        self.profile = profile


@dataclass
class Run:
    """A run on its way: what was asked, the plan, what is known, and where it is written."""

    opened: Opened
    plan: Plan
    ledger: Ledger = field(default_factory=Ledger)
    journal: journals.Journal | None = None
    report: Reporter = lambda _: None

    def add(self, entry: Entry) -> None:
        """Enter an event in the ledger, the journal and the report."""
        self.ledger.add(entry)
        if self.journal is not None:
            try:
                self.journal.add(entry)
            except OSError as error:  # a full disk, say: what was measured is still in the ledger
                self.report(Note(text=f"{self.journal.path} cannot be written ({error.strerror}): {NOT_RESUMABLE}"))
                self.journal.discard()
                self.journal = None
        self.report(entry)


def characterize(
    effort: Effort | None = None,
    only: str | Sequence[str] | None = None,
    *,
    cpu: int | None = None,
    memory_limit: int | str | None = None,
    resume: bool = False,
    report: Reporter | None = None,
    processes: int | None = None,
    extra_probes: Sequence[str] = (),
) -> MachineProfile:
    """Measure this machine, keep its profile and return it.

    `effort` is "quick" (about 10 s), "default" (a minute) or "full" (five). `only` restricts the run to quantities by
    shell pattern ('dram.*'), group ('tlb') or probe. `cpu` is the CPU to measure on, `memory_limit` what it may take in
    bytes or as text ('512M'), `processes` how many processes take the quantities that want several. `resume` goes on
    with the run that was interrupted last; other options must then be left out or be the same. `report` is called with
    every event. UsageError if something cannot be as asked, CouldNotMeasure if nothing can be measured here; Ctrl-C
    raises `Interrupted`, which carries the profile so far.
    """
    host = read_host(cpuid=cpuid)
    asked = Asked(effort, patterns(only), cpu, memory_limit, processes, tuple(extra_probes))
    run = _resumed(asked, host) if resume else _opened(asked, host)
    run.report = report or run.report
    kernels = native.best()
    if isinstance(kernels, Unavailable):
        raise CouldNotMeasure(str(kernels))
    _open_journal(run, anew=not resume)
    return _conduct(run)


@dataclass(frozen=True)
class Asked:
    """The options as they were given; None or empty: not given."""

    effort: Effort | None = None
    only: tuple[str, ...] = ()
    cpu: int | None = None
    memory_limit: int | str | None = None
    processes: int | None = None
    extra_probes: tuple[str, ...] = ()


def patterns(only: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the patterns of an `only` option: one text with commas, or several texts."""
    texts = [only] if isinstance(only, str) else list(only or ())
    found = tuple(pattern.strip() for text in texts for pattern in text.split(",") if pattern.strip())
    if texts and not found:
        raise UsageError("`only` names nothing: write a quantity, a group or a pattern, as 'dram.*,tlb'")
    return found


def settle(asked: Asked, host: HostFacts) -> Settings:
    """Return the settings of a run on this host; UsageError where an option cannot be met."""
    usable = host.usable_cpus or (0,)
    if asked.cpu is not None and asked.cpu not in usable:
        raise UsageError(f"CPU {asked.cpu} cannot be used here: choose one of {', '.join(map(str, usable))}")
    if asked.processes is not None and not 1 <= asked.processes <= MOST_PROCESSES:
        raise UsageError(f"{asked.processes} processes cannot be: choose 1 to {MOST_PROCESSES}")
    if asked.effort not in (None, "quick", "default", "full"):
        raise UsageError(f"{asked.effort!r} is no effort: choose quick, default or full")
    return Settings(
        effort=asked.effort or "default",
        only=asked.only,
        cpu=_usual_cpu(host) if asked.cpu is None else asked.cpu,
        memory_bytes=memory_bytes(asked.memory_limit, host),
        processes=asked.processes,
        extra_probes=asked.extra_probes,
    )


def _usual_cpu(host: HostFacts) -> int:
    """Return the first usable CPU, a performance core where there are two kinds."""
    slow = {core.cpu for core in host.cores if core.kind == "efficiency"}
    usable = host.usable_cpus or (0,)
    return next((cpu for cpu in usable if cpu not in slow), usable[0])


def memory_bytes(limit: int | str | None, host: HostFacts) -> int:
    """Return how much memory a probe may take: as asked, or by default half of what is free here, at most 2 GiB."""
    memory = host.memory
    free = min(memory.available_bytes, memory.limit_bytes or memory.available_bytes)
    if limit is None:
        return max(min(free // 2, USUAL_MEMORY), LEAST_MEMORY)
    asked = parse_bytes(limit) if isinstance(limit, str) else limit
    if asked < LEAST_MEMORY:
        raise UsageError(
            f"a memory limit of {format_bytes(asked)} is too small: give at least {format_bytes(LEAST_MEMORY)}"
        )
    return max(min(asked, free - OWN_MEMORY), LEAST_MEMORY)


def _opened(asked: Asked, host: HostFacts) -> Run:
    settings = settle(asked, host)
    plan = make_plan(settings, known_probes(settings.extra_probes))
    return Run(
        Opened(schema=JOURNAL_SCHEMA, hwbench=__version__, started=time_stamp(), settings=settings, host=host), plan
    )


def _resumed(asked: Asked, host: HostFacts) -> Run:
    """Return the run that was interrupted last, with all that it knew; UsageError if it cannot go on here and so."""
    path = journals.newest(store.host_folder("journals", host.name))
    if path is None:
        raise UsageError("there is no interrupted run to resume; start one: hwbench characterize")
    opened, entries = journals.read(path)
    check_resumable(opened, asked, host)
    run = Run(opened, make_plan(opened.settings, known_probes(opened.settings.extra_probes)))
    for entry in entries:
        run.ledger.add(entry)
    run.journal = journals.Journal(path)
    journals.mend(path)
    return run


def check_resumable(opened: Opened, asked: Asked, host: HostFacts) -> None:
    """Raise UsageError unless a run can go on: same machine, same version, and no other options than it had."""
    if opened.hwbench != __version__:
        _refuse(f"was begun by hwbench {opened.hwbench}, this is {__version__}")
    if (opened.host.name, opened.host.cpu.model, len(opened.host.cores)) != (
        host.name,
        host.cpu.model,
        len(host.cores),
    ):
        _refuse(f"was begun on another machine ({opened.host.name}, {opened.host.cpu.model or 'unknown CPU'})")
    if opened.settings.cpu not in (host.usable_cpus or (opened.settings.cpu,)):
        _refuse(f"measured on CPU {opened.settings.cpu}, which cannot be used now")
    limit = None if asked.memory_limit is None else memory_bytes(asked.memory_limit, host)
    given = {
        "effort": asked.effort,
        "only": asked.only,
        "cpu": asked.cpu,
        "memory_bytes": limit,
        "processes": asked.processes,
    }
    for name, value in given.items():
        had = getattr(opened.settings, name)
        if value not in (None, (), had):
            _refuse(f"had {name.replace('_', ' ')} {_shown(had)}, not {_shown(value)}")


def _shown(value: object) -> str:
    return ",".join(value) or "everything" if isinstance(value, tuple) else str(value)


def _refuse(why: str) -> NoReturn:
    raise UsageError(f"the interrupted run {why}; start a new one without --resume")


def _open_journal(run: Run, *, anew: bool) -> None:
    """Begin the journal of a new run; a data folder that cannot be written to is told, and the run goes on without."""
    if not anew:
        return
    folder = store.host_folder("journals", run.opened.host.name)
    try:
        run.journal = journals.Journal(folder / f"{run.opened.started.replace(':', '-')}-{os.getpid()}.jsonl")
        run.journal.add(run.opened)
        journals.prune(folder)
    except OSError as error:
        run.report(Note(text=f"nothing can be kept in {folder} ({error.strerror}): {NOT_RESUMABLE}"))


def _conduct(run: Run) -> MachineProfile:
    """Measure all that is left, keep the profile and return it."""
    try:
        left = run.plan.steps - run.ledger.done
        run.report(Planned(steps=left, seconds=run.plan.seconds * left / max(run.plan.steps, 1)))
        for index, sitting in enumerate(run.plan.sittings):
            _sit(run, index, [probe for probe in sitting if not run.ledger.is_done(index, probe.name)])
    except KeyboardInterrupt:
        raise Interrupted(_interrupted(run)) from None
    profile = make_profile(run, None)
    _keep(run, profile)
    return profile


def _interrupted(run: Run) -> MachineProfile:
    left = f"interrupted after {run.ledger.done} of {run.plan.steps} steps"
    how = f"; go on with: {RESUME_COMMAND}" if run.journal else ""
    profile = make_profile(run, left + how)
    if run.journal is not None:
        run.journal.close()
    if profile.quantities:
        _tell_if_not_kept(run, store.keep(profile))
    return profile


def _keep(run: Run, profile: MachineProfile) -> None:
    """Keep the profile; its journal is deleted only then."""
    path = store.keep(profile)
    _tell_if_not_kept(run, path)
    if isinstance(path, Unavailable):
        if run.journal is not None:
            run.journal.close()
        return
    store.forget_partial(profile)
    if run.journal is not None:
        run.journal.discard()


def _tell_if_not_kept(run: Run, path: Path | Unavailable) -> None:
    if isinstance(path, Unavailable):
        run.report(Note(text=str(path)))


def _sit(run: Run, sitting: int, probes: Sequence[Probe]) -> None:
    """Run the probes of a sitting in one worker; after each that brings it down, the rest in a fresh one."""
    left = list(probes)
    while left:
        left = _work(run, sitting, left)


def _work(run: Run, sitting: int, probes: Sequence[Probe]) -> list[Probe]:
    """Let one worker run the probes and return those that are still to be run when it ended."""
    by_name = {probe.name: probe for probe in probes}
    left = dict(by_name)
    started = False
    orders = _orders(run, sitting, tuple(by_name))
    with Worker(orders, lambda name: budget_seconds(by_name[name], run.plan.effort, SLACK_SECONDS)) as worker:
        for event in worker.events():
            started = started or isinstance(event, Ready)
            run.add(event)
            if isinstance(event, StepEnded):
                left.pop(event.probe)
        reason = worker.reason
    if not started:
        _explain_no_start(run, reason)
    if left:
        culprit = next(iter(left.values()))
        _blame(run, sitting, culprit, reason or "its worker process ended without a word")
        left.pop(culprit.name)
    return list(left.values())


def _blame(run: Run, sitting: int, probe: Probe, reason: str) -> None:
    """Enter that a probe brought its worker down; what it found before is kept."""
    step = run.ledger.steps.get((sitting, probe.name))
    if step is None:
        run.add(StepStarted(sitting=sitting, probe=probe.name))
    run.add(StepEnded(sitting=sitting, probe=probe.name, failure=reason))


def _explain_no_start(run: Run, reason: str) -> None:
    """Give up if not even the first worker came to stand: then no other will."""
    if not run.ledger.workers:
        if run.journal is not None:
            run.journal.discard()
        raise CouldNotMeasure(
            f"no worker process could start: {reason.removeprefix('its worker process ')}; see: hwbench doctor"
        )


def _orders(run: Run, sitting: int, names: tuple[str, ...]) -> Orders:
    opened = run.opened
    usable = opened.host.usable_cpus or (0,)
    cpu = opened.settings.cpu
    known = {name: msgspec.structs.replace(quantity, samples=()) for name, quantity in run.ledger.known().items()}
    return Orders(
        settings=opened.settings,
        host=opened.host,
        cpus=(cpu, *(other for other in usable if other != cpu)),
        sitting=sitting,
        probes=names,
        known=known,
    )


def make_profile(run: Run, incomplete: str | None) -> MachineProfile:
    """Put together what the run knows, with its findings and its id."""
    opened = run.opened
    conditions = run.ledger.conditions(opened.started, run.plan, opened.settings.cpu)
    notes = (*conditions.notes, *host_notes(opened.host))
    profile = MachineProfile(
        schema="hwbench.machine/1",
        id="0" * 12,
        hwbench=opened.hwbench,
        taken=opened.started,
        host=opened.host,
        conditions=msgspec.structs.replace(conditions, notes=notes),
        quantities=run.ledger.quantities(run.plan),
        curves=run.ledger.curves(run.plan),
        incomplete=incomplete,
    )
    return store.with_id(msgspec.structs.replace(profile, findings=findings(profile)))
