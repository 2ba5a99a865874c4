"""The doctor's checks: what a host permits, from played surroundings to exact states."""

from __future__ import annotations

import dataclasses
import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import recorded
from played_host import HOST, NAMES, change, every, play, states

from hwbench.host import look, machine_checks, tool_checks
from hwbench.host.activity import Activity
from hwbench.host.counters import try_counter
from hwbench.host.permits import DoctorReport, Surroundings
from hwbench.host.text import Files
from hwbench.records import HostFacts, MemoryFacts, Unavailable
from hwbench.show.doctor import report
from hwbench.units import GIB, MIB


@pytest.mark.parametrize(
    ("host", "lacks"),
    [
        ("this-vm", {"frequency": "limited"}),
        (
            "container",
            {
                "cores": "limited",
                "CPU limit": "limited",
                "memory limit": "limited",
                "free memory": "limited",
                "frequency": "limited",
            },
        ),
        (
            "two-socket-server",
            {"threads per core": "limited", "NUMA": "limited", "huge pages": "limited", "clock source": "limited"},
        ),
        ("macos-m4", {"frequency": "limited", "huge pages": "missing", "qemu-user": "missing"}),
        (
            "hybrid",
            {"threads per core": "limited", "huge pages": "limited", "clock source": "limited", "frequency": "limited"},
        ),
    ],
)
def test_a_recorded_host_lacks_exactly_this(tmp_path: Path, host: str, lacks: dict[str, str]) -> None:
    assert states(every(play(tmp_path, host))) == lacks


@pytest.mark.parametrize("host", recorded.NAMES)
def test_every_lack_says_what_it_costs(tmp_path: Path, host: str) -> None:
    permits = every(play(tmp_path, host))
    assert set(permits) == NAMES
    assert all(permit.found for permit in permits.values())
    assert all(permit.costs for permit in permits.values() if permit.state != "ok")
    assert all(not permit.costs and not permit.remedy for permit in permits.values() if permit.state == "ok")


def test_pinning_that_is_refused_is_missing_with_the_reason(tmp_path: Path) -> None:
    permit = tool_checks.pinning(play(tmp_path, pin=lambda cpu: f"CPU {cpu} was refused"))
    assert (permit.state, permit.found) == ("missing", "CPU 0 was refused")


@pytest.mark.parametrize(
    ("hardware", "software", "state", "remedy"),
    [
        (0, 0, "ok", ""),
        (errno.ENOENT, 0, "limited", "none from inside"),
        (errno.EOPNOTSUPP, errno.ENOSYS, "missing", "none from inside"),
        (errno.EACCES, errno.EACCES, "missing", "docker run --cap-add PERFMON"),
        (errno.ENODATA, 0, "limited", "none from inside"),
    ],
)
def test_counters_are_judged_by_what_really_counts(
    tmp_path: Path, hardware: int, software: int, state: str, remedy: str
) -> None:
    around = play(tmp_path, try_counter=lambda event: hardware if event == "cycles" else software)
    permit = tool_checks.counters(around)
    assert permit.state == state
    assert permit.remedy.startswith(remedy)


def test_counters_forbidden_by_a_setting_are_mended_by_it(tmp_path: Path) -> None:
    around = play(tmp_path, try_counter=lambda _: errno.EACCES)
    (around.files.root / "proc/sys/kernel").mkdir(parents=True, exist_ok=True)
    (around.files.root / "proc/sys/kernel/perf_event_paranoid").write_text("4\n")
    permit = tool_checks.counters(around)
    assert permit.remedy == "sudo sysctl kernel.perf_event_paranoid=1"
    assert "perf_event_paranoid 4" in permit.found


