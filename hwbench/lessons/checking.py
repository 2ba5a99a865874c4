"""Judges a solution in a process of its own: right on fresh inputs, then timed in turns with the slow and the fast twin.

Nothing can be remembered: every input is drawn from a seed that the system gives now, changes in place ahead of every timed
call, and every timed answer is compared with the slow twin's on the same input. A rate beyond the machine's roof is refused, and so is
a `solve` that takes no longer than a call of nothing.
A solution that crashes or hangs ends this process, not hwbench.
"""

from __future__ import annotations

import importlib.util
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from hwbench.errors import HwbenchError
from hwbench.lessons import exercises, grading, languages, load, measuring
from hwbench.lessons.kit import Argument, Case, Lesson, array
from hwbench.lessons.running import here_of
from hwbench.measure.pinning import pinned
from hwbench.profile import store
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from hwbench.lessons.languages import Speaker
    from hwbench.lessons.prices import Here

LEAST_ROUNDS: Final = 7
MOST_ROUNDS: Final = 41
SECONDS: Final = 3.0
RENEWED: Final = 64
NOTHINGS: Final = 101
AS_NOTHING: Final = 4
ROOF: Final = "l1d.read_bandwidth"
now = time.perf_counter_ns  # bound before a solution is loaded


class Found(msgspec.Struct, frozen=True):
    """What was found of a solution: what is wrong with it, or its times in ns for each unit of work."""

    wrong: str = ""
    slow: tuple[float, ...] = ()
    fast: tuple[float, ...] = ()
    solution: tuple[float, ...] = ()
    control_solution: tuple[float, ...] = ()
    control_fast: tuple[float, ...] = ()


class Wrong(Exception):  # noqa: N818 - it says what is wrong
    """What is wrong with a solution, in one line."""


