"""What the tests of toggles share: runs that never ran, a switch by its name, small programs and how they are run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hwbench.errors import CouldNotMeasure
from hwbench.experiment.switch import Switch
from hwbench.experiment.toggles import switches
from hwbench.measure import processes
from hwbench.measure.pinning import usable_cpus
from hwbench.records import Command, HostFacts, Run

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="these switches are Linux's")
TWO_CPUS = pytest.mark.skipif(len(usable_cpus()) < 2, reason="there is one CPU")
TRUE = Command(argv=("true",))
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def ran(wall: float, user: float = 0.0, system: float = 0.0, faults: int = 0) -> Run:
    return Run(wall=wall, user=user, system=system, page_faults=faults)


def never(*_: object) -> Run:
    raise AssertionError("nothing is to be run")


def named(name: str, host: HostFacts) -> Switch:
    return next(switch for switch in switches(host) if switch.name == name)


def compiled(folder: Path, source: str) -> Command:
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    file, program = folder / "program.c", folder / "program"
    file.write_text(source)
    subprocess.run([COMPILER, "-O1", "-fno-builtin", "-pthread", str(file), "-o", str(program)], check=True)
    return Command(argv=(str(program),), cwd=str(folder))


def time_one(command: Command, prefix: tuple[str, ...] = (), cpus: tuple[int, ...] | None = None) -> Run:
    ended = processes.run(command, prefix=prefix, cpus=cpus, timeout=60)
    if not ended.is_well:
        raise CouldNotMeasure(ended.trouble)
    return ended.run
