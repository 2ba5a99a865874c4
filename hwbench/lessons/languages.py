"""The twins of a lesson as callables: C compiled here and now by this host's compiler, numba, plain Python.

C is compiled when it is asked for, not when hwbench is installed: the learner reads, changes and compiles the very file that
is measured. What is declared `LESSON` is the only declaration; cffi reads it from the source.
"""

from __future__ import annotations

import functools
import importlib
import platform
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from hwbench.evidence.building import build as build_c
from hwbench.lessons.kit import Build, Case, Lesson
from hwbench.records import LANGUAGES, Language, Unavailable

if TYPE_CHECKING:
    from types import ModuleType

FOLDER: Final = Path(__file__).resolve().parent
TUNED: Final = "-march=native" if platform.machine().lower() in ("x86_64", "amd64") else "-mcpu=native"
# -falign-*: whether a short loop lies across the end of a line may double its time, and shall not depend on chance.
ALWAYS: Final = (
    "-g",
    "-Wall",
    "-Wextra",
    "-fvisibility=hidden",
    "-ffp-contract=off",
    "-falign-functions=64",
    "-falign-loops=64",
    f"-I{FOLDER}",
)
# Not -ffast-math: a library that is linked with it makes the whole process flush denormal numbers (gcc before 13).
REORDERED: Final = (
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
    "-freciprocal-math",
)
FLAGS: Final[dict[Build, tuple[str, ...]]] = {
    "plain": ("-O2", "-fno-tree-vectorize", "-fno-tree-slp-vectorize"),
    "vector": ("-O3", TUNED),
    "relaxed": ("-O3", TUNED, *REORDERED),
    "unoptimised": ("-O0",),
}
LIBRARIES: Final = ("-lm", "-pthread")
SOURCES: Final[dict[Language, str]] = {"c": "twins.c", "numba": "twins.py", "python": "plain.py"}
DECLARED: Final = re.compile(r"^LESSON\s+([^{;]+?)\s*\{", re.MULTILINE)
POINTERS: Final = {
    "int64": "int64_t *",
    "int32": "int32_t *",
    "int16": "int16_t *",
    "int8": "int8_t *",
    "uint8": "uint8_t *",
    "uint64": "uint64_t *",
    "uint32": "uint32_t *",
    "float64": "double *",
    "float32": "float *",
}
Bound = Callable[[], Any]


class Speaker(Protocol):
    """A language that can run cases."""

    def bind(self, case: Case) -> Bound:
        """Return the case as a callable without arguments."""
        ...


def declarations(source: str) -> str:
    """Return what cffi reads: the functions that a source declares `LESSON`."""
    return "".join(f"{' '.join(found.split())};\n" for found in DECLARED.findall(source))


def library(source: Path, build: Build) -> Path | Unavailable:
    """Return the shared object of a C source in a build, made now or earlier; or why it could not be compiled."""
    name = source.parent.name if source.is_relative_to(FOLDER) else "solution"
    headers = sorted(source.parent.glob("*.h"))  # the learner's own lie beside the solution
    return build_c(
        f"lesson-{name}-{build}",
        [source, *headers, FOLDER / "lesson.h"],
        (*ALWAYS, *FLAGS[build]),
        libraries=LIBRARIES,
    )


@functools.cache
def compiled(source: Path, build: Build) -> tuple[Any, Any] | Unavailable:
    """Return (ffi, library) of a C source; or why it could not be compiled, or its declarations not be read."""
    made = library(source, build)
    if isinstance(made, Unavailable):
        return made
    from cffi import FFI  # noqa: PLC0415 - only where there is C to call

    ffi = FFI()
    try:
        ffi.cdef(declarations(source.read_text(encoding="utf-8", errors="replace")))
    except Exception as error:  # cffi's errors and pycparser's have no base of their own
        return Unavailable(
            reason=f"what {source.name} declares LESSON cannot be read ({type(error).__name__})",
            remedy="use the types of stdint.h, double and float",
        )
    return ffi, ffi.dlopen(str(made))


class InC:
    """Runs cases of a C source; `rename` maps a case's function to the name it has there."""

    def __init__(self, source: Path, rename: dict[str, str] | None = None) -> None:
        """Take a source; it is compiled for each build when that is first asked for."""
        self._source = source
        self._rename = rename or {}

    def bind(self, case: Case) -> Bound:
        """Return the case as a call of its C function."""
        built = compiled(self._source, case.build)
        if isinstance(built, Unavailable):
            raise CannotSpeak(built)
        ffi, library = built
        function = getattr(library, self._rename.get(case.function, case.function))
        arguments = [_in_c(ffi, argument) for argument in case.arguments]
        return _Call(function, arguments, case.arguments)


class _Call:
    """A call of a C function; the arrays behind its pointers live as long as it does."""

    def __init__(self, function: Any, arguments: Sequence[Any], alive: Sequence[Any]) -> None:
        self._function, self._arguments, self._alive = function, arguments, alive

    def __call__(self) -> Any:
        return self._function(*self._arguments)


def _in_c(ffi: Any, argument: Any) -> Any:
    """Return an argument as C takes it; an array that is not contiguous is a TypeError."""
    if not isinstance(argument, np.ndarray):
        return argument
    if not argument.flags.c_contiguous:
        raise TypeError("an array for C must be contiguous")
    return ffi.cast(POINTERS[argument.dtype.name], argument.ctypes.data)


