"""What the CPUID instruction says: caches, translation buffers, frequencies, and the hypervisor.

The instruction itself is handed in as a callable, so that recorded answers can be decoded in tests and this room
needs no native code. Fooled by: hypervisors, which pass, mask or make up leaves (sharing counts above all); on hybrid
processors the answer is that of the core one runs on. AMD's second-level TLB sizes are in units of 32 from family 1Ah
on: the bit that says so (8000_0021 EAX[14]) is masked by some hypervisors while the sizes are not, so the family
decides too. Sources: Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E; Linux
Documentation/virt/kvm/x86/cpuid.rst.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from hwbench.host import names
from hwbench.host.cpuinfo import MEGAHERTZ, hertz_in_name
from hwbench.host.leaf2 import LEAF2_TLBS
from hwbench.records import CacheClaim, CpuFacts, TlbClaim

Registers = tuple[int, int, int, int]
ReadCpuid = Callable[[int, int], Registers | None]

KIB: Final = 1024
BASE_PAGE: Final = 4 * KIB
HUGE_PAGE: Final = 2048 * KIB
MAXIMUM_SUBLEAVES: Final = 16
_CACHE_KINDS: Final[dict[int, Literal["data", "instruction", "unified"]]] = {1: "data", 2: "instruction", 3: "unified"}
_DATA_TLB_TYPES: Final = frozenset(
    {1, 3, 4}
)  # data, unified, load-only; the store-only buffer (5) holds copies for stores
_AMD_WAYS: Final = {1: 1, 2: 2, 3: 3, 15: 0}  # the other codes name ranges (6: 8 to 15 ways), so no figure is claimed
_X32: Final = 32
_HYPERVISORS: Final = {
    "KVMKVMKVM": "KVM", "Linux KVM Hv": "KVM", "Microsoft Hv": "Hyper-V", "VMwareVMware": "VMware",
    "XenVMMXenVMM": "Xen", "TCGTCGTCGTCG": "QEMU (emulated)", "bhyve bhyve": "bhyve", "VBoxVBoxVBox": "VirtualBox",
    "prl hyperv": "Parallels", "lrpepyh vr": "Parallels", "ACRNACRNACRN": "ACRN", "QNXQVMBSQG": "QNX",
    "VirtualApple": "Rosetta",
}  # fmt: skip


@dataclass(frozen=True)
class CpuidFacts:
    """Everything that CPUID told; empty where it did not."""

    cpu: CpuFacts = field(default_factory=lambda: CpuFacts(architecture=""))
    caches: tuple[CacheClaim, ...] = ()
    tlbs: tuple[TlbClaim, ...] = ()
    hypervisor: str = ""


class Cpuid:
    """CPUID with its range checked and its failures silent: a leaf that is not there is four zeros."""

    def __init__(self, read: ReadCpuid) -> None:
        """Ask for the ranges of leaves that there are."""
        self._read = read
        self.highest = self._ask(0)[0]
        self.highest_extended = self._ask(0x80000000)[0]
        self.is_virtual = bool(self._ask(1)[2] >> 31 & 1) if self.highest >= 1 else False

    def _ask(self, leaf: int, subleaf: int = 0) -> Registers:
        try:
            a, b, c, d = (int(register) & 0xFFFFFFFF for register in self._read(leaf, subleaf) or ())
        except Exception:  # whatever the instruction's wrapper does, a fact is missing, no more
            return (0, 0, 0, 0)
        return (a, b, c, d)

    def leaf(self, leaf: int, subleaf: int = 0) -> Registers:
        """Return eax, ebx, ecx, edx of a leaf; zeros where the processor has no such leaf."""
        if leaf >= 0x80000000:
            return self._ask(leaf, subleaf) if leaf <= self.highest_extended else (0, 0, 0, 0)
        if leaf >= 0x40000000:
            known = self.is_virtual and (leaf == 0x40000000 or leaf <= self._ask(0x40000000)[0])
            return self._ask(leaf, subleaf) if known else (0, 0, 0, 0)
        return self._ask(leaf, subleaf) if leaf <= self.highest else (0, 0, 0, 0)


def read_cpuid(read: ReadCpuid | None, architecture: str = "x86_64") -> CpuidFacts:
    """Return what CPUID says; nothing where there is no such instruction."""
    if read is None:
        return CpuidFacts()
    cpuid = Cpuid(read)
    if not cpuid.highest:
        return CpuidFacts()
    cpu = _identity(cpuid, architecture)
    is_amd = cpu.vendor in ("AuthenticAMD", "HygonGenuine")
    tlbs = _amd_tlbs(cpuid, cpu.family or 0) if is_amd else _intel_tlbs(cpuid)
    caches = _deterministic_caches(cpuid, 0x8000001D if is_amd else 4) or (_amd_caches(cpuid) if is_amd else ())
    return CpuidFacts(cpu, caches, tlbs, _hypervisor(cpuid))


def _letters(registers: tuple[int, ...]) -> str:
    text = struct.pack(f"<{len(registers)}I", *registers).decode("ascii", "ignore")
    return " ".join(text.replace("\0", " ").split())


def _identity(cpuid: Cpuid, architecture: str) -> CpuFacts:
    _, b, c, d = cpuid.leaf(0)
    vendor = _letters((b, d, c))
    signature = cpuid.leaf(1)[0]
    family, model, stepping = signature >> 8 & 0xF, signature >> 4 & 0xF, signature & 0xF
    if family in (6, 15):
        model += (signature >> 16 & 0xF) << 4
    if family == 15:
        family += signature >> 20 & 0xFF
    name = _letters(tuple(register for leaf in range(0x80000002, 0x80000005) for register in cpuid.leaf(leaf)))
    base, maximum = (float(cpuid.leaf(0x16)[index] & 0xFFFF) * MEGAHERTZ or None for index in (0, 1))
    return CpuFacts(
        architecture=architecture,
        vendor=vendor,
        model=name,
        microarchitecture=names.x86_name(vendor, family, model, stepping),
        family=family,
        model_number=model,
        stepping=stepping,
        nominal_hertz=base or hertz_in_name(name),
        maximum_hertz=maximum,
        tsc_hertz=_tsc_hertz(cpuid),
    )


def _tsc_hertz(cpuid: Cpuid) -> float | None:
    """Return the time-stamp counter's frequency: crystal times ratio, or what the hypervisor states."""
    denominator, numerator, crystal, _ = cpuid.leaf(0x15)
    if denominator and numerator and crystal:
        return crystal * numerator / denominator
    if denominator and numerator and (base := cpuid.leaf(0x16)[0] & 0xFFFF):
        return base * MEGAHERTZ  # Skylake names no crystal; its ratio gives the base frequency (SDM 18.7.3)
    return cpuid.leaf(0x40000010)[0] * 1e3 or None


