"""What macOS says through sysctl: caches by kind of core, cores, memory, clock; there is no sysfs and no /proc.

Apple's chips list each kind of core as a performance level, 0 the fastest; the plain `hw.l1dcachesize` is that of the
slowest. CPU numbers are labels here: macOS neither names a core's kind by number nor pins to it. Source: sysctl(3)
and Apple's sys/sysctl.h; texts recorded by the archspec project.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from hwbench.host import names
from hwbench.host.cpuinfo import hertz_in_name
from hwbench.host.text import parse_number, parse_pairs
from hwbench.records import CacheClaim, CoreFacts, CpuFacts

_CACHES: Final[tuple[tuple[int, Literal["data", "instruction", "unified"], str], ...]] = (
    (1, "data", "l1dcachesize"),
    (1, "instruction", "l1icachesize"),
    (2, "unified", "l2cachesize"),
    (3, "unified", "l3cachesize"),
)
MAXIMUM_CPUS: Final = 4096
MAXIMUM_LEVELS: Final = 8


@dataclass(frozen=True)
class SysctlFacts:
    """Everything that sysctl told; empty where it did not."""

    cpu: CpuFacts = field(default_factory=lambda: CpuFacts(architecture=""))
    cores: tuple[CoreFacts, ...] = ()
    caches: tuple[CacheClaim, ...] = ()
    memory_bytes: int = 0
    page_bytes: int | None = None
    hypervisor: str = ""


def read_sysctl(text: str, architecture: str) -> SysctlFacts:
    """Return what the output of `sysctl hw machdep.cpu kern.hv_vmm_present` says; nothing for an empty text."""
    pairs = parse_pairs(text)
    if not pairs:
        return SysctlFacts()
    numbers = {
        name: number for name, value in pairs.items() if (number := parse_number(value)) is not None and number > 0
    }
    levels = [f"hw.perflevel{index}." for index in range(min(numbers.get("hw.nperflevels", 0), MAXIMUM_LEVELS))]
    return SysctlFacts(
        cpu=_cpu(pairs, numbers, architecture),
        cores=_cores(numbers, levels),
        caches=_caches(pairs, numbers, levels),
        memory_bytes=numbers.get("hw.memsize", 0),
        page_bytes=numbers.get("hw.pagesize"),
        hypervisor="Apple Virtualization" if pairs.get("kern.hv_vmm_present") == "1" else "",
    )


def _cpu(pairs: dict[str, str], numbers: dict[str, int], architecture: str) -> CpuFacts:
    model = " ".join(pairs.get("machdep.cpu.brand_string", "").split())
    vendor = pairs.get("machdep.cpu.vendor", "") or ("Apple" if model.startswith("Apple") else "")
    family, number, stepping = (numbers.get(f"machdep.cpu.{name}") for name in ("family", "model", "stepping"))
    features = _features(pairs)
    return CpuFacts(
        architecture=architecture,
        vendor=vendor,
        model=model,
        microarchitecture=names.apple_name(model) or names.x86_name(vendor, family, number, stepping),
        family=family,
        model_number=number,
        stepping=stepping,
        features=features,
        vector_bits=_vector_bits(features, architecture),
        nominal_hertz=_hertz(numbers, "hw.cpufrequency") or hertz_in_name(model),
        maximum_hertz=_hertz(numbers, "hw.cpufrequency_max"),
        tsc_hertz=_hertz(numbers, "machdep.tsc.frequency") or _hertz(numbers, "hw.tbfrequency"),
    )


def _hertz(numbers: dict[str, int], name: str) -> float | None:
    return float(numbers[name]) if name in numbers else None


def _features(pairs: dict[str, str]) -> tuple[str, ...]:
    """Return the features in small letters: Intel's lists, or the switches under hw.optional that are on."""
    listed = " ".join(pairs.get(f"machdep.cpu.{name}", "") for name in ("features", "leaf7_features", "extfeatures"))
    prefix = "hw.optional."
    switches = [name.removeprefix(prefix) for name, value in pairs.items() if name.startswith(prefix) and value == "1"]
    return tuple(sorted({name.removeprefix("arm.").lower() for name in (*listed.split(), *switches)}))


def _vector_bits(features: tuple[str, ...], architecture: str) -> tuple[int, ...]:
    if architecture in ("arm64", "aarch64"):
        return (128,)
    known = {128: {"sse2"}, 256: {"avx1.0", "avx1_0"}, 512: {"avx512f"}}
    return tuple(bits for bits, flags in known.items() if flags & set(features))


def _level_kind(index: int, count: int) -> Literal["performance", "efficiency", "uniform"]:
    return "uniform" if count < 2 else "efficiency" if index == count - 1 else "performance"


def _cores(numbers: dict[str, int], levels: list[str]) -> tuple[CoreFacts, ...]:
    """Number the logical CPUs level by level; threads of one core come one after the other."""
    counted = [(numbers.get(f"{level}physicalcpu", 0), numbers.get(f"{level}logicalcpu", 0)) for level in levels]
    plain = (numbers.get("hw.physicalcpu", 0), numbers.get("hw.logicalcpu", 0) or numbers.get("hw.ncpu", 0))
    cores: list[CoreFacts] = []
    for index, (physical, logical) in enumerate(counted or [plain]):
        threads = max(logical // physical, 1) if physical else 1
        start, first_core = len(cores), cores[-1].core + 1 if cores else 0
        for offset in range(min(logical, MAXIMUM_CPUS)):
            first = start + offset // threads * threads
            siblings = tuple(cpu for cpu in range(first, first + threads) if cpu != start + offset)
            core = first_core + offset // threads
            cores.append(
                CoreFacts(cpu=start + offset, core=core, kind=_level_kind(index, len(levels)), siblings=siblings)
            )
    return tuple(cores)


def _caches(pairs: dict[str, str], numbers: dict[str, int], levels: list[str]) -> tuple[CacheClaim, ...]:
    claims: list[CacheClaim] = []
    for cache, kind, name in _CACHES:
        found = [level for level in levels if f"{level}{name}" in numbers]
        claims.extend(
            CacheClaim(
                level=cache,
                kind=kind,
                bytes=numbers[f"{prefix}{name}"],
                line_size=numbers.get("hw.cachelinesize"),
                associativity=_ways(numbers, cache) if prefix == "hw." else None,
                instances=_instances(pairs, numbers, prefix, cache),
                source=f"sysctl {prefix}{name}",
            )
            for prefix in found or (["hw."] if f"hw.{name}" in numbers else [])
        )
    return tuple(claims)


def _ways(numbers: dict[str, int], level: int) -> int | None:
    return numbers.get("machdep.cpu.cache.L2_associativity") if level == 2 else None


def _instances(pairs: dict[str, str], numbers: dict[str, int], prefix: str, level: int) -> int | None:
    """Return how many caches of this kind there are: cores, or cores by those that share one."""
    cores, logical = (numbers.get(f"{prefix}{name}") for name in ("physicalcpu", "logicalcpu"))
    if prefix != "hw.":
        shared = 1 if level == 1 else numbers.get(f"{prefix}cpusperl{level}")
        return -(-cores // shared) if cores and shared else None
    shares = [parse_number(word) or 0 for word in pairs.get("hw.cacheconfig", "").split()]
    if logical and level < len(shares) and shares[level] > 0:
        return -(-logical // shares[level])
    return None
