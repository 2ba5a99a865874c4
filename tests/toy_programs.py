"""Tiny C programs of known truth, for tests of what counts: each is built once a session by this host's compiler."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from hwbench.evidence.building import find_compiler
from hwbench.records import Command, Limits, Unavailable

FOLDER = Path(__file__).with_name("toys")
LIMITS = Limits(seconds=60.0)


@functools.cache
def _built() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hwbench-toys-")


@functools.cache
def _build(name: str) -> str:
    compiler = find_compiler()
    if isinstance(compiler, Unavailable):
        pytest.skip(str(compiler))
    program = str(Path(_built().name) / name)
    words = [*compiler, "-O1", "-pthread", "-o", program, str(FOLDER / f"{name}.c")]
    subprocess.run(words, check=True, capture_output=True)
    return program


def toy(name: str, *arguments: object, **env: str) -> Command:
    """Return the command that runs a program of tests/toys."""
    return Command(argv=(_build(name), *map(str, arguments)), env=env)


def script(text: str) -> Command:
    """Return the command that runs a line of shell."""
    return Command(argv=("/bin/sh", "-c", text))


def cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
