"""From a lesson's name to its record: predicted by the profile, run in every language there is, judged, reconciled.

The lesson's own language is timed for longest and gives the verdict; the others follow in short, to show where the effect
hides or grows. Nothing here prints.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from hwbench import __version__
from hwbench.errors import CouldNotMeasure
from hwbench.experiment.messages import Doing, silent
from hwbench.lessons import judging, languages, load, measuring, text
from hwbench.lessons.kit import REQUIRED, Cases, Lesson, Missing, Prediction, Seen
from hwbench.lessons.prices import Here, Item, Prices, roof_of, sizes_of
from hwbench.lessons.today import Today, today
from hwbench.measure.pinning import pinned, usable_cpus
from hwbench.profile import noise
from hwbench.records import (
    LANGUAGE_TITLES,
    LESSON_SCHEMA,
    LESSONS_SCHEMA,
    BillLine,
    Curve,
    Language,
    LessonRun,
    Lessons,
    ListedLesson,
    MachineProfile,
    Twin,
    Unavailable,
)
from hwbench.units import format_bytes, time_stamp

if TYPE_CHECKING:
    from hwbench.experiment.messages import Report
    from hwbench.lessons.measuring import Act

OTHER_SECONDS: Final = 0.6
SWEEP_SECONDS: Final = 8.0
SWEEP_LEAST: Final = 0.12
SEED: Final = 1
NO_PROFILE: Final = "no profile of this machine is kept yet, so nothing is predicted: hwbench characterize"


@dataclass(frozen=True)
class Wish:
    """What the learner asks for: a guess of the ratio, one language instead of all, the sweep, how long to measure."""

    guess: float | None = None
    language: Language | None = None
    sweep: bool = False
    scale: float = 1.0


@dataclass
class Sitting:
    """One run of one lesson while it is going on."""

    name: str
    lesson: Lesson
    here: Here
    wish: Wish
    report: Report
    twins: dict[Language, Twin] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    parts: tuple[int, int] = (0, 1)

    def tell(self, text: str, share: float) -> None:
        """Report what is being done, and how much is done of all the parts: languages, and the sweep."""
        done, parts = self.parts
        self.report(Doing(text, (done + share) / parts))

    @property
    def seen(self) -> Seen:
        """What claims are judged by now."""
        measured = next((twin for twin in self.twins.values() if twin.ratio is not None), None)
        return Seen(self.here, measured, self.twins)


def here_of(profile: MachineProfile) -> Here:
    """Return what lessons may know of this machine."""
    import psutil  # noqa: PLC0415 - for this alone

    available = psutil.virtual_memory().available
    limit = profile.host.memory.limit_bytes or available
    return Here(Prices(profile), sizes_of(profile, min(available, limit)), _cpus_apart(profile))


def _cpus_apart(profile: MachineProfile) -> tuple[int, ...]:
    """Return the CPUs that may be used, those on cores of their own first."""
    usable = usable_cpus()
    cores = {one.cpu: (one.socket, one.core) for one in profile.host.cores}
    first: dict[object, int] = {}
    for cpu in usable:
        first.setdefault(cores.get(cpu, cpu), cpu)
    return (*first.values(), *(cpu for cpu in usable if cpu not in first.values()))


def why_not(lesson: Lesson, here: Here) -> str:
    """Return why a lesson does not apply on this machine; empty where it does."""
    if len(here.cpus) < lesson.cpus:
        return f"it takes {lesson.cpus} CPUs, and this process may use {len(here.cpus)}"
    try:
        for name in lesson.needs:
            here.prices[name]
        return lesson.applies(here)
    except Missing as reason:
        return str(reason)


def listed(profile: MachineProfile | None, names: Sequence[str]) -> Lessons:
    """Return all lessons with what applies here."""
    here = None if profile is None else here_of(profile)
    return Lessons(
        schema=LESSONS_SCHEMA,
        hwbench=__version__,
        taken=time_stamp(),
        host=None if profile is None else profile.host,
        profile="" if profile is None else profile.id,
        lessons=tuple(_listed(name, here) for name in names),
        notes=() if profile else (NO_PROFILE,),
    )


def _listed(name: str, here: Here | None) -> ListedLesson:
    lesson = load(name)
    reason = "" if here is None else why_not(lesson, here)
    predicted = None
    if here is not None and not reason:
        try:
            predicted = lesson.predict(here).ratio
        except Missing as missing:
            reason = str(missing)
    found = languages.written(name, lesson)
    return ListedLesson(
        name=name,
        title=lesson.title,
        chapter=lesson.chapter,
        applies=not reason,
        why_not=reason,
        cause=lesson.cause,
        languages=found,
        predicted=predicted,
    )


def predicted(lesson: Lesson, here: Here, other: Callable[[Here], Prediction] | None = None) -> Prediction:
    """Return the lesson's prediction for this machine, or another's; CouldNotMeasure, with what is missing, where there is none."""
    reason = why_not(lesson, here)
    if reason:
        raise CouldNotMeasure(f"this lesson does not apply here: {reason}")
    try:
        return (other or lesson.predict)(here)
    except Missing as missing:
        raise CouldNotMeasure(f"this machine's profile cannot predict it: {missing}; hwbench characterize") from None


def today_of(profile: MachineProfile, report: Report = silent) -> Today:
    """Return a profile at the prices of this minute, on the CPU that lessons are run on."""
    return today(profile, here_of(profile).cpus[0], report)


def run(name: str, priced: Today, wish: Wish, report: Report = silent) -> LessonRun:
    """Run a lesson and return its record; CouldNotMeasure where it does not apply or no language can be had."""
    profile = priced.profile
    before_run, prediction = foretold(name, profile), predicted(load(name), here_of(profile))
    started, before = time_stamp(), noise.read()
    sitting = Sitting(name, load(name), here_of(profile), wish, report)
    with pinned(sitting.here.cpus[0]) as refusal:
        _measure(sitting)
        curve = _swept(sitting) if wish.sweep else None
    conditions = noise.conditions(started, before, pinned_cpu=sitting.here.cpus[0] if refusal is None else None)
    made = _judged_run(sitting, before_run)
    used = {item.quantity for side in (prediction.slow, prediction.fast) for item in side}
    moved = [line for line in priced.after() if line.split()[0] in used or line.split()[0] not in profile.quantities]
    return msgspec.structs.replace(
        made, conditions=conditions, sweep=curve, spots=priced.prices.spots(), notes=(*made.notes, *moved)
    )


def foretold(name: str, profile: MachineProfile) -> LessonRun:
    """Return a lesson's record before it is run: its prediction, with nothing measured."""
    lesson, here = load(name), here_of(profile)
    prediction = predicted(lesson, here)
    low, high = prediction.bounds
    return LessonRun(
        schema=LESSON_SCHEMA,
        hwbench=__version__,
        taken=time_stamp(),
        name=name,
        title=lesson.title,
        chapter=lesson.chapter,
        cause=lesson.cause,
        unit=lesson.unit,
        host=here.host,
        profile=profile.id,
        predicted=prediction.ratio,
        predicted_low=low,
        predicted_high=high,
        verdict="inconclusive",
        reason="it has not been run",
        bill=bill_of(lesson, prediction),
        how=prediction.how,
    )


