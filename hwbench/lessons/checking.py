"""Judges a solution in a process of its own: right on fresh inputs, then timed in turns with the slow and the fast twin.

Nothing can be remembered: every input is drawn from a seed that the system gives now, changes in place ahead of every timed
call, and every timed answer is compared with the slow twin's on the same input. A rate beyond the machine's roof is refused, and so is
a `solve` that takes no longer than a call of nothing. What was found carries a seal that was gone before the solution was loaded, so
that the solution cannot write it itself. A solution that crashes or hangs ends this process, not hwbench.
Fooled by: see `hwbench.lessons.watching`; a solution that works while it is laid out, and then idles up to the machine's roof.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import reprlib
import secrets
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from hwbench.errors import HwbenchError
from hwbench.lessons import exercises, grading, languages, load, measuring, watching
from hwbench.lessons.kit import Argument, Case, Cases, Lesson, Missing, array
from hwbench.lessons.prices import roof_of
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
RENEWED_SHARE: Final = 1 / 1000
NOTHINGS: Final = 101
AS_NOTHING: Final = 4
SEAL: Final = "seal"
LONGEST: Final = 200  # characters of what a solution says or gives
now = time.perf_counter_ns  # bound before a solution is loaded


class Found(msgspec.Struct, frozen=True):
    """What was found of a solution: what is wrong with it, or its times; or why nothing was."""

    wrong: str = ""
    could_not: str = ""
    seal: str = ""
    rounds: grading.Rounds | None = None


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
        if isinstance(self.speaker, languages.InC):
            _as_usual()()
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


@functools.cache
def _as_usual() -> Callable[[], Any]:
    """Return a call that sets the floating-point unit as it was at the beginning."""
    return languages.InC(languages.FOLDER / "nothing.c").bind(Case("as_usual", (), 1))


def renew_values(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Copy some values of the first array over others."""
    values = next((each for each in arguments if isinstance(each, np.ndarray)), None)
    if values is not None and values.size:
        flat = values.reshape(-1)
        count = max(RENEWED, int(flat.size * RENEWED_SHARE))
        flat[random.integers(0, flat.size, count)] = flat[random.integers(0, flat.size, count)]


def judged(name: str, folder: Path, here: Here) -> Found:
    """Return what is found of the solution in a folder."""
    lesson, watch = load(name), watching.Watch((sys.modules[__name__], measuring, languages))
    try:
        ours = twins(name, lesson)
    except Wrong as reason:
        return Found(could_not=str(reason))
    try:
        with pinned(here.cpus[0]):
            watch.begin()
            theirs = solution(lesson, folder)
            arrays = check(lesson, entrants(lesson, ours, theirs, here, secrets.randbits(32)), secrets.randbits(32))
            refuse(watch)
            found = timed(lesson, ours, theirs, here, arrays, watch)
            refuse(watch)
    except (Wrong, languages.CannotSpeak) as wrong:
        return Found(wrong=brief(str(wrong)))
    return found


def refuse(watch: watching.Watch) -> None:
    """Raise `Wrong` if the solution did what it may not."""
    trouble = watch.trouble()
    if trouble:
        raise Wrong(trouble)


def brief(said: object) -> str:
    """Return what a solution said or gave on one line, without what would move a terminal's cursor, and not too long."""
    text = said if isinstance(said, str) else reprlib.repr(said)
    plain = "".join(sign if sign.isprintable() else " " for sign in text[: 10 * LONGEST])
    return textwrap.shorten(plain, LONGEST, placeholder=" …")


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
        lacking = [name for name in names if not re.search(rf"\b{name}\s*\(", declared)]
        speaker: Speaker = languages.InC(file)
    else:
        module = _loaded(file)
        lacking = [name for name in names if not callable(getattr(module, name, None))]
        if not lacking and str(getattr(module.solve, "__module__", "")).startswith("hwbench."):
            raise Wrong("its solve is one of ours: write your own")
        speaker = languages.InPython(module)
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
        raise Wrong(f"{file.name} cannot be loaded ({type(error).__name__}: {brief(str(error))})") from error
    return module


def entrants(
    lesson: Lesson, ours: Speaker, theirs: Speaker, here: Here, seed: int, prefix: str = ""
) -> dict[str, Entrant]:
    """Return slow, fast and the solution, each on its own copy of one input; with `prefix` "control_" on the control's."""
    arranged = lesson.exercise.arrange or ("", "")
    slow, fast, mine = (_drawn(exercises.inputs(lesson, here, seed), prefix, side) for side in ("slow", "fast", "slow"))
    if isinstance(ours, languages.InPython) and isinstance(theirs, languages.InPython):
        theirs = languages.InPython(theirs.module, convert=ours.module, known_as=slow.function)
    return {
        "slow": Entrant(ours, slow, arranged[0]),
        "fast": Entrant(ours, fast, arranged[1]),
        "solution": Entrant(theirs, replace(mine, function=exercises.SOLVE), arranged[0] and exercises.ARRANGE),
    }


def _drawn(made: Cases, prefix: str, side: str) -> Case:
    """Return the slow case's input for one side; the other cases' arrays are let go, since together they are large."""
    like = made[f"{prefix}{side}"]
    return replace(made[f"{prefix}slow"], function=like.function, build=like.build)


