"""cachegrind: geometries it accepts, its file read exactly, misses of loops whose truth is known, and its guards."""

from __future__ import annotations

import platform

import msgspec
import pytest
from profiles import host, profile, quantity
from toy_programs import LIMITS, script, toy

from hwbench.evidence import cachegrind, geometry
from hwbench.evidence.cachegrind import Totals
from hwbench.evidence.geometry import Geometry, fitted
from hwbench.records import CacheClaim, Command, Count, CpuFacts, Limits, MachineProfile, Unavailable, is_count

KIB, MIB = 1 << 10, 1 << 20
QUANTITIES = {
    "l1d.capacity": quantity("B", 32.0 * KIB),
    "l1d.line_size": quantity("B", 64.0),
    "l1d.associativity": quantity("ways", 8.0),
    "l2.capacity": quantity("B", 256.0 * KIB),
    "l3.capacity": quantity("B", 4.0 * MIB),
}
PROFILE = profile(QUANTITIES)
needs_valgrind = pytest.mark.skipif(cachegrind.missing() is not None, reason=str(cachegrind.missing()))
FILE = """\
desc: LL cache:         16777216 B, 64 B, 16-way associative
cmd: ./loop
events: Ir I1mr ILmr Dr D1mr DLmr Dw D1mw DLmw Bc Bcm Bi Bim
fl=loop.c
fn=main
10 100 1 1 40 5 2 20 3 1 10 2 4 1
11 50 0 0 0 0 0 0 0 0 0 0 0 0
fl=header.h
fn=main
7 50 0 0 10 0 0 0 0 0 0 0 0 0
fl=???
fn=0x1234
0 200 0 0 0 0 0 0 0 0 0 0 0 0
summary: 400 1 1 50 5 2 20 3 1 10 2 4 1
"""


def totals(*files: str) -> Totals:
    made = Totals()
    for file in files:
        made.add(file.splitlines())
    return made


@pytest.mark.parametrize(
    ("capacity", "ways", "made"),
    [
        (32768, 8, Geometry(32768, 8, 64)),
        (49152, 12, Geometry(49152, 12, 64)),
        (2_709_236, 16, Geometry(2048 * 21 * 64, 21, 64)),
        (393_216, 8, Geometry(393_216, 12, 64)),
        (1, 8, Geometry(64, 1, 64)),
    ],
)
def test_a_measured_capacity_becomes_a_power_of_two_of_sets(capacity: float, ways: int, made: Geometry) -> None:
    assert fitted(capacity, ways, 64) == made


@pytest.mark.parametrize("ways", [1, 8, 11, 16])
@pytest.mark.parametrize("capacity", [5000, 40_000, 393_216, 2_709_236, 300 * MIB])
def test_a_fitted_cache_is_what_valgrind_demands_and_half_a_way_off_at_most(capacity: int, ways: int) -> None:
    made = fitted(capacity, ways, 64)
    sets = made.size // made.ways // made.line
    assert sets & (sets - 1) == 0
    assert made.size == sets * made.ways * made.line
    assert abs(made.size - capacity) <= max(sets * 64 / 2, 64)


@pytest.mark.parametrize("ways", [1, 8, 11, 16])
def test_a_cache_that_is_too_large_for_valgrind_is_cut(ways: int) -> None:
    assert 1 << 30 <= fitted(5 * 1024 * MIB, ways, 64).size < 1 << 31


def test_what_is_measured_goes_before_what_is_claimed() -> None:
    claim = CacheClaim(level=2, kind="unified", bytes=MIB, associativity=16, line_size=128, source="test")
    claimed = profile({}, host(caches=(claim,)))
    assert geometry.measured(claimed, "l2") == Geometry(MIB, 16, 128)
    assert geometry.measured(profile(QUANTITIES, host(caches=(claim,))), "l2") == Geometry(256 * KIB, 16, 64)
    assert geometry.measured(claimed, "l3") is None
    assert geometry.instructions(claimed) is None


def test_the_file_is_read_exactly() -> None:
    made = totals(FILE)
    assert (made.events["Ir"], made.events["D1mr"], made.files) == (400, 5, 1)
    assert made.functions["main", "loop.c"]["Ir"] == 150
    counts = cachegrind._counts(made, "l3", has_first=True)
    assert counts["instructions"] == Count(value=400.0)
    assert (counts["loads"], counts["stores"]) == (Count(value=50.0), Count(value=20.0))
    assert counts["l3.misses"] == Count(value=2.0, low=1.5, high=2.6)
    assert counts["branches.indirect.mispredicted"].low == 0.0
    assert all(is_count(name) for name in counts)


def test_children_are_added_up() -> None:
    assert totals(FILE, FILE).events["Ir"] == 800


@pytest.mark.parametrize("text", ["", "events: Ir\n", "nonsense\nfn=\n\x00", "summary: 1 2 3\n"])
def test_a_damaged_file_gives_no_instructions(text: str) -> None:
    assert not totals(text).events.get("Ir")


