"""The machine code of a C kernel, as objdump prints it; tests that read it are skipped where there is none."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from importlib import import_module

import pytest

ON_X86 = platform.machine().lower() in ("x86_64", "amd64")
needs_x86 = pytest.mark.skipif(not ON_X86, reason="reads x86-64 machine code")


def instructions(function: str, variant: str) -> list[str]:
    """Return the instructions of one function of a built variant, or skip the test."""
    if shutil.which("objdump") is None:
        pytest.skip("no objdump here")
    try:
        path = import_module(f"hwbench.native._{variant}").__file__
    except ImportError as error:
        pytest.skip(f"{variant} is not built: {error}")
    command = ["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s+[0-9a-f]+:\s+(.+?)\s*$", told, re.MULTILINE)
    if not found:
        pytest.skip("objdump shows no such function (symbols stripped)")
    return found


def count(pattern: str, function: str, variant: str) -> int:
    """Return how many instructions of a function match a regular expression."""
    return sum(bool(re.search(pattern, line)) for line in instructions(function, variant))
