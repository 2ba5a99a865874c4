"""What the hardware and the kernel permit: cores, limits, memory, pages, clock, frequency, and who else is running.

Each check looks at the surroundings and returns one permit. Thresholds are those at which a figure of ours would
suffer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.host.permits import Permit
from hwbench.host.text import parse_pairs, parse_size
from hwbench.records import Unavailable
from hwbench.units import GIB, MIB, format_bytes

if TYPE_CHECKING:
    from hwbench.host.permits import Surroundings

STEAL_NOTICED: Final = 0.01  # of one CPU: above this, medians move
LOAD_NOTICED: Final = 0.10  # of one CPU: a neighbour then shares caches and bandwidth for much of the time
ENOUGH_MEMORY: Final = 512 * MIB  # for footprints well beyond the last-level cache of most hosts
_CLOCK: Final = "sys/devices/system/clocksource/clocksource0"
_FREQUENCY: Final = "sys/devices/system/cpu/cpu{}/cpufreq"
_FAST_CLOCKS: Final = frozenset(
    {"tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "riscv_clocksource"}
)


def cores(around: Surroundings) -> Permit:
    """Say how many logical CPUs we may use."""
    usable, present = around.host.usable_cpus, len(around.host.cores)
    found = f"{len(usable)} of {present} logical CPUs"
    if len(usable) < 2:
        costs = "nothing between cores can be measured: their latency, false sharing, loaded latency, bandwidth of many"
        remedy = f"taskset -c 0-{present - 1} hwbench doctor" if present > 1 else ""
        return Permit(name="cores", state="limited", found=found, costs=costs, remedy=remedy)
    if len(usable) < present:
        costs = "figures with all cores are those of the CPUs allowed to us"
        return Permit(
            name="cores", state="limited", found=found, costs=costs, remedy=f"taskset -c 0-{present - 1} hwbench doctor"
        )
    return Permit(name="cores", state="ok", found=found)


def threads_per_core(around: Surroundings) -> Permit:
    """Say whether cores are shared by several threads (SMT)."""
    widest = max((len(core.siblings) + 1 for core in around.host.cores), default=1)
    if widest == 1:
        hidden = " (as this virtual machine is told)" if around.host.hypervisor else ""
        return Permit(name="threads per core", state="ok", found=f"1{hidden}")
    return Permit(
        name="threads per core",
        state="limited",
        found=f"{widest} (simultaneous multithreading is on)",
        costs="a busy sibling halves the caches and the issue slots of the core measured",
        remedy="echo off | sudo tee /sys/devices/system/cpu/smt/control",
    )


def numa(around: Surroundings) -> Permit:
    """Say how many NUMA nodes there are."""
    nodes = {core.numa_node for core in around.host.cores}
    if len(nodes) <= 1:
        return Permit(name="NUMA", state="ok", found="1 node")
    return Permit(
        name="NUMA",
        state="limited",
        found=f"{len(nodes)} nodes",
        costs="DRAM figures depend on which node the memory is on",
        remedy="numactl --cpunodebind=0 --membind=0 hwbench characterize",
    )


def cpu_limit(around: Surroundings) -> Permit:
    """Say whether a container limits CPU time."""
    quota = around.host.cpu_quota
    if quota is None:
        return Permit(name="CPU limit", state="ok", found="none")
    if quota >= max(len(around.host.usable_cpus), 1):
        return Permit(name="CPU limit", state="ok", found=f"{quota:g} CPUs, no less than there are")
    return Permit(
        name="CPU limit",
        state="limited",
        found=f"{quota:g} CPUs' time by cgroup",
        costs="once the share is used we are stopped: long runs show gaps, figures with all cores are too low",
        remedy=f"docker run --cpus {max(len(around.host.usable_cpus), 1)} ... (or raise the group's cpu.max)",
    )


def memory_limit(around: Surroundings) -> Permit:
    """Say whether a container limits memory."""
    limit = around.host.memory.limit_bytes
    if limit is None:
        return Permit(name="memory limit", state="ok", found="none")
    found = f"{format_bytes(limit)} by cgroup"
    if limit >= 4 * ENOUGH_MEMORY:
        return Permit(name="memory limit", state="ok", found=found)
    costs = "footprints stay small: DRAM and TLB figures may be missing, and going over kills the process"
    return Permit(
        name="memory limit",
        state="limited",
        found=found,
        costs=costs,
        remedy="docker run --memory 4g ... (or raise memory.max)",
    )


def free_memory(around: Surroundings) -> Permit:
    """Say whether enough memory is free for footprints beyond the caches."""
    memory = around.host.memory
    if not memory.total_bytes:
        costs = "footprints are chosen small, to be safe"
        return Permit(name="free memory", state="limited", found="the system does not say", costs=costs)
    largest = max((claim.bytes for claim in around.host.caches), default=0)
    needed = max(ENOUGH_MEMORY, 8 * largest if largest < GIB else 0)
    found = f"{format_bytes(memory.available_bytes)} of {format_bytes(memory.total_bytes)}"
    if memory.available_bytes >= needed:
        return Permit(name="free memory", state="ok", found=found)
    return Permit(
        name="free memory",
        state="limited",
        found=found,
        costs=f"{format_bytes(needed)} would be wanted: DRAM figures come from footprints partly in the caches",
        remedy="close other programs (ps -eo rss,comm --sort=-rss | head shows the largest)",
    )


def swap(around: Surroundings) -> Permit:
    """Say whether memory may be swapped out."""
    pairs = parse_pairs(around.files.text("proc/meminfo"))
    total, free = (parse_size(pairs.get(name, "")) or 0 for name in ("SwapTotal", "SwapFree"))
    if "SwapTotal" not in pairs:
        return Permit(name="swap", state="ok", found="the system does not say")
    if not total:
        return Permit(name="swap", state="ok", found="none")
    used = max(total - free, 0)
    if used < total // 10:
        return Permit(name="swap", state="ok", found=f"{format_bytes(used)} of {format_bytes(total)} used")
    costs = "pages may come from disk while we measure: single samples a thousandfold too slow"
    found = f"{format_bytes(used)} of {format_bytes(total)} used"
    return Permit(name="swap", state="limited", found=found, costs=costs, remedy="sudo swapoff -a")


def huge_pages(around: Surroundings) -> Permit:
    """Say whether transparent huge pages can be had."""
    setting, size = around.host.memory.huge_pages, around.host.memory.huge_page_bytes
    costs = "translation cost cannot be told from cache cost: no figures on huge pages, none for the second TLB's reach"
    if setting in ("always", "madvise"):
        each = f", {format_bytes(size)} each" if size else ""
        return Permit(name="huge pages", state="ok", found=f"{setting}{each}")
    if setting == "never":
        remedy = "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"
        return Permit(
            name="huge pages", state="missing", found="transparent huge pages are off", costs=costs, remedy=remedy
        )
    if around.host.system == "Linux":
        hidden = "no setting of transparent huge pages is to be seen"
        asked = f"they are asked for all the same; if the kernel refuses: {costs}"
        return Permit(name="huge pages", state="limited", found=hidden, costs=asked)
    found = "this system has no transparent huge pages on request"
    return Permit(name="huge pages", state="missing", found=found, costs=costs)


def clock_source(around: Surroundings) -> Permit:
    """Say whether reading the clock is cheap: from a counter of the CPU rather than by a system call."""
    current = around.files.text(f"{_CLOCK}/current_clocksource")
    if not current:
        is_known = around.host.system == "Darwin"
        found = "mach_absolute_time" if is_known else "the system does not say"
        return Permit(
            name="clock source", state="ok" if is_known else "limited", found=found, costs="" if is_known else _SLOW
        )
    if current in _FAST_CLOCKS:
        return Permit(name="clock source", state="ok", found=current)
    has_tsc = "tsc" in around.files.text(f"{_CLOCK}/available_clocksource").split()
    remedy = f"echo tsc | sudo tee /{_CLOCK}/current_clocksource" if has_tsc else ""
    return Permit(name="clock source", state="limited", found=current, costs=_SLOW, remedy=remedy)


_SLOW: Final = "each reading may cost a microsecond by a system call: shorter stretches cannot be timed"


def frequency(around: Surroundings) -> Permit:
    """Say whether the core's clock can be read, and what governs it."""
    cpu = around.host.usable_cpus[0] if around.host.usable_cpus else 0
    folder = _FREQUENCY.format(cpu)
    current, governor = (
        around.files.number(f"{folder}/scaling_cur_freq"),
        around.files.text(f"{folder}/scaling_governor"),
    )
    if not current and not governor:
        return Permit(
            name="frequency",
            state="limited",
            found="neither readable nor settable here",
            costs="the clock is taken from a chain of dependent adds beside every sample, and nobody can hold it still",
        )
    turbo = _turbo(around)
    speed = f"{current / 1e6:.2f} GHz now, " if current else ""
    found = f"{speed}governor {governor or 'unknown'}{turbo}"
    if governor in ("performance", ""):
        return Permit(name="frequency", state="ok", found=found)
    costs = "the clock rises only under load: short stretches run slow, and times in ns drift (cycles do not)"
    return Permit(
        name="frequency", state="limited", found=found, costs=costs, remedy="sudo cpupower frequency-set -g performance"
    )


