"""Every lesson has all its parts, its twins agree in every language, and its machine code is what its text hangs on."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import lesson_code
import machine_code
import msgspec
import numpy as np
import pytest
from lesson_profiles import recorded

from hwbench import lessons
from hwbench.lessons import checking, exercises, languages, measuring, running, text
from hwbench.lessons.kit import REQUIRED, Build, Case, Cases, Lesson, Missing, Seen
from hwbench.lessons.prices import Here, Prices, Sizes
from hwbench.measure.pinning import usable_cpus
from hwbench.records import BillLine, Language, Unavailable

KIB, MIB = 1024, 1024 * 1024
SMALL = Sizes(line=64, l1=16 * KIB, l2=128 * KIB, last=MIB, far=4 * MIB)
SECTIONS = ["What happens", "What to look for", "Where it bites", "Exercise", "Sources"]
NAMES = lessons.names()
WRITTEN = [(name, language) for name in NAMES for language in languages.written(name, lessons.load(name))]
IN_BOTH = [name for name in NAMES if {(name, "c"), (name, "numba")} <= set(WRITTEN)]
CLAIMED_OF_NUMBA = [n for n in NAMES if any(key.startswith("numba:") for key in lessons.load(n).machine_code)]
every_lesson = pytest.mark.parametrize("name", NAMES)


def small(language: Language = "c") -> Here:
    """A recorded machine of small caches, so that every case is quickly made and run; its CPUs are those of this host."""
    return Here(Prices(recorded()), SMALL, (usable_cpus() * 2)[:2], language)


def cases_of(name: str, language: Language) -> Cases:
    return lessons.load(name).cases(small(language), np.random.default_rng(1))


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_are_at_least_forty_lessons_in_the_order_of_their_chapters() -> None:
    chapters = [lessons.load(name).chapter for name in NAMES]
    assert len(NAMES) >= 40
    assert list(dict.fromkeys(chapters)) == list(lessons.chapters())
    assert len(set(NAMES)) == len(NAMES)
    assert sorted(chapters, key=lessons.chapters().index) == chapters


@every_lesson
def test_a_lesson_has_a_text_with_all_its_sections_a_drawing_and_sources(name: str) -> None:
    markdown = text.source(name)
    assert re.findall(r"(?m)^## (.+)$", markdown) == SECTIONS
    assert "```text\n" in markdown
    prose = re.sub(r"(?s)```.*?```", "", markdown)
    assert 300 <= len(text.MARK.sub("", prose).split()) <= 900
    sources = markdown.partition("## Sources")[2]
    assert len(re.findall(r"(?m)^- ", sources)) >= 2
    assert all(len(line) <= 140 for line in markdown.splitlines())


@every_lesson
def test_every_mark_in_the_text_is_a_claim_in_the_code_and_the_other_way_round(name: str) -> None:
    marks = set(text.MARK.findall(text.source(name)))
    assert marks == set(lessons.load(name).claims)
    assert len(marks) >= 2


@every_lesson
def test_the_prediction_is_a_sum_of_prices_of_this_machines_list(name: str) -> None:
    lesson, here = lessons.load(name), small()
    foretold = lesson.predict(here)
    known = {*here.prices.profile.quantities, *here.prices.profile.curves}
    assert foretold.how
    assert all(set(item.quantity.split(" + ")) <= known and item.ns >= 0 for item in (*foretold.slow, *foretold.fast))
    assert 1 <= foretold.ratio < 1e7
    low, high = foretold.bounds
    assert low <= foretold.ratio <= high
    kept = msgspec.convert(msgspec.to_builtins(running.bill_of(lesson, foretold)), dict[str, tuple[BillLine, ...]])
    assert set(kept) == {"a", "b"}


@every_lesson
def test_a_machine_without_its_prices_is_told_what_is_missing(name: str) -> None:
    """Nothing but `Missing` comes of a profile that has nothing, whatever the lesson asks it."""
    lesson = lessons.load(name)
    bare = msgspec.structs.replace(recorded(), quantities={}, curves={})
    here = Here(Prices(bare), SMALL, (0, 1))
    seen = Seen(here)
    assert running.why_not(lesson, here) or _is_missing(lambda: lesson.predict(here))
    assert all(claim.holds is None for claim in text.judged(lesson, seen))


def _is_missing(act) -> bool:  # type: ignore[no-untyped-def]
    try:
        act()
    except Missing:
        return True
    return False


@every_lesson
def test_a_lesson_that_takes_two_cpus_does_not_apply_where_there_is_one(name: str) -> None:
    lesson = lessons.load(name)
    alone = Here(Prices(recorded()), SMALL, (0,))
    assert bool(running.why_not(lesson, alone)) >= (lesson.cpus > 1)


@every_lesson
def test_every_language_is_there_or_is_missing_for_a_reason(name: str) -> None:
    lesson = lessons.load(name)
    folder = languages.FOLDER / name
    for language, file in (("c", "twins.c"), ("numba", "twins.py")):
        assert (folder / file).is_file() or len(lesson.without.get(language, "")) > 20  # type: ignore[call-overload]
    assert lesson.language in languages.written(name, lesson)


# ── twins ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def checksums(name: str, language: Language) -> dict[str, object]:
    """What every case of a lesson returns in a language, on its first call; the test is skipped where there is none."""
    speaker = languages.spoken(name, lessons.load(name)).get(language)
    if speaker is None or isinstance(speaker, Unavailable):
        pytest.skip(f"{name} in {language}: {speaker or 'not written'}")
    try:
        return {case: _first(speaker, each) for case, each in cases_of(name, language).items()}
    except (Missing, languages.CannotSpeak) as reason:
        pytest.skip(str(reason))


def _first(speaker: languages.Speaker, case: Case) -> object:
    call = speaker.bind(case)
    if case.before is not None:
        case.before()
    return call()


@pytest.mark.parametrize(("name", "language"), WRITTEN)
def test_slow_and_fast_do_the_same_work_with_the_same_result(name: str, language: Language) -> None:
    found = checksums(name, language)
    cases = cases_of(name, language)
    assert set(REQUIRED) <= set(cases)
    for slow, fast in (("slow", "fast"), ("control_slow", "control_fast")):
        assert measuring.same(found[slow], found[fast]), (found[slow], found[fast])
        assert cases[slow].work == cases[fast].work > 0


@pytest.mark.parametrize("name", IN_BOTH)
def test_c_and_numba_give_the_same_results(name: str) -> None:
    in_c, in_numba = checksums(name, "c"), checksums(name, "numba")
    assert {case for case in in_c if not measuring.same(in_c[case], in_numba[case])} == set()


@every_lesson
def test_the_sweep_has_cases_at_every_value(name: str) -> None:
    lesson, here = lessons.load(name), small()
    values = list(lesson.sweep.values(here))
    assert len(values) >= 3
    assert values == sorted(values)
    try:
        made = [lesson.sweep.cases(here, value, np.random.default_rng(1)) for value in (values[0], values[-1])]
    except Missing as reason:
        pytest.skip(str(reason))
    assert set(made[0]) == set(made[1])
    assert all(case.work > 0 for cases in made for case in cases.values())


# ── machine code ──────────────────────────────────────────────────────────────────────────────────────────────────────


def builds_of(lesson: Lesson, cases: Cases) -> Mapping[str, set[Build]]:
    """Which builds the cases ask for, by function."""
    found: dict[str, set[Build]] = {}
    waiting = list(cases.values())
    while waiting:
        case = waiting.pop()
        found.setdefault(case.function, set()).add(case.build)
        waiting += case.beside
    del lesson
    return found


def claims_of(name: str, *, numba: bool) -> Iterator[tuple[str, Build, str]]:
    """Every (function, build, word) that a lesson claims."""
    lesson = lessons.load(name)
    builds = builds_of(lesson, lesson.cases(small("numba" if numba else "c"), np.random.default_rng(1)))
    for key, words in lesson.machine_code.items():
        parts = key.split(":")
        if (parts[0] == "numba") != numba:
            continue
        function = parts[-1]
        named = [part for part in parts[:-1] if part != "numba"]
        for build in named or sorted(builds.get(function, {"plain"})):
            for word in words:
                yield function, build, word  # type: ignore[misc]


@pytest.mark.parametrize("name", [name for name, language in WRITTEN if language == "c"])
def test_the_machine_code_in_c_is_what_the_lesson_claims(name: str) -> None:
    source = languages.FOLDER / name / "twins.c"
    claims = list(claims_of(name, numba=False))
    assert claims
    wrong = []
    for function, build, word in claims:
        library = languages.library(source, build)
        if isinstance(library, Unavailable):
            pytest.skip(str(library))
        try:
            code = machine_code.disassemble(library)
        except machine_code.NoDisassemblerError as error:
            pytest.skip(str(error))
        failure = lesson_code.WORDS[word](code[function], 64)
        wrong += [f"{build}:{function} {word}: {failure}"] if failure else []
    assert wrong == []


@pytest.mark.parametrize("name", CLAIMED_OF_NUMBA)
def test_the_machine_code_of_numba_is_what_the_lesson_claims(name: str) -> None:
    claims = list(claims_of(name, numba=True))
    wrong = []
    lesson = lessons.load(name)
    speaker = languages.spoken(name, lesson)["numba"]
    if isinstance(speaker, Unavailable):
        pytest.skip(str(speaker))
    assemblies: dict[tuple[str, Build], str] = {}
    for case in cases_of(name, "numba").values():
        speaker.bind(case)
        assemblies[case.function, case.build] = languages.assembly(name, case.function, case.build)
    for function, build, word in claims:
        parts = machine_code.parse_assembly(assemblies[function, build])
        failures = [lesson_code.WORDS[word](part, 64) for part in parts]
        is_forbidding = word in ("scalar", "no_loop", "no_division")
        if any(failures) if is_forbidding else all(failures):
            wrong.append(f"{build}:{function} {word}: {failures[0]}")
    assert wrong == []


# ── exercises ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@every_lesson
def test_the_exercise_begins_with_the_slow_twin_and_can_be_solved_by_the_fast_one(name: str) -> None:
    lesson, here = lessons.load(name), small()
    assert len(lesson.exercise.task.split()) >= 10
    begun, solved = exercises.starter(name, lesson, here), exercises.solution(name, lesson, here)
    assert begun != solved or _differ_in_build(name, lesson, here)
    for source in (begun, solved):
        assert re.search(r"\bsolve\(", source)
        assert len(re.findall(r"(?m)^LESSON\b", source)) == (
            0 if lesson.exercise.language != "c" else 2 if lesson.exercise.arrange else 1
        )


def _differ_in_build(name: str, lesson: Lesson, here: Here) -> bool:
    made = exercises.inputs(lesson, here, 1)
    del name
    return made["slow"].build != made["fast"].build


def speakers(name: str) -> tuple[Lesson, Here, languages.Speaker]:
    """A lesson, a small machine, and what runs its exercise's twins; the test is skipped where nothing does."""
    lesson = lessons.load(name)
    here = small(lesson.exercise.language)
    try:
        return lesson, here, checking.twins(name, lesson)
    except checking.Wrong as reason:
        pytest.skip(str(reason))


