"""A solution's record: judged in a process of its own, which may crash or hang, and graded from what that one found."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from hwbench import __version__, stats
from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.experiment.messages import Doing, silent
from hwbench.lessons import checking, exercises, grading, load, running
from hwbench.measure import processes
from hwbench.profile import noise, store
from hwbench.records import EXERCISE_SCHEMA, Command, ExerciseRun, Interval, MachineProfile
from hwbench.units import time_stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.experiment.messages import Report

TIMEOUT: Final = 120.0


def judge(
    name: str, folder: Path, profile: MachineProfile, report: Report = silent, timeout: float = TIMEOUT
) -> ExerciseRun:
    """Return the judgement on the solution in a folder; UsageError where there is none, CouldNotMeasure where none can be."""
    lesson = load(name)
    file = folder / exercises.file_name(lesson)
    look(name, folder)
    profile = running.today_of(profile, report).profile
    predicted = running.predicted(lesson, running.here_of(profile), lesson.exercise.predict).ratio
    report(Doing(f"judging {file}", 0.1))
    started, before = time_stamp(), noise.read()
    found = _found(name, folder, profile, timeout)
    common = ExerciseRun(
        schema=EXERCISE_SCHEMA,
        hwbench=__version__,
        taken=time_stamp(),
        name=name,
        title=lesson.title,
        language=lesson.exercise.language,
        file=os.fsencode(file).decode("utf-8", "replace"),
        host=profile.host,
        conditions=noise.conditions(started, before),
        profile=profile.id,
        predicted=predicted,
        verdict="failed",
    )
    rounds = found.rounds
    if rounds is None:
        return msgspec.structs.replace(common, right=False, reason=found.wrong)
    verdict, reason, share = grading.grade(rounds, predicted)
    slow = _ns(rounds.slow)
    return msgspec.structs.replace(
        common,
        right=True,
        verdict=verdict,
        reason=reason,
        slow_ns=slow,
        fast_ns=_ns(rounds.fast),
        solution_ns=_ns(rounds.solution),
        goal_ns=slow.value / predicted,
        share=share,
        remaining=grading.remaining(rounds, lesson.cause),
    )


def look(name: str, folder: Path) -> None:
    """Raise UsageError where a folder holds no solution."""
    file = folder / exercises.file_name(load(name))
    if not file.is_file():
        raise UsageError(f"there is no {file}; write one to begin with: hwbench learn {name} --exercise {folder}")


def _found(name: str, folder: Path, profile: MachineProfile, timeout: float) -> checking.Found:
    """Return what the judging process found; a result without the seal is none of its own."""
    with tempfile.TemporaryDirectory(prefix="hwbench-check-") as work:
        kept, result = Path(work) / "profile.json", Path(work) / "found.json"
        store.write(profile, kept)
        seal = secrets.token_hex(16)
        (Path(work) / checking.SEAL).write_text(seal, encoding="ascii")
        words = ("-B", "-P", "-m", "hwbench.lessons.checking", name, str(folder), str(kept), str(result))
        ended = processes.run(Command(argv=(sys.executable, *words)), timeout=timeout)
        try:
            found = msgspec.json.decode(result.read_bytes(), type=checking.Found)
        except (OSError, msgspec.DecodeError):
            found = checking.Found()
    if not ended.is_well or found.seal != seal:
        return checking.Found(wrong=checking.brief(ended.trouble) or "it ended the judging without a result")
    if found.could_not:
        raise CouldNotMeasure(found.could_not)
    return found


def _ns(samples: Sequence[float]) -> Interval:
    value, low, high = stats.median(np.asarray(samples))
    return Interval(value=value, low=low, high=high, unit="ns")
