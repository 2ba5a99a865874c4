"""The single readers of the host's facts: texts and registers in, exact facts out, and no text makes one raise."""

from __future__ import annotations

from pathlib import Path

import pytest
import recorded
from hypothesis import given
from hypothesis import strategies as st

from hwbench.host import cgroups, cpuinfo, macos, names, sysfs, virtual
from hwbench.host.activity import Activity, Reading, between, parse_stat
from hwbench.host.cpuid import read_cpuid
from hwbench.host.text import (
    Files,
    parse_choice,
    parse_cpu_list,
    parse_cpu_mask,
    parse_float,
    parse_number,
    parse_pairs,
    parse_size,
)
from hwbench.native.cpu import cpuid
from hwbench.records import Unavailable

# AMD EPYC 9655 (Turin), bare metal: InstLatx64, AuthenticAMD0B00F21_K20_Turin_01_CPUID.txt.
TURIN = {
    "0,0": "10 68747541 444d4163 69746e65",
    "1,0": "b00f21 400800 7efa320b 178bfbff",
    "80000000,0": "80000028 68747541 444d4163 69746e65",
    "80000002,0": "20444d41 43595045 35363920 36392035",
    "80000003,0": "726f432d 72502065 7365636f 20726f73",
    "80000004,0": "20202020 20202020 20202020 202020",
    "80000005,0": "ff60ff40 ff60ff40 300c0140 20080140",
    "80000006,0": "40802040 60804040 4008140 8009140",
    "8000001d,0": "121 2c0003f 3f 0",
    "8000001d,3": "1c163 3c0003f 7fff 1",
    "80000021,0": "d93fffcf 80382 0 0",
}
# Two Xeon Gold 6230 (Cascade Lake): hwloc, tests/hwloc/x86/Intel-CascadeLake-2xXeon6230, processor 0.
CASCADE_LAKE = {
    "0,0": "16 756e6547 6c65746e 49656e69",
    "1,0": "50657 200800 7ffefbff bfebfbff",
    "2,0": "76036301 f0b5ff 0 c30000",
    "4,0": "7c004121 1c0003f 3f 0",
    "4,1": "7c004122 1c0003f 3f 0",
    "4,2": "7c004143 3c0003f 3ff 0",
    "4,3": "7c0fc163 280003f 9fff 5",
    "15,0": "2 a8 0 0",
    "16,0": "834 f3c 64 0",
}
VIRTUAL = {
    "0,0": "10 68747541 444d4163 69746e65",
    "1,0": "b00f21 0 80000000 0",
    "40000000,0": "40000010 7263694d 666f736f 76482074",
    "40000010,0": "27ac40 0 0 0",
}


def test_turin_says_its_name_its_tlbs_and_its_caches() -> None:
    facts = read_cpuid(recorded.make_cpuid(TURIN))
    assert facts.cpu.model == "AMD EPYC 9655 96-Core Processor"
    assert (facts.cpu.family, facts.cpu.model_number, facts.cpu.stepping) == (0x1A, 2, 1)
    assert [(tlb.page_bytes, tlb.level, tlb.entries) for tlb in facts.tlbs][:2] == [(4096, 1, 96), (4096, 2, 4096)]
    assert [(cache.level, cache.bytes, cache.associativity) for cache in facts.caches] == [(1, 49152, 12)]


def test_cascade_lake_says_its_tlbs_in_descriptors_and_its_clock_as_a_ratio() -> None:
    facts = read_cpuid(recorded.make_cpuid(CASCADE_LAKE))
    assert facts.cpu.microarchitecture == "Cascade Lake"
    assert [(tlb.page_bytes, tlb.level, tlb.entries, tlb.associativity) for tlb in facts.tlbs] == [
        (4096, 1, 64, 4),
        (4096, 2, 1536, 6),
        (2 << 20, 1, 32, 4),
        (2 << 20, 2, 1536, 6),
    ]
    assert [(cache.level, cache.kind, cache.bytes) for cache in facts.caches] == [
        (1, "data", 32 << 10),
        (1, "instruction", 32 << 10),
        (2, "unified", 1 << 20),
        (3, "unified", 28160 << 10),
    ]
    assert (facts.cpu.nominal_hertz, facts.cpu.maximum_hertz, facts.cpu.tsc_hertz) == (2.1e9, 3.9e9, 2.1e9)