def prepared(lesson: Lesson, here: Here, ours: languages.Speaker, theirs: languages.Speaker, seed: int):  # type: ignore[no-untyped-def]
    try:
        return checking.entrants(lesson, ours, theirs, here, seed)
    except Missing as reason:
        pytest.skip(str(reason))


@every_lesson
@pytest.mark.parametrize("kind", ["starter", "solution"])
def test_what_is_handed_out_and_our_solution_give_right_results(name: str, kind: str, tmp_path: Path) -> None:
    lesson, here, ours = speakers(name)
    source = exercises.starter(name, lesson, here) if kind == "starter" else exercises.solution(name, lesson, here)
    (tmp_path / exercises.file_name(lesson)).write_text(source)
    theirs = checking.solution(lesson, tmp_path)
    checking.check(lesson, prepared(lesson, here, ours, theirs, 5), 6)


@every_lesson
def test_a_solution_that_returns_nothing_is_caught(name: str, tmp_path: Path) -> None:
    lesson, here, ours = speakers(name)
    file = tmp_path / exercises.file_name(lesson)
    source = exercises.starter(name, lesson, here)
    if lesson.exercise.language == "c":
        start = source.index("{", re.search(r"(?m)^LESSON[^;{]*\bsolve\(", source).start())  # type: ignore[union-attr]
        depth, end = 1, start + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(source[end], 0)
            end += 1
        file.write_text(source[:start] + "{ return 0; }" + source[end:])
    else:
        file.write_text(source + "\n\ndef solve(*_):\n    return 0\n")
    theirs = checking.solution(lesson, tmp_path)
    with pytest.raises(checking.Wrong):
        checking.check(lesson, prepared(lesson, here, ours, theirs, 5), 6)


