"""What Linux shows under /sys/devices: caches, cores, sockets, NUMA nodes, frequencies.

A virtual machine's sysfs shows the share that the hypervisor granted, CPUID often the whole chip: so sysfs is the
better claim. Caches of one geometry are one claim, that of the first usable CPU first; a hybrid processor has
several. Fooled by: firmware that names sharing wrongly; ARM kernels that name a cache and not its size (then there is
no claim). Source: Linux Documentation/ABI/testing/sysfs-devices-system-cpu, sysfs-devices-node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hwbench.host.text import Files, parse_cpu_list, parse_cpu_mask, parse_size
from hwbench.records import CacheClaim, CoreFacts

CPUS: Final = "sys/devices/system/cpu"
NODES: Final = "sys/devices/system/node"
KILOHERTZ: Final = 1e3
SMALL_CORE: Final = (
    0.8  # like cores differ by 3 % (turbo bins), a middle core of a phone has 0.83, the small ones of GB10 0.71
)
_KINDS: Final[dict[str, Literal["data", "instruction", "unified"]]] = {
    "Data": "data",
    "Instruction": "instruction",
    "Unified": "unified",
}
_KIND_ORDER: Final = {"data": 0, "instruction": 1, "unified": 2}


@dataclass(frozen=True)
class Instance:
    """One cache as one CPU's folder describes it; `bytes` is None where the kernel does not say."""

    level: int
    kind: Literal["data", "instruction", "unified"]
    bytes: int | None
    line_size: int | None
    associativity: int | None
    shared_by: tuple[int, ...]


def online_cpus(files: Files) -> tuple[int, ...]:
    """Return the logical CPUs that are switched on; empty where sysfs does not say."""
    listed = parse_cpu_list(files.text(f"{CPUS}/online"))
    return listed or tuple(int(name[3:]) for name in files.names(CPUS, r"cpu[0-9]{1,6}"))


def read_instances(files: Files, cpus: tuple[int, ...]) -> list[Instance]:
    """Return the caches of these CPUs, each once, in the order of the CPUs."""
    seen: dict[tuple[int, str, tuple[int, ...]], Instance] = {}
    for cpu in cpus:
        folder = f"{CPUS}/cpu{cpu}/cache"
        for index in files.names(folder, r"index[0-9]{1,3}"):
            found = _read_instance(files, f"{folder}/{index}", cpu)
            if found is not None:
                seen.setdefault((found.level, found.kind, found.shared_by), found)
    return list(seen.values())


def _read_instance(files: Files, folder: str, cpu: int) -> Instance | None:
    level, kind = files.number(f"{folder}/level"), _KINDS.get(files.text(f"{folder}/type"))
    if level is None or kind is None or level < 1:
        return None
    return Instance(
        level=level,
        kind=kind,
        bytes=parse_size(files.text(f"{folder}/size")),
        line_size=_positive(files.number(f"{folder}/coherency_line_size")),
        associativity=_ways(files, folder),
        shared_by=parse_cpu_list(files.text(f"{folder}/shared_cpu_list")) or (cpu,),
    )


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


def _ways(files: Files, folder: str) -> int | None:
    """Return the ways of a cache; the kernel writes 0 for one that is fully associative, or that it does not know."""
    ways = files.number(f"{folder}/ways_of_associativity")
    if ways == 0:
        return 0 if files.number(f"{folder}/number_of_sets") == 1 else None
    return _positive(ways)


def cache_claims(instances: list[Instance]) -> tuple[CacheClaim, ...]:
    """Return one claim for each geometry, by level, the first CPU's before the others', data before instructions."""
    groups: dict[tuple[int, str, int, int | None, int | None], list[Instance]] = {}
    for instance in instances:
        if instance.bytes is not None:
            key = (instance.level, instance.kind, instance.bytes, instance.line_size, instance.associativity)
            groups.setdefault(key, []).append(instance)
    claims = [
        CacheClaim(
            level=first.level,
            kind=first.kind,
            bytes=first.bytes or 0,
            line_size=first.line_size,
            associativity=first.associativity,
            shared_by=first.shared_by,
            instances=len(group),
            source="sysfs",
        )
        for group in groups.values()
        for first in group[:1]
    ]
    return tuple(sorted(claims, key=lambda claim: (claim.level, _KIND_ORDER[claim.kind])))


def numa_nodes(files: Files) -> dict[int, int]:
    """Return the NUMA node of each CPU; empty where sysfs names none."""
    nodes: dict[int, int] = {}
    for name in files.names(NODES, r"node[0-9]{1,5}"):
        cpus = parse_cpu_list(files.text(f"{NODES}/{name}/cpulist"))
        cpus = cpus or parse_cpu_mask(files.text(f"{NODES}/{name}/cpumap"))
        nodes.update(dict.fromkeys(cpus, int(name[4:])))
    return nodes


def read_cores(files: Files, cpus: tuple[int, ...]) -> tuple[CoreFacts, ...]:
    """Return where each CPU sits; empty where sysfs has no topology."""
    nodes, kinds = numa_nodes(files), core_kinds(files, cpus)
    cores = []
    for cpu in cpus:
        topology = f"{CPUS}/cpu{cpu}/topology"
        core = files.number(f"{topology}/core_id")
        if core is None:
            continue
        siblings = files.text(f"{topology}/core_cpus_list") or files.text(f"{topology}/thread_siblings_list")
        cores.append(
            CoreFacts(
                cpu=cpu,
                core=core,
                socket=max(files.number(f"{topology}/physical_package_id") or 0, 0),  # -1: firmware does not say
                numa_node=nodes.get(cpu, 0),
                kind=kinds.get(cpu, "uniform"),
                siblings=tuple(other for other in parse_cpu_list(siblings) if other != cpu),
                maximum_hertz=_kilohertz(files, cpu, "cpuinfo_max_freq"),
            )
        )
    return tuple(cores)


def core_kinds(files: Files, cpus: tuple[int, ...]) -> dict[int, Literal["performance", "efficiency"]]:
    """Tell the big cores of a hybrid processor from the small; empty if all are alike or nothing is said.

    Intel names two sets; elsewhere a core's capacity against the largest decides.
    """
    big, small = (parse_cpu_list(files.text(f"sys/devices/{name}/cpus")) for name in ("cpu_core", "cpu_atom"))
    if big and small:
        return {**dict.fromkeys(big, "performance"), **dict.fromkeys(small, "efficiency")}
    capacities = {cpu: files.number(f"{CPUS}/cpu{cpu}/cpu_capacity") or 0 for cpu in cpus}
    largest = max(capacities.values(), default=0)
    small = tuple(cpu for cpu, capacity in capacities.items() if 0 < capacity < SMALL_CORE * largest)
    if not small:
        return {}
    return {**dict.fromkeys(cpus, "performance"), **dict.fromkeys(small, "efficiency")}


def _kilohertz(files: Files, cpu: int, name: str) -> float | None:
    kilohertz = files.number(f"{CPUS}/cpu{cpu}/cpufreq/{name}")
    return kilohertz * KILOHERTZ if kilohertz is not None and kilohertz > 0 else None


def nominal_hertz(files: Files, cpu: int) -> float | None:
    """Return the base frequency that the driver states for a CPU (`base_frequency`, else AMD's `bios_limit`)."""
    return _kilohertz(files, cpu, "base_frequency") or _kilohertz(files, cpu, "bios_limit")
