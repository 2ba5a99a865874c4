"""/proc/cpuinfo: who made the processor, what it is called, what it can do; x86, ARM and RISC-V write it differently.

Linux leaves a vector extension out of `flags` where the OS does not save its registers (it asks XGETBV), so a flag
that is there can be used. BogoMIPS is no speed, but is derived from a counter of known rate: on x86 with
`constant_tsc` from the time-stamp counter, on AArch64 from the virtual counter; half of it, in MHz, is that counter's
frequency. Source: proc_cpuinfo(5); Linux arch/x86/kernel/cpu/proc.c, arch/x86/kernel/tsc.c (lpj_fine),
arch/arm64/kernel/cpuinfo.c.
"""

from __future__ import annotations

import re
from typing import Final

from hwbench.host import names
from hwbench.host.text import MAXIMUM_CPUS, parse_float, parse_number, parse_pairs
from hwbench.records import CoreFacts, CpuFacts

_ARM_ARCHITECTURES: Final = frozenset({"aarch64", "arm64", "armv8l", "armv7l", "armv6l"})
MEGAHERTZ: Final = 1e6
GIGAHERTZ: Final = 1e9


def parse_processors(text: str) -> list[dict[str, str]]:
    """Return one dictionary of lower-case names for each processor of /proc/cpuinfo; empty for nonsense."""
    blocks = (parse_pairs(block) for block in re.split(r"\n\s*\n", text.strip()))
    pairs = [{name.lower(): value for name, value in block.items()} for block in blocks]
    return [block for block in pairs if parse_number(block.get("processor", "")) is not None]


def read_cpu(text: str, architecture: str, sve_bytes: int | None = None, sys_vendor: str = "") -> CpuFacts:
    """Return what /proc/cpuinfo says of the processor.

    `sve_bytes` is the length of a scalable vector where the kernel tells it; `sys_vendor` names the maker of the
    whole machine.
    """
    processors = parse_processors(text)
    if not processors:
        return CpuFacts(architecture=architecture)
    if "cpu implementer" in processors[0]:
        return _read_arm(processors, architecture, sve_bytes, sys_vendor)
    if "vendor_id" in processors[0]:
        return _read_x86(processors[0], architecture)
    first = processors[0]
    model = next((first[name] for name in ("model name", "uarch", "cpu model", "cpu") if first.get(name)), "")
    return CpuFacts(architecture=architecture, model=model)


def _read_x86(first: dict[str, str], architecture: str) -> CpuFacts:
    vendor = first.get("vendor_id", "")
    family, model, stepping = (parse_number(first.get(name, "")) for name in ("cpu family", "model", "stepping"))
    features = tuple(sorted(set(first.get("flags", "").split())))
    name = " ".join(first.get("model name", "").split())
    return CpuFacts(
        architecture=architecture,
        vendor=vendor,
        model=name,
        microarchitecture=names.x86_name(vendor, family, model, stepping),
        family=family,
        model_number=model,
        stepping=stepping,
        features=features,
        vector_bits=x86_vector_bits(features),
        nominal_hertz=hertz_in_name(name),
        tsc_hertz=_counter_hertz(first) if "constant_tsc" in features else None,
    )


def _read_arm(processors: list[dict[str, str]], architecture: str, sve_bytes: int | None, sys_vendor: str) -> CpuFacts:
    first = processors[0]
    implementer = parse_number(first.get("cpu implementer", ""))
    parts = [arm_part(processor) for processor in processors]
    cores = " + ".join(dict.fromkeys(part for part in parts if part))
    graviton = names.GRAVITONS.get(cores, "") if sys_vendor.startswith("Amazon") else ""
    features = tuple(sorted(set(first.get("features", "").split())))
    return CpuFacts(
        architecture=architecture,
        vendor=names.ARM_IMPLEMENTERS.get(implementer or 0, ""),
        model=first.get("model name", "") or graviton or cores,
        microarchitecture=cores,
        family=parse_number(first.get("cpu architecture", "")),
        model_number=parse_number(first.get("cpu part", "")),
        stepping=parse_number(first.get("cpu revision", "")),
        features=features,
        vector_bits=arm_vector_bits(features, sve_bytes),
        tsc_hertz=_counter_hertz(first) if architecture in ("aarch64", "arm64") else None,
    )


def arm_part(processor: dict[str, str]) -> str:
    """Return the name of one processor's core, or the empty name."""
    return names.arm_name(
        parse_number(processor.get("cpu implementer", "")), parse_number(processor.get("cpu part", ""))
    )


def x86_vector_bits(features: tuple[str, ...]) -> tuple[int, ...]:
    """Return the widths of the SIMD registers that these flags of /proc/cpuinfo promise."""
    return tuple(bits for flag, bits in (("sse2", 128), ("avx", 256), ("avx512f", 512)) if flag in features)


def arm_vector_bits(features: tuple[str, ...], sve_bytes: int | None) -> tuple[int, ...]:
    """Return the widths of the SIMD registers: 128 for NEON, and the scalable length where it is known."""
    widths = {128} if "asimd" in features or "neon" in features else set()
    if "sve" in features and sve_bytes:
        widths.add(sve_bytes * 8)
    return tuple(sorted(widths))


def hertz_in_name(model: str) -> float | None:
    """Return the frequency that a model name ends with (… @ 2.60GHz), or None."""
    match = re.search(r"@\s*([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*([GM])Hz", model, re.ASCII)
    return float(match[1]) * (GIGAHERTZ if match[2] == "G" else MEGAHERTZ) if match else None


def _counter_hertz(processor: dict[str, str]) -> float | None:
    bogomips = parse_float(processor.get("bogomips", ""))
    return float(round(bogomips / 2 * MEGAHERTZ)) if bogomips else None


def read_cores(text: str) -> tuple[CoreFacts, ...]:
    """Return the logical CPUs of /proc/cpuinfo; where it says nothing of cores (ARM), each is its own core."""
    places: dict[int, tuple[int, int]] = {}
    for processor in parse_processors(text):
        cpu = parse_number(processor["processor"])
        if cpu is not None and 0 <= cpu < MAXIMUM_CPUS:
            core, socket = (parse_number(processor.get(name, "")) for name in ("core id", "physical id"))
            places[cpu] = (cpu if core is None else core, socket or 0)
    return tuple(
        CoreFacts(
            cpu=cpu,
            core=core,
            socket=socket,
            siblings=tuple(other for other in places if other != cpu and places[other] == (core, socket)),
        )
        for cpu, (core, socket) in sorted(places.items())
    )