@every_lesson
def test_what_is_renewed_has_another_answer_so_that_none_can_be_remembered(name: str) -> None:
    lesson, here, ours = speakers(name)
    answers = []
    slow = prepared(lesson, here, ours, ours, 5)["slow"]
    for seed in range(6):
        slow.renew(lesson, seed)
        slow.prepare()
        before = [each.copy() for each in slow.arrays]
        result = slow.call()
        written = [new.copy() for old, new in zip(before, slow.arrays, strict=True) if not np.array_equal(old, new)]
        answers.append((result, written))
    kept = [
        measuring.same(one, other)
        and all(np.allclose(x, y, rtol=measuring.RELATIVE) for x, y in zip(left, right, strict=False))
        for (one, left), (other, right) in itertools.pairwise(answers)
    ]
    assert sum(kept) <= 1, answers  # a few of many values may change and leave the answer as it was, now and then


@every_lesson
def test_an_input_that_is_renewed_is_another_one_and_the_same_for_all(name: str) -> None:
    lesson = lessons.load(name)
    here = small(lesson.exercise.language)
    try:
        made = [exercises.inputs(lesson, here, 7)["slow"] for _ in range(2)]
    except Missing as reason:
        pytest.skip(str(reason))
    renew = lesson.exercise.renew or checking.renew_values
    for case in made:
        renew(case.arguments, np.random.default_rng(3))
    arrays = [[each for each in case.arguments if isinstance(each, np.ndarray)] for case in made]
    assert all(np.array_equal(one, other) for one, other in zip(*arrays, strict=True))
