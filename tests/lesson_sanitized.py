"""A program: runs the C of every lesson, compiled with the sanitizers that are named, on memory that ends at a guard page.

Started with the address sanitizer's library loaded ahead of Python. Arrays of `hwbench.lessons.kit.array` would not be seen by
it, since they are mapped: here each is followed by a page that nobody may touch.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path

import numpy as np

from hwbench import lessons
from hwbench.lessons import exercises, kit, languages
from hwbench.lessons.prices import Here, Missing, Prices, Sizes
from hwbench.measure.buffers import Buffer
from hwbench.measure.pinning import usable_cpus
from hwbench.profile import store

KIB = 1024
SIZES = Sizes(line=64, l1=16 * KIB, l2=64 * KIB, last=256 * KIB, far=512 * KIB)
NOBODY = 0  # PROT_NONE


def guarded(size: int, pages: str = "base") -> Buffer:
    """Memory of whole pages, and a page after it that nobody may touch."""
    whole = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    mapping = mmap.mmap(-1, whole + mmap.PAGESIZE)
    words = np.frombuffer(mapping, dtype=np.int64)
    library = ctypes.CDLL(None, use_errno=True)
    end = ctypes.c_void_p(words.ctypes.data + whole)
    assert library.mprotect(end, ctypes.c_size_t(mmap.PAGESIZE), NOBODY) == 0
    return Buffer(words[: size // 8], "huge" if pages == "huge" else "base", 1.0)


def main(profile: str, *flags: str) -> int:
    """Run every case of every lesson, and what lays an exercise's input out; tell the names as they are done."""
    languages.ALWAYS = (*languages.ALWAYS, *flags)  # type: ignore[misc, assignment]
    kit.allocate = guarded  # type: ignore[attr-defined, assignment]
    here = Here(Prices(store.read(Path(profile))), SIZES, (usable_cpus() * 2)[:2])
    for name in lessons.names():
        lesson = lessons.load(name)
        source = languages.FOLDER / name / "twins.c"
        if "c" in lesson.without or not source.is_file():
            continue
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        speaker = languages.InC(source)
        try:
            cases = lesson.cases(here, np.random.default_rng(1))
        except Missing:
            continue
        waiting = list(cases.values())
        while waiting:
            case = waiting.pop()
            call = speaker.bind(case)
            if case.before is not None:
                case.before()
            call()
            waiting += case.beside
        _arranged(lesson, speaker, here)
    sys.stdout.write("done\n")
    return 0


def _arranged(lesson: kit.Lesson, speaker: languages.Speaker, here: Here) -> None:
    if lesson.exercise.arrange and lesson.exercise.language == "c":
        given = exercises.inputs(lesson, here, 1)["slow"].arguments[0]
        for function in lesson.exercise.arrange:
            out = kit.array(given.size, given.dtype)
            speaker.bind(kit.Case(function, (given, given.size, out), 1))()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