def _hypervisor(cpuid: Cpuid) -> str:
    if not cpuid.is_virtual:
        return ""
    _, b, c, d = cpuid.leaf(0x40000000)
    letters = _letters((b, c, d))
    return _HYPERVISORS.get(letters, letters) or "unnamed"


def _deterministic_caches(cpuid: Cpuid, leaf: int) -> tuple[CacheClaim, ...]:
    """Decode Intel's leaf 4 or AMD's 8000_001D: one cache a subleaf until the type is 0."""
    claims = []
    for subleaf in range(MAXIMUM_SUBLEAVES):
        a, b, c, _ = cpuid.leaf(leaf, subleaf)
        kind = _CACHE_KINDS.get(a & 0x1F)
        if kind is None:
            break
        line, partitions, ways = (b & 0xFFF) + 1, (b >> 12 & 0x3FF) + 1, (b >> 22) + 1
        claims.append(
            CacheClaim(
                level=a >> 5 & 7,
                kind=kind,
                bytes=line * partitions * ways * (c + 1),
                line_size=line,
                associativity=0 if a >> 9 & 1 else ways,
                source=f"cpuid {leaf:#x}",
            )
        )
    return tuple(claims)


def _amd_caches(cpuid: Cpuid) -> tuple[CacheClaim, ...]:
    """Decode the older AMD leaves 8000_0005 (first level) and 8000_0006 (second and third)."""
    _, _, data, instruction = cpuid.leaf(0x80000005)
    _, _, second, third = cpuid.leaf(0x80000006)
    rows = (
        (1, "data", (data >> 24) * KIB, data & 0xFF, _l1_ways(data >> 16 & 0xFF), 5),
        (1, "instruction", (instruction >> 24) * KIB, instruction & 0xFF, _l1_ways(instruction >> 16 & 0xFF), 5),
        (2, "unified", (second >> 16) * KIB, second & 0xFF, _AMD_WAYS.get(second >> 12 & 0xF), 6),
        (3, "unified", (third >> 18) * 512 * KIB, third & 0xFF, _AMD_WAYS.get(third >> 12 & 0xF), 6),
    )
    return tuple(
        CacheClaim(
            level=level,
            kind="data" if kind == "data" else "instruction" if kind == "instruction" else "unified",
            bytes=size,
            line_size=line or None,
            associativity=ways,
            source=f"cpuid {0x80000000 + leaf:#x}",
        )
        for level, kind, size, line, ways, leaf in rows
        if size
    )


