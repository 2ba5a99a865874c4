"""Names of microarchitectures, by vendor and number; what is not here is the empty name, never a guess.

Sources: Linux arch/x86/include/asm/intel-family.h and AMD's revision guides (x86); Linux
arch/arm64/include/asm/cputype.h and lscpu's table (ARM). The designer's name of the core is given, since that decides
how it behaves.
"""

from __future__ import annotations

from typing import Final

_INTEL_6: Final = {
    "Penryn": (0x17, 0x1D),
    "Nehalem": (0x1A, 0x1E, 0x1F, 0x2E),
    "Westmere": (0x25, 0x2C, 0x2F),
    "Sandy Bridge": (0x2A, 0x2D),
    "Ivy Bridge": (0x3A, 0x3E),
    "Haswell": (0x3C, 0x3F, 0x45, 0x46),
    "Broadwell": (0x3D, 0x47, 0x4F, 0x56),
    "Skylake": (0x4E, 0x5E),
    "Kaby Lake": (0x8E, 0x9E),
    "Comet Lake": (0xA5, 0xA6),
    "Cannon Lake": (0x66,),
    "Ice Lake": (0x7D, 0x7E),
    "Ice Lake-SP": (0x6A, 0x6C),
    "Tiger Lake": (0x8C, 0x8D),
    "Rocket Lake": (0xA7,),
    "Lakefield": (0x8A,),
    "Alder Lake": (0x97, 0x9A),
    "Raptor Lake": (0xB7, 0xBA, 0xBF),
    "Meteor Lake": (0xAA, 0xAC),
    "Arrow Lake": (0xB5, 0xC5, 0xC6),
    "Lunar Lake": (0xBD,),
    "Panther Lake": (0xCC,),
    "Sapphire Rapids": (0x8F,),
    "Emerald Rapids": (0xCF,),
    "Granite Rapids": (0xAD, 0xAE),
    "Sierra Forest": (0xAF,),
    "Clearwater Forest": (0xDD,),
    "Gracemont": (0xBE,),
    "Tremont": (0x86, 0x96, 0x9C),
    "Goldmont": (0x5C, 0x5F),
    "Goldmont Plus": (0x7A,),
    "Silvermont": (0x37, 0x4A, 0x4D, 0x5A, 0x5D),
    "Airmont": (0x4C,),
    "Knights Landing": (0x57,),
    "Knights Mill": (0x85,),
}
_INTEL_BY_MODEL: Final = {model: name for name, models in _INTEL_6.items() for model in models}

# (family, first model, last model) of AMD's cores; a family holds two generations, told apart by the model.
_AMD: Final = (
    (0x15, 0x00, 0x01, "Bulldozer"),
    (0x15, 0x02, 0x2F, "Piledriver"),
    (0x15, 0x30, 0x5F, "Steamroller"),
    (0x15, 0x60, 0x7F, "Excavator"),
    (0x17, 0x00, 0x07, "Zen"),
    (0x17, 0x08, 0x0F, "Zen+"),
    (0x17, 0x10, 0x17, "Zen"),
    (0x17, 0x18, 0x1F, "Zen+"),
    (0x17, 0x20, 0x2F, "Zen"),
    (0x17, 0x30, 0xAF, "Zen 2"),
    (0x19, 0x00, 0x0F, "Zen 3"),
    (0x19, 0x10, 0x1F, "Zen 4"),
    (0x19, 0x20, 0x5F, "Zen 3"),
    (0x19, 0x60, 0xAF, "Zen 4"),
    (0x1A, 0x00, 0x2F, "Zen 5"),
    (0x1A, 0x40, 0x4F, "Zen 5"),
    (0x1A, 0x50, 0x5F, "Zen 6"),
    (0x1A, 0x60, 0x7F, "Zen 5"),
    (0x1A, 0x80, 0xAF, "Zen 6"),
    (0x1A, 0xC0, 0xCF, "Zen 6"),
)

