"""One experiment: validity, time, count, toggle, each step adding to what can be explained; what was measured is never lost.

Every step adds to a `Comparison`, so that the explanation can be made after any of them: a first answer comes on timing
alone, and Ctrl-C explains what there is.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from hwbench import __version__
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.experiment import counting, timing
from hwbench.experiment.callables import loops_for
from hwbench.experiment.messages import Doing, Report
from hwbench.explain import explain as explain_records
from hwbench.measure import processes
from hwbench.measure.pinning import pinned
from hwbench.profile import noise
from hwbench.records import Command, Comparison, Conditions, Evidence, Explanation, Side, Sized, Toggle
from hwbench.units import time_stamp

if TYPE_CHECKING:
    from pathlib import Path

    from hwbench.experiment.prices import SpotPrices
    from hwbench.experiment.request import Request, Subject
    from hwbench.records import MachineProfile, Run

TIMING_SHARE: Final = 0.25  # of the budget
FIRST_ANSWER: Final = 7.0  # seconds of timing at most before the first answer
COUNTING_SHARE: Final = 0.7
CLOCK_SECONDS: Final = 1e-9
TOGGLE_RUNS: Final = 5
WORTH_A_TOGGLE: Final = 0.05
SMALLER_PARTS: Final = (4, 2)  # of the smallest size, the cheaper one first
LEAST_TO_HALVE: Final = 8


@dataclass
class Experiment:
    """What has been measured so far of one request."""

    request: Request
    report: Report
    profile: MachineProfile
    prices: SpotPrices
    pair: tuple[Subject, Subject]
    notes: list[str] = field(default_factory=list)
    series: list[timing.Series] = field(default_factory=list)
    counted: dict[tuple[int, float | None], list[Evidence]] = field(default_factory=dict)
    answers: tuple[dict[str, str], dict[str, str]] = field(default_factory=lambda: ({}, {}))
    toggles: list[Toggle] = field(default_factory=list)
    is_region: list[bool] = field(default_factory=lambda: [False, False])
    cpus: tuple[int, ...] | None = None
    output_folder: Path | None = None
    started: float = field(default_factory=time.monotonic)
    before: Any = field(default_factory=noise.read)

    @property
    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self.request.seconds - (time.monotonic() - self.started)

    def tell(self, text: str) -> None:
        """Say what is being done."""
        done = min((time.monotonic() - self.started) / max(self.request.seconds, 1e-9), 0.99)
        self.report(Doing(text, done))

    # ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def verify(self) -> None:
        """Run each side once at each size, smallest first: does it work, and are the answers equal?"""
        for n in self.request.sizes or (None,):
            self._set_up(n)
            for side, subject in enumerate(self.pair):
                self.tell(f"checking {'AB'[side]}{_at(n)}")
                ended = processes.run(subject.command(n), reads_output=True)
                if not ended.is_well:
                    raise CouldNotMeasure(f"{'AB'[side]} ({subject.name[:120]}){_at(n)}: {ended.trouble}")
                if ended.left_behind:
                    self._note(f"{'AB'[side]} leaves processes behind: they were ended")
                self.is_region[side] = ended.run.whole is not None
                self.answers[side][_key(n)] = ended.digest
                self._adapt(side, n, ended.run)
        self._choose_cpus()

    def _set_up(self, n: float | None) -> None:
        if not self.request.setup:
            return
        words = tuple(word.replace("{n}", "" if n is None else f"{n:.0f}") for word in shlex.split(self.request.setup))
        command = Command(argv=words, cwd=self.request.cwd, env=self.request.env, timeout=self.request.timeout)
        ended = processes.run(processes.resolve(command))
        if not ended.is_well:
            raise CouldNotMeasure(f"the set-up {self.request.setup[:120]!r}: {ended.trouble}")

    def _adapt(self, side: int, n: float | None, run: Run) -> None:
        """Let a function be called as often as makes its region long enough."""
        subject = self.pair[side]
        if subject.function and self.is_region[side]:
            subject.loops[n] = loops_for(run.wall)

    def _choose_cpus(self) -> None:
        if self.request.cpu is not None:
            if self.request.cpu not in os.sched_getaffinity(0):
                usable = ", ".join(map(str, sorted(os.sched_getaffinity(0))))
                raise UsageError(f"CPU {self.request.cpu} may not be used here; these may: {usable}")
            self.cpus = (self.request.cpu,)

    @property
    def same_output(self) -> bool | None:
        """Whether both sides gave equal answers; None where they were not to be compared."""
        return self.answers[0] == self.answers[1] if self.request.same_output else None

    def time(self) -> None:
        """Time both sides in turns at every size."""
        self.series = [timing.Series(n) for n in self.request.sizes or (None,)]
        self.tell("preparing spot prices")
        self.prices.prepare()
        seconds = min(TIMING_SHARE * self.request.seconds, FIRST_ANSWER)
        timing.take_turns(self.pair, self.series, seconds, self._between, self.request.runs, self.cpus)
        self.write_timings()

    def write_timings(self) -> None:
        """Write both sides' runs as pyperf files, where a folder was named."""
        if self.output_folder is None:
            return
        from hwbench.experiment import pyperf_files  # noqa: PLC0415 - pyperf is needed for its files alone

        for side, name in ((0, "a.json"), (1, "b.json")):
            path = self.output_folder / name
            try:
                path.unlink(missing_ok=True)
                pyperf_files.write(self._side(side), path)
            except OSError as error:
                self._note(f"the timings could not be written to {path} ({error.strerror})")

    def _between(self) -> None:
        self.tell(f"timing, round {len(self.series[0].a)}")
        cpu = self.series[-1].b[-1].cpu if self.series[-1].b else None
        with contextlib.nullcontext() if cpu is None else pinned(cpu):  # a CPU that was idle is another one
            self.prices.take()

    def count(self) -> None:
        """Count with each source that works here, within the budget."""
        priced = self.prices.priced()
        chosen = counting.wanted(self.request.sources, self.series)
        working = [source for source in chosen if self._is_there(source)]
        for position, source in enumerate(working):
            others = 1 if source == "plugin" else 2 * max(len(working) - position - 1, 1)
            seconds = max(COUNTING_SHARE * self.left / others, 2.0)
            slower: dict[int, float] = {}  # by side, as it was seen
            for job in counting.plan(source, self.series, seconds):
                native = counting.native_seconds(self._runs(job.side, job.n))
                if slower.get(job.side, 0.0) * native > min(seconds, self.left):
                    continue
                took = self._count_one(job, priced, max(min(seconds, self.left), 2.0))
                slower[job.side] = took / max(native, 1e-3)
            if source == "plugin":
                self._count_smaller(priced, seconds)

    def _count_smaller(self, profile: MachineProfile, seconds: float) -> None:
        """Count at smaller sizes than were asked for, where one alone could be counted: one size tells no growth."""
        sizes = [each.n for each in self.series if each.n is not None]
        if len(sizes) < 2 or sizes[0] < LEAST_TO_HALVE:
            return
        whole = [n for n in sizes if all(self._is_counted_whole(side, n) for side in (0, 1))]
        for part in SMALLER_PARTS if len(whole) < 2 else ():
            for side in (0, 1):
                if self.left > seconds / 4:
                    job = counting.Job("plugin", side, float(round(sizes[0] / part)), 0.0)
                    self._count_one(job, profile, max(min(seconds, 0.7 * self.left), 2.0))

    def _is_counted_whole(self, side: int, n: float) -> bool:
        found = self.counted.get((side, n), ())
        return any(e.source == "plugin" and e.unavailable is None and e.share >= 1 for e in found)

    def _is_there(self, source: str) -> bool:
        lack = counting.lacking(source)
        if lack is not None:
            self.counted.setdefault((1, self.series[-1].n), []).append(lack)
        return lack is None

    def _count_one(self, job: counting.Job, profile: MachineProfile, seconds: float) -> float:
        """Take one count and return the seconds that it took."""
        self.tell(f"counting {'AB'[job.side]}{_at(job.n)} with {job.source}")
        subject, runs = self.pair[job.side], self._runs(job.side, job.n)
        found = counting.take(job, subject, profile, runs, seconds, self.is_region[job.side])
        self.counted.setdefault((job.side, job.n), []).append(counting.per_call(found, subject.loops.get(job.n, 1)))
        return found.seconds

    def _runs(self, side: int, n: float | None) -> list[Run]:
        series = next((each for each in self.series if each.n == n), self.series[0])
        return series.b if side else series.a

    def toggle(self, explanation: Explanation) -> None:
        """Switch off what B seems to suffer from, and what only a toggle can show, and time it again."""
        from hwbench.experiment import toggles  # noqa: PLC0415 - not needed on timing alone

        host = self.profile.host
        side = 0 if any("is the slower one" in note for note in explanation.notes) else 1
        name: Literal["a", "b"] = "b" if side else "a"
        last = self.series[-1]
        command = self.pair[side].command(last.n)
        for cause in toggled_causes(explanation):
            for switch in toggles.for_cause(cause, host):
                if switch.effect != "removes" or self.left < 4 * last.slowest:
                    continue
                self.tell(f"toggling: {switch.name}")
                found = toggles.measure_each(
                    switch, command, name, last.n, runs=TOGGLE_RUNS, time_one=timing.time_one, patience=self.left / 3
                )
                self.toggles += [_toggle_per_call(each, self.pair[side].loops.get(last.n, 1)) for each in found]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # ── the records ───────────────────────────────────────────────────────────────────────────────────────────────────

    def comparison(self, interrupted: str | None = None) -> Comparison:
        """Return all that was measured so far."""
        return Comparison(
            a=self._side(0),
            b=self._side(1),
            profile=self.profile.id,
            host=self.profile.host,
            conditions=self._conditions(),
            same_output=self.same_output if self.answers[0] and self.answers[1] else None,
            noise=timing.noise_of(self.series),
            spots=self.prices.spots(),
            toggles=tuple(self.toggles),
            clock_seconds=CLOCK_SECONDS,
            work=self.request.work,
            notes=(*self.notes, *self.prices.notes()),
            interrupted=interrupted,
        )

    def _side(self, side: int) -> Side:
        subject = self.pair[side]
        sizes = []
        for each in self.series:
            runs = tuple(_per_call(run, subject.loops.get(each.n, 1)) for run in (each.b if side else each.a))
            evidence = [counting.from_os(each.n, runs)] if runs else []
            sizes.append(Sized(n=each.n, runs=runs, evidence=(*evidence, *self.counted.get((side, each.n), ()))))
        timed = {each.n for each in self.series}
        alone = {n: tuple(found) for (which, n), found in self.counted.items() if which == side and n not in timed}
        sizes = [*(Sized(n=n, evidence=found) for n, found in sorted(alone.items(), key=_by_size)), *sizes]
        form = Command(argv=subject.words or (subject.function,), region=self.is_region[side])
        return Side(name=subject.name, command=form, sizes=tuple(sizes), answers=self.answers[side])

    def _conditions(self) -> Conditions:
        started = time_stamp()
        return noise.conditions(started, self.before, pinned_cpu=self.cpus[0] if self.cpus else None)

    def explained(self, interrupted: str | None = None) -> Explanation:
        """Return the explanation of what was measured so far."""
        taken = time_stamp()
        return explain_records(self.comparison(interrupted), self.prices.priced(), hwbench=__version__, taken=taken)


