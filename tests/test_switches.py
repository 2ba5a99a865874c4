"""Switches: each changes what it says and nothing else, or tells why it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from fakes import fake_host
from toggling import ON_LINUX, TRUE, TWO_CPUS, named, never, ran, time_one

from hwbench import native
from hwbench.experiment import toggle_memory, toggle_processor, toggle_system
from hwbench.experiment.inherited import fixed_addresses, without_huge_pages
from hwbench.experiment.programs import lacks_preload, lacks_tunable, loader, program_file
from hwbench.experiment.switch import joined
from hwbench.experiment.toggle_memory import Pages, became_huge, was_huge
from hwbench.experiment.toggle_neighbour import Neighbour, apart, start_neighbour
from hwbench.experiment.toggle_system import file_system, moved
from hwbench.experiment.toggles import for_cause, measure
from hwbench.measure import processes
from hwbench.measure.pinning import usable_cpus
from hwbench.records import Command, CoreFacts, CpuFacts, HostFacts, MemoryFacts, Run, Unavailable

# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def host_with(huge_pages: str) -> HostFacts:
    memory = MemoryFacts(total_bytes=1 << 30, available_bytes=1 << 30, huge_pages=huge_pages)  # type: ignore[arg-type]
    return msgspec.structs.replace(fake_host(), memory=memory)


@pytest.mark.parametrize("setting", ["never", "always", "unknown"])
def test_huge_pages_are_no_toggle_where_they_are_off_or_on_for_all_or_not_there(setting: str) -> None:
    toggle = measure(named("huge pages", host_with(setting)), TRUE, "a", time_one=never)
    assert toggle.unavailable
    assert ("echo madvise" in toggle.remedy) == (setting == "never")


@pytest.mark.parametrize(
    ("pages", "toggled_faults", "held"),
    [
        (Pages(64 << 20, 62 << 20), 1000, True),
        (Pages(64 << 20, 2 << 20), 10, False),
        (Pages(64 << 20, 0), 1000, False),
        (Pages(), 500, True),
        (Pages(), 990, False),
    ],
)
def test_pages_became_huge_if_most_are_or_if_the_faults_of_a_quick_program_fell(
    monkeypatch: pytest.MonkeyPatch, pages: Pages, toggled_faults: int, held: bool
) -> None:
    monkeypatch.setattr(toggle_memory, "look_at_pages", lambda take: (take(), pages))
    lacking = became_huge(lambda: ran(1.0, faults=1000), lambda: ran(1.0, faults=toggled_faults))
    assert (lacking is None) == held


def test_small_pages_are_a_toggle_only_of_a_program_that_has_huge_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toggle_memory, "look_at_pages", lambda take: (take(), Pages(8 << 20, 0)))
    assert "no huge pages" in str(was_huge(lambda: ran(1.0, faults=100), lambda: ran(1.0, faults=101)))
    assert was_huge(lambda: ran(1.0, faults=100), lambda: ran(1.0, faults=1000)) is None
    monkeypatch.setattr(toggle_memory, "look_at_pages", lambda take: (take(), Pages(8 << 20, 4 << 20)))
    assert was_huge(lambda: ran(1.0), never) is None


def test_what_the_user_told_the_allocator_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=1")
    assert toggle_memory.tuned(TRUE, {"hugetlb": "1"}).env == {
        "GLIBC_TUNABLES": "glibc.malloc.check=1:glibc.malloc.hugetlb=1"
    }
    told = Command(argv=("true",), env={"GLIBC_TUNABLES": "x=2"})
    assert joined(told, "GLIBC_TUNABLES", ":", "y=3") == "x=2:y=3"


@ON_LINUX
def test_a_flag_that_children_inherit_is_taken_back() -> None:
    for flag in (without_huge_pages, fixed_addresses):
        with flag() as granted:
            assert granted in {True, False}
        with flag() as again:
            assert again == granted


@ON_LINUX
def test_a_program_starts_at_fixed_addresses_where_that_is_granted() -> None:
    with fixed_addresses() as granted:
        if not granted:
            pytest.skip("this system does not let a program stand at fixed addresses")
        command = Command(argv=("sh", "-c", "grep stack /proc/$$/maps"))
        first, again = (processes.run(command, reads_output=True).output for _ in range(2))
    assert first
    assert first == again


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_program_of_a_script_is_its_interpreter(tmp_path: Path) -> None:
    shell = shutil.which("sh")
    direct, through_env, nested = (tmp_path / name for name in ("direct", "through_env", "nested"))
    direct.write_text(f"#!{shell}\n")
    through_env.write_text("#!/usr/bin/env sh\n")
    nested.write_text(f"#! {direct} -x\n")
    for path in (direct, through_env, nested):
        path.chmod(0o755)
        assert program_file(Command(argv=(str(path),))).name == Path(str(shell)).name


def test_a_program_that_is_none_has_no_loader_and_can_be_told_nothing(tmp_path: Path) -> None:
    for content in (b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\xff" * 60, b"plain text\n" * 20):
        path = tmp_path / "file"
        path.write_bytes(content)
        path.chmod(0o755)
        command = Command(argv=(str(path),))
        assert loader(path) is None
        assert lacks_tunable(command, "glibc.malloc.hugetlb") is not None
        assert lacks_preload(command) is not None
    assert loader(tmp_path / "not there") is None


@ON_LINUX
def test_a_tunable_that_no_library_has_is_told() -> None:
    lacking = lacks_tunable(Command(argv=("sh",)), "glibc.malloc.no_such_tunable")
    assert "has no glibc.malloc.no_such_tunable" in str(lacking)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_moved_command_finds_its_folder_in_its_words_and_variables(tmp_path: Path) -> None:
    command = Command(
        argv=("/bin/prog", "/src", "/src/data.db", "/srcs/other", "data.db"), cwd="/src", env={"DB": "/src/data.db"}
    )
    found = moved(command, Path("/src"), Path("/mem/work"), Path("/mem/tmp"))
    assert found.argv == ("/bin/prog", "/mem/work", "/mem/work/data.db", "/srcs/other", "data.db")
    assert found.cwd == "/mem/work"
    assert found.env["DB"] == "/mem/work/data.db"
    assert found.env["TMPDIR"] == "/mem/tmp"


@pytest.fixture
def in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the one in memory, wherever the tests run."""
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setattr(toggle_system, "MEMORY_FOLDER", place)
    monkeypatch.setattr(toggle_system, "file_system", lambda _: "ext4")
    return place


