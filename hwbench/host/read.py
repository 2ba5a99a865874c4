"""The host's facts from a chain of partial answers: each source says what it knows, and the first to know is believed.

The order is from the most specific to this (virtual) machine to the least: sysfs, then macOS's sysctl, then CPUID,
which on a virtual machine may describe the whole chip; /proc/cpuinfo for names; psutil last, for counts and memory.
What no source knows is in `missing` with the reason. The way of archspec: facts are data, and detection never raises.
"""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hwbench.host import cgroups, cpuinfo, macos, memory, sysfs, virtual
from hwbench.host.cpuid import CpuidFacts, ReadCpuid, read_cpuid
from hwbench.host.text import Files
from hwbench.records import CacheClaim, CoreFacts, CpuFacts, HostFacts

if TYPE_CHECKING:
    from hwbench.host.macos import SysctlFacts

_X86: Final = frozenset({"x86_64", "amd64", "i386", "i686"})
_ARCHITECTURES: Final = {"amd64": "x86_64", "arm64": "aarch64", "i386": "x86", "i686": "x86"}
SYSCTL_SECONDS: Final = 5


@dataclass(frozen=True)
class OwnFacts:
    """What this process can tell of its host without reading files; recorded hosts bring their own."""

    name: str
    system: str
    release: str
    machine: str
    page_bytes: int = 4096
    affinity: tuple[int, ...] | None = None
    cpus: int = 1
    memory: tuple[int, int] = (0, 0)


def read_host(
    root: Path = Path("/"), cpuid: ReadCpuid | None = None, sysctl: str | None = None, own: OwnFacts | None = None
) -> HostFacts:
    """Return all that can be learned of the host without timing anything.

    `root` stands for `/`; `cpuid(leaf, subleaf)` gives eax, ebx, ecx, edx or None; `sysctl` is the text of macOS's
    sysctl (run if None, on macOS); `own` is what the process itself knows (asked if None). Never raises.
    """
    own = own or ask_process()
    files = Files(root)
    architecture = _ARCHITECTURES.get(own.machine.lower(), own.machine.lower())
    from_cpuid = read_cpuid(cpuid if own.machine.lower() in _X86 else None, architecture)
    text = run_sysctl() if sysctl is None and own.system == "Darwin" else sysctl or ""
    return _assemble(files, own, from_cpuid, macos.read_sysctl(text, architecture), architecture)


def ask_process() -> OwnFacts:
    """Ask Python, the OS and psutil about this very process's host."""
    return OwnFacts(
        name=platform.node(),
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        page_bytes=_page_bytes(),
        affinity=tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else None,
        cpus=os.cpu_count() or 1,
        memory=_psutil_memory(),
    )


def _page_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 4096


def _psutil_memory() -> tuple[int, int]:
    try:
        import psutil  # noqa: PLC0415 - a fallback: where it fails to import, the other sources stand

        found = psutil.virtual_memory()
        return int(found.total), int(found.available)
    except Exception:
        return 0, 0