def toggled_causes(explanation: Explanation) -> tuple[str, ...]:
    """Return the causes worth a toggle: those that weigh, and, where the time is not itemised, all that have one."""
    weighty = [cause.cause for cause in explanation.causes if cause.share >= WORTH_A_TOGGLE]
    left = explanation.unexplained.share if explanation.unexplained else 1.0
    others = ["tlb", "allocation", "execution"] if left > 2 * WORTH_A_TOGGLE else []
    others += (
        ["tlb"]
        if "cache" in weighty and not any(line.grade == "simulated" for line in explanation.bill.get("b", ()))
        else []
    )
    others += ["contention"] if any(_works_in_threads(side) for side in (explanation.a, explanation.b)) else []
    return tuple(dict.fromkeys([*weighty, *others]))


def _works_in_threads(side: Side) -> bool:
    return any(run.user + run.system > timing.SINGLE * run.wall for sized in side.sizes for run in sized.runs)


def _per_call(run: Run, loops: int) -> Run:
    if loops <= 1:
        return run
    parts = (
        "wall",
        "user",
        "system",
        "queued",
        "page_faults",
        "major_faults",
        "voluntary_switches",
        "involuntary_switches",
    )
    changed = {name: getattr(run, name) / loops for name in parts[:4]}
    changed |= {name: round(getattr(run, name) / loops) for name in parts[4:]}
    return msgspec.structs.replace(run, **changed)


def _toggle_per_call(toggle: Toggle, loops: int) -> Toggle:
    usual, toggled = (tuple(seconds / loops for seconds in each) for each in (toggle.usual, toggle.toggled))
    return msgspec.structs.replace(toggle, usual=usual, toggled=toggled)


def _by_size(pair: tuple[float | None, object]) -> float:
    return -1.0 if pair[0] is None else pair[0]


def _at(n: float | None) -> str:
    return "" if n is None else f" at n = {n:g}"


def _key(n: float | None) -> str:
    return "-" if n is None else f"{n:g}"
