"""The doctor: what a host permits, from played surroundings to exact states; its text, its JSON and its verb."""

from __future__ import annotations

import argparse
import dataclasses
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import recorded

from hwbench import __version__
from hwbench.cli import doctor as verb
from hwbench.errors import UsageError
from hwbench.host import look, machine_checks, tool_checks
from hwbench.host.activity import Activity
from hwbench.host.counters import try_counter
from hwbench.host.permits import DoctorReport, Permit, Surroundings
from hwbench.host.text import Files
from hwbench.records import HostFacts, MemoryFacts, Unavailable
from hwbench.show import style
from hwbench.show.doctor import report
from hwbench.units import GIB, MIB

NAMES = {
    "cores", "threads per core", "NUMA", "CPU limit", "memory limit", "free memory",
    "swap", "huge pages", "clock source", "frequency", "steal now", "load now",
    "pinning", "counters", "C compiler", "C kernels", "numba", "qemu-user",
    "valgrind", "data folder", "cache folder", "name clash",
}  # fmt: skip


def play(tmp_path: Path, recording: str = "this-vm", **changes: Any) -> Surroundings:
    """Return surroundings where all is well, but for the changes."""
    unpacked = recorded.unpack(recording, tmp_path / recording)
    programs = {"cc", "qemu-x86_64", "valgrind", "apt-get"}
    surroundings = Surroundings(
        files=Files(unpacked.root),
        host=unpacked.read(),
        activity=Activity(stolen=0.0, others=0.0, seconds=0.3),
        kernels="scalar, v128",
        folders={"data": Path("/data"), "cache": Path("/cache")},
        which=lambda name: f"/usr/bin/{name}" if name in programs else None,
        version=lambda path: f"{Path(path).name} 12.2",
        try_counter=lambda _: 0,
        pin=lambda _: "",
        has_module=lambda _: True,
        may_write=lambda _: True,
    )
    return dataclasses.replace(surroundings, **changes)


def change(host: HostFacts, **changes: Any) -> HostFacts:
    return msgspec.structs.replace(host, **changes)


def every(around: Surroundings) -> dict[str, Permit]:
    return {
        permit.name: permit for check in (*machine_checks.CHECKS, *tool_checks.CHECKS) for permit in [check(around)]
    }


def states(permits: dict[str, Permit]) -> dict[str, str]:
    return {name: permit.state for name, permit in permits.items() if permit.state != "ok"}


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


HOST = HostFacts(
    name="h",
    system="Linux",
    cpu=recorded.expected("this-vm").cpu,
    memory=MemoryFacts(total_bytes=8 * GIB, available_bytes=4 * GIB),
)


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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_and_not_where_they_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert style.paint("no", "red", Terminal()) == "\033[31mno\033[0m"
    assert style.paint("no", "red", io.StringIO()) == "no"
    monkeypatch.setenv("NO_COLOR", "1")
    assert style.paint("no", "red", Terminal()) == "no"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert style.paint("no", "red", Terminal()) == "no"


def findings_of(around: Surroundings) -> DoctorReport:
    return DoctorReport(
        schema="hwbench.doctor/1", hwbench=__version__, host=around.host, permits=tuple(every(around).values())
    )


def test_the_report_names_the_host_every_permit_and_each_remedy(tmp_path: Path) -> None:
    findings = findings_of(play(tmp_path, "hybrid", which=lambda name: None))
    text = report(findings, io.StringIO(), 100)
    assert "13th Gen Intel(R) Core(TM) i7-1370P (Raptor Lake), 20 logical CPUs on 14 cores, 8 of them small" in text
    assert all(permit.name in text and permit.remedy in text for permit in findings.permits)
    assert "\033" not in text


@pytest.mark.parametrize("width", [1, 40, 80, 1000])
def test_the_report_fits_its_width_but_for_commands(tmp_path: Path, width: int) -> None:
    text = report(findings_of(play(tmp_path, "container")), io.StringIO(), width)
    limit = min(max(width, 50), 120)
    assert [line for line in text.splitlines() if len(line) > limit and "mend:" not in line] == []


def test_the_report_is_plain_ascii_where_the_host_is(tmp_path: Path) -> None:
    for name in ("container", "two-socket-server", "macos-m4"):
        assert report(findings_of(play(tmp_path, name)), io.StringIO()).isascii()


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser("hwbench")
    verb.register(parser.add_subparsers())
    return parser.parse_args(["doctor", *arguments])


def test_the_verb_prints_and_returns_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.run(parse()) == 0
    assert f"hwbench {__version__}" in capsys.readouterr().out


def test_the_json_is_the_report_alone_and_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert verb.run(parse("--json", "-")) == 0
    findings = msgspec.json.decode(capsys.readouterr().out, type=DoctorReport)
    assert (findings.schema, findings.hwbench) == ("hwbench.doctor/1", __version__)
    assert {permit.name for permit in findings.permits} == NAMES


def test_json_goes_to_a_file_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "doctor.json"
    assert verb.run(parse("--json", str(file))) == 0
    assert set(json.loads(file.read_text())) == {"schema", "hwbench", "host", "conditions", "permits"}
    assert "huge pages" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        verb.run(parse("--json", str(tmp_path / "nowhere" / "doctor.json")))


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_status:
        parse("--help")
    assert exit_status.value.code == 0
    assert "hwbench doctor --json -" in capsys.readouterr().out


def test_the_doctor_imports_neither_numpy_nor_numba() -> None:
    heavy = "{'numpy', 'numba', 'tqdm'} & set(sys.modules)"
    program = f"import sys; from hwbench.cli import doctor; doctor.look(); print(sorted({heavy}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_below_proc_may_not_be_written_even_by_root() -> None:
    if Path("/proc/self").exists():
        assert not look.may_write(Path("/proc/nowhere/hwbench"))