def run_sysctl() -> str:
    """Return what macOS's sysctl says of hardware; empty where it cannot be run."""
    try:
        done = subprocess.run(
            ["/usr/sbin/sysctl", "hw", "machdep.cpu", "machdep.tsc", "kern.hv_vmm_present"],
            capture_output=True, text=True, errors="replace", timeout=SYSCTL_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def _assemble(
    files: Files, own: OwnFacts, from_cpuid: CpuidFacts, from_sysctl: SysctlFacts, architecture: str
) -> HostFacts:
    cpuinfo_text = files.text("proc/cpuinfo")
    limits = cgroups.read_limits(files)
    cores = _cores(files, own, from_sysctl, cpuinfo_text)
    usable = _usable(own, limits, cores)
    caches, instances = _caches(files, from_cpuid, from_sysctl, usable, cores)
    cpu = _cpu(files, from_cpuid, from_sysctl, cpuinfo_text, usable, architecture)
    if cpu.maximum_hertz is None:
        cpu = msgspec.structs.replace(
            cpu, maximum_hertz=max((core.maximum_hertz or 0.0 for core in cores), default=0.0) or None
        )
    fallback = (from_sysctl.memory_bytes or own.memory[0], own.memory[1])
    facts = HostFacts(
        name=own.name,
        system=own.system,
        release=own.release,
        hypervisor=from_sysctl.hypervisor or virtual.read_hypervisor(files, from_cpuid.hypervisor, cpu.features),
        container=virtual.read_container(files),
        cpu=cpu,
        cores=cores,
        usable_cpus=usable,
        cpu_quota=limits.cpu_quota,
        caches=caches,
        tlbs=from_cpuid.tlbs,
        memory=memory.read_memory(files, limits, from_sysctl.page_bytes or own.page_bytes, fallback),
    )
    return msgspec.structs.replace(facts, missing=_missing(facts, instances))


def _cpu(
    files: Files,
    from_cpuid: CpuidFacts,
    from_sysctl: SysctlFacts,
    cpuinfo_text: str,
    usable: tuple[int, ...],
    architecture: str,
) -> CpuFacts:
    sve_bytes = files.number("proc/sys/abi/sve_default_vector_length")
    named = cpuinfo.read_cpu(cpuinfo_text, architecture, sve_bytes, files.text("sys/class/dmi/id/sys_vendor"))
    driver = CpuFacts(architecture=architecture, nominal_hertz=sysfs.nominal_hertz(files, usable[0] if usable else 0))
    counters = _frequencies(from_cpuid.cpu, architecture)
    device = CpuFacts(architecture=architecture, model=files.text("proc/device-tree/model"))
    return first_known(counters, named, from_sysctl.cpu, from_cpuid.cpu, driver, device)


def _frequencies(cpu: CpuFacts, architecture: str) -> CpuFacts:
    """Return CPUID's exact frequencies alone, better than those in a name or derived from BogoMIPS."""
    return CpuFacts(
        architecture=architecture,
        nominal_hertz=cpu.nominal_hertz,
        maximum_hertz=cpu.maximum_hertz,
        tsc_hertz=cpu.tsc_hertz,
    )


def first_known(*answers: CpuFacts) -> CpuFacts:
    """Merge partial answers: for each field the first that is neither None nor empty."""
    merged = answers[0]
    for answer in answers[1:]:
        gaps = [name for name in merged.__struct_fields__ if _is_unknown(getattr(merged, name))]
        merged = msgspec.structs.replace(merged, **{name: getattr(answer, name) for name in gaps})
    return merged


def _is_unknown(value: object) -> bool:
    return value is None or value in ("", ())


def _cores(files: Files, own: OwnFacts, from_sysctl: SysctlFacts, cpuinfo_text: str) -> tuple[CoreFacts, ...]:
    """Return the logical CPUs from the first source that knows of any, and those that only our affinity names."""
    known = sysfs.read_cores(files, sysfs.online_cpus(files)) or cpuinfo.read_cores(cpuinfo_text) or from_sysctl.cores
    listed = {core.cpu for core in known}
    named = own.affinity or (() if known else range(own.cpus))
    return (*known, *(CoreFacts(cpu=cpu, core=cpu) for cpu in named if cpu not in listed))


def _usable(own: OwnFacts, limits: cgroups.Limits, cores: tuple[CoreFacts, ...]) -> tuple[int, ...]:
    """Return the CPUs that affinity, cpuset and the hardware all allow; a set that would leave none is not believed.

    Affinity is what the kernel enforces: a container may show other numbers in its /proc and /sys than it may pin to.
    """
    usable = {core.cpu for core in cores}
    for allowed in (own.affinity, limits.cpus):
        if allowed and usable & set(allowed):
            usable &= set(allowed)
    return tuple(sorted(usable))


def _caches(
    files: Files,
    from_cpuid: CpuidFacts,
    from_sysctl: SysctlFacts,
    usable: tuple[int, ...],
    cores: tuple[CoreFacts, ...],
) -> tuple[tuple[CacheClaim, ...], list[sysfs.Instance]]:
    """Return the claims, each level and kind from the first source that has it, and what sysfs listed."""
    order = (*usable, *(core.cpu for core in cores if core.cpu not in usable))
    instances = sysfs.read_instances(files, order)
    claims = list(sysfs.cache_claims(instances))
    for others in (from_sysctl.caches, from_cpuid.caches):
        known = {(claim.level, claim.kind) for claim in claims}
        claims += [claim for claim in others if (claim.level, claim.kind) not in known]
    return tuple(sorted(claims, key=lambda claim: (claim.level, claim.kind == "instruction"))), instances


def _missing(facts: HostFacts, instances: list[sysfs.Instance]) -> dict[str, str]:
    """Say of each fact that is not there why it is not."""
    cpu, memory_facts = facts.cpu, facts.memory
    reasons = {
        "cpu.model": (cpu.model, "neither /proc/cpuinfo nor CPUID nor sysctl names the processor"),
        "cpu.microarchitecture": (cpu.microarchitecture, _unknown_part(cpu)),
        "cpu.vector_bits": (cpu.vector_bits, "no source lists the processor's features"),
        "cpu.nominal_hertz": (
            cpu.nominal_hertz,
            "neither CPUID nor the model's name nor the frequency driver states it",
        ),
        "cpu.maximum_hertz": (cpu.maximum_hertz, "neither CPUID nor the frequency driver states it"),
        "cpu.tsc_hertz": (
            cpu.tsc_hertz,
            "neither CPUID nor the hypervisor nor /proc/cpuinfo states the counter's frequency",
        ),
        "caches": (facts.caches, _no_caches(instances)),
        "tlbs": (facts.tlbs, _no_tlbs(cpu.architecture)),
        "memory.total_bytes": (memory_facts.total_bytes, "neither /proc/meminfo nor psutil tells"),
        "memory.available_bytes": (memory_facts.available_bytes, "neither /proc/meminfo nor psutil tells"),
        "memory.huge_page_bytes": (
            memory_facts.huge_page_bytes,
            f"{facts.system or 'this system'} names no huge-page size",
        ),
        "memory.huge_pages": (memory_facts.huge_pages != "unknown", "there is no setting of transparent huge pages"),
    }
    return {name: reason for name, (value, reason) in reasons.items() if not value}


def _unknown_part(cpu: CpuFacts) -> str:
    numbers = ", ".join(
        f"{name} {number:#x}"
        for name, number in (("family", cpu.family), ("model", cpu.model_number))
        if number is not None
    )
    if numbers:
        return f"{cpu.vendor or 'this processor'} {numbers} is not in our table"
    return f"{cpu.model} is not in our table" if cpu.model else "the processor gives no family and model"


def _no_caches(instances: list[sysfs.Instance]) -> str:
    if instances:
        return "sysfs names the caches but not their sizes"
    return "there is no cache description: neither sysfs nor CPUID nor sysctl"


def _no_tlbs(architecture: str) -> str:
    if architecture in ("x86_64", "x86"):
        return "CPUID describes none, or could not be asked"
    return f"{architecture or 'this architecture'} has no instruction that describes them"
