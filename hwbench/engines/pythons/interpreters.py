"""Which Python a word names: found on PATH or by its path, and asked what it is and how it was built.

A name on PATH may be a shim that starts another program: what the interpreter says of itself is believed, not what was found.
Fooled by: options of a build that no variable of sysconfig keeps (a compiler's own profile, a distribution's patches).
Source: Python's documentation, "sysconfig"; PEP 703 for Py_GIL_DISABLED, PEP 744 for the JIT.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from hwbench.errors import UsageError
from hwbench.records.pythons import Interpreter

OLDEST: Final = (3, 10)  # of which both pyperf and the marks of regions know the language
PATIENCE: Final = 60.0  # seconds to start
ASK: Final = """
import json, platform, sys, sysconfig
names = ("CONFIG_ARGS", "PY_CORE_CFLAGS", "PY_CORE_LDFLAGS", "Py_GIL_DISABLED", "Py_DEBUG", "Py_ENABLE_SHARED")
jit = getattr(sys, "_jit", None)
print(json.dumps({
    "path": sys.executable,
    "version": platform.python_version(),
    "number": list(sys.version_info[:2]),
    "implementation": platform.python_implementation(),
    "variables": {name: sysconfig.get_config_var(name) for name in names},
    "jit": bool(jit and jit.is_enabled()),
}))
"""


def interpreters(words: Sequence[str]) -> tuple[Interpreter, ...]:
    """Return the interpreters that words name, each with a name of its own; UsageError where one is none, or is named twice."""
    asked = [ask(word) for word in words]
    real = Counter(
        str(Path(one.path).resolve()) for one in asked
    )  # an environment's is a link to the one it was made with
    twice = next((path for path, count in real.items() if count > 1), None)
    if twice is not None:
        raise UsageError(f"the same interpreter is named twice: {twice}; pyperformance makes its own environments")
    return distinct(asked)


def ask(word: str) -> Interpreter:
    """Return what a Python says of itself; UsageError, one line, where it is not there, does not run or is too old."""
    program = find(word)
    try:
        done = subprocess.run(
            [program, "-I", "-c", ASK],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or f"it did not answer within {PATIENCE:.0f} s"
        raise UsageError(f"--python {word}: {program} does not run ({reason})") from error
    try:
        told = json.loads(done.stdout.splitlines()[-1])
        number = tuple(told["number"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--python {word}: {program} does not run as a Python ({_said(done)})") from error
    if number < OLDEST:
        least = ".".join(map(str, OLDEST))
        raise UsageError(f"--python {word} is Python {told['version']}: this works from Python {least} on")
    return interpreter_of(told)


def find(word: str) -> str:
    """Return the program of a word: a path as it is, a name as PATH finds it; UsageError where there is none."""
    if os.sep not in word:
        found = shutil.which(word)
        if found is None:
            raise UsageError(f"--python {word}: no program of that name is on PATH; give its path, as /usr/bin/python3")
        return found
    path = Path(word).expanduser().absolute()
    if not path.is_file():
        raise UsageError(f"--python {word}: there is no such file")
    if not os.access(path, os.X_OK):
        raise UsageError(f"--python {word}: that file may not be run")
    return str(path)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """Return the first line that a failed program wrote, or how it ended."""
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return lines[0][:200] if lines else f"it ended with status {done.returncode}"


def interpreter_of(told: Mapping[str, Any]) -> Interpreter:
    """Return the record of what an interpreter told; its name is pythonX.Y, or its implementation's with that number."""
    implementation = str(told["implementation"])
    stem = "python" if implementation == "CPython" else implementation.lower()
    return Interpreter(
        name=stem + ".".join(map(str, told["number"])),
        path=str(told["path"]),
        version=str(told["version"]),
        implementation=implementation,
        build=build_of(told["variables"], jit=bool(told["jit"])),
    )


def build_of(variables: Mapping[str, Any], *, jit: bool = False) -> tuple[str, ...]:
    """Return the options of a build that bear on its speed, in a few words each."""
    options = str(variables.get("CONFIG_ARGS") or "")
    flags = f"{variables.get('PY_CORE_CFLAGS') or ''} {variables.get('PY_CORE_LDFLAGS') or ''}"
    holds = {
        "PGO": "--enable-optimizations" in options,
        "LTO": "--with-lto" in options or "-flto" in flags,
        "JIT": jit
        or ("--enable-experimental-jit" in options and "jit=no" not in options and "jit=yes-off" not in options),
        "tail calls": "--with-tail-call-interp" in options,
        "no GIL": bool(variables.get("Py_GIL_DISABLED")),
        "debug": bool(variables.get("Py_DEBUG")),
        "shared library": bool(variables.get("Py_ENABLE_SHARED")),
    }
    return tuple(word for word, is_so in holds.items() if is_so)


def distinct(asked: Sequence[Interpreter]) -> tuple[Interpreter, ...]:
    """Return the interpreters with names that tell them apart: by number, by whole version, by build, by place in the row."""
    ways = (
        lambda one, _: one.name,
        lambda one, _: f"{one.name.rstrip('0123456789.')}{one.version}",
        lambda one, _: "+".join([one.name, *(word.replace(" ", "-") for word in one.build)]),
        lambda one, place: f"{one.name}-{place}",
    )
    for way in ways:
        names = [way(one, place) for place, one in enumerate(asked, 1)]
        if len(set(names)) == len(names):
            break
    return tuple(msgspec.structs.replace(one, name=name) for one, name in zip(asked, names, strict=True))
