"""The counting plugin: a program run by QEMU's user mode, its events counted and its time modelled on the measured machine.

Instructions, loads, stores and what caches, TLBs and predictors of the profile's geometry do with them are counted of every
instruction; the flow model and the kinds of misses are sampled, with an interval. Seconds of QEMU's are no one's time: only
counts and modelled cycles come from here. Where the time is up, what was counted so far is given and marked by `share`.
Fooled by: a program that starts another (the other runs natively, uncounted: noted); code that asks the processor what
it is (the emulated one has no AVX-512: other twins run); the instruction cache, which is not simulated; threads, which
QEMU interleaves as the host's scheduler does. Hash seeds are fixed, so that counts repeat.
Source: QEMU 7.2, docs/devel/tcg-plugins.rst.
"""

from __future__ import annotations

import contextlib
import functools
import platform
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.errors import UsageError
from hwbench.evidence import plugin_report
from hwbench.evidence.plugin_build import emulator_name, plugin
from hwbench.evidence.plugin_options import options_of
from hwbench.evidence.tools import attempt, find, nothing, without_shim
from hwbench.records import Command, Evidence, Limits, MachineProfile, Unavailable
from hwbench.units import significant

if TYPE_CHECKING:
    from hwbench.evidence.plugin_report import Summed

# Without a quick `rep movsb` the C library copies by vectors: QEMU carries that instruction out, and shows its accesses, a byte at a time.
CPUS: Final = {"qemu-x86_64": "max,-erms,-fsrm", "qemu-aarch64": "max"}
MACHINE_NUMBERS: Final = {"qemu-x86_64": 62, "qemu-aarch64": 183}
GRACE: Final = 15.0  # seconds beyond the limit in which the plugin writes what it has


def missing() -> Unavailable | None:
    """Return why the plugin does not work here, or None."""
    found = _emulator()
    if isinstance(found, Unavailable):
        return found
    built = plugin()
    return built if isinstance(built, Unavailable) else None


def count(command: Command, profile: MachineProfile, *, limits: Limits) -> Evidence:
    """Count a command within the limits; what could not be counted is said in the evidence."""
    started = time.perf_counter()
    emulator, built = _emulator(), plugin()
    if isinstance(emulator, Unavailable):
        return nothing("plugin", emulator.reason, emulator.remedy)
    if isinstance(built, Unavailable):
        return nothing("plugin", built.reason, built.remedy)
    refusal = refuse(command, Path(emulator).name)
    if refusal is not None:
        return nothing("plugin", refusal.reason, refusal.remedy)
    told = options_of(profile)
    words = told.words | {"seconds": f"{limits.seconds:.3f}", "region": str(int(command.region))}
    summed = _run(command, limits, (emulator, str(built)), words)
    if isinstance(summed, Unavailable):
        return nothing("plugin", summed.reason, summed.remedy, told.notes)
    return Evidence(
        source="plugin",
        counts=plugin_report.counts_of(summed),
        hot=plugin_report.hot_of(summed),
        share=share_of(summed),
        seconds=time.perf_counter() - started,
        notes=(*told.notes, *_notes(summed, limits)),
    )


def share_of(summed: Summed) -> float:
    """Return 1 for a program that was counted to its end; of one that was stopped nobody knows how much was left: 0.5."""
    return 0.5 if summed.stopped else 1.0


def refuse(command: Command, emulator: str) -> Unavailable | None:
    """Say why a command's program cannot be emulated: it is no ELF program of this machine's kind. None if it can."""
    try:
        program = Path(without_shim(command).argv[0])
        with program.open("rb") as file:
            head = file.read(20)
    except UsageError as error:
        return Unavailable(reason=str(error))
    except OSError as error:
        return Unavailable(reason=f"{command.argv[0]} cannot be read ({error.strerror})")
    if head[:2] == b"#!":
        return Unavailable(
            reason=f"{program} is a script, which QEMU does not run", remedy=f"name its interpreter: {_line(program)}"
        )
    if head[:5] != b"\x7fELF\x02" or int.from_bytes(head[18:20], "little") != MACHINE_NUMBERS[emulator]:
        return Unavailable(reason=f"{program} is no 64-bit program of this machine")
    return None


def _line(program: Path) -> str:
    with contextlib.suppress(OSError), program.open("rb") as file:
        return f"{file.readline()[2:].decode('utf-8', 'replace').strip()} {program}"
    return str(program)


def _run(command: Command, limits: Limits, tools: tuple[str, str], words: dict[str, str]) -> Summed | Unavailable:
    """Run a command under the emulator `tools[0]` with the plugin `tools[1]`; return what its processes counted."""
    with tempfile.TemporaryDirectory(prefix="hwbench-plugin-") as folder:
        options = ",".join(f"{key}={value}" for key, value in (words | {"out": f"{folder}/out"}).items())
        prefix = (tools[0], "-cpu", CPUS[Path(tools[0]).name], "-plugin", f"{tools[1]},{options}")
        settled = {"PYTHONHASHSEED": "0"} | command.env
        patient = Limits(seconds=limits.seconds + GRACE, cpu=None)
        ended = attempt(command, patient, prefix=prefix, environment=settled)
        summed = plugin_report.read(Path(folder), platform.machine().lower())
    if isinstance(summed, Unavailable):
        return ended if isinstance(ended, Unavailable) else summed
    if isinstance(ended, Unavailable) and not summed.stopped:
        return ended
    return summed


def _notes(summed: Summed, limits: Limits) -> list[str]:
    instructions = float(summed.counts["instructions"])
    notes = [f"{min(summed.modelled / instructions, 1.0):.0%} of the instructions went through the flow model"]
    if summed.stopped:
        notes.append(f"stopped after {significant(limits.seconds)} s: counts are of what ran until then")
    if summed.processes > 1:
        notes.append(f"{summed.processes} processes were counted")
    if summed.executed:
        notes.append(f"other programs ran natively, uncounted: {', '.join(sorted(set(summed.executed))[:5])}")
    return notes


@functools.cache
def _emulator() -> str | Unavailable:
    """Return the emulator's path, if it takes plugins."""
    name = emulator_name()
    if isinstance(name, Unavailable):
        return name
    path = find(name, "qemu-user")
    if isinstance(path, Unavailable):
        return path
    try:
        done = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return Unavailable(reason=f"{name} does not start ({error})")
    if "-plugin" not in done.stdout:
        return Unavailable(reason=f"this {name} was built without plugins", remedy="install another build of qemu-user")
    return path
