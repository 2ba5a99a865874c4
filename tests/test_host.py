"""The host's facts: every recorded host gives exactly the facts it should, and no input makes the reader raise."""

from __future__ import annotations

import platform
from pathlib import Path

import msgspec
import pytest
import recorded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hwbench.host import OwnFacts, read_host
from hwbench.host.read import first_known
from hwbench.records import CpuFacts, HostFacts
from hwbench.units import GIB, KIB, MIB

SOMEWHERE = OwnFacts(name="somewhere", system="Linux", release="6.0", machine="x86_64")


@pytest.fixture
def read(tmp_path: Path):
    return lambda name: recorded.unpack(name, tmp_path / name).read()


def sizes(host: HostFacts) -> list[tuple[int, str, int, int | None]]:
    return [(claim.level, claim.kind, claim.bytes, claim.instances) for claim in host.caches]


@pytest.mark.parametrize("name", recorded.NAMES)
def test_every_recorded_host_gives_exactly_its_facts(read, name: str) -> None:
    assert read(name) == recorded.expected(name)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_facts_survive_being_written_and_read(read, name: str) -> None:
    facts = read(name)
    assert msgspec.json.decode(msgspec.json.encode(facts), type=HostFacts) == facts


def test_a_vm_claims_what_its_sysfs_grants_and_not_the_whole_chip_that_cpuid_describes(read) -> None:
    host = read("this-vm")
    l3 = host.cache(3)
    assert (l3.bytes, l3.source, l3.shared_by) == (32 * MIB, "sysfs", (0, 1))
    assert (host.hypervisor, host.container, host.cpu.microarchitecture) == ("KVM", "docker", "Zen 5")
    assert host.cpu.vector_bits == (128, 256, 512)
    assert host.cpu.tsc_hertz == 2_596_120_000  # half of BogoMIPS, in MHz


def test_zen_5_tlb_sizes_count_in_units_of_32_even_where_the_hypervisor_masks_the_flag(read) -> None:
    entries = {(claim.page_bytes, claim.level): claim.entries for claim in read("this-vm").tlbs}
    assert entries == {(4 * KIB, 1): 96, (4 * KIB, 2): 4096, (2 * MIB, 1): 96, (2 * MIB, 2): 4096}


def test_without_sysfs_the_caches_come_from_cpuid_and_the_cores_from_cpuinfo(read) -> None:
    host = read("without-sysfs")
    assert [(claim.level, claim.bytes, claim.source) for claim in host.caches if claim.kind != "instruction"] == [
        (1, 48 * KIB, "cpuid 0x8000001d"),
        (2, MIB, "cpuid 0x8000001d"),
        (3, 32 * MIB, "cpuid 0x8000001d"),
    ]
    assert host.usable_cpus == (0, 1)


def test_two_sockets_have_the_caches_that_lscpu_counts(read) -> None:
    host = read("two-socket-server")
    assert sizes(host) == [
        (1, "data", 32 * KIB, 48),
        (1, "instruction", 64 * KIB, 48),
        (2, "unified", 512 * KIB, 48),
        (3, "unified", 8 * MIB, 16),
    ]
    assert {core.socket for core in host.cores} == {0, 1}
    assert [core.cpu for core in host.cores if core.numa_node == 3] == [*range(18, 24), *range(66, 72)]
    assert host.cores[5].siblings == (53,)
    assert host.cpu.nominal_hertz == 2.3e9


def test_a_hybrid_processor_has_two_kinds_of_core_and_both_sets_of_caches(read) -> None:
    host = read("hybrid")
    assert [core.kind for core in host.cores] == ["performance"] * 12 + ["efficiency"] * 8
    assert (host.cache(1).bytes, host.cache(2).bytes) == (48 * KIB, 1280 * KIB)
    assert (2, "unified", 2 * MIB, 2) in sizes(host)
    assert host.cpu.tsc_hertz == 38_400_000 * 0x72 / 2
    assert (host.cpu.nominal_hertz, host.cpu.maximum_hertz) == (2.2e9, 5.2e9)


