"""What programs, modules and folders permit: pinning, counters, compilers, kernels, simulators, tracers, where results are kept.

Each check looks at the surroundings and returns one permit. Nothing heavy is imported: a module is looked for, not
loaded.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

from hwbench.host.folders import FOLDER_VARIABLE
from hwbench.host.permits import Permit
from hwbench.records import Unavailable

if TYPE_CHECKING:
    from hwbench.host.permits import Surroundings

COMPILERS: Final = ("cc", "gcc", "clang", "zig")
_PARANOID: Final = "proc/sys/kernel/perf_event_paranoid"
_NO_COUNTERS: Final = (
    "cycles, instructions and misses are not counted: causes come from timing, simulation and the OS, less narrowly"
)


def pinning(around: Surroundings) -> Permit:
    """Say whether a thread can be pinned to a CPU."""
    cpu = around.host.usable_cpus[0] if around.host.usable_cpus else 0
    refusal = around.pin(cpu)
    if not refusal:
        return Permit(name="pinning", state="ok", found=f"a thread can be held on CPU {cpu}")
    costs = "the scheduler moves us while we measure: caches go cold, and threads that must run apart may share a core"
    return Permit(name="pinning", state="missing", found=refusal, costs=costs)


def counters(around: Surroundings) -> Permit:
    """Say whether hardware and software performance events really count."""
    hardware, software = around.try_counter("cycles"), around.try_counter("page faults")
    setting = around.files.text(_PARANOID)
    level = f"perf_event_paranoid {setting}" if setting else "no perf_event_paranoid"
    if not hardware:
        return Permit(name="counters", state="ok", found=f"cycles count; {level}")
    extra = "" if software else ", software events do"
    return Permit(
        name="counters",
        state="missing" if software else "limited",
        found=f"hardware cycles do not count ({_reason(hardware)}){extra}; {level}",
        costs=_NO_COUNTERS,
        remedy=_counter_remedy(around, hardware),
    )


def _reason(number: int) -> str:
    return {errno.ENODATA: "the counter opens and stays 0", errno.ENOSYS: "no such system call"}.get(
        number, os.strerror(number)
    )


def _counter_remedy(around: Surroundings, refusal: int) -> str:
    if refusal in (errno.EACCES, errno.EPERM):
        if (around.files.number(_PARANOID) or 0) > 2 or not around.host.container:
            return "sudo sysctl kernel.perf_event_paranoid=1"
        return "docker run --cap-add PERFMON --security-opt seccomp=unconfined ..."
    if around.host.hypervisor and around.host.system == "Linux":
        return (
            "none from inside: this virtual machine has no PMU (its owner may switch one on, or take a bare-metal host)"
        )
    return ""


def compiler(around: Surroundings) -> Permit:
    """Say which C compiler there is, and whether Python's headers are."""
    found = [(name, path) for name in COMPILERS if (path := around.which(name))]
    costs = (
        "the C kernels cannot be built here: only numba's twins run, without streaming stores and system-call prices"
        if isinstance(around.kernels, Unavailable)
        else "nothing now, the C kernels are built; yet an upgrade could not build them"
    )
    if not found:
        costs += "; nor can what counts for `explain`: the plugin, the allocator's counter"
        none = f"none of {', '.join(COMPILERS)}"
        return Permit(name="C compiler", state="missing", found=none, costs=costs, remedy=_install_compiler(around))
    name, path = found[0]
    version = around.version(path) or "it does not tell its version"
    others = ", ".join(other for other, _ in found[1:])
    text = f"{name}: {version}" + (f" (also {others})" if others else "")
    if not any(other != "zig" for other, _ in found):
        costs = "zig compiles C only as `zig cc`"
        return Permit(name="C compiler", state="limited", found=text, costs=costs, remedy='export CC="zig cc"')
    return Permit(name="C compiler", state="ok", found=text)


def _install_compiler(around: Surroundings) -> str:
    package = around.install("gcc", **{"apt-get": "gcc libc6-dev", "apk": "gcc musl-dev"})
    return "xcode-select --install" if around.host.system == "Darwin" else package


def kernels(around: Surroundings) -> Permit:
    """Say whether the C kernels were built, for which vector widths."""
    built = around.kernels
    if not isinstance(built, Unavailable):
        return Permit(name="C kernels", state="ok", found=built)
    costs = "only numba's twins run: no streaming stores, no system-call prices, no CPUID"
    remedy = built.remedy or f"{sys.executable} -m pip install --force-reinstall --no-deps hwbench-toolkit"
    return Permit(name="C kernels", state="missing", found=built.reason, costs=costs, remedy=remedy)


def numba(around: Surroundings) -> Permit:
    """Say whether numba is installed, without importing it."""
    if around.has_module("numba"):
        return Permit(name="numba", state="ok", found="installed")
    costs = "the kernels have no second witness: a result that only C gives is not cross-checked"
    return Permit(
        name="numba",
        state="missing",
        found="not installed",
        costs=costs,
        remedy=f"{sys.executable} -m pip install numba",
    )


