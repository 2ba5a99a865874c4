"""Python functions as commands: each is called in a process of its own, of which only the marked region counts.

A function is named package.module:function (found from the working folder on) or script.py:function. A function object is
turned into such a name; one that has none (a lambda, a notebook's) is pickled by cloudpickle, where that is installed.
Hashes of strings are the same in every process, so that the same sets and tables are built each time.
Fooled by: functions that keep their results between calls (see `hwbench.experiment.call`).
"""

from __future__ import annotations

import hashlib
import importlib
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hwbench.errors import CouldNotMeasure, UsageError
from hwbench.experiment.call import CALLED_VARIABLE, RUN_NAME
from hwbench.records import Command

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM: Final = ("-P", "-m", "hwbench.experiment.call")  # -P: what lies in the working folder must not shadow ours
SHORTEST_REGION: Final = 0.02  # seconds: of a shorter one the kernel's account of CPU time is too coarse
MOST_LOOPS: Final = 10_000_000
SECONDS_TO_IMPORT: Final = 120.0


def is_callable_spec(text: str) -> bool:
    """Whether a text names a function (package.module:function, script.py:function) rather than a command line."""
    place, colon, name = text.rpartition(":")
    if not colon or not all(part.isidentifier() for part in name.split(".")):
        return False
    return place.endswith(".py") or all(part.isidentifier() for part in place.split("."))


def callable_command(
    spec: str, n: float | None = None, *, loops: int = 1, cold: bool = False, folders: tuple[str, ...] | None = None
) -> Command:
    """Return the command that calls a function with n (without, if None) `loops` times in its region.

    `cold` leaves out the call beforehand; `folders` come first where modules are looked for (default: see
    `search_folders`). The region's times and counts are those of all loops together.
    """
    words = [sys.executable, *PROGRAM, spec, "--loops", str(max(1, loops))]
    words += ["--folders", os.pathsep.join(search_folders() if folders is None else folders)]
    words += [] if n is None else ["--n", spell_size(n)]
    words += ["--cold"] if cold else []
    return Command(argv=tuple(words), env={"PYTHONHASHSEED": "0"}, region=True)


def spell_size(n: float) -> str:
    """Return a size as it stands on a command line: whole numbers without point or exponent."""
    if not math.isfinite(n):
        raise UsageError(f"{n} is no size")
    return str(int(n)) if float(n).is_integer() else repr(float(n))


def loops_for(seconds: float) -> int:
    """Return how often a call of so many seconds must be repeated for its region to last long enough."""
    return max(1, min(MOST_LOOPS, math.ceil(SHORTEST_REGION / max(seconds, 1e-9))))


def search_folders() -> tuple[str, ...]:
    """Return the working folder and what else this process looks for modules in, beside what Python itself brings."""
    own = tuple(str(Path(prefix).resolve()) + os.sep for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix})
    folders = [str(Path.cwd())]
    for entry in sys.path:
        folder = str(Path(entry or ".").resolve())
        if folder not in folders and not (folder + os.sep).startswith(own) and Path(folder).is_dir():
            folders.append(folder)
    return tuple(folders)


def takes_size(spec: str, folders: tuple[str, ...] | None = None) -> bool | None:
    """Whether a function must be called with a size (None: may be); UsageError, in one line, where it cannot be called.

    Imports the function in a process of its own, which takes as long as its imports do.
    """
    words = [*callable_command(spec, folders=folders).argv, "--ask"]
    try:
        asked = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=SECONDS_TO_IMPORT, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise CouldNotMeasure(f"{spec}: importing it took more than {SECONDS_TO_IMPORT:.0f} s") from None
    answers: dict[str, bool | None] = {"size": True, "nothing": False, "either": None}
    said = asked.stdout.splitlines()[-1:]
    if asked.returncode != 0 or not said or said[0] not in answers:
        lines = [line for line in asked.stderr.splitlines() if line.strip()]
        raise UsageError(lines[-1] if lines else f"{spec}: importing it ended with status {asked.returncode}")
    return answers[said[0]]


def spec_of(function: Callable[..., Any], folder: Path | None = None) -> str:
    """Return the name by which another process finds a function; UsageError, in one line, where there is none.

    A function without a name is pickled into `folder` (default: a new temporary one).
    """
    if os.environ.get(CALLED_VARIABLE):
        raise UsageError(
            'this script measures its own functions: put that under `if __name__ == "__main__":`, for it is imported again'
        )
    if not callable(function):
        raise UsageError(f"{function!r} is not a function")
    name = getattr(function, "__qualname__", "")
    module = getattr(function, "__module__", None) or ""
    if name and all(part.isidentifier() for part in name.split(".")):
        if module == "__main__" and _found(sys.modules[module], name) is function and (place := _main()):
            return f"{place}:{name}"
        if module not in {"__main__", RUN_NAME} and _is_importable(module, name, function):
            return f"{module}:{name}"
    return _pickled(function, name or type(function).__name__, folder)


def _main() -> str:
    """Return what is being run, a script's path or a module's name; nothing for a notebook or a prompt."""
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    path = getattr(main, "__file__", None)
    return str(Path(path).resolve()) if path and str(path).endswith(".py") and Path(path).is_file() else ""


def _found(holder: Any, name: str) -> Any:
    for part in name.split("."):
        holder = getattr(holder, part, None)
    return holder


def _is_importable(module: str, name: str, function: Callable[..., Any]) -> bool:
    try:
        return _found(importlib.import_module(module), name) is function
    except ImportError:
        return False


def _pickled(function: Callable[..., Any], name: str, folder: Path | None) -> str:
    try:
        cloudpickle = importlib.import_module("cloudpickle")
    except ImportError:
        raise UsageError(
            f"{name} cannot be imported by another process: put it into a module (a lambda: give it a name), "
            "or install cloudpickle (`pip install cloudpickle`)"
        ) from None
    try:
        data: bytes = cloudpickle.dumps(function)
    except Exception as error:
        raise UsageError(f"{name} cannot be sent to another process ({error}): put it into a module") from error
    target = folder or Path(tempfile.mkdtemp(prefix="hwbench-function-"))
    words = "".join(letter for letter in name if letter.isalnum())
    path = target / f"{words or 'function'}-{hashlib.blake2b(data, digest_size=6).hexdigest()}.pickle"
    path.write_bytes(data)
    return str(path)
