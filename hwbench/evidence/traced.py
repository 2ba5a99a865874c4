"""Traced builds of C sources: the compiler's own hooks at every load and store, linked to our small runtime.

`-fsanitize=thread` makes a program call a function at each access; linked to c_src/counting/trace_*.c instead of the
sanitizer, the exact stream of addresses and loaded values goes through the caches that the profile measured. Whether a
miss depended on another is seen from the values themselves: a loaded value that becomes an address. So this is the truth
against which classes that are found by other means can be checked. A region marked by `hwbench_region.h` is kept to.
Fooled by: libraries, which are not compiled so (memcpy, memset and memmove are wrapped); addresses that are made of a
loaded value by hashing or masking (taken for independent); gathers in one instruction, which no hook announces; atomic
operations, which are all done in the strongest order.
Source: LLVM's ThreadSanitizer documentation; GCC's manual, `-fsanitize=thread`; ld's manual, `--wrap`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec

from hwbench.evidence import building, geometry
from hwbench.evidence.tools import WHOLE_PROGRAM, attempt, install, nothing
from hwbench.records import Command, Count, Evidence, Limits, MachineProfile, Unavailable
from hwbench.regions import include_folder

VARIABLE: Final = "HWBENCH_TRACE"
RUNTIME: Final = ("trace_runtime.c", "trace_hooks.c", "trace_dependence.c", "caches.c", "options.c")
HEADERS: Final = ("trace_runtime.h", "trace_dependence.h", "caches.h", "options.h", "decode.h")
RUNTIME_FLAGS: Final = ("-D_GNU_SOURCE", "-fvisibility=hidden")
WRAPPED: Final = tuple(f"-Wl,--wrap={name}" for name in ("memcpy", "memmove", "memset"))
CPP: Final = (".cc", ".cpp", ".cxx", ".C")
SECONDS_TO_BUILD: Final = 120
OPTIONS: Final = {  # of c_src/counting/options.h, by the profile's quantity
    "dtlb1": "dtlb.l1.entries",
    "dtlb2": "dtlb.l2.entries",
    "streams": "prefetch.streams",
    "longest_stride": "prefetch.longest_stride",
}
NOT_TRACED: Final = "it was not built with the tracing runtime, or did not end by exit"


def missing() -> Unavailable | None:
    """Return why sources cannot be traced here, or None."""
    runtime = _runtime()
    return runtime if isinstance(runtime, Unavailable) else None


def build(
    sources: Sequence[Path], flags: Sequence[str], folder: Path, *, libraries: Sequence[str] = ()
) -> Path | Unavailable:
    """Return the traced program made of C (or C++) sources, built into a folder now or earlier; or in one line why not.

    `flags` are the usual ones of the program; `hwbench_region.h` is found without one. `libraries` (-lm) come last.
    """
    runtime, compiler = _runtime(), _compiler(sources)
    if isinstance(runtime, Unavailable):
        return runtime
    if isinstance(compiler, Unavailable):
        return compiler
    lost = next((source for source in sources if not source.is_file()), None)
    if lost is not None or not sources:
        return Unavailable(reason=f"the source {lost or '(none)'} is not there")
    words = [*compiler, *flags, "-fsanitize=thread", "-I", include_folder()]
    target = folder / f"{sources[0].stem}-traced-{_key([*words, *libraries, str(runtime)], sources)}"
    if target.is_file():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="traced-", dir=folder) as work:
            return _make(
                words, [*compiler, *_link_flags(flags)], sources, [str(runtime), *libraries], Path(work), target
            )
    except OSError as error:
        return Unavailable(reason=f"{target} could not be built ({error.strerror or error})")


def _make(
    compile_words: Sequence[str],
    link_words: Sequence[str],
    sources: Sequence[Path],
    last_words: Sequence[str],
    work: Path,
    target: Path,
) -> Path | Unavailable:
    """Compile each source with the hooks, link them without the sanitizer, and put the program in its place."""
    objects = [work / f"{index}-{source.stem}.o" for index, source in enumerate(sources)]
    commands = [
        [*compile_words, "-c", str(source), "-o", str(made)] for source, made in zip(sources, objects, strict=True)
    ]
    program = work / target.name
    commands.append([*link_words, *map(str, objects), *WRAPPED, *last_words, "-o", str(program)])
    for command in commands:
        failure = _run(command)
        if failure:
            return Unavailable(reason=f"{sources[0].name} could not be built for tracing ({failure})")
    program.replace(target)
    return target


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Count the accesses and misses of a program that `build` made."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hwbench-trace-") as folder:
        out = Path(folder) / "counts.json"
        told = "\n".join([f"out={out}", *options(profile, is_region=command.region)])
        ended = attempt(command, limits, environment={VARIABLE: told})
        if isinstance(ended, Unavailable):
            return nothing("traced", ended.reason, ended.remedy)
        try:
            held: dict[str, Any] = json.loads(out.read_text())
        except (OSError, ValueError):
            return nothing(
                "traced", NOT_TRACED, "hwbench.evidence.traced.build(sources, flags, folder) makes such a program"
            )
    notes = [WHOLE_PROGRAM] if command.region and not held["region"] else []
    return Evidence(
        source="traced",
        counts={name: Count(value=float(value)) for name, value in held["counts"].items()},
        seconds=time.perf_counter() - started,
        notes=tuple(notes),
    )


def options(profile: MachineProfile, *, is_region: bool) -> list[str]:
    """Return the runtime's options: what the profile measured; what it did not is left at the runtime's own figures."""
    words = [f"region={int(is_region)}"]
    for level in ("l1d", "l2", "l3"):
        found = geometry.measured(profile, level)
        words += [f"{level}={found.size}:{found.ways}:{found.line}"] if found else []
    for option, name in OPTIONS.items():
        quantity = profile.quantities.get(name)
        words += [f"{option}={quantity.value:.0f}"] if quantity is not None and quantity.value else []
    return [*words, f"page={profile.host.memory.base_page_bytes}"]


def _runtime() -> Path | Unavailable:
    """Return the runtime as a shared object: its names are hidden, so that they cannot meet the program's own."""
    folder = Path(str(resources.files("hwbench.counting")))
    sources = [folder / name for name in (*RUNTIME, *HEADERS)]
    return building.build("trace_runtime", sources, RUNTIME_FLAGS)