@dataclass
class Entrant:
    """Who is timed: a twin or the solution, on an input of its own, equal to that of the others."""

    speaker: Speaker
    case: Case
    arrange: str = ""
    call: Callable[[], Any] = lambda: None
    room: np.ndarray[Any, Any] | None = None

    def renew(self, lesson: Lesson, seed: int) -> None:
        """Change the input in place, as is done for all."""
        renew = lesson.exercise.renew or renew_values
        renew(self.case.arguments, np.random.default_rng(seed))

    def prepare(self) -> None:
        """Lay the input out, and do what must come before a call; untimed."""
        if self.case.before is not None:
            self.case.before()
        case = replace(self.case, before=None, beside=())
        if self.arrange:
            given = self.case.arguments[0]
            laid_out = self._room(given)
            self.speaker.bind(replace(case, function=self.arrange, arguments=(given, given.size, laid_out)))()
            case = replace(case, arguments=(laid_out, *self.case.arguments[1:]))
        self.call = self.speaker.bind(case)

    def _room(self, given: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return zeros as large as the input, laid out as the lessons' own arrays are."""
        if self.room is None:
            self.room = array(given.size, given.dtype).reshape(given.shape)
        self.room[...] = 0
        return self.room

    @property
    def arrays(self) -> tuple[np.ndarray[Any, Any], ...]:
        """The arrays among the arguments."""
        return tuple(each for each in self.case.arguments if isinstance(each, np.ndarray))


def renew_values(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Copy some values of the first array over others."""
    values = next((each for each in arguments if isinstance(each, np.ndarray)), None)
    if values is not None and values.size:
        flat = values.reshape(-1)
        flat[random.integers(0, flat.size, RENEWED)] = flat[random.integers(0, flat.size, RENEWED)]


def judged(name: str, folder: Path, here: Here) -> Found:
    """Return what is found of the solution in a folder."""
    lesson = load(name)
    try:
        ours = twins(name, lesson)
        theirs = solution(lesson, folder)
        written = check(lesson, entrants(lesson, ours, theirs, here, secrets.randbits(32)), secrets.randbits(32))
        with pinned(here.cpus[0]):
            return timed(lesson, ours, theirs, here, written)
    except (Wrong, languages.CannotSpeak) as wrong:
        return Found(wrong=str(wrong))


def twins(name: str, lesson: Lesson) -> Speaker:
    """Return what runs the lesson's own twins in the language of its exercise."""
    speaker = languages.spoken(name, lesson).get(lesson.exercise.language)
    if speaker is None or isinstance(speaker, Unavailable):
        raise Wrong(f"nothing here runs {lesson.exercise.language}: {speaker}")
    return speaker


def solution(lesson: Lesson, folder: Path) -> Speaker:
    """Return what runs the solution; `Wrong` if it cannot be compiled, loaded, or has no `solve`."""
    file = folder / exercises.file_name(lesson)
    names = [exercises.SOLVE, *([exercises.ARRANGE] if lesson.exercise.arrange else [])]
    if lesson.exercise.language == "c":
        declared = languages.declarations(file.read_text(encoding="utf-8", errors="replace"))
        lacking = [name for name in names if f"{name}(" not in declared.replace(" (", "(")]
        speaker: Speaker = languages.InC(file)
    else:
        module = _loaded(file)
        lacking = [name for name in names if not callable(getattr(module, name, None))]
        own = languages.InPython(module)
        speaker = own
    if lacking:
        raise Wrong(f"{file.name} has no function {lacking[0]}" + (", declared LESSON" if file.suffix == ".c" else ""))
    return speaker


def _loaded(file: Path) -> Any:
    made = importlib.util.spec_from_file_location("solution", file)
    if made is None or made.loader is None:
        raise Wrong(f"{file.name} cannot be loaded")
    module = importlib.util.module_from_spec(made)
    try:
        made.loader.exec_module(module)
    except Exception as error:
        raise Wrong(f"{file.name} cannot be loaded ({type(error).__name__}: {error})") from error
    return module


def entrants(
    lesson: Lesson, ours: Speaker, theirs: Speaker, here: Here, seed: int, prefix: str = ""
) -> dict[str, Entrant]:
    """Return slow, fast and the solution, each on its own copy of one input; with `prefix` "control_" on the control's."""
    arranged = lesson.exercise.arrange or ("", "")
    made = [exercises.inputs(lesson, here, seed) for _ in range(3)]
    slow, given, mine = (one[f"{prefix}slow"] for one in made)
    fast = replace(given, function=made[1][f"{prefix}fast"].function, build=made[1][f"{prefix}fast"].build)
    if isinstance(ours, languages.InPython) and isinstance(theirs, languages.InPython):
        theirs = languages.InPython(theirs.module, convert=ours.module, known_as=slow.function)
    return {
        "slow": Entrant(ours, slow, arranged[0]),
        "fast": Entrant(ours, fast, arranged[1]),
        "solution": Entrant(theirs, replace(mine, function=exercises.SOLVE), arranged[0] and exercises.ARRANGE),
    }


def check(lesson: Lesson, of: dict[str, Entrant], seed: int) -> tuple[int, ...]:
    """Compare the solution's answer with the slow twin's on the same input; return the numbers of the arrays that are written."""
    slow, mine = of["slow"], of["solution"]
    for who in (slow, mine):
        who.renew(lesson, seed)
        who.prepare()
    before = [each.copy() for each in slow.arrays]
    right = slow.call()
    written = tuple(
        number
        for number, (old, new) in enumerate(zip(before, slow.arrays, strict=True))
        if not np.array_equal(old, new, equal_nan=new.dtype.kind == "f")
    )
    _compare(right, _called(mine), of, written)
    return written


def _called(mine: Entrant) -> Any:
    try:
        return mine.call()
    except Exception as error:
        raise Wrong(f"it raised {type(error).__name__}: {error}") from error


def _compare(right: Any, given: Any, of: dict[str, Entrant], written: tuple[int, ...]) -> None:
    if not measuring.same(right, given):
        raise Wrong(f"it gives {given} where {right} is right, on an input that it has not seen")
    for number in written:
        expected, found = of["slow"].arrays[number], of["solution"].arrays[number]
        if not np.allclose(expected, found, rtol=measuring.RELATIVE, equal_nan=True):
            raise Wrong(f"it leaves something else than is right in array {number + 1}")


def timed(lesson: Lesson, ours: Speaker, theirs: Speaker, here: Here, written: tuple[int, ...]) -> Found:
    """Time all in turns, each call on an input that has just changed, each answer compared."""
    of = entrants(lesson, ours, theirs, here, secrets.randbits(32))
    control = entrants(lesson, ours, theirs, here, secrets.randbits(32), "control_")
    samples: dict[str, list[float]] = {name: [] for name in (*of, *(f"control_{name}" for name in control))}
    started = now()
    for number in range(MOST_ROUNDS):
        if number >= LEAST_ROUNDS and now() - started > SECONDS * 1e9:
            break
        seed = secrets.randbits(32)
        for prefix, who in (("", of), ("control_", control)):
            answers = _round(lesson, who, samples, prefix, seed)
            _compare(answers["slow"], answers["solution"], who, written)
    check_roof(of["solution"].case, samples["solution"], here)
    if lesson.exercise.arrange:
        check_does_something(of["solution"].case, samples["solution"])
    return Found(
        slow=tuple(samples["slow"]),
        fast=tuple(samples["fast"]),
        solution=tuple(samples["solution"]),
        control_solution=tuple(samples["control_solution"]),
        control_fast=tuple(samples["control_fast"]),
    )


def _round(
    lesson: Lesson, of: dict[str, Entrant], samples: dict[str, list[float]], prefix: str, seed: int
) -> dict[str, Any]:
    answers = {}
    for name in np.random.default_rng(seed).permutation(list(of)).tolist():
        who = of[name]
        who.renew(lesson, seed)
        who.prepare()
        started = now()
        answers[name] = _called(who)
        samples[prefix + name].append((now() - started) / who.case.work)
    return answers


def check_roof(case: Case, samples: list[float], here: Here) -> None:
    """Refuse a solution that is faster than what a right answer cannot be had without could be read; ns for each unit of work."""
    if not here.prices.has(ROOF) or not case.least_bytes:
        return
    least = case.least_bytes / here.prices[ROOF] * 1e9 / case.work
    if float(np.median(samples)) < least / 1.5:
        raise Wrong("it is faster than this machine can read the input: it does not do the work")


def check_does_something(case: Case, samples: list[float]) -> None:
    """Refuse a `solve` as quick as a call of nothing: what it gives was worked out while the input was laid out."""
    call = languages.InC(languages.FOLDER / "nothing.c").bind(Case("nothing", (), 1))
    taken = []
    for _ in range(NOTHINGS):
        started = now()
        call()
        taken.append(now() - started)
    if float(np.median(samples)) * case.work < AS_NOTHING * float(np.median(taken)):
        raise Wrong("solve takes no longer than a call of nothing: the work must be done there, not in arrange")


def main(words: list[str]) -> int:
    """Judge: NAME FOLDER PROFILE RESULT; the result is written as JSON."""
    name, folder, profile, result = words
    try:
        found = judged(name, Path(folder), here_of(store.read(Path(profile))))
    except HwbenchError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    Path(result).write_bytes(msgspec.json.encode(found))
    return 0


def rounds(found: Found) -> grading.Rounds:
    """Return what was timed as the grade takes it."""
    return grading.Rounds(found.slow, found.fast, found.solution, found.control_solution, found.control_fast)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
