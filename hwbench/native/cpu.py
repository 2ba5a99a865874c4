"""CPUID as a plain callable, in the shape that `hwbench.host.read_host` asks for."""

from __future__ import annotations

from hwbench.native import load
from hwbench.records import Unavailable


def cpuid(leaf: int, subleaf: int) -> tuple[int, int, int, int] | None:
    """Return eax, ebx, ecx, edx of a CPUID leaf; None where there is no such leaf, instruction or native build."""
    variant = load("scalar")
    if isinstance(variant, Unavailable):
        return None
    out = variant.ffi.new("int64_t[4]")
    if not variant.lib.cpu_cpuid(leaf, subleaf, out):
        return None
    a, b, c, d = (int(register) for register in out)
    return a, b, c, d