def test_each_toggled_run_finds_the_folder_as_a_usual_run_does_and_nothing_is_left(
    tmp_path: Path, in_memory: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "log").write_text("")
    os.mkfifo(work / "pipe")
    command = Command(argv=("sh", "-c", "pwd; wc -l <log; echo line >>log"), cwd=str(work))
    seen = []

    def time_one(command: Command, *_: object) -> Run:
        ended = processes.run(command, reads_output=True, timeout=20)
        seen.append(ended.output.decode().split())
        return ended.run

    toggle = measure(named("files in memory", fake_host()), command, "a", runs=2, time_one=time_one)
    assert toggle.unavailable is None
    assert [lines for _, lines in seen] == ["0", "0", "1", "1", "2"]
    assert [folder == str(work) for folder, _ in seen] == [False, True, False, True, False]
    assert list(in_memory.iterdir()) == []


def test_a_program_that_writes_nothing_is_no_case_for_files_in_memory(tmp_path: Path, in_memory: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    toggle = measure(
        named("files in memory", fake_host()),
        Command(argv=("true",), cwd=str(work)),
        "a",
        time_one=lambda command, *_: processes.run(command, timeout=20).run,
    )
    assert "writes no files" in str(toggle.unavailable)
    assert list(in_memory.iterdir()) == []


@pytest.mark.usefixtures("in_memory")
def test_a_folder_that_is_too_large_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "large").write_bytes(b"x" * 100)
    monkeypatch.setattr(toggle_system, "LARGEST_COPY", 99)
    command = Command(argv=("true",), cwd=str(work))
    toggle = measure(named("files in memory", fake_host()), command, "a", time_one=never)
    assert "too large" in str(toggle.unavailable)
    assert "--cwd" in toggle.remedy


@ON_LINUX
def test_a_folder_in_memory_already_is_not_moved_there() -> None:
    folder = toggle_system.MEMORY_FOLDER
    if file_system(folder) != "tmpfs":
        pytest.skip("there is no folder in memory here")
    command = Command(argv=("true",), cwd=str(folder))
    toggle = measure(named("files in memory", fake_host()), command, "a", time_one=never)
    assert "in memory already" in str(toggle.unavailable)


# ── how the processor computes ───────────────────────────────────────────────────────────────────────────────────────


def test_vectors_are_left_out_only_where_the_library_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    host = msgspec.structs.replace(fake_host(), cpu=CpuFacts(architecture="x86_64"))
    for name, part in (("numba without vectors", "llvmlite"), ("numpy without wide vectors", "_multiarray_umath")):
        for used in (True, False):
            monkeypatch.setattr(
                toggle_processor,
                "loads",
                lambda seen, run, used=used, part=part: run() is not None and seen == part and used,
            )
            toggle = measure(named(name, host), TRUE, "a", runs=1, time_one=lambda *_: ran(1.0))
            assert (toggle.unavailable is None) == used
    narrow = named("numpy without wide vectors", msgspec.structs.replace(host, cpu=CpuFacts(architecture="aarch64")))
    assert measure(narrow, TRUE, "a", time_one=never).unavailable == "numpy has one width of vectors on aarch64"