@dataclass(frozen=True)
class Arrays:
    """The numbers of the arrays that hold results, which the slow twin writes; and of those that no twin of ours writes."""

    written: tuple[int, ...]
    kept: tuple[int, ...]


def check(lesson: Lesson, of: dict[str, Entrant], seed: int) -> Arrays:
    """Compare the solution's answer with the slow twin's on the same input, and what it leaves in the arrays."""
    slow, fast, mine = of["slow"], of["fast"], of["solution"]
    for who in (slow, fast, mine):
        who.renew(lesson, seed)
    right, written = _watched(slow)
    _, written_too = _watched(fast)
    arrays = Arrays(written, tuple(n for n in range(len(slow.arrays)) if n not in (*written, *written_too)))
    _prepared(mine)
    _compare(right, _called(mine), of, arrays)
    return arrays


def _watched(who: Entrant) -> tuple[Any, tuple[int, ...]]:
    """Call a twin of ours; return its answer, and the numbers of the arrays that it changed."""
    who.prepare()
    before = [each.copy() for each in who.arrays]
    answer = who.call()
    changed = tuple(
        number
        for number, (old, new) in enumerate(zip(before, who.arrays, strict=True))
        if not np.array_equal(old, new, equal_nan=new.dtype.kind == "f")
    )
    return answer, changed


def _prepared(mine: Entrant) -> None:
    try:
        mine.prepare()
    except languages.CannotSpeak:
        raise
    except Exception as error:
        raise Wrong(f"its arrange raised {type(error).__name__}: {brief(str(error))}") from error


def _called(mine: Entrant) -> Any:
    try:
        answer = mine.call()
        watching.end_copies()
        return answer
    except Exception as error:
        raise Wrong(f"it raised {type(error).__name__}: {brief(str(error))}") from error


def _alike(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays are equal; floating-point numbers up to the order of their sums."""
    if first.dtype.kind != "f":
        return np.array_equal(first, second)
    return bool(np.allclose(first, second, rtol=measuring.RELATIVE, equal_nan=True))


def check_unspoilt(of: dict[str, Entrant], arrays: Arrays) -> None:
    """Refuse a solution that changes an input which must stay as it is: it could be fast ever after."""
    for number in arrays.kept:
        if not _alike(of["slow"].arrays[number], of["solution"].arrays[number]):
            raise Wrong(f"it changes array {number + 1}, which must stay as it is")


def _compare(right: Any, given: Any, of: dict[str, Entrant], arrays: Arrays) -> None:
    whole = isinstance(right, (int, np.integer))
    if not measuring.same(right, given) or (whole and not isinstance(given, (int, np.integer))):
        raise Wrong(f"it gives {brief(given)} where {right} is right, on an input that it has not seen")
    for number in arrays.written:
        if not _alike(of["slow"].arrays[number], of["solution"].arrays[number]):
            raise Wrong(f"it leaves something else than is right in array {number + 1}")


def timed(lesson: Lesson, ours: Speaker, theirs: Speaker, here: Here, arrays: Arrays, watch: watching.Watch) -> Found:
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
            answers = _round(lesson, who, samples, prefix, seed, watch)
            _compare(answers["slow"], answers["solution"], who, arrays)
    for who in (of, control):
        check_unspoilt(who, arrays)
    check_roof(of["solution"].case, samples["solution"], roof_of(here))
    if lesson.exercise.arrange:
        check_does_something(of["solution"].case, samples["solution"])
    return Found(rounds=grading.Rounds(*(tuple(samples[name]) for name in grading.Rounds.__struct_fields__)))


def _round(
    lesson: Lesson,
    of: dict[str, Entrant],
    samples: dict[str, list[float]],
    prefix: str,
    seed: int,
    watch: watching.Watch,
) -> dict[str, Any]:
    answers = {}
    clock = now  # a local one: what the module's name stands for may be changed during a call
    for name in np.random.default_rng(seed).permutation(list(of)).tolist():
        who = of[name]
        who.renew(lesson, seed)
        if name != "solution":
            who.prepare()
            started = clock()
            answers[name] = who.call()
            ended = clock()
        else:
            _prepared(who)
            watch.is_listening = True
            started = clock()
            answers[name] = _called(who)
            ended = clock()
            watch.is_listening = False
        samples[prefix + name].append((ended - started) / who.case.work)
    return answers


def check_roof(case: Case, samples: list[float], bytes_per_second: float | None) -> None:
    """Refuse a solution that is faster than what a right answer cannot be had without could be read; ns for each unit of work."""
    if bytes_per_second and measuring.is_beyond(case, float(np.median(samples)) * case.work, bytes_per_second):
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
    """Judge: NAME FOLDER PROFILE RESULT; the result is written as JSON. Beside the profile lies the seal."""
    name, folder, profile, result = words
    sealed = Path(profile).with_name(SEAL)
    seal = sealed.read_text(encoding="ascii")
    sealed.unlink()  # ahead of the solution, which could otherwise write a result that is taken for ours
    try:
        found = judged(name, Path(folder), here_of(store.read(Path(profile))))
    except (HwbenchError, Missing) as error:
        found = Found(could_not=str(error))
    except MemoryError:
        found = Found(could_not="there is not enough memory to judge it: close other programs")
    Path(result).write_bytes(msgspec.json.encode(msgspec.structs.replace(found, seal=seal)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