def test_halves_of_a_second_tlb_add_up(read) -> None:
    claim = next(claim for claim in read("hybrid").tlbs if claim.level == 2 and claim.page_bytes == 4 * KIB)
    assert (claim.entries, claim.associativity, claim.kind) == (2048, 16, "unified")


def test_a_container_is_limited_by_its_cgroup_in_either_version(read) -> None:
    new, old = read("container"), read("container-v1")
    for host in (new, old):
        assert (host.memory.limit_bytes, host.cpu_quota, host.container) == (256 * MIB, 0.5, "docker")
        assert host.memory.available_bytes == 256 * MIB - (100 - 50) * MIB  # used, less what can be dropped
    assert new.usable_cpus == (2, 3)
    assert new.cache(1).shared_by == (2,)


def test_arm_cores_are_named_and_told_apart(read) -> None:
    server, hybrid, cloud = read("arm-server"), read("arm-hybrid"), read("graviton2")
    assert (server.cpu.vendor, server.cpu.model, server.cache(3).line_size) == ("HiSilicon", "TaiShan v110", 128)
    assert hybrid.cpu.microarchitecture == "Cortex-A725 + Cortex-X925"
    assert sum(core.kind == "efficiency" for core in hybrid.cores) == 10
    assert (cloud.cpu.model, cloud.cpu.microarchitecture, cloud.hypervisor) == (
        "Graviton2",
        "Neoverse N1",
        "Nitro (KVM)",
    )


def test_caches_without_a_size_are_missing_with_that_reason(read) -> None:
    host = read("phone")
    assert host.caches == ()
    assert host.missing["caches"] == "sysfs names the caches but not their sizes"


def test_apples_fast_cores_come_first_and_lines_are_128_bytes(read) -> None:
    host = read("macos-m4")
    assert (host.cache(1).bytes, host.cache(2).bytes, host.line_size) == (128 * KIB, 16 * MIB, 128)
    assert (host.memory.base_page_bytes, host.memory.total_bytes) == (16 * KIB, 64 * GIB)
    assert [core.kind for core in host.cores] == ["performance"] * 12 + ["efficiency"] * 4


def test_this_machine_is_read_without_native_code() -> None:
    host = read_host()
    assert host.name == platform.node()
    assert host.usable_cpus
    assert host.memory.total_bytes > 0
    assert set(host.usable_cpus) <= {core.cpu for core in host.cores}


def test_a_host_that_says_nothing_has_a_reason_for_every_gap(tmp_path: Path) -> None:
    host = read_host(tmp_path, own=SOMEWHERE)
    assert host.usable_cpus == (0,)
    assert {"cpu.model", "caches", "tlbs", "memory.total_bytes", "memory.huge_pages"} <= set(host.missing)
    assert all(host.missing.values())


