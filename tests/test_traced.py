"""Traced builds: kernels whose misses are known by construction get their classes right, and every failure is a value."""

from __future__ import annotations

import shutil
import subprocess
from itertools import product
from pathlib import Path

import profiles
import pytest

from hwbench.evidence import traced
from hwbench.records import Command, Evidence, Limits, Unavailable, is_count

WITHOUT = traced.missing()
pytestmark = pytest.mark.skipif(WITHOUT is not None, reason=f"sources cannot be traced here: {WITHOUT}")
KERNELS = Path(__file__).parent / "traced_kernels.c"
COUNT = 1 << 18
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
PROFILE = profiles.profile(
    {
        "l1d.capacity": profiles.quantity("B", 32 << 10),
        "l2.capacity": profiles.quantity("B", 256 << 10),
        "l3.capacity": profiles.quantity("B", 1 << 20),
        "dtlb.l1.entries": profiles.quantity("entries", 64),
        "dtlb.l2.entries": profiles.quantity("entries", 1024),
    }
)


@pytest.fixture(scope="module", params=[*product(COMPILERS, ("-O2",)), ("cc", "-O3")])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler, flag = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", compiler)
        built = traced.build([KERNELS], ["-std=c11", flag], tmp_path_factory.mktemp("traced"))
    assert isinstance(built, Path), built
    return built


def counted(program: Path, *words: str, region: bool = True) -> Evidence:
    evidence = traced.count(Command(argv=(str(program), *words), region=region), PROFILE, limits=Limits(seconds=120))
    assert evidence.unavailable is None, evidence.unavailable
    return evidence


@pytest.mark.parametrize(
    ("kernel", "kind"),
    [
        ("in_order", "streamed"),
        ("shuffled", "dependent"),
        ("far_field", "dependent"),
        ("through_a_hit", "dependent"),
        ("follow", "dependent"),
        ("sum", "streamed"),
        ("stride", "streamed"),
    ],
)
def test_the_classes_of_known_kernels_are_right(program: Path, kernel: str, kind: str) -> None:
    evidence = counted(program, kernel)
    for level in ("l1d", "l2", "l3"):
        misses, of_kind = evidence.value(f"{level}.misses"), evidence.value(f"{level}.misses.{kind}")
        assert misses is not None
        assert of_kind is not None
        assert misses > 0.3 * COUNT
        assert of_kind >= 0.95 * misses


def test_a_gathers_rows_are_independent_and_its_indices_streamed(program: Path) -> None:
    evidence = counted(program, "gather")
    assert evidence.value("l2.misses.independent") == pytest.approx(COUNT, rel=0.1)
    assert evidence.value("l2.misses.streamed") == pytest.approx(COUNT / 16, rel=0.05)
    assert (evidence.value("l2.misses.dependent") or 0) < 0.01 * COUNT


def test_of_two_steps_the_second_depends_on_the_first(program: Path) -> None:
    evidence = counted(program, "two_steps")
    assert evidence.value("l2.misses.independent") == pytest.approx(COUNT, rel=0.1)
    assert evidence.value("l2.misses.dependent") == pytest.approx(COUNT, rel=0.1)


def test_loads_are_counted_exactly_within_the_region_alone(program: Path) -> None:
    evidence = counted(program, "follow")
    assert evidence.value("loads") == COUNT
    assert evidence.value("stores") == 0
    assert not evidence.notes
    assert (counted(program, "follow", region=False).value("stores") or 0) >= 2 * COUNT


def test_the_librarys_copies_are_seen(program: Path) -> None:
    evidence = counted(program, "fill")
    assert evidence.value("l1d.store_misses") == pytest.approx(2 * COUNT, rel=0.01)
    assert evidence.value("l1d.misses.streamed") == pytest.approx(COUNT, rel=0.01)


def test_atomic_operations_work_and_are_counted(program: Path) -> None:
    evidence = counted(program, "count_up")
    assert evidence.value("atomics") == 1001
    assert evidence.value("fences") == 1
    told = subprocess.run([str(program), "count_up"], capture_output=True, check=True, text=True)
    assert told.stdout == "7\n", "it must compute the same, traced or not"