def simulator(around: Surroundings) -> Permit:
    """Say whether qemu's user mode is there with its plugins, and a compiler for ours: it counts events without a PMU."""
    costs = "evidence without counters is coarser: no misses by kind, no mispredictions, only cachegrind's instructions"
    found = around.which(f"qemu-{around.host.cpu.architecture}")
    if around.host.system != "Linux":
        return Permit(name="qemu-user", state="missing", found="it runs on Linux only", costs=costs)
    if not found:
        remedy = around.install("qemu-user")
        return Permit(name="qemu-user", state="missing", found="not installed", costs=costs, remedy=remedy)
    if refusal := around.attempt((found, "-d", "plugin", "-D", "/dev/null", _nothing(around))):
        refused = f"{found} was built without plugins ({refusal})"
        return Permit(name="qemu-user", state="missing", found=refused, costs=costs, remedy=around.install("qemu-user"))
    if not any(around.which(name) for name in COMPILERS):
        without = f"{found}, and no C compiler to build our plugin for it"
        return Permit(name="qemu-user", state="missing", found=without, costs=costs, remedy=_install_compiler(around))
    return Permit(name="qemu-user", state="ok", found=found)


def valgrind(around: Surroundings) -> Permit:
    """Say whether valgrind works, whose cachegrind cross-checks counted instructions and stands in for the plugin."""
    costs = "no cachegrind: no cross-check of counted instructions, and none at all where the plugin is lacking too"
    path = around.which("valgrind")
    if not path:
        remedy = around.install("valgrind")
        return Permit(name="valgrind", state="missing", found="not installed", costs=costs, remedy=remedy)
    if refusal := around.attempt((path, "-q", "--tool=none", _nothing(around))):
        remedy = around.install("valgrind", **{"apt-get": "valgrind libc6-dbg"})
        return Permit(name="valgrind", state="missing", found=f"it fails ({refusal})", costs=costs, remedy=remedy)
    return Permit(name="valgrind", state="ok", found=path)


def tracer(around: Surroundings) -> Permit:
    """Say whether system calls can be counted by name: by strace, or (for root) by `perf trace`."""
    costs = (
        "system calls are not told apart: time in the kernel and off the CPU is one sum, with no fsync or futex in it"
    )
    path, perf = around.which("strace"), around.which("perf")
    refusal = around.attempt((path, "-f", "-c", "-o", "/dev/null", _nothing(around))) if path else "not installed"
    if not refusal:
        return Permit(name="strace", state="ok", found=str(path))
    if perf and not around.attempt((perf, "trace", "-s", "-o", "/dev/null", _nothing(around))):
        return Permit(name="strace", state="ok", found=f"{refusal}; {perf} trace stands in for it")
    if around.host.system != "Linux":
        return Permit(name="strace", state="missing", found="it runs on Linux only", costs=costs)
    if not path:
        remedy = around.install("strace")
        return Permit(name="strace", state="missing", found="not installed", costs=costs, remedy=remedy)
    in_container = "docker run --cap-add SYS_PTRACE ..."
    remedy = in_container if around.host.container else "sudo sysctl kernel.yama.ptrace_scope=1"
    return Permit(name="strace", state="missing", found=f"it may not trace ({refusal})", costs=costs, remedy=remedy)


def _nothing(around: Surroundings) -> str:
    """Return a program that does nothing."""
    return around.which("true") or "/bin/true"


def data_folder(around: Surroundings) -> Permit:
    """Say whether profiles can be kept."""
    return _folder(around, "data", "profiles are not kept: give -o FILE each time", FOLDER_VARIABLE)


def cache_folder(around: Surroundings) -> Permit:
    """Say whether compiled numba kernels can be kept."""
    return _folder(
        around, "cache", "numba compiles its kernels anew in every process: seconds lost each time", "XDG_CACHE_HOME"
    )


def _folder(around: Surroundings, kind: str, costs: str, variable: str) -> Permit:
    path = around.folders.get(kind)
    name = f"{kind} folder"
    if path is None:
        return Permit(
            name=name,
            state="missing",
            found="this system names none",
            costs=costs,
            remedy=f"export {variable}=/tmp/{kind}",
        )
    if around.may_write(path):
        return Permit(name=name, state="ok", found=str(path))
    found = f"{path} cannot be written"
    return Permit(name=name, state="missing", found=found, costs=costs, remedy=f"export {variable}=/tmp/{kind}")


def distribution(around: Surroundings) -> Permit:
    """Say whether the unrelated distribution that is named `hwbench` is installed beside ours."""
    if not around.foreign_version:
        return Permit(name="name clash", state="ok", found="no other distribution named hwbench")
    pip = f"{sys.executable} -m pip"
    return Permit(
        name="name clash",
        state="limited",
        found=f"the unrelated distribution hwbench {around.foreign_version} is installed (ours is hwbench-toolkit)",
        costs="which of the two answers to `hwbench` and `import hwbench` is a matter of luck",
        remedy=f"{pip} uninstall hwbench && {pip} install --force-reinstall --no-deps hwbench-toolkit",
    )


CHECKS: Final = (
    pinning,
    counters,
    compiler,
    kernels,
    numba,
    simulator,
    valgrind,
    tracer,
    data_folder,
    cache_folder,
    distribution,
)
