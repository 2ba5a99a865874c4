"""Toggles: a switch changes one thing, the runs are taken in turns, and one that did not take hold is no toggle."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from fakes import fake_host

from hwbench import native
from hwbench.errors import CouldNotMeasure
from hwbench.experiment import toggle_memory, toggle_system
from hwbench.experiment.inherited import fixed_addresses, without_huge_pages
from hwbench.experiment.programs import lacks_preload, lacks_tunable, loader, program_file
from hwbench.experiment.switch import Change, Setting, Switch, joined
from hwbench.experiment.toggle_memory import Pages, became_huge, was_huge
from hwbench.experiment.toggle_neighbour import Neighbour, apart, start_neighbour
from hwbench.experiment.toggle_system import file_system, moved, no_sync_library
from hwbench.experiment.toggles import comparable, effect_of, for_cause, measure, measure_each, switches, take
from hwbench.host.read import read_host
from hwbench.measure import processes
from hwbench.measure.pinning import usable_cpus
from hwbench.records import CAUSES, Command, CoreFacts, HostFacts, MemoryFacts, Run, Toggle, Unavailable
from hwbench.stats import ratio_of_medians

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="these switches are Linux's")
TWO_CPUS = pytest.mark.skipif(len(usable_cpus()) < 2, reason="there is one CPU")
TRUE = Command(argv=("true",))
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


# ── pure logic, on fakes ──────────────────────────────────────────────────────────────────────────────────────────────


def ran(wall: float, user: float = 0.0, system: float = 0.0, faults: int = 0) -> Run:
    return Run(wall=wall, user=user, system=system, page_faults=faults)


def switch_of(change: Change | Unavailable, **more: object) -> Switch:
    @contextlib.contextmanager
    def apply(_command: Command) -> Iterator[Change | Unavailable]:
        yield change

    return Switch("fake", "cache", "removes", "it is said so", apply, **more)  # type: ignore[arg-type]


USUAL = Setting(TRUE)
TOGGLED = Setting(Command(argv=("true",), env={"TOGGLED": "1"}), ("prefix",), (3,))


def test_usual_and_toggled_runs_are_taken_in_turns_and_kept_raw() -> None:
    seen, walls = [], iter([4.0, 1.0, 5.0, 2.0, 6.0, 3.0])

    def time_one(command: Command, prefix: tuple[str, ...], cpus: tuple[int, ...] | None) -> Run:
        seen.append((command.env.get("TOGGLED"), prefix, cpus))
        return ran(next(walls))

    toggle = measure(switch_of(Change(USUAL, TOGGLED)), TRUE, "b", 10, runs=3, time_one=time_one)
    assert seen == [(None, (), None), ("1", ("prefix",), (3,))] * 3
    assert toggle == Toggle(
        name="fake", cause="cache", effect="removes", side="b", n=10, usual=(4.0, 5.0, 6.0), toggled=(1.0, 2.0, 3.0)
    )


def test_what_a_toggled_run_needs_is_held_around_it_alone() -> None:
    held: list[bool] = [False]

    @contextlib.contextmanager
    def around() -> Iterator[None]:
        held[0] = True
        yield
        held[0] = False

    def time_one(command: Command, _prefix: object, _cpus: object) -> Run:
        assert held[0] == bool(command.env)
        return ran(1.0)

    assert len(measure(switch_of(Change(USUAL, TOGGLED, around)), TRUE, "a", runs=4, time_one=time_one).toggled) == 4
    assert not held[0]


def test_a_switch_that_is_not_to_be_had_runs_nothing_and_tells_why() -> None:
    lacking = Unavailable(reason="no such thing", remedy="buy one")
    toggle = measure(switch_of(lacking), TRUE, "a", 5, time_one=never)
    assert (toggle.unavailable, toggle.remedy, toggle.usual, toggle.n) == ("no such thing", "buy one", (), 5)
    assert effect_of(toggle) is None


def test_a_change_that_did_not_take_hold_is_no_toggle() -> None:
    def check(usual: Callable[[], Run], toggled: Callable[[], Run]) -> Unavailable | None:
        return Unavailable(reason="nothing became huge") if usual() == toggled() else None

    toggle = measure(switch_of(Change(USUAL, TOGGLED, check=check)), TRUE, "a", time_one=lambda *_: ran(1.0))
    assert toggle.unavailable == "nothing became huge"
    assert toggle.usual == ()


def test_a_program_that_fails_when_toggled_makes_the_toggle_unavailable_in_one_line() -> None:
    def time_one(command: Command, _prefix: object, _cpus: object) -> Run:
        if command.env:
            raise CouldNotMeasure("it was killed by SIGSEGV")
        return ran(1.0)

    toggle = measure(switch_of(Change(USUAL, TOGGLED)), TRUE, "a", time_one=time_one)
    assert toggle.unavailable == "the toggled program could not be run (it was killed by SIGSEGV)"


def test_a_program_that_is_not_there_makes_the_toggle_unavailable() -> None:
    toggle = measure(switch_of(Change(USUAL, TOGGLED)), Command(argv=("not-there-at-all",)), "a", time_one=never)
    assert "is not there" in str(toggle.unavailable)


def test_no_turn_is_begun_when_patience_is_at_an_end_but_two_are_taken() -> None:
    toggle = measure(switch_of(Change(USUAL, TOGGLED)), TRUE, "a", runs=9, patience=0.0, time_one=lambda *_: ran(1.0))
    assert len(toggle.usual) == len(toggle.toggled) == 2


def test_each_quantity_of_a_switch_is_a_toggle_from_the_same_runs() -> None:
    switch = switch_of(Change(USUAL, TOGGLED), quantities=("cpu", "wall"))
    by_setting = {True: ran(1.5, user=1.4, system=0.1), False: ran(1.0, user=1.8, system=0.2)}
    cpu, wall = measure_each(switch, TRUE, "b", runs=1, time_one=lambda command, *_: by_setting[bool(command.env)])
    assert (cpu.name, cpu.usual, cpu.toggled) == ("fake (time on CPUs)", (1.0,), (0.75,))
    assert (wall.name, wall.usual, wall.toggled) == ("fake", (1.0,), (1.5,))
    assert (
        len(measure_each(switch_of(Unavailable(reason="no"), quantities=("cpu", "wall")), TRUE, "b", time_one=never))
        == 1
    )


def test_user_time_leaves_out_what_the_system_did_and_is_shared_by_threads() -> None:
    assert comparable(ran(2.0, 1.0, 1.0), ran(1.1, 0.9, 0.2), "user") == (1.0, 0.9)
    assert comparable(ran(1.0, 2.0, 0.0), ran(1.0, 1.5, 0.0), "user") == (1.0, 1.0)
    assert comparable(ran(1.0), ran(2.0), "cpu") == (1.0, 2.0)


def test_what_others_took_from_a_single_thread_is_not_its_time() -> None:
    disturbed = msgspec.structs.replace(ran(3.0, 1.0), queued=1.5)
    assert comparable(disturbed, ran(1.0, 1.0), "wall") == (1.5, 1.0)


def test_the_effect_is_the_ratio_of_the_medians_with_its_interval() -> None:
    toggle = Toggle(name="x", cause="tlb", effect="removes", side="a", usual=(4.0, 4.0, 4.0), toggled=(2.0, 2.0, 2.0))
    assert effect_of(toggle) == (2.0, 2.0, 2.0)


def test_a_ratio_of_medians_lies_within_what_the_extremes_allow() -> None:
    found = ratio_of_medians([1.0, 3.0, 9.0], [2.0, 2.0, 4.0])
    assert found.value == 1.5
    assert 0.25 <= found.low <= 1.5 <= found.high <= 4.5
    assert ratio_of_medians([6.0], [3.0]) == (2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="positive"):
        ratio_of_medians([1.0], [0.0])
    with pytest.raises(ValueError, match="positive"):
        ratio_of_medians([], [1.0])


def test_switches_have_names_of_their_own_known_causes_and_a_reason() -> None:
    found = switches(fake_host())
    assert len({switch.name for switch in found}) == len(found)
    assert {switch.cause for switch in found} <= set(CAUSES)
    assert all(switch.why and switch.effect in {"removes", "adds"} for switch in found)
    assert [switch.effect for switch in for_cause("tlb", fake_host())] == ["removes", "adds"]
    assert for_cause("algorithm", fake_host()) == ()


def never(*_: object) -> Run:
    raise AssertionError("nothing is to be run")


# ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def host_with(huge_pages: str) -> HostFacts:
    memory = MemoryFacts(total_bytes=1 << 30, available_bytes=1 << 30, huge_pages=huge_pages)  # type: ignore[arg-type]
    return msgspec.structs.replace(fake_host(), memory=memory)


def named(name: str, host: HostFacts) -> Switch:
    return next(switch for switch in switches(host) if switch.name == name)


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


# ── programs ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── the neighbour ─────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── on real programs: wide ratios only ────────────────────────────────────────────────────────────────────────────────

SYNC = """
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    char block[512] = {0};
    int file = open("data", O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 200; i++)
        if (pwrite(file, block, sizeof block, 512 * i) < 0 || fsync(file)) return 1;
    return fsync(99) != -1;
}
"""
BLOCKS = """
#include <stdlib.h>
#include <string.h>
int main(void) {
    volatile char sum = 0;
    for (int i = 0; i < 20; i++) {
        char *block = malloc(40 << 20);
        memset(block, i, 40 << 20);
        sum += block[i];
        free(block);
    }
    return 0;
}
"""
TOUCH = """
#include <stdlib.h>
#include <string.h>
int main(void) {
    char *block = malloc(64 << 20);
    memset(block, 1, 64 << 20);
    return block[1 << 20] - 1;
}
"""
SHARED = """
#include <pthread.h>
static volatile long cells[2];
static void *add(void *cell) {
    for (long i = 0; i < 50000000; i++) ++*(volatile long *)cell;
    return NULL;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, add, (void *)cells);
    add((void *)(cells + 1));
    return pthread_join(thread, NULL);
}
"""


def compiled(folder: Path, source: str) -> Command:
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    file, program = folder / "program.c", folder / "program"
    file.write_text(source)
    subprocess.run([COMPILER, "-O1", "-fno-builtin", "-pthread", str(file), "-o", str(program)], check=True)
    return Command(argv=(str(program),), cwd=str(folder))


def time_one(command: Command, prefix: tuple[str, ...] = (), cpus: tuple[int, ...] | None = None) -> Run:
    ended = processes.run(command, prefix=prefix, cpus=cpus, timeout=60)
    if not ended.is_well:
        raise CouldNotMeasure(ended.trouble)
    return ended.run


def trial_of(name: str, command: Command, runs: int = 3) -> tuple[list[Run], list[Run]]:
    trial = take(named(name, read_host()), command, runs=runs, time_one=time_one)
    if trial.unavailable is not None:
        pytest.skip(str(trial.unavailable))
    return trial.usual, trial.toggled


def middle(values: list[float]) -> float:
    return float(np.median(values))


@ON_LINUX
def test_without_waiting_for_the_disk_two_hundred_syncs_take_less_than_a_third(tmp_path: Path) -> None:
    if file_system(tmp_path) in toggle_system.IN_MEMORY:
        pytest.skip("the temporary folder is in memory: there is no disk to wait for")
    usual, toggled = trial_of("no waiting for the disk", compiled(tmp_path, SYNC))
    if middle([run.wall for run in usual]) < 0.005:
        pytest.skip("a sync costs nothing here")
    assert middle([run.wall for run in usual]) > 3 * middle([run.wall for run in toggled])


@ON_LINUX
def test_with_memory_kept_a_loop_over_large_blocks_takes_less_than_half_of_the_page_faults(tmp_path: Path) -> None:
    usual, toggled = trial_of("memory kept", compiled(tmp_path, BLOCKS))
    assert middle([run.page_faults for run in usual]) > 2 * middle([run.page_faults for run in toggled])


@ON_LINUX
def test_with_huge_pages_touching_a_large_block_takes_a_tenth_of_the_page_faults(tmp_path: Path) -> None:
    usual, toggled = trial_of("huge pages", compiled(tmp_path, TOUCH))
    assert middle([run.page_faults for run in usual]) > 10 * middle([run.page_faults for run in toggled])


@ON_LINUX
def test_small_pages_are_had_again_where_a_program_has_huge_ones(tmp_path: Path) -> None:
    command = compiled(tmp_path, TOUCH)
    if lacks_tunable(command, "glibc.malloc.hugetlb") is not None:
        pytest.skip("the C library cannot be told to use huge pages")
    usual, toggled = trial_of("small pages only", toggle_memory.tuned(command, {"hugetlb": "1"}))
    assert middle([run.page_faults for run in toggled]) > 10 * middle([run.page_faults for run in usual])


@ON_LINUX
@TWO_CPUS
def test_threads_on_one_cpu_use_no_more_of_it_where_they_share_a_line(tmp_path: Path) -> None:
    usual, toggled = trial_of("threads on one CPU", compiled(tmp_path, SHARED))
    assert all(run.user + run.system < 1.2 * run.wall for run in toggled)
    assert middle([run.user + run.system for run in toggled]) < 1.2 * middle([run.user + run.system for run in usual])


@ON_LINUX
def test_the_library_that_does_not_sync_lets_files_be_made_with_their_modes(tmp_path: Path) -> None:
    library = no_sync_library()
    if isinstance(library, Unavailable):
        pytest.skip(str(library))
    made = tmp_path / "made"
    text = "import os; os.close(os.open('made', os.O_CREAT | os.O_WRONLY | os.O_SYNC, 0o640)); os.sync()"
    command = Command(argv=(sys.executable, "-S", "-c", text), cwd=str(tmp_path), env={"LD_PRELOAD": str(library)})
    ended = processes.run(command, timeout=20)
    assert ended.is_well, ended.trouble
    assert made.stat().st_mode & 0o777 == 0o640 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