def test_a_hypervisor_names_itself_and_the_time_stamp_counters_rate() -> None:
    facts = read_cpuid(recorded.make_cpuid(VIRTUAL))
    assert (facts.hypervisor, facts.cpu.tsc_hertz) == ("Hyper-V", 2_600_000_000.0)


def test_older_amd_leaves_give_caches_where_the_newer_is_not_there() -> None:
    without = {leaf: value for leaf, value in TURIN.items() if not leaf.startswith("8000001d")}
    caches = read_cpuid(recorded.make_cpuid(without)).caches
    assert [(cache.level, cache.kind, cache.bytes) for cache in caches] == [
        (1, "data", 48 << 10),
        (1, "instruction", 32 << 10),
        (2, "unified", 1 << 20),
        (3, "unified", 256 << 20),
    ]


def test_the_native_cpuid_answers_like_the_instruction_or_not_at_all() -> None:
    first = cpuid(0, 0)
    assert first is None or first[0] >= 1
    assert cpuid(0x8FFF_FFFF, 0) is None


def test_the_native_cpuid_reaches_the_hypervisors_leaf_exactly_where_there_is_one() -> None:
    identity = cpuid(1, 0)
    is_virtual = identity is not None and bool(identity[2] >> 31 & 1)
    assert (cpuid(0x4000_0000, 0) is not None) == is_virtual


@pytest.mark.parametrize(
    ("vendor", "family", "model", "stepping", "name"),
    [
        ("GenuineIntel", 6, 0x55, 4, "Skylake-SP"),
        ("GenuineIntel", 6, 0x55, 7, "Cascade Lake"),
        ("GenuineIntel", 6, 0x55, 11, "Cooper Lake"),
        ("GenuineIntel", 6, 0x8F, 8, "Sapphire Rapids"),
        ("GenuineIntel", 6, 0xAD, 1, "Granite Rapids"),
        ("GenuineIntel", 6, 0x9A, 3, "Alder Lake"),
        ("GenuineIntel", 6, 0xFF, 1, ""),
        ("GenuineIntel", 15, 0x4, 1, ""),
        ("AuthenticAMD", 0x17, 0x01, 2, "Zen"),
        ("AuthenticAMD", 0x17, 0x08, 2, "Zen+"),
        ("AuthenticAMD", 0x17, 0x31, 0, "Zen 2"),
        ("AuthenticAMD", 0x19, 0x01, 1, "Zen 3"),
        ("AuthenticAMD", 0x19, 0x61, 2, "Zen 4"),
        ("AuthenticAMD", 0x19, 0xA0, 2, "Zen 4"),
        ("AuthenticAMD", 0x1A, 0x44, 0, "Zen 5"),
        ("AuthenticAMD", 0x1B, 0x00, 0, ""),
        ("AuthenticAMD", None, None, None, ""),
    ],
)
def test_a_family_and_model_have_one_name_or_none(vendor, family, model, stepping, name) -> None:
    assert names.x86_name(vendor, family, model, stepping) == name


@pytest.mark.parametrize(
    ("model", "hertz"),
    [("Xeon @ 2.60GHz", 2.6e9), ("Celeron @ 800MHz", 8e8), ("EPYC 7451", None), ("@ GHz", None), ("", None)],
)
def test_a_name_that_ends_with_a_frequency_tells_it(model: str, hertz: float | None) -> None:
    assert cpuinfo.hertz_in_name(model) == hertz


def test_a_scalable_vector_is_as_wide_as_the_kernel_says() -> None:
    text = "processor: 0\nFeatures: asimd sve\nCPU implementer: 0x41\nCPU part: 0xd40\n"
    assert cpuinfo.read_cpu(text, "aarch64", 32).vector_bits == (128, 256)
    assert cpuinfo.read_cpu(text, "aarch64", None).vector_bits == (128,)


def test_a_processor_that_is_neither_x86_nor_arm_has_its_name() -> None:
    text = "processor\t: 0\nhart\t: 1\nisa\t: rv64imafdc\nuarch\t: sifive,u74-mc\n"
    assert cpuinfo.read_cpu(text, "riscv64").model == "sifive,u74-mc"


