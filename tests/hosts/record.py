"""Record a host as test data: python tests/hosts/record.py NAME [ROOT [CPUID-DUMP]] writes tests/hosts/NAME/host.json.

ROOT is `/` or an unpacked dump of another host's /proc and /sys (util-linux and hwloc keep such); CPUID-DUMP a file of
hwloc's `hwloc-gather-cpuid` (lines `mask eax ebx ecx edx => eax ebx ecx edx`) or `live` to ask this very processor.
Files of many CPUs that hold the same are written once, with the CPUs in braces; `{cpu}` in a content is the CPU's own
number.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections import defaultdict
from pathlib import Path

CPU = "sys/devices/system/cpu"
GLOBS = (
    ".dockerenv",
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/self/cgroup",
    "proc/sys/abi/sve_default_vector_length",
    "proc/sys/kernel/perf_event_paranoid",
    f"{CPU}/online",
    f"{CPU}/cpu[0-9]*/cpu_capacity",
    *(f"{CPU}/cpu[0-9]*/topology/{name}" for name in ("core_id", "physical_package_id", "thread_siblings_list")),
    *(
        f"{CPU}/cpu[0-9]*/cache/index[0-9]*/{name}"
        for name in (
            "level",
            "type",
            "size",
            "coherency_line_size",
            "number_of_sets",
            "ways_of_associativity",
            "shared_cpu_list",
        )
    ),
    *(
        f"{CPU}/cpu[0-9]*/cpufreq/{name}"
        for name in ("cpuinfo_max_freq", "base_frequency", "bios_limit", "scaling_governor")
    ),
    f"{CPU}/intel_pstate/no_turbo",
    f"{CPU}/cpufreq/boost",
    "sys/devices/cpu_*/cpus",
    "sys/devices/system/node/node[0-9]*/cpu[lm]*",
    "sys/devices/system/clocksource/clocksource0/current_clocksource",
    "sys/devices/system/clocksource/clocksource0/available_clocksource",
    "sys/kernel/mm/transparent_hugepage/enabled",
    "sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
    "sys/class/dmi/id/sys_vendor",
    "sys/class/dmi/id/product_name",
)
MEMORY_LINES = ("MemTotal", "MemFree", "MemAvailable", "SwapTotal", "SwapFree", "Hugepagesize")
LEAVES = (0, 1, 2, 4, 0x15, 0x16, 0x18, 0x40000000, 0x40000010, 0x80000000, 0x80000002, 0x80000003, 0x80000004)
AMD_LEAVES = (0x80000005, 0x80000006, 0x8000001D, 0x80000021)


def read_files(root: Path) -> dict[str, str]:
    paths = sorted({path for pattern in GLOBS for path in root.glob(pattern) if path.is_file()})
    contents = {str(path.relative_to(root)): path.read_text(errors="replace").strip("\n\0 ") for path in paths}
    masks = [path for path in contents if path.endswith("/cpumap") and path.replace("cpumap", "cpulist") in contents]
    contents = {path: content for path, content in contents.items() if path not in masks}
    contents["proc/cpuinfo"] = shorten_cpuinfo(contents.get("proc/cpuinfo", ""))
    lines = contents.get("proc/meminfo", "").splitlines()
    contents["proc/meminfo"] = "\n".join(line for line in lines if line.split(":")[0] in MEMORY_LINES)
    return {path: content for path, content in contents.items() if content or path == ".dockerenv"}


def shorten_cpuinfo(text: str) -> str:
    """Keep the first processor of each kind, since sysfs lists the others."""
    kept = {}
    for block in text.split("\n\n"):
        kind = re.findall(r"^(?:CPU part|model|physical id)\s*:.*$", block, re.MULTILINE)
        kept.setdefault(tuple(kind), block)
    return "\n\n".join(kept.values())


def fold(files: dict[str, str]) -> dict[str, str | list[str]]:
    """Write files that differ only in the number of their CPU once."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    folded: dict[str, str | list[str]] = {}
    for path, content in files.items():
        match = re.fullmatch(rf"({CPU}/cpu)(\d+)(/.*)", path)
        if match:
            body = "{cpu}" if content == match[2] and re.search("list$|core_id$", path) else content
            groups[f"{match[1]}{{}}{match[3]}", body].append(int(match[2]))
        else:
            folded[path] = content.splitlines() if "\n" in content else content
    for (template, body), cpus in groups.items():
        folded[template.format("{" + spans(sorted(cpus)) + "}")] = body
    return folded


def spans(numbers: list[int]) -> str:
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in parts)


def read_dump(path: Path) -> dict[str, str]:
    """Return hwloc's dump as `leaf,subleaf -> eax ebx ecx edx`, in hexadecimal."""
    leaves = {}
    for line in path.read_text().splitlines():
        match = re.fullmatch(r"\w+ (\w+) \w+ (\w+) \w+ => (\w+ \w+ \w+ \w+)", line.strip())
        if match and int(match[1], 16) in (*LEAVES, *AMD_LEAVES):
            leaves[f"{match[1]},{match[2]}"] = match[3]
    return leaves


def read_live() -> dict[str, str]:
    from hwbench.native.cpu import cpuid

    found = {}
    for leaf in (*LEAVES, *AMD_LEAVES):
        for subleaf in range(9 if leaf in (4, 0x18, 0x8000001D) else 1):
            registers = cpuid(leaf, subleaf)
            if registers and (any(registers) or subleaf == 0):
                found[f"{leaf:x},{subleaf:x}"] = " ".join(f"{register:x}" for register in registers)
    return found


def main(name: str, root: str = "/", dump: str = "") -> None:
    files = read_files(Path(root))
    cpuid = read_live() if dump == "live" else read_dump(Path(dump)) if dump else {}
    own = {
        "name": name,
        "system": "Linux",
        "release": platform.release() if root == "/" else "",
        "machine": platform.machine(),
    }
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    record = {"source": "", "own": own, "files": fold(files), "cpuid": cpuid}
    (folder / "host.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
