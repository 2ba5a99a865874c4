"""Exercises: cut from the twins' sources, and what keeps a solution from judging itself."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from lesson_profiles import recorded

from hwbench.lessons import checking, exercises, languages, measuring
from hwbench.lessons.kit import Case
from hwbench.lessons.prices import Here, Prices, Sizes, roof_of
from hwbench.profile import store

KIB, MIB, GIB = 1024, 1024**2, 1024**3


C_SOURCE = """/* What the file is about. */
#include "lesson.h"

enum { WORDS = 8 };

static int64_t helper(int64_t x)
{
    return x + 1;
}

/* Slowly. */
LESSON int64_t crawl(const int64_t *a, int64_t n)
{
    int64_t t = 0;
    for (int64_t i = 0; i < n; i++) {
        t += helper(a[i]);
    }
    return t;
}

/* Fast. */
LESSON int64_t run(const int64_t *a,
                   int64_t n)
{
    return a[0] * n;
}
"""


def test_declarations_are_read_from_the_source_itself() -> None:
    assert languages.declarations(C_SOURCE) == (
        "int64_t crawl(const int64_t *a, int64_t n);\nint64_t run(const int64_t *a, int64_t n);\n"
    )


def test_a_starter_in_c_keeps_one_function_renamed_with_all_that_it_needs() -> None:
    begun = exercises.cut_c(C_SOURCE, {"crawl": "solve"})
    assert begun.startswith("/* What the file is about. */")
    assert "LESSON int64_t solve(const int64_t *a, int64_t n)" in begun
    assert "/* Slowly. */" in begun
    assert "helper" in begun
    assert "Fast" not in begun
    assert "run" not in begun
    solved = exercises.cut_c(C_SOURCE, {"run": "solve"})
    assert "return a[0] * n;" in solved
    assert "Slowly" not in solved


def test_a_function_that_the_solution_calls_stays_with_it() -> None:
    source = C_SOURCE.replace("return a[0] * n;", "return crawl(a, 1) * n;")
    solved = exercises.cut_c(source, {"run": "solve"})
    assert "static int64_t crawl(" in solved
    assert solved.count("LESSON") == 1


def test_a_starter_in_python_keeps_what_its_function_reaches() -> None:
    source = (
        '"""About."""\n\nN = 3\n\n\ndef arguments(function, given):\n    return given\n\n\ndef part(x):\n    return x\n\n\n'
        "def slow(x):\n    return part(x) + N\n\n\ndef fast(x):\n    return x + N\n"
    )
    begun = exercises.cut_python(source, {"slow": "solve"})
    assert "def solve(x):\n    return part(x) + N" in begun
    assert "def part" in begun
    assert "arguments" not in begun
    assert "fast" not in begun
    compile(begun, "solution.py", "exec")


def test_a_solution_faster_than_its_input_can_be_read_is_refused() -> None:
    case = Case("solve", (), work=1000.0, least_bytes=8_000_000.0)
    least = 8_000_000 / 1e11 * 1e9 / 1000
    checking.check_roof(case, [least] * 5, 1e11)
    checking.check_roof(case, [least / 3] * 5, None)
    with pytest.raises(checking.Wrong, match="faster than this machine"):
        checking.check_roof(case, [least / 3] * 5, 1e11)


def test_the_roof_of_another_machine_is_none_here() -> None:
    here = Here(Prices(recorded()), Sizes(64, 16 * KIB, 128 * KIB, MIB, 4 * MIB))
    assert roof_of(here) is None
    own = msgspec.structs.replace(
        here.prices.profile, host=msgspec.structs.replace(here.prices.profile.host, name=store.this_host())
    )
    assert roof_of(dataclasses.replace(here, prices=Prices(own))) == here.prices["l1d.read_bandwidth"]


class Anything:
    """An object that says of itself that it equals all others."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_what_is_no_number_equals_none() -> None:
    for given in ([], np.zeros(0), Anything(), "5", None):
        assert not measuring.same(5, given)
        assert not measuring.same(5.0, given)


def test_what_a_solution_says_is_told_on_one_short_line() -> None:
    assert checking.brief("a\n\x1b[31mb") == "a [31mb"
    assert len(checking.brief(list(range(100_000)))) <= checking.LONGEST
    assert len(checking.brief("word " * 1000)) <= checking.LONGEST


def test_a_watch_sees_a_name_that_was_changed_and_a_thread_that_was_left() -> None:
    """In a process of its own: what listens to a process cannot be taken out again."""
    script = (
        "import sys, time, threading, types\n"
        "from hwbench.lessons.watching import Watch\n"
        "mine = types.ModuleType('mine'); mine.now = time.time\n"
        "watch = Watch((mine,)); watch.begin(); print([watch.trouble()])\n"
        "kept, mine.now = mine.now, None; print([watch.trouble()]); mine.now = kept\n"
        "stop = threading.Event(); one = threading.Thread(target=stop.wait); one.start()\n"
        "print([watch.trouble()]); stop.set(); one.join()\n"
        "sys._getframe(); print([watch.trouble()])\n"
        "watch.is_listening = True; sys._getframe(); watch.is_listening = False; print([watch.trouble()])\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [
        "['']",
        "['it changes mine.now, which judges it']",
        "['it leaves threads at work between the calls']",
        "['']",
        "['it looks into what judges it (sys._getframe)']",
    ]


def test_a_solve_that_does_its_work_while_the_input_is_laid_out_is_refused() -> None:
    case = Case("solve", (), work=1000.0)
    checking.check_does_something(case, [1000.0] * 5)  # a millisecond
    with pytest.raises(checking.Wrong, match="a call of nothing"):
        checking.check_does_something(case, [1e-6] * 5)