class InNumba:
    """Runs cases of the functions of a module that are marked as twins."""

    def __init__(self, module: ModuleType) -> None:
        """Take a module of twins."""
        self._module = module

    def bind(self, case: Case) -> Bound:
        """Return the case as a call of its compiled twin."""
        function = jitted(getattr(self._module, case.function), case.build)
        arguments = case.arguments
        function(*arguments)  # compiled now, for these types, under this build's settings
        return lambda: function(*arguments)


@functools.cache
def jitted(function: Any, build: Build) -> Any:
    """Return a twin compiled for a build."""
    import numba  # noqa: PLC0415 - it loads slowly, and C needs none of it

    options = {**function.targetoptions, "fastmath": build == "relaxed"}
    options.pop("nopython", None)
    options.pop("boundscheck", None)
    made = numba.njit(boundscheck=False, **options)(function.py_func)
    return _Compiling(made, vectors=build in ("vector", "relaxed"))


def assembly(name: str, function: str, build: Build) -> str:
    """Return the assembler source of a lesson's numba twin, in all the types that it was called with in a build."""
    module = importlib.import_module(f"hwbench.lessons.{name}.twins")
    return "\n".join(jitted(getattr(module, function), build).dispatcher.inspect_asm().values())


class _Compiling:
    """A dispatcher that compiles with numba's vectorisers on or off."""

    def __init__(self, dispatcher: Any, *, vectors: bool) -> None:
        self.dispatcher = dispatcher
        self._vectors = int(vectors)
        self._known: set[Any] = set()

    def __call__(self, *arguments: Any) -> Any:
        key = tuple(
            type(a) if not isinstance(a, np.ndarray) else (a.dtype.char, a.ndim, a.flags.c_contiguous)
            for a in arguments
        )
        if key in self._known:
            return self.dispatcher(*arguments)
        from numba.core import config as read_only  # noqa: PLC0415 - numba is loaded by now

        config: Any = read_only

        before = config.LOOP_VECTORIZE, config.SLP_VECTORIZE
        config.LOOP_VECTORIZE = config.SLP_VECTORIZE = self._vectors
        try:
            self._known.add(key)
            return self.dispatcher(*arguments)
        finally:
            config.LOOP_VECTORIZE, config.SLP_VECTORIZE = before


class InPython:
    """Runs cases as plain Python: `arguments(function, arguments)` of a module, if it has one, makes Python's own objects.

    `convert` names another module for that, and `known_as` the function that it knows the case by.
    """

    def __init__(self, module: Any, convert: Any = None, known_as: str = "") -> None:
        """Take a module of plain functions."""
        self.module = module
        self._convert = getattr(convert or module, "arguments", None)
        self._known_as = known_as

    def bind(self, case: Case) -> Bound:
        """Return the case as a call of its function."""
        function = getattr(self.module, case.function)
        arguments: Sequence[Any] = case.arguments
        if self._convert is not None:
            arguments = self._convert(self._known_as or case.function, arguments)
        return lambda: function(*arguments)


class CannotSpeak(Exception):  # noqa: N818 - it says what is the matter
    """A language that cannot be had here; holds the `Unavailable`."""

    def __init__(self, reason: Unavailable) -> None:
        """Take the reason."""
        super().__init__(str(reason))
        self.reason = reason


def spoken(name: str, lesson: Lesson) -> dict[Language, Speaker | Unavailable]:
    """Return the languages of a lesson, its own first, each with what runs it or why it is not there.

    A language that the lesson is not written in (plain Python where that shows nothing) is left out.
    """
    folder = FOLDER / name
    found: dict[Language, Speaker | Unavailable] = {}
    for language in _order(lesson):
        if language in lesson.without:
            found[language] = Unavailable(reason=lesson.without[language])
        elif language == "c":
            found[language] = _c(folder / "twins.c")
        elif language == "numba":
            found[language] = _numba(name)
        elif (folder / "plain.py").is_file():
            found[language] = InPython(importlib.import_module(f"hwbench.lessons.{name}.plain"))
    return found


def written(name: str, lesson: Lesson) -> tuple[Language, ...]:
    """Return the languages that a lesson is written in, whether or not they can be had here; its own first."""
    return tuple(
        one for one in _order(lesson) if one not in lesson.without and (FOLDER / name / SOURCES[one]).is_file()
    )


def _order(lesson: Lesson) -> list[Language]:
    """Return all languages, the lesson's own first."""
    return [lesson.language, *(language for language in LANGUAGES if language != lesson.language)]


def _c(source: Path) -> Speaker | Unavailable:
    from hwbench.evidence.building import find_compiler  # noqa: PLC0415 - beside its one use

    compiler = find_compiler()
    return compiler if isinstance(compiler, Unavailable) else InC(source)


def _numba(name: str) -> Speaker | Unavailable:
    try:
        return InNumba(importlib.import_module(f"hwbench.lessons.{name}.twins"))
    except ImportError as error:
        return Unavailable(reason=f"numba cannot be loaded ({error})", remedy="pip install numba")
