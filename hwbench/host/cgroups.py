"""Limits that a container or a service manager sets: memory, CPU time and CPUs, by cgroup version 1 or 2.

A limit anywhere between the process's group and the root holds, so the tightest on the way counts. Inside a container
/proc/self/cgroup may name a path that only the host can see: then the mount's own root is the container's group.
Source: Linux Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hwbench.host.text import Files, parse_cpu_list, parse_number, parse_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

MOUNT: Final = "sys/fs/cgroup"
UNLIMITED: Final = 1 << 60  # version 1 writes "no limit" as the largest multiple of a page below 2^63


@dataclass(frozen=True)
class Limits:
    """The tightest limits found; None or empty where there is none. `memory_used` belongs to the limiting group."""

    memory_bytes: int | None = None
    memory_used: int = 0
    cpu_quota: float | None = None
    cpus: tuple[int, ...] = ()


def read_limits(files: Files) -> Limits:
    """Return the limits on this process."""
    groups = parse_groups(files.text("proc/self/cgroup"))
    memory = [_memory(files, folder) for folder in _folders(groups, "memory")]
    quotas = [_quota(files, folder) for folder in _folders(groups, "cpu")]
    sets = [_cpus(files, folder) for folder in _folders(groups, "cpuset")]
    limit, used = min((pair for pair in memory if pair), default=(None, 0))
    quota = min((quota for quota in quotas if quota), default=None)
    return Limits(limit, used, quota, min((cpus for cpus in sets if cpus), default=(), key=len))


def parse_groups(text: str) -> dict[str, str]:
    """Return the path by controller of /proc/self/cgroup; version 2's is under the empty name."""
    groups: dict[str, str] = {}
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and ".." not in parts[2].split("/"):
            for controller in parts[1].split(","):
                groups.setdefault(controller, parts[2].strip("/"))
    return groups


def _folders(groups: dict[str, str], controller: str) -> Iterator[str]:
    """Yield the folders that may limit us, from the process's own group up to the mount's root, of both versions."""
    for path in dict.fromkeys((groups.get("", ""), "")):
        yield from _upwards(MOUNT, path)
        yield from _upwards(f"{MOUNT}/unified", path)
    for mount in (controller, "cpu,cpuacct") if controller == "cpu" else (controller,):
        yield from _upwards(f"{MOUNT}/{mount}", groups.get(controller, ""))


def _upwards(mount: str, path: str) -> Iterator[str]:
    parts = [part for part in path.split("/") if part]
    for count in range(len(parts), -1, -1):
        yield "/".join([mount, *parts[:count]])


def _memory(files: Files, folder: str) -> tuple[int, int] | None:
    for limit_name, used_name, cold_name in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        limit = files.number(f"{folder}/{limit_name}")
        if limit is not None and 0 < limit < UNLIMITED:
            statistics = parse_pairs(files.text(f"{folder}/memory.stat").replace(" ", ":"))
            cold = parse_number(statistics.get(cold_name, "")) or 0
            return limit, max((files.number(f"{folder}/{used_name}") or 0) - cold, 0)
    return None


def _quota(files: Files, folder: str) -> float | None:
    """Return how many CPUs' time a group may use."""
    quota, _, period = files.text(f"{folder}/cpu.max").partition(" ")
    if not quota:
        quota, period = files.text(f"{folder}/cpu.cfs_quota_us"), files.text(f"{folder}/cpu.cfs_period_us")
    share, whole = parse_number(quota) or 0, parse_number(period) or 0
    return share / whole if share > 0 and whole > 0 else None


def _cpus(files: Files, folder: str) -> tuple[int, ...]:
    for name in ("cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"):
        cpus = parse_cpu_list(files.text(f"{folder}/{name}"))
        if cpus:
            return cpus
    return ()