def test_a_root_that_is_not_there_or_is_a_file_is_an_empty_answer(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert read_host(tmp_path / "nowhere", own=SOMEWHERE) == read_host(file, own=SOMEWHERE)


def test_affinity_is_believed_over_what_a_container_shows_of_its_cpus(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("processor: 0\n\nprocessor: 1\n")
    host = read_host(tmp_path, own=_pinned((4, 5)))
    assert host.usable_cpus == (4, 5)


def _pinned(cpus: tuple[int, ...]) -> OwnFacts:
    return OwnFacts(name="somewhere", system="Linux", release="6.0", machine="x86_64", affinity=cpus)


def test_the_first_source_to_know_is_believed() -> None:
    merged = first_known(
        CpuFacts(architecture="a", model="", nominal_hertz=None),
        CpuFacts(architecture="b", model="first", features=()),
        CpuFacts(architecture="c", model="second", features=("x",), nominal_hertz=1.0),
    )
    assert merged == CpuFacts(architecture="a", model="first", features=("x",), nominal_hertz=1.0)


HOSTILE_PATHS = [
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/self/cgroup",
    "sys/devices/system/cpu/online",
    "sys/devices/system/cpu/cpu0/topology/core_id",
    "sys/devices/system/cpu/cpu0/topology/core_cpus_list",
    "sys/devices/system/cpu/cpu0/cpu_capacity",
    "sys/devices/system/cpu/cpu0/cache/index0/level",
    "sys/devices/system/cpu/cpu0/cache/index0/type",
    "sys/devices/system/cpu/cpu0/cache/index0/size",
    "sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list",
    "sys/devices/system/cpu/cpu0/cache/index0/ways_of_associativity",
    "sys/devices/system/cpu/cpu0/cpufreq/base_frequency",
    "sys/devices/system/node/node0/cpulist",
    "sys/devices/system/node/node0/cpumap",
    "sys/devices/cpu_core/cpus",
    "sys/devices/cpu_atom/cpus",
    "sys/kernel/mm/transparent_hugepage/enabled",
    "sys/fs/cgroup/memory.max",
    "sys/fs/cgroup/cpu.max",
    "sys/fs/cgroup/memory.stat",
    "proc/sys/abi/sve_default_vector_length",
    "sys/class/dmi/id/sys_vendor",
]
PLAUSIBLE = st.sampled_from(
    [
        b"",
        b"0",
        b"-1",
        b"1",
        b"Data",
        b"Unified",
        b"48K",
        b"0-3",
        b"max 100000",
        b"9" * 40,
        b"\xff\xfe\x00",
        b"\n\n",
        b"0::/a/../..",
        b"0 0",
    ]
)


@given(contents=st.dictionaries(st.sampled_from(HOSTILE_PATHS), st.one_of(PLAUSIBLE, st.binary(max_size=60))))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_of_the_files_makes_the_reader_raise(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("hostile")
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    msgspec.json.encode(read_host(root, own=SOMEWHERE))


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\xff" * 100, b"processor: x\n", b"x" * 100_000], ids=len)
def test_every_file_damaged_at_once_is_an_answer(tmp_path: Path, content: bytes) -> None:
    for path in HOSTILE_PATHS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    msgspec.json.encode(read_host(tmp_path, own=SOMEWHERE))


def test_folders_where_files_should_be_are_no_answer(tmp_path: Path) -> None:
    for path in HOSTILE_PATHS:
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
    assert read_host(tmp_path, own=SOMEWHERE).caches == ()


def test_files_that_may_not_be_read_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for method in ("open", "exists", "iterdir"):
        monkeypatch.setattr(Path, method, refuse)
    assert read_host(own=SOMEWHERE).caches == ()


@given(text=st.text(max_size=300))
@settings(deadline=None)
def test_no_sysctl_text_makes_the_reader_raise(text: str) -> None:
    own = OwnFacts(name="mac", system="Darwin", release="24", machine="arm64")
    read_host(Path("/nowhere"), sysctl=f"hw.nperflevels: 3\nhw.logicalcpu: {text}\n{text}", own=own)


@given(registers=st.tuples(*[st.integers(-(1 << 70), 1 << 70)] * 4))
@settings(deadline=None)
def test_no_cpuid_answer_makes_the_reader_raise(registers: tuple[int, int, int, int]) -> None:
    msgspec.json.encode(read_host(Path("/nowhere"), cpuid=lambda *_: registers, own=SOMEWHERE))


@pytest.mark.parametrize("answer", [None, (), (1, 2, 3), ("a", "b", "c", "d")])
def test_cpuid_that_answers_nonsense_is_as_good_as_none(answer: object) -> None:
    def read(leaf: int, subleaf: int) -> object:
        return answer

    assert read_host(Path("/nowhere"), cpuid=read, own=SOMEWHERE) == read_host(Path("/nowhere"), own=SOMEWHERE)


def test_cpuid_that_raises_is_as_good_as_none() -> None:
    def read(leaf: int, subleaf: int) -> None:
        raise OSError("illegal instruction")

    assert read_host(Path("/nowhere"), cpuid=read, own=SOMEWHERE) == read_host(Path("/nowhere"), own=SOMEWHERE)
