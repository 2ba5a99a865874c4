"""The allocator's calls, exactly, of programs whose calls are known; parts built on demand, and what stands in the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from profiles import profile
from toy_programs import FOLDER, LIMITS, script, toy

from hwbench.evidence import allocator, building
from hwbench.records import Command, Count, Evidence, Limits, Unavailable, is_count

needs_preload = pytest.mark.skipif(sys.platform != "linux", reason="LD_PRELOAD is Linux's")


def counted(command: Command, **limits: float) -> Evidence:
    return allocator.count(command, profile(), limits=Limits(**limits) if limits else LIMITS)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(building, "cache_folder", lambda: tmp_path)
    return tmp_path


@needs_preload
def test_every_call_and_byte_is_counted() -> None:
    none, found = counted(toy("mallocs", 0, 1)), counted(toy("mallocs", 10_000, 100))
    assert found.source == "os"
    assert found.unavailable is None
    assert (found.value("malloc.calls") or 0) - (none.value("malloc.calls") or 0) == 10_000
    assert (found.value("malloc.frees") or 0) - (none.value("malloc.frees") or 0) == 10_000
    assert (found.value("malloc.bytes") or 0) - (none.value("malloc.bytes") or 0) == 1_000_000
    assert all(is_count(name) for name in found.counts)


@needs_preload
def test_children_that_end_past_all_destructors_are_added_and_begin_at_zero() -> None:
    found = counted(toy("mallocs", 1000, 10, 3, 100))
    assert found.value("malloc.calls") == 4000
    assert found.value("malloc.frees") == 4 * 900
    assert "4 processes were added up" in found.notes


@needs_preload
def test_large_allocations_are_named_since_they_may_be_mapped_each_time() -> None:
    found = counted(toy("mallocs", 90, 200_000))
    assert any(note.startswith("90 allocations were of 128 KiB or more") for note in found.notes)
    assert not counted(toy("mallocs", 90, 1000)).notes


@needs_preload
def test_a_library_that_is_already_loaded_ahead_stays_so() -> None:
    command = script('case "$LD_PRELOAD" in *malloc_count*/nowhere/x.so) exit 0;; esac; exit 5')
    found = counted(Command(argv=command.argv, env={"LD_PRELOAD": "/nowhere/x.so"}))
    assert found.unavailable is None


@needs_preload
def test_python_is_said_to_have_an_allocator_of_its_own() -> None:
    found = counted(Command(argv=(sys.executable, "-S", "-c", "pass")))
    assert any("arenas of its own" in note for note in found.notes)


@needs_preload
def test_a_static_program_is_said_to_load_nothing(tmp_path: Path) -> None:
    compiler = building.find_compiler()
    if isinstance(compiler, Unavailable):
        pytest.skip(str(compiler))
    words = [*compiler, "-static", "-o", str(tmp_path / "x"), str(FOLDER / "mallocs.c")]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("this system has no static C library")
    assert "statically linked" in (counted(Command(argv=(str(tmp_path / "x"),))).unavailable or "")


@needs_preload
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (script("echo no such table >&2; exit 3"), "it failed with status 3: no such table"),
        (Command(argv=("/nowhere/x",)), "the program /nowhere/x is not there"),
    ],
)
def test_a_bad_program_gives_its_reason_and_no_counts(command: Command, reason: str) -> None:
    found = counted(command)
    assert (found.unavailable, found.counts) == (reason, {})


@needs_preload
def test_a_program_that_hangs_is_ended_at_the_limit() -> None:
    assert counted(script("sleep 60"), seconds=0.3).unavailable == "it did not end within 0.3 s"


@pytest.mark.parametrize("text", ["", "1 2 3\n", "a b c d\n", "1 2 3 -4\n", "\x00", "1 2 3 4 5\n", "² 2 3 4\n"])
def test_a_damaged_file_has_no_rows(text: str) -> None:
    assert allocator.parse(text) == ()


def test_rows_of_several_processes_are_added() -> None:
    found = allocator._evidence(Command(argv=("x",), region=True), allocator.parse("1 2 3 0\n10 20 30 0\n"), 1.0)
    assert found.counts["malloc.bytes"] == Count(value=33.0)
    assert "whole program" in found.notes[0]


def source(folder: Path, text: str) -> Path:
    file = folder / "part.c"
    file.write_text(text)
    return file


needs_compiler = pytest.mark.skipif(isinstance(building.find_compiler(), Unavailable), reason="no C compiler")


@needs_compiler
def test_a_part_is_built_once_and_anew_when_its_source_or_flags_change(cache: Path, tmp_path: Path) -> None:
    part = source(tmp_path, "int one(void) { return 1; }\n")
    first, again = building.build("part", [part]), building.build("part", [part])
    assert isinstance(first, Path)
    assert first == again
    assert first.parent == cache / "built"
    other = building.build("part", [part], ["-DX"])
    source(tmp_path, "int one(void) { return 2; }\n")
    assert len({first, other, building.build("part", [part])}) == 3
    assert sorted(path.suffix for path in (cache / "built").iterdir()) == [".so"] * 3


@needs_compiler
def test_a_header_among_the_sources_is_part_of_the_name(cache: Path, tmp_path: Path) -> None:
    header = tmp_path / "part.h"
    header.write_text("#define ONE 1\n")
    part = source(tmp_path, '#include "part.h"\nint one(void) { return ONE; }\n')
    first = building.build("part", [part, header])
    header.write_text("#define ONE 2\n")
    assert building.build("part", [part, header]) != first


@needs_compiler
@pytest.mark.usefixtures("cache")
def test_a_part_that_does_not_compile_says_so_in_one_line(tmp_path: Path) -> None:
    made = building.build("part", [source(tmp_path, "int one(void) { return nothing; }\n")])
    assert isinstance(made, Unavailable)
    assert "part could not be built" in made.reason
    assert "error" in made.reason
    assert "\n" not in made.reason


@pytest.mark.usefixtures("cache")
def test_without_a_compiler_the_command_that_installs_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(building.shutil, "which", lambda _: None)
    made = building.build("part", [])
    assert isinstance(made, Unavailable)
    assert (made.reason, "gcc" in made.remedy) == ("there is no C compiler (cc, gcc, clang)", True)


@needs_compiler
def test_a_cache_folder_that_cannot_be_written_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(building, "cache_folder", lambda: tmp_path / "file")
    made = building.build("part", [source(tmp_path, "int one(void) { return 1; }\n")])
    assert isinstance(made, Unavailable)
    assert "cache folder" in made.remedy