def _compiler(sources: Sequence[Path]) -> list[str] | Unavailable:
    if not any(source.suffix in CPP for source in sources):
        return building.find_compiler()
    found = next((path for name in ("c++", "g++", "clang++") if (path := shutil.which(name))), None)
    return [found] if found else Unavailable(reason="there is no C++ compiler", remedy=install("g++"))


def _link_flags(flags: Sequence[str]) -> list[str]:
    """Return the flags that the linker needs too; the others are the compiler's alone."""
    return [
        flag for flag in flags if flag.startswith(("-pthread", "-fopenmp", "-flto", "-m", "-static-libgcc", "-O", "-g"))
    ]


def _key(words: Sequence[str], sources: Sequence[Path]) -> str:
    digest = hashlib.blake2b(digest_size=6)
    for part in (*words, *map(str, sources)):
        digest.update(part.encode() + b"\0")
    for source in sources:
        digest.update(source.read_bytes() + b"\0")
        for header in sorted(source.parent.glob("*.h")):
            digest.update(header.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(words: Sequence[str]) -> str:
    """Run the compiler; return the first line that says what is wrong, or nothing."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=SECONDS_TO_BUILD, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{words[0]}: {error}"
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return next(
        (line for line in lines if "error" in line or "undefined" in line), lines[-1] if lines else "it said nothing"
    )[:200]


def traced_command(program: Path, command: Command) -> Command:
    """Return a command with its program replaced by the traced build of it."""
    return msgspec.structs.replace(command, argv=(str(program), *command.argv[1:]))