def _measure(sitting: Sitting) -> None:
    """Time the lesson in its languages: the first that can be had for long, the others in short."""
    spoken = languages.spoken(sitting.name, sitting.lesson)
    if sitting.wish.language is not None:
        spoken = {language: who for language, who in spoken.items() if language == sitting.wish.language}
        if not spoken:
            raise CouldNotMeasure(
                f"{sitting.name} is not written in {sitting.wish.language}: plain Python does not show it"
            )
    for number, (language, who) in enumerate(spoken.items()):
        is_first = all(twin.ratio is None for twin in sitting.twins.values())
        seconds = (sitting.lesson.seconds if is_first else OTHER_SECONDS) * sitting.wish.scale
        sitting.parts = (number, len(spoken) + sitting.wish.sweep)
        sitting.tell(f"{sitting.name} in {title(language)}", 0.0)
        sitting.twins[language] = _twin(sitting, language, who, seconds)
    sitting.parts = (len(spoken), len(spoken) + 1)
    if all(twin.ratio is None for twin in sitting.twins.values()):
        reasons = "; ".join(f"{title(name)}: {twin.unavailable}" for name, twin in sitting.twins.items())
        raise CouldNotMeasure(f"{sitting.name} can be run in no language here ({reasons})")
    first = next(iter(sitting.twins.values()))
    if first.unavailable and sitting.wish.language is None:
        sitting.notes.append(f"not in {title(first.language)}, {first.unavailable}: the next language is judged")


def title(language: Language) -> str:
    """Return a language's name as it is written."""
    return LANGUAGE_TITLES[language]


def _twin(sitting: Sitting, language: Language, who: languages.Speaker | Unavailable, seconds: float) -> Twin:
    if isinstance(who, Unavailable):
        return Twin(language=language, unavailable=str(who))
    here = Here(sitting.here.prices, sitting.here.sizes, sitting.here.cpus, language)
    try:
        cases = sitting.lesson.cases(here, np.random.default_rng(SEED))
        acts = measuring.bind(who, _with_again(cases), here.cpus)
    except (languages.CannotSpeak, Missing) as reason:
        return Twin(language=language, unavailable=str(reason))
    except MemoryError:
        return Twin(language=language, unavailable="there is not enough memory for it")
    measuring.take_turns(
        list(acts.values()),
        seconds,
        done=lambda share: sitting.tell(f"{sitting.name} in {title(language)}", share),
    )
    return _judged_twin(language, acts, sitting)


def _with_again(cases: Cases) -> Cases:
    lacking = [name for name in REQUIRED if name not in cases]
    if lacking:
        raise KeyError(f"a lesson lacks its cases {', '.join(lacking)}")
    return {**cases, measuring.AGAIN: cases["fast"]}