def _l1_ways(code: int) -> int | None:
    """Read the associativity of leaf 8000_0005: the number, 255 for fully associative (0 here), 0 for unknown."""
    return 0 if code == 0xFF else code or None


def _amd_tlbs(cpuid: Cpuid, family: int) -> tuple[TlbClaim, ...]:
    first, second = cpuid.leaf(0x80000005), cpuid.leaf(0x80000006)
    scale = _X32 if family >= 0x1A or cpuid.leaf(0x80000021)[0] >> 14 & 1 else 1
    note = f", in units of {scale}" if scale > 1 else ""
    claims = []
    for page, register in ((BASE_PAGE, 1), (HUGE_PAGE, 0)):
        entries, code = first[register] >> 16 & 0xFF, first[register] >> 24
        claims.append((1, page, entries, _l1_ways(code), "cpuid 0x80000005"))
        entries, code = second[register] >> 16 & 0xFFF, second[register] >> 28
        claims.append((2, page, entries * scale, _AMD_WAYS.get(code), f"cpuid 0x80000006{note}"))
    return tuple(
        TlbClaim(level=level, kind="data", page_bytes=page, entries=entries, associativity=ways, source=source)
        for level, page, entries, ways, source in sorted(claims, key=lambda claim: (claim[1], claim[0]))
        if entries
    )


def _intel_tlbs(cpuid: Cpuid) -> tuple[TlbClaim, ...]:
    return _leaf18_tlbs(cpuid) or _leaf2_tlbs(cpuid)


def _leaf18_tlbs(cpuid: Cpuid) -> tuple[TlbClaim, ...]:
    """Decode leaf 18h; structures of one level that hold the same page size add up, entries and ways alike."""
    found: dict[tuple[int, int], list[tuple[int, int, bool]]] = defaultdict(list)
    last = min(cpuid.leaf(0x18)[0], 64)
    for subleaf in range(last + 1):
        _, b, sets, d = cpuid.leaf(0x18, subleaf)
        if d & 0x1F in _DATA_TLB_TYPES:
            ways = b >> 16
            for page, bits in ((BASE_PAGE, 0b1), (HUGE_PAGE, 0b10)):
                if b & bits:
                    found[page, d >> 5 & 7].append((ways * sets, ways, bool(d >> 8 & 1)))
    return tuple(
        TlbClaim(
            level=level,
            kind="unified" if level > 1 else "data",
            page_bytes=page,
            entries=sum(entries for entries, _, _ in parts),
            associativity=0 if all(full for _, _, full in parts) else sum(ways for _, ways, _ in parts),
            source="cpuid 0x18",
        )
        for (page, level), parts in sorted(found.items())
        if sum(entries for entries, _, _ in parts)
    )


def _leaf2_tlbs(cpuid: Cpuid) -> tuple[TlbClaim, ...]:
    """Decode the one-byte descriptors of leaf 2 that name data or unified translation buffers."""
    registers = cpuid.leaf(2)
    described = [byte for register in registers if not register >> 31 for byte in struct.pack("<I", register)]
    rows = {row for byte in described[1:] for row in LEAF2_TLBS.get(byte, ())}
    return tuple(
        TlbClaim(
            level=level,
            kind="unified" if level > 1 else "data",
            page_bytes=page,
            entries=entries,
            associativity=ways,
            source="cpuid 0x2",
        )
        for page, level, entries, ways in sorted(rows)
    )