def test_each_side_of_numbas_toggle_has_a_cache_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toggle_processor, "loads", lambda _, run: run() is not None)
    seen = []

    def time_one(command: Command, *_: object) -> Run:
        seen.append((command.env["NUMBA_CACHE_DIR"], command.env.get("NUMBA_LOOP_VECTORIZE")))
        return ran(1.0)

    measure(named("numba without vectors", fake_host()), TRUE, "a", runs=2, time_one=time_one)
    assert len(set(seen)) == 2
    assert {told for _, told in seen} == {None, "0"}
    assert not any(Path(folder).parent.exists() for folder, _ in seen)


@ON_LINUX
def test_what_a_program_loads_is_seen_while_it_runs() -> None:
    command = Command(argv=(sys.executable, "-c", "import _cffi_backend, time; time.sleep(0.5)"))
    assert toggle_processor.loads("_cffi_backend.", lambda: time_one(command))
    assert not toggle_processor.loads("no_such_library", lambda: time_one(command))


def test_pythons_allocator_is_switched_off_only_for_python_and_where_none_is_chosen() -> None:
    switch = named("Python on malloc", fake_host())
    assert "not CPython" in str(measure(switch, TRUE, "a", time_one=never).unavailable)
    python = Command(argv=(sys.executable, "-c", ""), env={"PYTHONMALLOC": "debug"})
    assert "chosen already" in str(measure(switch, python, "a", time_one=never).unavailable)
    plain = msgspec.structs.replace(python, env={})
    seen = []

    def take_note(command: Command, *_: object) -> Run:
        seen.append(command.env.get("PYTHONMALLOC"))
        return ran(1.0)

    measure(switch, plain, "a", runs=1, time_one=take_note)
    assert seen == [None, "malloc"]


# ── the neighbour ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_neighbours_stay_off_the_programs_own_core_and_take_each_other_core_once() -> None:
    cores = tuple(CoreFacts(cpu=cpu, core=cpu % 4, socket=cpu % 4 // 2) for cpu in range(8))
    host = msgspec.structs.replace(fake_host(), cores=cores, usable_cpus=tuple(range(8)))
    assert apart(host) == (0, 1, 2, 3)
    siblings = msgspec.structs.replace(host, usable_cpus=(0, 4))
    assert apart(siblings) == (0,)
    unknown = msgspec.structs.replace(fake_host(), usable_cpus=(2, 5))
    assert apart(unknown) == (2, 5)


def test_without_another_core_there_is_no_neighbour_and_no_togetherness() -> None:
    alone = msgspec.structs.replace(fake_host(), usable_cpus=(0,))
    for cause in ("bandwidth", "contention"):
        for switch in for_cause(cause, alone):
            assert measure(switch, TRUE, "a", time_one=never).unavailable


@TWO_CPUS
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot hold a program on a CPU")
def test_a_neighbour_reads_only_when_told_and_ends_with_us() -> None:
    if isinstance(native.best(), Unavailable):
        pytest.skip("the C kernels were not built")
    neighbour = start_neighbour(usable_cpus()[1], 1 << 20, 0)
    assert isinstance(neighbour, Neighbour), neighbour
    account = psutil.Process(neighbour.process.pid)
    try:
        before = sum(account.cpu_times()[:2])
        with neighbour.reading():
            while sum(account.cpu_times()[:2]) < before + 0.1:
                pass
        rested = sum(account.cpu_times()[:2])
        subprocess.run(["sleep", "0.2"], check=True)
        assert sum(account.cpu_times()[:2]) < rested + 0.1
    finally:
        neighbour.end()
    assert neighbour.process.returncode is not None


def test_a_neighbour_that_cannot_live_is_a_reason() -> None:
    refused = start_neighbour(1 << 20, 1 << 20, 0)
    assert isinstance(refused, Unavailable)


@TWO_CPUS
def test_beside_a_neighbour_a_program_is_measured_on_a_core_of_its_own() -> None:
    seen = set()

    def time_one(_command: Command, _prefix: object, cpus: tuple[int, ...] | None) -> Run:
        seen.add(cpus)
        return ran(1.0)

    two = usable_cpus()[:2]
    host = msgspec.structs.replace(fake_host(), usable_cpus=two)
    toggle = measure(named("neighbour takes cache", host), TRUE, "a", runs=2, time_one=time_one)
    if toggle.unavailable is not None:
        pytest.skip(toggle.unavailable)
    assert seen == {two[:1]}
    assert len(toggle.toggled) == 2
    assert not [child for child in psutil.Process().children() if "toggle_neighbour" in " ".join(child.cmdline())]