ARM_IMPLEMENTERS: Final = {
    0x41: "ARM", 0x42: "Broadcom", 0x43: "Cavium", 0x46: "Fujitsu", 0x48: "HiSilicon", 0x4E: "NVIDIA", 0x50: "APM",
    0x51: "Qualcomm", 0x53: "Samsung", 0x61: "Apple", 0x6D: "Microsoft", 0x70: "Phytium", 0xC0: "Ampere",
}  # fmt: skip
_ARM_PARTS: Final = {
    (0x41, 0xD03): "Cortex-A53", (0x41, 0xD04): "Cortex-A35", (0x41, 0xD05): "Cortex-A55",
    (0x41, 0xD07): "Cortex-A57", (0x41, 0xD08): "Cortex-A72", (0x41, 0xD09): "Cortex-A73",
    (0x41, 0xD0A): "Cortex-A75", (0x41, 0xD0B): "Cortex-A76", (0x41, 0xD0C): "Neoverse N1",
    (0x41, 0xD0D): "Cortex-A77", (0x41, 0xD40): "Neoverse V1", (0x41, 0xD41): "Cortex-A78",
    (0x41, 0xD44): "Cortex-X1", (0x41, 0xD46): "Cortex-A510", (0x41, 0xD47): "Cortex-A710",
    (0x41, 0xD48): "Cortex-X2", (0x41, 0xD49): "Neoverse N2", (0x41, 0xD4A): "Neoverse E1",
    (0x41, 0xD4B): "Cortex-A78C", (0x41, 0xD4C): "Cortex-X1C", (0x41, 0xD4D): "Cortex-A715",
    (0x41, 0xD4E): "Cortex-X3", (0x41, 0xD4F): "Neoverse V2", (0x41, 0xD80): "Cortex-A520",
    (0x41, 0xD81): "Cortex-A720", (0x41, 0xD82): "Cortex-X4", (0x41, 0xD83): "Neoverse V3AE",
    (0x41, 0xD84): "Neoverse V3", (0x41, 0xD85): "Cortex-X925", (0x41, 0xD87): "Cortex-A725",
    (0x41, 0xD8E): "Neoverse N3", (0x43, 0x0A1): "ThunderX", (0x43, 0x0AF): "ThunderX2",
    (0x43, 0x0B8): "ThunderX3", (0x42, 0x516): "ThunderX2", (0x46, 0x001): "A64FX",
    (0x48, 0xD01): "TaiShan v110", (0x48, 0xD02): "TaiShan v120", (0x4E, 0x004): "Carmel",
    (0x50, 0x000): "X-Gene", (0x51, 0x001): "Oryon", (0x51, 0x800): "Kryo 2xx Gold",
    (0x51, 0x802): "Kryo 3xx Gold", (0x51, 0x803): "Kryo 3xx Silver", (0x51, 0x804): "Kryo 4xx Gold",
    (0x51, 0x805): "Kryo 4xx Silver", (0x51, 0xC00): "Falkor", (0x61, 0x022): "Icestorm",
    (0x61, 0x023): "Firestorm", (0x61, 0x024): "Icestorm", (0x61, 0x025): "Firestorm",
    (0x61, 0x028): "Icestorm", (0x61, 0x029): "Firestorm", (0x61, 0x032): "Blizzard",
    (0x61, 0x033): "Avalanche", (0x61, 0x034): "Blizzard", (0x61, 0x035): "Avalanche",
    (0x61, 0x038): "Blizzard", (0x61, 0x039): "Avalanche", (0x6D, 0xD49): "Neoverse N2",
    (0x70, 0x662): "FTC662", (0x70, 0x663): "FTC663", (0x70, 0x862): "FTC862",
    (0xC0, 0xAC3): "Ampere-1", (0xC0, 0xAC4): "Ampere-1A", (0xC0, 0xAC5): "Ampere-1B",
}  # fmt: skip

# What a cloud calls the processor it built from a known core.
GRAVITONS: Final = {
    "Cortex-A72": "Graviton",
    "Neoverse N1": "Graviton2",
    "Neoverse V1": "Graviton3",
    "Neoverse V2": "Graviton4",
}
_APPLE: Final = {
    "M1": "Firestorm + Icestorm",
    "M2": "Avalanche + Blizzard",
}


def x86_name(vendor: str, family: int | None, model: int | None, stepping: int | None = None) -> str:
    """Return the microarchitecture of an x86 processor, or the empty name."""
    if family is None or model is None:
        return ""
    if vendor == "GenuineIntel" and family == 6:
        return _skylake_server(stepping) if model == 0x55 else _INTEL_BY_MODEL.get(model, "")
    if vendor == "GenuineIntel" and family == 19 and model == 0x01:
        return "Diamond Rapids"
    if vendor == "AuthenticAMD":
        return next((name for known, first, last, name in _AMD if known == family and first <= model <= last), "")
    if vendor == "HygonGenuine" and family == 0x18:
        return "Dhyana"
    return ""


def _skylake_server(stepping: int | None) -> str:
    """Tell the three generations that share model 0x55 apart by their stepping."""
    if stepping is None:
        return "Skylake-SP"
    return "Skylake-SP" if stepping <= 4 else "Cascade Lake" if stepping <= 9 else "Cooper Lake"


def arm_name(implementer: int | None, part: int | None) -> str:
    """Return the name of an ARM core, or the empty name."""
    return "" if implementer is None or part is None else _ARM_PARTS.get((implementer, part), "")


def apple_name(model: str) -> str:
    """Return the cores of an Apple chip by its brand string (Apple M1 Pro), or the empty name."""
    words = model.split()
    return _APPLE.get(words[1], "") if len(words) > 1 and words[0] == "Apple" else ""
