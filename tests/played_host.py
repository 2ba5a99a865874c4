"""A played host for the doctor's checks: all is well on it, but for what a test changes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec
import recorded

from hwbench.host import machine_checks, tool_checks
from hwbench.host.activity import Activity
from hwbench.host.permits import Permit, Surroundings
from hwbench.host.text import Files
from hwbench.records import HostFacts, MemoryFacts
from hwbench.units import GIB

NAMES = {
    "cores", "threads per core", "NUMA", "CPU limit", "memory limit", "free memory",
    "swap", "huge pages", "clock source", "frequency", "steal now", "load now",
    "pinning", "counters", "C compiler", "C kernels", "numba", "qemu-user",
    "valgrind", "strace", "data folder", "cache folder", "name clash",
}  # fmt: skip


def play(tmp_path: Path, recording: str = "this-vm", **changes: Any) -> Surroundings:
    """Return surroundings where all is well, but for the changes."""
    unpacked = recorded.unpack(recording, tmp_path / recording)
    programs = {"cc", "qemu-x86_64", "valgrind", "strace", "true", "apt-get"}
    surroundings = Surroundings(
        files=Files(unpacked.root),
        host=unpacked.read(),
        activity=Activity(stolen=0.0, others=0.0, seconds=0.3),
        kernels="scalar, v128",
        folders={"data": Path("/data"), "cache": Path("/cache")},
        which=lambda name: f"/usr/bin/{name}" if name in programs else None,
        version=lambda path: f"{Path(path).name} 12.2",
        try_counter=lambda _: 0,
        attempt=lambda _: "",
        pin=lambda _: "",
        has_module=lambda _: True,
        may_write=lambda _: True,
    )
    return dataclasses.replace(surroundings, **changes)


def change(host: HostFacts, **changes: Any) -> HostFacts:
    return msgspec.structs.replace(host, **changes)


def every(around: Surroundings) -> dict[str, Permit]:
    return {
        permit.name: permit for check in (*machine_checks.CHECKS, *tool_checks.CHECKS) for permit in [check(around)]
    }


def states(permits: dict[str, Permit]) -> dict[str, str]:
    return {name: permit.state for name, permit in permits.items() if permit.state != "ok"}


HOST = HostFacts(
    name="h",
    system="Linux",
    cpu=recorded.expected("this-vm").cpu,
    memory=MemoryFacts(total_bytes=8 * GIB, available_bytes=4 * GIB),
)