def _turbo(around: Surroundings) -> str:
    off = around.files.number("sys/devices/system/cpu/intel_pstate/no_turbo")
    boost = around.files.number("sys/devices/system/cpu/cpufreq/boost")
    if off is None and boost is None:
        return ""
    return ", turbo off" if off == 1 or (off is None and boost == 0) else ", turbo on"


def steal(around: Surroundings) -> Permit:
    """Say how much CPU time the hypervisor takes from us now."""
    activity = around.activity
    if isinstance(activity, Unavailable):
        return Permit(
            name="steal now", state="limited", found=activity.reason, costs="stolen time cannot be told from slow code"
        )
    found = f"{activity.stolen:.1%} of a CPU over {activity.seconds:.1f} s"
    if activity.stolen < STEAL_NOTICED:
        return Permit(name="steal now", state="ok", found=found)
    costs = "the host's owner runs others in our time: repeats are lost, medians move up"
    return Permit(
        name="steal now",
        state="limited",
        found=found,
        costs=costs,
        remedy="measure again later, or on a dedicated host",
    )


def load(around: Surroundings) -> Permit:
    """Say how much CPU time other processes take now."""
    activity = around.activity
    if isinstance(activity, Unavailable):
        return Permit(
            name="load now", state="limited", found=activity.reason, costs="neighbours on shared caches go unnoticed"
        )
    found = f"others use {activity.others:.2f} of {max(len(around.host.cores), 1)} CPUs"
    if activity.others < LOAD_NOTICED:
        return Permit(name="load now", state="ok", found=found)
    costs = "they empty shared caches and use the memory's bandwidth: figures beyond the second level get worse"
    return Permit(
        name="load now", state="limited", found=found, costs=costs, remedy="ps -eo pcpu,pid,comm --sort=-pcpu | head"
    )


CHECKS: Final = (
    cores,
    threads_per_core,
    numa,
    cpu_limit,
    memory_limit,
    free_memory,
    swap,
    huge_pages,
    clock_source,
    frequency,
    steal,
    load,
)
