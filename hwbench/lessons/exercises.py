"""Exercises: the slow twin under the name `solve`, to be mended; and the fast twin under that name, which is a solution.

Both are cut from the very sources that the lesson is measured with. In C a function that is declared `LESSON` goes, with the
comment above it, unless it is one of those to start from; all else (includes, types, helpers) stays. In Python likewise.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.lessons import languages, load
from hwbench.lessons.kit import Cases, Here, Lesson, Missing
from hwbench.lessons.prices import Sizes
from hwbench.records import files
from hwbench.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SMALL: Final = Sizes(line=64, l1=16 * KIB, l2=128 * KIB, last=MIB, far=4 * MIB)
SOLVE: Final = "solve"
ARRANGE: Final = "arrange"
SUFFIXES: Final = {"c": ".c", "numba": ".py", "python": ".py"}
C_FUNCTION: Final = re.compile(r"(?m)^LESSON\s[^{;]*?\b(\w+)\s*\([^{;]*\)\s*\{")
C_COMMENT: Final = re.compile(r"/\*(?:(?!\*/).)*\*/\s*\Z", re.DOTALL)


def file_name(lesson: Lesson) -> str:
    """Return what a solution's file is called: solution.c or solution.py."""
    return f"solution{SUFFIXES[lesson.exercise.language]}"


def write(name: str, folder: Path, here: Here) -> list[Path]:
    """Write the files of a lesson's exercise into a folder; UsageError where that cannot be, or would overwrite work."""
    lesson = load(name)
    contents = {file_name(lesson): starter(name, lesson, here), "TASK.md": task(name, lesson)}
    if lesson.exercise.language == "c":
        contents["lesson.h"] = (languages.FOLDER / "lesson.h").read_text(encoding="utf-8")
    begun = next((folder / file for file in contents if (folder / file).exists()), None)
    if begun is not None:
        raise UsageError(f"{begun} is there already: name another folder, or remove it to begin anew")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in reversed(contents.items()):  # the solution last: it says that all of it is there
            files.write_bytes(content.encode(), folder / file)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror}): name another folder") from error
    return [folder / file for file in contents]


def task(name: str, lesson: Lesson) -> str:
    """Return what is to be done, as Markdown."""
    return (
        f"# {lesson.title}\n\n{lesson.exercise.task}\n\n"
        f"Change `{file_name(lesson)}` and have it judged, as often as you like:\n\n"
        f"    hwbench learn {name} --check .\n\n"
        "It must give the same results as before on inputs that it has not seen. It is graded by the share that it reaches of\n"
        "the gain that was predicted for this machine.\n"
    )


def starter(name: str, lesson: Lesson, here: Here) -> str:
    """Return the source to begin with."""
    return _cut(name, lesson, here, 0)


def solution(name: str, lesson: Lesson, here: Here) -> str:
    """Return the source of the fast twin as a solution."""
    return _cut(name, lesson, here, 1)


def _cut(name: str, lesson: Lesson, here: Here, which: int) -> str:
    exercise = lesson.exercise
    source = (languages.FOLDER / name / languages.SOURCES[exercise.language]).read_text(encoding="utf-8")
    kept = {functions(lesson, here)[which]: SOLVE}
    if exercise.arrange:
        kept[exercise.arrange[which]] = ARRANGE
    return cut_c(source, kept) if exercise.language == "c" else cut_python(source, kept)


def inputs(lesson: Lesson, here: Here, seed: int) -> Cases:
    """Return the cases that a solution is measured with, their input drawn from a seed; CouldNotMeasure where this machine has none."""
    try:
        made = (lesson.exercise.inputs or lesson.cases)(
            replace(here, language=lesson.exercise.language), np.random.default_rng(seed)
        )
    except Missing as reason:
        raise CouldNotMeasure(f"this exercise cannot be done here: {reason}") from None
    slow, fast = lesson.exercise.functions or (made["slow"].function, made["fast"].function)
    renamed = {"slow": slow, "fast": fast, "control_slow": slow, "control_fast": fast}
    return {name: replace(case, function=renamed.get(name, case.function)) for name, case in made.items()}


def functions(lesson: Lesson, here: Here) -> tuple[str, str]:
    """Return the names of the twins to start from and to reach."""
    if lesson.exercise.functions:
        return lesson.exercise.functions
    made = inputs(lesson, replace(here, sizes=SMALL), 1)  # for their names alone
    return made["slow"].function, made["fast"].function


def cut_c(source: str, kept: Mapping[str, str]) -> str:
    """Return a C source with the kept functions under their new names, and of the other `LESSON` functions those they call.

    A function goes with the comment above it, unless that is the file's first, which says what the whole file is about.
    """
    places = {function: (begin, end) for begin, end, function in _c_functions(source)}
    called = _called(source, places, set(kept))
    parts, last = [], 0
    for function, (begin, end) in places.items():
        if function in kept or function in called:
            body = source[begin:end]
            parts += [source[last:begin], body if function in kept else body.replace("LESSON", "static", 1)]
        else:
            comment = C_COMMENT.search(source, last, begin)
            parts.append(source[last : comment.start() if comment and comment.start() > 0 else begin])
        last = end
    parts.append(source[last:])
    text = "".join(parts)
    for old, new in kept.items():
        text = re.sub(rf"\b{old}\b(?=\s*\()", new, text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _called(source: str, places: Mapping[str, tuple[int, int]], wanted: set[str]) -> set[str]:
    """Return the names of `LESSON` functions that the wanted ones call, directly or not."""
    reached: set[str] = set()
    waiting = set(wanted)
    while waiting:
        begin, end = places[waiting.pop()]
        used = {name for name in places if re.search(rf"\b{name}\s*\(", source[source.index("{", begin) : end])}
        waiting |= used - reached - wanted
        reached |= used - wanted
    return reached


def _c_functions(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each `LESSON` function begins and ends, and its name."""
    for found in C_FUNCTION.finditer(source):
        depth, place = 1, found.end()
        while depth and place < len(source):
            depth += {"{": 1, "}": -1}.get(source[place], 0)
            place += 1
        yield found.start(), place, found[1]


def cut_python(source: str, kept: Mapping[str, str]) -> str:
    """Return a Python source with the kept functions under their new names, without the other twins and `arguments`."""
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    called = _reached(tree, set(kept))
    gone: set[int] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name not in called:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            gone.update(range(first, (node.end_lineno or node.lineno) + 1))
    text = "".join(line for number, line in enumerate(lines, 1) if number not in gone)
    for old, new in kept.items():
        text = re.sub(rf"\b{old}\b(?=\s*\()", new, text)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip() + "\n"


def _reached(tree: ast.Module, wanted: set[str]) -> set[str]:
    """Return the names of functions and classes that the wanted ones use, themselves included."""
    known = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    reached: set[str] = set()
    waiting = set(wanted)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        if name in known:
            used = {node.id for node in ast.walk(known[name]) if isinstance(node, ast.Name)}
            waiting |= (used & known.keys()) - reached
    return reached