def test_no_compiler_is_mended_by_this_systems_package_manager(tmp_path: Path) -> None:
    def only(*programs: str):
        return lambda name: f"/bin/{name}" if name in programs else None

    remedies = {
        manager: tool_checks.compiler(play(tmp_path, which=only(manager))) for manager in ("apt-get", "apk", "dnf", "")
    }
    assert {permit.state for permit in remedies.values()} == {"missing"}
    assert [permit.remedy for permit in remedies.values()] == [
        "sudo apt-get install gcc libc6-dev",
        "sudo apk add gcc musl-dev",
        "sudo dnf install gcc",
        "install gcc with this system's package manager",
    ]
    assert tool_checks.compiler(play(tmp_path, which=only("zig"))).state == "limited"
    assert tool_checks.compiler(play(tmp_path, which=only("clang", "gcc"))).found == "gcc: gcc 12.2 (also clang)"


def test_kernels_and_numba_that_are_not_there_are_missing(tmp_path: Path) -> None:
    around = play(tmp_path, kernels=Unavailable(reason="not built"), has_module=lambda _: False)
    assert (tool_checks.kernels(around).state, tool_checks.kernels(around).found) == ("missing", "not built")
    assert tool_checks.numba(around).remedy == f"{sys.executable} -m pip install numba"


def test_folders_that_cannot_be_written_or_named_are_missing(tmp_path: Path) -> None:
    locked, nameless = play(tmp_path, may_write=lambda _: False), play(tmp_path, folders={})
    assert tool_checks.data_folder(locked).found == "/data cannot be written"
    assert tool_checks.data_folder(locked).remedy == "export HWBENCH_DATA=/tmp/data"
    assert tool_checks.cache_folder(nameless).state == "missing"


def test_the_unrelated_distribution_of_our_name_is_noticed(tmp_path: Path) -> None:
    permit = tool_checks.distribution(play(tmp_path, foreign_version="1.3"))
    assert permit.state == "limited"
    assert "hwbench 1.3" in permit.found
    assert "pip uninstall hwbench" in permit.remedy


def test_ours_is_not_taken_for_the_unrelated_distribution() -> None:
    assert look.survey(Files(), HOST, "scalar").foreign_version == ""


@pytest.mark.parametrize(
    ("setting", "state"), [("always", "ok"), ("madvise", "ok"), ("never", "missing"), ("unknown", "limited")]
)
def test_huge_pages_are_wanted_on_request_at_least(tmp_path: Path, setting: Any, state: str) -> None:
    host = change(HOST, memory=MemoryFacts(total_bytes=1, available_bytes=1, huge_pages=setting))
    permit = machine_checks.huge_pages(play(tmp_path, host=host))
    assert permit.state == state
    assert ("echo madvise" in permit.remedy) == (setting == "never")


@pytest.mark.parametrize(
    ("stolen", "others", "lacks"),
    [(0.0, 0.0, {}), (0.05, 0.0, {"steal now": "limited"}), (0.0, 0.9, {"load now": "limited"})],
)
def test_steal_and_load_are_limits_from_a_small_share_on(
    tmp_path: Path, stolen: float, others: float, lacks: dict[str, str]
) -> None:
    permits = every(play(tmp_path, activity=Activity(stolen, others, 0.3)))
    assert states(permits) == {"frequency": "limited", **lacks}


def test_activity_that_cannot_be_read_is_limited_with_the_reason(tmp_path: Path) -> None:
    around = play(tmp_path, activity=Unavailable(reason="nobody tells"))
    assert machine_checks.steal(around).found == machine_checks.load(around).found == "nobody tells"


@pytest.mark.parametrize(
    ("quota", "state"),
    [(None, "ok"), (2.0, "ok"), (0.5, "limited")],
)
def test_a_share_of_the_cpus_limits_only_if_it_is_less_than_all(
    tmp_path: Path, quota: float | None, state: str
) -> None:
    around = play(tmp_path)
    assert (
        machine_checks.cpu_limit(dataclasses.replace(around, host=change(around.host, cpu_quota=quota))).state == state
    )


