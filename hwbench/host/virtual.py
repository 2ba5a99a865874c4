"""Whether this is a virtual machine, and whether a container: hints only, in the order of how well they know.

Fooled by: hypervisors that hide; images made from a container's file system, which keep its marks (/.dockerenv).
Source: systemd-detect-virt(1), whose hints these are; Xen and KVM documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hwbench.host.text import Files

_DMI: Final = "sys/class/dmi/id"
_MAKERS: Final = (
    ("KVM", "KVM"),
    ("QEMU", "QEMU"),
    ("VMware", "VMware"),
    ("VirtualBox", "VirtualBox"),
    ("innotek", "VirtualBox"),
    ("Xen", "Xen"),
    ("Bochs", "QEMU"),
    ("Parallels", "Parallels"),
    ("BHYVE", "bhyve"),
    ("Google Compute Engine", "KVM"),
    ("OpenStack", "KVM"),
    ("Apple Virtualization", "Apple Virtualization"),
)
_CONTAINERS: Final = (
    ("kubepods", "kubernetes"),
    ("docker", "docker"),
    ("libpod", "podman"),
    ("lxc", "lxc"),
    ("containerd", "containerd"),
    ("crio", "cri-o"),
    ("garden", "garden"),
)


def read_hypervisor(files: Files, from_cpuid: str, features: tuple[str, ...]) -> str:
    """Return the hypervisor's name, `unnamed` if it does not tell; empty on bare metal, as far as is known."""
    if from_cpuid and from_cpuid != "unnamed":
        return from_cpuid
    named = _by_hypervisor_files(files) or _by_maker(files) or _by_clock(files)
    return named or ("unnamed" if from_cpuid or "hypervisor" in features else "")


def _by_hypervisor_files(files: Files) -> str:
    kind = files.text("sys/hypervisor/type")
    if kind == "xen":
        return "" if "control_d" in files.text("proc/xen/capabilities") else "Xen"
    compatible = files.text("proc/device-tree/hypervisor/compatible")
    return "KVM" if compatible == "linux,kvm" else "Xen" if "xen" in compatible else ""


def _by_maker(files: Files) -> str:
    maker = " ".join(
        files.text(f"{_DMI}/{name}") for name in ("sys_vendor", "product_name", "board_vendor", "bios_vendor")
    )
    if maker.startswith("Amazon EC2"):
        return "" if ".metal" in maker else "Nitro (KVM)"
    if maker.startswith("Microsoft Corporation Virtual Machine"):
        return "Hyper-V"
    return next((name for mark, name in _MAKERS if mark in maker), "")


def _by_clock(files: Files) -> str:
    clocks = files.text("sys/devices/system/clocksource/clocksource0/available_clocksource")
    return (
        "KVM"
        if "kvm-clock" in clocks
        else "Hyper-V"
        if "hyperv" in clocks
        else "Xen"
        if re.search(r"\bxen\b", clocks)
        else ""
    )


def read_container(files: Files) -> str:
    """Return the container's kind, or the empty text; WSL counts as one, since it shares its kernel with others."""
    declared = files.text("run/systemd/container") or files.text("run/host/container-manager")
    if re.fullmatch(r"[\w.-]{1,40}", declared):
        return declared
    groups = files.text("proc/self/cgroup") + files.text("proc/1/cgroup")
    by_group = next((name for mark, name in _CONTAINERS if mark in groups), "")
    if by_group:
        return by_group
    for mark, name in ((".dockerenv", "docker"), ("run/.containerenv", "podman")):
        if files.has(mark):
            return name
    return "wsl" if "microsoft" in files.text("proc/sys/kernel/osrelease").lower() else ""