def test_all_counts_are_of_the_closed_list(program: Path) -> None:
    assert all(is_count(name) for name in counted(program, "count_up").counts)


THREADS = """
#include <pthread.h>
#include <stdio.h>
static volatile long shared[8];
static void *turn(void *place) { for (int i = 0; i < 100000; i++) shared[(long)place]++; return NULL; }
int main(void) {
    pthread_t threads[2];
    for (long i = 0; i < 2; i++) pthread_create(&threads[i], NULL, turn, (void *)i);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    printf("%ld\\n", shared[0] + shared[1]);
}
"""


def made(tmp_path: Path, text: str, name: str = "a.c", *flags: str) -> Path | Unavailable:
    source = tmp_path / name
    source.write_text(text)
    return traced.build([source], ["-O2", *flags], tmp_path)


def test_lines_that_pass_between_threads_are_counted(tmp_path: Path) -> None:
    program = made(tmp_path, THREADS, "a.c", "-pthread")
    assert isinstance(program, Path), program
    evidence = counted(program, region=False)
    assert evidence.value("threads") == 3, "two, and the one that started them"
    assert (evidence.value("line_transfers") or 0) > 0


def test_a_region_that_is_not_marked_is_said(tmp_path: Path) -> None:
    program = made(tmp_path, "int x[9]; int main(int n, char **w) { (void)w; x[n] = n; return x[0]; }")
    assert isinstance(program, Path), program
    assert "whole program" in counted(program, region=True).notes[0]


@pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler here")
def test_a_cpp_program_is_traced(tmp_path: Path) -> None:
    text = "#include <vector>\nint main() { std::vector<long> v(100000, 1); long s = 0; for (long x : v) s += x; return s != 100000; }"
    program = made(tmp_path, text, "a.cpp")
    assert isinstance(program, Path), program
    assert (counted(program, region=False).value("loads") or 0) >= 50_000


def test_a_program_is_built_once(tmp_path: Path) -> None:
    first, second = (made(tmp_path, "int main(void) { return 0; }") for _ in range(2))
    assert first == second
    assert made(tmp_path, "int main(void) { return 1; }") != first


@pytest.mark.parametrize(
    ("text", "said"),
    [("int main( {", "error"), ("int nothing; int f(void); int main(void) { return f(); }", "undefined reference")],
)
def test_a_source_that_does_not_build_says_why_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    built = made(tmp_path, text)
    assert isinstance(built, Unavailable)
    assert said in built.reason
    assert "\n" not in built.reason
    assert not list(tmp_path.glob("traced-*")), "nothing half-built may stay"


def test_a_source_that_is_not_there_is_a_value(tmp_path: Path) -> None:
    assert isinstance(traced.build([tmp_path / "none.c"], [], tmp_path), Unavailable)
    assert isinstance(traced.build([], [], tmp_path), Unavailable)


@pytest.mark.parametrize(
    ("argv", "said"),
    [(("/bin/true",), "was not built"), (("/bin/false",), "failed with status 1"), (("/none/at/all",), "is not there")],
)
def test_a_command_that_is_not_traced_or_fails_is_a_reason(argv: tuple[str, ...], said: str) -> None:
    evidence = traced.count(Command(argv=argv), PROFILE, limits=Limits(seconds=20))
    assert evidence.unavailable is not None
    assert said in evidence.unavailable
    assert not evidence.counts


def test_a_program_that_takes_too_long_is_a_reason(tmp_path: Path) -> None:
    program = made(tmp_path, "volatile int x; int main(void) { for (;;) x++; }")
    assert isinstance(program, Path), program
    evidence = traced.count(Command(argv=(str(program),)), PROFILE, limits=Limits(seconds=0.5))
    assert "did not end" in (evidence.unavailable or "")


def test_without_a_compiler_there_is_a_reason_and_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_words, **_more: None)
    built = traced.build([KERNELS], [], tmp_path)
    assert isinstance(built, Unavailable)
    assert built.remedy


def test_what_the_profile_measured_goes_to_the_runtime() -> None:
    words = traced.options(PROFILE, is_region=True)
    assert {"region=1", "l1d=32768:8:64", "l2=262144:8:64", "dtlb1=64", "page=4096"} <= set(words)