@pytest.mark.parametrize(
    ("total", "available", "state"), [(8 * GIB, 4 * GIB, "ok"), (8 * GIB, 100 * MIB, "limited"), (0, 0, "limited")]
)
def test_little_free_memory_limits(tmp_path: Path, total: int, available: int, state: str) -> None:
    host = change(HOST, memory=MemoryFacts(total_bytes=total, available_bytes=available))
    assert machine_checks.free_memory(play(tmp_path, host=host)).state == state


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ("SwapTotal: 0 kB\nSwapFree: 0 kB", "ok"),
        ("SwapTotal: 1000 kB\nSwapFree: 990 kB", "ok"),
        ("SwapTotal: 1000 kB\nSwapFree: 100 kB", "limited"),
        ("", "ok"),
    ],
)
def test_swap_limits_when_it_is_used(tmp_path: Path, lines: str, state: str) -> None:
    around = play(tmp_path)
    (around.files.root / "proc/meminfo").write_text(lines)
    assert machine_checks.swap(around).state == state


@pytest.mark.parametrize(
    ("current", "available", "state", "has_remedy"),
    [
        ("tsc", "tsc hpet", "ok", False),
        ("arch_sys_counter", "arch_sys_counter", "ok", False),
        ("hpet", "tsc hpet", "limited", True),
        ("acpi_pm", "acpi_pm", "limited", False),
    ],
)
def test_a_slow_clock_limits_and_tsc_mends_it_where_there_is_one(
    tmp_path: Path, current: str, available: str, state: str, has_remedy: bool
) -> None:
    around = play(tmp_path)
    folder = around.files.root / "sys/devices/system/clocksource/clocksource0"
    (folder / "current_clocksource").write_text(current)
    (folder / "available_clocksource").write_text(available)
    permit = machine_checks.clock_source(around)
    assert (permit.state, bool(permit.remedy)) == (state, has_remedy)


@pytest.mark.parametrize(("governor", "state"), [("performance", "ok"), ("powersave", "limited")])
def test_a_governor_that_lowers_the_clock_limits(tmp_path: Path, governor: str, state: str) -> None:
    around = play(tmp_path, "laptop")
    cpus = around.files.root / "sys/devices/system/cpu"
    (cpus / "cpu0/cpufreq/scaling_governor").write_text(governor)
    (cpus / "cpu0/cpufreq/scaling_cur_freq").write_text("1200000")
    permit = machine_checks.frequency(around)
    assert (permit.state, permit.found) == (state, f"1.20 GHz now, governor {governor}, turbo on")


@pytest.mark.parametrize("content", ["", "garbage", "\x00\x00", "9" * 50])
def test_damaged_files_make_no_check_raise(tmp_path: Path, content: str) -> None:
    around = play(tmp_path, "laptop")
    for path in [path for path in around.files.root.rglob("*") if path.is_file()]:
        path.write_text(content)
    assert set(every(around)) == NAMES


def test_a_host_of_which_nothing_is_known_makes_no_check_raise(tmp_path: Path) -> None:
    unknown = HostFacts(
        name="",
        system="",
        cpu=msgspec.structs.replace(HOST.cpu, architecture=""),
        memory=MemoryFacts(total_bytes=0, available_bytes=0),
    )
    around = Surroundings(Files(tmp_path / "nowhere"), unknown, Unavailable(reason="x"), Unavailable(reason="y"))
    permits = every(around)
    assert set(permits) == NAMES
    findings = DoctorReport(schema="hwbench.doctor/1", hwbench="0", host=unknown, permits=tuple(permits.values()))
    assert "caches unknown" in report(findings, io.StringIO())


def test_a_counter_that_opens_really_counts_or_gives_an_error_number() -> None:
    for event in ("cycles", "page faults"):
        assert try_counter(event) in {0, *errno.errorcode}


def test_a_program_that_is_not_there_has_no_version_and_a_real_one_has() -> None:
    assert look.first_line("/nowhere/cc") == ""
    assert look.first_line(sys.executable).startswith("Python 3")