def test_cpuinfo_tells_which_threads_share_a_core() -> None:
    text = "\n\n".join(f"processor: {cpu}\nphysical id: 0\ncore id: {cpu % 2}" for cpu in range(4))
    assert [core.siblings for core in cpuinfo.read_cores(text)] == [(2,), (3,), (0,), (1,)]


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("0-3,8", (0, 1, 2, 3, 8)),
        ("0-8:4", (0, 4, 8)),
        ("5", (5,)),
        ("", ()),
        ("a", ()),
        ("3-1", ()),
        ("0-99999999", ()),
        ("0-4:0", ()),
    ],
)
def test_a_list_of_cpus_is_read_or_is_empty(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


def test_a_mask_of_cpus_has_its_lowest_at_the_right() -> None:
    assert parse_cpu_mask("00000001,00000003") == (0, 1, 32)
    assert parse_cpu_mask("xyz") == parse_cpu_mask("") == ()


@pytest.mark.parametrize(
    ("text", "size"),
    [("48K", 49152), ("32768 kB", 32 << 20), ("1M", 1 << 20), ("7", 7), ("0K", None), ("-1", None), ("", None)],
)
def test_a_size_is_read_in_binary_units(text: str, size: int | None) -> None:
    assert parse_size(text) == size


def test_the_chosen_word_is_in_brackets_or_alone() -> None:
    assert parse_choice("always [madvise] never") == "madvise"
    assert parse_choice("tsc") == "tsc"
    assert parse_choice("one two") == ""


PARSERS = [
    parse_choice,
    parse_cpu_list,
    parse_cpu_mask,
    parse_float,
    parse_number,
    parse_pairs,
    parse_size,
    parse_stat,
    cgroups.parse_groups,
    cpuinfo.parse_processors,
    cpuinfo.read_cores,
    cpuinfo.hertz_in_name,
    names.apple_name,
    lambda text: cpuinfo.read_cpu(text, "x86_64"),
    lambda text: cpuinfo.read_cpu(f"processor: 0\nvendor_id: x\n{text}", "x86_64"),
    lambda text: cpuinfo.read_cpu(f"processor: 0\nCPU implementer: 0x41\n{text}", "aarch64"),
    lambda text: macos.read_sysctl(text, "aarch64"),
]
LINES = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(
            ["processor", "cpu ", "flags", "BogoMIPS", "hw.memsize", "CPU part", "model name", "0", "MemTotal", ""]
        ),
        st.sampled_from([":", "\t: ", " ", "=", "::"]),
        st.one_of(
            st.text(max_size=12), st.integers().map(str), st.sampled_from(["0x41", "²", "1e999", "nan", "0-", "٣"])
        ),
    ),
    max_size=8,
).map("\n".join)


@pytest.mark.parametrize("parse", PARSERS, ids=range(len(PARSERS)))
@given(text=st.one_of(st.text(), LINES))
def test_no_text_makes_a_parser_raise(parse, text: str) -> None:
    parse(text)


def write(root: Path, files: dict[str, str]) -> Files:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return Files(root)


def test_the_tightest_limit_on_the_way_to_the_root_holds(tmp_path: Path) -> None:
    files = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/memory.max": "1000",
            "sys/fs/cgroup/a/b/memory.max": "max",
            "sys/fs/cgroup/a/b/cpu.max": "300000 100000",
            "sys/fs/cgroup/cpu.max": "max 100000",
            "sys/fs/cgroup/a/b/cpuset.cpus.effective": "0-1",
            "sys/fs/cgroup/a/cpuset.cpus.effective": "0-3",
        },
    )
    assert cgroups.read_limits(files) == cgroups.Limits(1000, 0, 3.0, (0, 1))


def test_version_1_writes_no_limit_as_a_number_that_is_none(tmp_path: Path) -> None:
    files = write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/x\n1:cpu,cpuacct:/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
        },
    )
    assert cgroups.read_limits(files) == cgroups.Limits()


