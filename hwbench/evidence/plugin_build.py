"""Builds the counting plugin, for the host it runs on, from the sources that come with the package.

Its flow model is a loop over vectors and is twice as quick with the host's own; hence `-march=native` and a cache folder
that keeps builds by host.
"""

from __future__ import annotations

import functools
import platform
from importlib import resources
from pathlib import Path
from typing import Final

from hwbench.evidence.building import build
from hwbench.records import Unavailable

PARTS: Final = (
    "block",
    "caches",
    "flow",
    "flow_prices",
    "fresh",
    "options",
    "outcomes",
    "plugin",
    "predictor",
    "report",
    "simulate",
    "totals",
    "trace_log",
    "transfers",
)
HEADERS_ALONE: Final = ("aligned", "lanes", "qemu_api")
EMULATORS: Final = {"x86_64": "qemu-x86_64", "amd64": "qemu-x86_64", "aarch64": "qemu-aarch64", "arm64": "qemu-aarch64"}
TUNED: Final = {"qemu-x86_64": "-march=native", "qemu-aarch64": "-mcpu=native"}


def emulator_name() -> str | Unavailable:
    """Return the name of the emulator that runs this machine's own programs."""
    machine = platform.machine().lower()
    return EMULATORS.get(machine) or Unavailable(reason=f"the plugin decodes x86-64 and AArch64, not {machine}")


def sources() -> list[Path]:
    """Return the plugin's C files and headers."""
    folder = Path(str(resources.files("hwbench.counting")))
    decoders = sorted(folder.glob("decode*.[ch]"))
    named = [folder / f"{name}.c" for name in PARTS]
    headers = [path for name in (*PARTS, *HEADERS_ALONE) if (path := folder / f"{name}.h").is_file()]
    return [*named, *headers, *decoders]


@functools.cache
def plugin() -> Path | Unavailable:
    """Return the plugin, built now or earlier; or why it could not be built."""
    name = emulator_name()
    if isinstance(name, Unavailable):
        return name
    flags = ["-O3", TUNED[name], "-D_GNU_SOURCE", "-fvisibility=hidden"]
    return build("counting", sources(), flags, libraries=["-lpthread", "-lm"])