def test_pinning_is_tried_and_undone() -> None:
    if hasattr(os, "sched_getaffinity"):
        before = os.sched_getaffinity(0)
        assert look.try_pin(min(before)) == ""
        assert os.sched_getaffinity(0) == before
    assert "refused" in look.try_pin(100_000) or "cannot" in look.try_pin(100_000)


def test_a_module_is_looked_for_and_not_imported() -> None:
    assert look.has_module("json")
    assert not look.has_module("no_such_module_here")
    assert not look.has_module("")


def test_a_folder_that_could_be_made_may_be_written(tmp_path: Path) -> None:
    assert look.may_write(tmp_path / "a" / "b")
    file = tmp_path / "file"
    file.write_text("")
    assert not look.may_write(file / "below")


def test_a_folder_below_proc_may_not_be_written_even_by_root() -> None:
    if Path("/proc/self").exists():
        assert not look.may_write(Path("/proc/nowhere/hwbench"))


def only(*programs: str) -> Any:
    return lambda name: f"/bin/{name}" if name in programs else None


@pytest.mark.parametrize(
    ("programs", "refusal", "state", "remedy"),
    [
        (("qemu-x86_64", "cc", "apt-get"), "", "ok", ""),
        (("qemu-x86_64", "apt-get"), "", "missing", "sudo apt-get install gcc libc6-dev"),
        (("qemu-x86_64", "cc", "apt-get"), "unknown log item", "missing", "sudo apt-get install qemu-user"),
        (("cc", "dnf"), "", "missing", "sudo dnf install qemu-user"),
    ],
)
def test_the_plugin_needs_a_qemu_that_takes_plugins_and_a_compiler(
    tmp_path: Path, programs: tuple[str, ...], refusal: str, state: str, remedy: str
) -> None:
    permit = tool_checks.simulator(play(tmp_path, which=only(*programs), attempt=lambda _: refusal))
    assert (permit.state, permit.remedy) == (state, remedy)


@pytest.mark.parametrize(
    ("programs", "refused", "state", "remedy"),
    [
        (("strace",), "", "ok", ""),
        (("apt-get",), "", "missing", "sudo apt-get install strace"),
        (("strace",), "strace", "missing", "sudo sysctl kernel.yama.ptrace_scope=1"),
        (("strace", "perf"), "strace", "ok", ""),
        (("perf", "apk"), "perf", "missing", "sudo apk add strace"),
    ],
)
def test_system_calls_need_a_tracer_that_may_trace(
    tmp_path: Path, programs: tuple[str, ...], refused: str, state: str, remedy: str
) -> None:
    around = play(
        tmp_path,
        which=only(*programs),
        attempt=lambda words: "not permitted" if words[0] == f"/bin/{refused}" else "",
    )
    permit = tool_checks.tracer(dataclasses.replace(around, host=change(around.host, container="")))
    assert (permit.state, permit.remedy) == (state, remedy)
    assert ("not permitted" in permit.found) == (permit.found != "not installed" and bool(refused))


def test_a_valgrind_that_fails_is_missing_with_what_it_said(tmp_path: Path) -> None:
    permit = tool_checks.valgrind(play(tmp_path, attempt=lambda _: "fatal error at startup"))
    assert (permit.state, permit.found) == ("missing", "it fails (fatal error at startup)")
    assert permit.remedy == "sudo apt-get install valgrind libc6-dbg"


def test_a_tool_that_works_says_nothing_and_one_that_fails_its_last_line() -> None:
    assert look.attempt((sys.executable, "-c", "")) == ""
    assert look.attempt((sys.executable, "-c", "import sys; sys.exit('a\\nno room\\n')")) == "no room"
    assert look.attempt((sys.executable, "-c", "raise SystemExit(3)")) == "it ended with status 3"
    assert "No such file" in look.attempt(("/nowhere/x",))