def test_levels_that_are_not_known_are_not_counted() -> None:
    counts = cachegrind._counts(totals(FILE), None, has_first=False)
    assert not [name for name in counts if "misses" in name]


def test_hot_spots_are_functions_with_what_was_inlined_by_their_share_of_cycles() -> None:
    first, second = cachegrind._hot(totals(FILE), (10.0, 100.0))
    assert (first.function, first.file, second.function, second.file) == ("main", "loop.c", "0x1234", "")
    cycles = 200 + 10 * 9 + 100 * 4
    assert first.cycles_share == pytest.approx(cycles / (cycles + 200))
    assert first.instructions == 0.5


def test_numba_under_a_processor_without_its_vectors_is_another_program() -> None:
    compiling = totals(FILE.replace("fn=0x1234", "fn=LLVMPY_Foo"))
    wide = profile({}, host(cpu=CpuFacts(architecture="x86_64", vector_bits=(128, 256, 512))))
    judged = cachegrind._judged(compiling, Command(argv=("x",)), wide)
    assert isinstance(judged, Unavailable)
    assert "NUMBA_CPU_NAME" in judged.remedy
    assert cachegrind._judged(compiling, Command(argv=("x",), env={"NUMBA_CPU_NAME": "x86-64-v3"}), wide) is compiling
    assert cachegrind._judged(totals(FILE), Command(argv=("x",)), wide).files == 1  # type: ignore[union-attr]


@needs_valgrind
def test_a_loop_over_more_than_a_level_misses_in_each_line_and_over_less_in_none() -> None:
    def misses(size: int) -> tuple[float, ...]:
        few, many = (cachegrind.count(toy("strides", size, rounds), PROFILE, limits=LIMITS) for rounds in (1, 11))
        assert many.unavailable is None
        names = [f"{level}.misses" for level in ("l1d", "l2", "l3")]
        return tuple(((many.value(name) or 0) - (few.value(name) or 0)) / 10 / (size / 64) for name in names)

    in_first, in_second, in_last = misses(16 * KIB), misses(128 * KIB), misses(1024 * KIB)
    assert in_first[0] < 0.1
    assert in_second[0] > 0.95
    assert in_second[1] < 0.1
    assert in_last[1] > 0.95
    assert in_last[2] < 0.1


@needs_valgrind
def test_instructions_grow_with_the_work_by_the_loops_own_number() -> None:
    counted = [
        cachegrind.count(toy("strides", 64 * KIB, rounds), PROFILE, limits=LIMITS).value("instructions") or 0.0
        for rounds in (10, 20, 30)
    ]
    assert counted[1] - counted[0] == pytest.approx(counted[2] - counted[1], rel=0.01)
    assert counted[1] - counted[0] >= 10 * 1024 * 3


@needs_valgrind
def test_children_are_followed_and_a_region_is_said_not_to_be_respected() -> None:
    command = toy("strides", 64 * KIB, 20)
    alone = cachegrind.count(command, PROFILE, limits=LIMITS)
    within = script(f"{command.argv[0]} {64 * KIB} 20; :")
    found = cachegrind.count(msgspec.structs.replace(within, region=True), PROFILE, limits=LIMITS)
    assert (found.value("instructions") or 0) > (alone.value("instructions") or 0)
    assert "whole program" in found.notes[0]
    assert any("processes were added up" in note for note in found.notes)


@needs_valgrind
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (script("echo no such table >&2; exit 3"), "it failed with status 3: no such table"),
        (Command(argv=("/nowhere/x",)), "the program /nowhere/x is not there"),
    ],
)
def test_a_bad_program_gives_its_reason_and_no_counts(command: Command, reason: str) -> None:
    found = cachegrind.count(command, PROFILE, limits=LIMITS)
    assert (found.unavailable, found.counts) == (reason, {})


@needs_valgrind
def test_a_program_that_takes_longer_than_the_limit_is_ended_with_what_to_do() -> None:
    found = cachegrind.count(toy("strides", 16 * MIB, 100_000), PROFILE, limits=Limits(seconds=1.0))
    assert found.unavailable == "it did not end within 1 s under valgrind"
    assert "smaller sizes" in found.remedy


@needs_valgrind
@pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX-512 is an instruction set of x86")
def test_a_program_with_instructions_that_valgrind_does_not_know_is_said_so() -> None:
    found = cachegrind.count(toy("too_wide"), PROFILE, limits=LIMITS)
    assert "valgrind does not know (AVX-512" in (found.unavailable or "")
    assert "x86-64-v3" in found.remedy


def test_a_profile_with_nothing_measured_still_counts_instructions() -> None:
    bare: MachineProfile = profile({})
    if cachegrind.missing() is not None:
        assert cachegrind.count(Command(argv=("/bin/true",)), bare, limits=LIMITS).unavailable
        return
    found = cachegrind.count(Command(argv=("/bin/true",)), bare, limits=LIMITS)
    assert (found.value("instructions") or 0) > 10_000
    assert not [name for name in found.counts if "misses" in name]