@pytest.mark.parametrize(
    ("files", "hypervisor"),
    [
        ({"sys/hypervisor/type": "xen"}, "Xen"),
        ({"sys/class/dmi/id/sys_vendor": "QEMU"}, "QEMU"),
        ({"sys/class/dmi/id/sys_vendor": "Amazon EC2", "sys/class/dmi/id/product_name": "c7g.metal"}, ""),
        (
            {
                "sys/class/dmi/id/sys_vendor": "Microsoft Corporation",
                "sys/class/dmi/id/product_name": "Virtual Machine",
            },
            "Hyper-V",
        ),
        ({"proc/device-tree/hypervisor/compatible": "linux,kvm"}, "KVM"),
        ({"sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc kvm-clock"}, "KVM"),
        ({"sys/class/dmi/id/sys_vendor": "Dell Inc."}, ""),
    ],
)
def test_hints_of_a_hypervisor(tmp_path: Path, files: dict[str, str], hypervisor: str) -> None:
    assert virtual.read_hypervisor(write(tmp_path, files), "", ()) == hypervisor


def test_a_hypervisor_that_does_not_tell_its_name_is_unnamed(tmp_path: Path) -> None:
    assert virtual.read_hypervisor(Files(tmp_path), "", ("hypervisor",)) == "unnamed"
    assert virtual.read_hypervisor(Files(tmp_path), "unnamed", ()) == "unnamed"


@pytest.mark.parametrize(
    ("files", "container"),
    [
        ({".dockerenv": ""}, "docker"),
        ({"run/.containerenv": ""}, "podman"),
        ({"proc/1/cgroup": "0::/kubepods/burstable/pod1"}, "kubernetes"),
        ({"run/systemd/container": "systemd-nspawn"}, "systemd-nspawn"),
        ({"proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2"}, "wsl"),
        ({"proc/1/cgroup": "0::/init.scope"}, ""),
    ],
)
def test_hints_of_a_container(tmp_path: Path, files: dict[str, str], container: str) -> None:
    assert virtual.read_container(write(tmp_path, files)) == container


def test_cores_that_differ_little_in_capacity_are_of_one_kind(tmp_path: Path) -> None:
    files = write(tmp_path, {f"sys/devices/system/cpu/cpu{cpu}/cpu_capacity": str(1024 - 20 * cpu) for cpu in range(2)})
    assert sysfs.core_kinds(files, (0, 1)) == {}


def test_a_fully_associative_cache_has_one_set_and_no_number_of_ways(tmp_path: Path) -> None:
    folder = "sys/devices/system/cpu/cpu0/cache/index0"
    described = {"level": "1", "type": "Data", "size": "4K", "ways_of_associativity": "0", "number_of_sets": "1"}
    files = write(tmp_path, {f"{folder}/{name}": value for name, value in described.items()})
    assert [claim.associativity for claim in sysfs.cache_claims(sysfs.read_instances(files, (0,)))] == [0]


def test_files_under_proc_sys_are_read_though_they_refuse_large_buffers() -> None:
    if Path("/proc/sys/kernel/ostype").exists():
        assert Files().text("proc/sys/kernel/ostype") == "Linux"


def test_busy_and_stolen_time_are_told_apart() -> None:
    assert parse_stat("cpu  100 200 300 4000 50 10 20 70 9 9\ncpu0 1 2 3 4\n") == (6.3, 0.7)
    assert parse_stat("cpu  100 0 0 0\n") == (1.0, 0.0)
    assert parse_stat("intr 1 2\n") is parse_stat("") is parse_stat("cpu  1 2 x 4\n") is None


def test_our_own_time_is_not_the_load_of_others() -> None:
    first, second = Reading(busy=10.0, stolen=1.0, own=2.0, at=0.0), Reading(busy=10.8, stolen=1.1, own=2.5, at=0.5)
    activity = between(first, second)
    assert isinstance(activity, Activity)
    assert (round(activity.others, 9), round(activity.stolen, 9), activity.seconds) == (0.6, 0.2, 0.5)


def test_readings_that_are_not_there_or_taken_at_once_are_a_reason() -> None:
    reading = Reading(1.0, 0.0, 0.0, 5.0)
    assert isinstance(between(None, reading), Unavailable)
    assert isinstance(between(reading, reading), Unavailable)