def _judged_twin(language: Language, acts: Mapping[str, Act], sitting: Sitting) -> Twin:
    roof = roof_of(sitting.here)
    void = [name for name, act in acts.items() if roof and measuring.beyond_roof(act, roof)]
    clock = time.get_clock_info("perf_counter").resolution * 1e9
    short = [name for name, act in acts.items() if measuring.too_short(act, clock)]
    unequal = [
        f"{one} and {other}"
        for one, other in (("slow", "fast"), ("control_slow", "control_fast"))
        if not measuring.same(acts[one].checksum, acts[other].checksum) or acts[one].case.work != acts[other].case.work
    ]
    wrong = (
        (f"{', '.join(void)}: faster than this machine can read the input", void),
        (f"{', '.join(short)}: under a thousand steps of the clock", short),
        (f"{', '.join(unequal)} do not give the same result for the same work", unequal),
    )
    trouble = "; ".join(sentence for sentence, where in wrong if where)
    return Twin(
        language=language,
        cases={name: measuring.timed(act) for name, act in acts.items() if name != measuring.AGAIN},
        ratio=None if trouble else measuring.ratio(acts["slow"], acts["fast"]),
        control=measuring.ratio(acts["control_slow"], acts["control_fast"]),
        noise=measuring.noise(acts["fast"], acts[measuring.AGAIN]),
        equal=not unequal,
        unavailable=f"void: {trouble}" if trouble else "",
    )


def _swept(sitting: Sitting) -> Curve:
    """Return the lesson's curve in its first language that can be had."""
    language, who = next(
        (language, who)
        for language, who in languages.spoken(sitting.name, sitting.lesson).items()
        if not isinstance(who, Unavailable) and language in sitting.twins and not sitting.twins[language].unavailable
    )
    sweep = sitting.lesson.sweep
    here = Here(sitting.here.prices, sitting.here.sizes, sitting.here.cpus, language)
    values = list(sweep.values(here))
    each = max(SWEEP_SECONDS * sitting.wish.scale / max(len(values), 1), SWEEP_LEAST)
    points = []
    for number, value in enumerate(values):
        told = format_bytes(value) if sweep.unit == "B" else f"{value:g}"
        sitting.tell(f"{sitting.name}: {sweep.axis} {told}", number / len(values))
        try:
            acts = measuring.bind(who, sweep.cases(here, value, np.random.default_rng(SEED)), here.cpus)
        except (Missing, MemoryError, languages.CannotSpeak) as reason:
            sitting.notes.append(f"the curve has no point at {sweep.axis} {told}: {str(reason) or 'not enough memory'}")
            continue
        measuring.take_turns(list(acts.values()), each * 0.6)
        points.append({sweep.axis: float(value), **{name: _middle(act) for name, act in acts.items()}})
    return Curve(
        axis=sweep.axis, unit=sweep.unit, title=sweep.title, points=tuple(points), logarithmic=sweep.logarithmic
    )


def _middle(act: Act) -> float:
    return float(np.median(act.samples)) / act.case.work


def _judged_run(sitting: Sitting, before_run: LessonRun) -> LessonRun:
    lesson, seen = sitting.lesson, sitting.seen
    twin = seen.twin
    if twin is None or twin.ratio is None or twin.control is None:  # _measure has seen to it
        raise CouldNotMeasure(f"{sitting.name} was not measured")
    verdict, reason = judging.judge(twin.ratio, twin.control, twin.noise or 1.0, _absent(lesson, seen))
    return msgspec.structs.replace(
        before_run,
        taken=time_stamp(),
        guess=sitting.wish.guess,
        measured=twin.ratio,
        control=twin.control,
        verdict=verdict,
        reason=reason,
        language=twin.language,
        twins=tuple(sitting.twins.values()),
        claims=text.judged(lesson, seen),
        notes=tuple(sitting.notes),
    )


def _absent(lesson: Lesson, seen: Seen) -> str:
    try:
        return lesson.absent(seen)
    except Missing as reason:
        return str(reason)


def bill_of(lesson: Lesson, foretold: Prediction) -> dict[str, tuple[BillLine, ...]]:
    """Return a prediction as the bill of a unit of work: `a` of the fast twin, `b` of the slow one."""
    return {
        side: tuple(_line(lesson, item) for item in items)
        for side, items in (("a", foretold.fast), ("b", foretold.slow))
    }


def _line(lesson: Lesson, item: Item) -> BillLine:
    name = f"{item.text} [{item.quantity}]" if item.quantity else item.text
    return BillLine(
        item=name,
        cause=item.cause or lesson.cause,
        count=item.count,
        price_ns=item.price_ns,
        seconds=item.ns * 1e-9,
        low=item.count * item.low_ns * 1e-9,
        high=item.count * item.high_ns * 1e-9,
        grade="inferred",
    )


def text_of(name: str, profile: MachineProfile) -> str:
    """Return the text of a lesson with the claims answered that the profile alone can answer."""
    lesson = load(name)
    return text.shown(text.source(name), text.judged(lesson, Seen(here_of(profile))))
