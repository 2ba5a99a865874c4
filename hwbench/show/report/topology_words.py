"""What the drawing of a machine says: the lines in its boxes, what they tell when pointed at, and the values as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from hwbench.records import CacheClaim, HostFacts, MachineProfile, Quantity
from hwbench.show.machine import agreement
from hwbench.show.report import looks
from hwbench.show.report.picture import Table
from hwbench.show.report.topology_parts import KINDS, Core, Part, ranges
from hwbench.show.words import listed, one_line, plural, shortened
from hwbench.units import format_bytes, significant

MOST_CLAIMS: Final = 16  # no host has more; a made-up record may
MEASURED_ALONE: Final = "measured; the host states no size"
# The names under which the capacity of a level is measured.
STEMS: Final = {(1, "data"): "l1d", (1, "unified"): "l1d", (1, "instruction"): "l1i"}
SHORT: Final = {"performance core": "P-core", "efficiency core": "E-core"}
UNCLAIMED: Final[dict[tuple[int, Literal["data", "unified"]], str]] = {
    (1, "data"): "l1d",
    (2, "unified"): "l2",
    (3, "unified"): "l3",
    (4, "unified"): "l4",
}
CAPTION: Final = (
    "Drawn as hwloc's lstopo does: a cache stands over the cores that share it, and “8 × core” stands for eight that are alike,"
    " with their caches."
)
Lines = list[tuple[str, str]]  # what stands in a box, line by line: long, and short for where it is narrow


def caches_of(profile: MachineProfile) -> list[CacheClaim]:
    """Return the claimed caches, and those that no one claims and that were measured."""
    claims = [claim for claim in profile.host.caches if claim.bytes > 0][:MOST_CLAIMS]
    levels = {claim.level for claim in claims if claim.kind != "instruction"}
    for (level, kind), stem in UNCLAIMED.items():
        quantity = profile.quantities.get(f"{stem}.capacity")
        found = quantity.value if quantity is not None else None
        if level not in levels and found is not None and found >= 1 and looks.is_drawable(found):
            claims.append(CacheClaim(level=level, kind=kind, bytes=round(found), source=MEASURED_ALONE))
    return sorted(claims, key=lambda claim: (-claim.level, claim.kind))


def measured(profile: MachineProfile, claim: CacheClaim) -> Quantity | None:
    """Return the measured capacity of a cache; of several that differ, only the one to which the measurement was held."""
    stem = STEMS.get((claim.level, claim.kind), f"l{claim.level}")
    quantity = profile.quantities.get(f"{stem}.capacity")
    if quantity is None or not looks.is_drawable(quantity.value):
        return None
    sizes = {one.bytes for one in profile.host.caches if (one.level, one.kind) == (claim.level, claim.kind)}
    if len(sizes) < 2:
        return quantity
    if quantity.nominal is not None:
        return quantity if quantity.nominal == claim.bytes else None
    return quantity if profile.conditions.pinned_cpu in claim.shared_by else None


# ── what stands in the boxes ──────────────────────────────────────────────────────────────────────────────────────────


def name(claim: CacheClaim) -> str:
    """Return a cache's short name: L1d, L1i, L2."""
    return f"L{claim.level}" + {"data": "d", "instruction": "i", "unified": ""}[claim.kind]


def size(claim: CacheClaim) -> str:
    """Return a cache's claimed size."""
    return "(not claimed)" if claim.source == MEASURED_ALONE else format_bytes(claim.bytes)


def cache_lines(profile: MachineProfile, claim: CacheClaim) -> Lines:
    """Return what stands in the box of a cache: its claimed size, and beneath it what was measured."""
    title = f"{name(claim)} {size(claim)}"
    lines = [(title, title)]
    quantity = measured(profile, claim)
    if quantity is not None and quantity.value is not None:
        found = format_bytes(quantity.value)
        lines.append((f"measured {found}", f"is {found}"))
        if quantity.agrees is False:
            lines.append((agreement(quantity), "differs"))
    return lines


def frame_lines(part: Part, *, is_merged: bool) -> Lines:
    """Return what stands at the top of a frame; inside a part that stands for several, no numbers."""
    if part.times > 1:
        title = (f"{part.times} × {part.name}", f"{part.times} × {_short(part)}")
        return [title] if is_merged else [title, (_cpus(part.cpus), f"{len(part.cpus)} CPUs")]
    title = (part.name if is_merged else f"{part.name} {part.number}".strip(),) * 2
    return [title]


def _short(part: Part) -> str:
    """Return a part's name for where it is narrow."""
    return SHORT.get(part.name, part.name.removesuffix(" and its cores"))


def core_lines(part: Part, *, is_merged: bool) -> Lines:
    """Return what stands in the box of a core: its number and its logical CPUs; of several alike, how many CPUs each has."""
    if part.kind == "cpus":
        text = plural(len(part.cpus), "usable CPU") if part.cpus else "CPUs not told"
        return [(f"{text}; cores not described", text)]
    short = _short(part)
    if is_merged or part.times > 1:
        threads = len(part.cpus) // part.times
        usable = len(part.usable) // part.times
        title = ("core", "core") if part.times > 1 else (part.name, short)  # the frame of several tells their kind
        lines = [title, (plural(threads, "logical CPU"), plural(threads, "CPU"))]
    else:
        threads, usable = len(part.cpus), len(part.usable)
        lines = [(f"{part.name} {part.number}", f"{short} {part.number}"), (_cpus(part.cpus), _cpus(part.cpus))]
    if usable < threads:
        text = f"{usable} of {threads} usable"
        lines.append((text, text) if usable else ("may not be used", "not usable"))
    return lines


def _cpus(cpus: Sequence[int]) -> str:
    return f"CPU{'s' * (len(cpus) != 1)} {ranges(cpus)}"


def machine_lines(host: HostFacts, cores: Sequence[Core]) -> Lines:
    """Return what stands at the top: whose machine it is, what it has, and what of it may be used."""
    title, model = shortened(one_line(host.name) or "unnamed", 40), shortened(one_line(host.cpu.model), 60)
    lines = [(f"{title}: {model}" if model else title, title)]
    if cores:
        lines.append((_counts(host, cores), f"{plural(len(cores), 'core')}, {plural(len(host.cores), 'CPU')}"))
    usable = sum(len(core.usable) for core in cores)
    if 0 < usable < len(host.cores):
        text = f"{usable} of {len(host.cores)} CPUs"
        lines.append((f"usable here: {text}", f"usable: {text}"))
    if host.cpu_quota is not None:
        quota = f"{significant(host.cpu_quota)} CPU{'s' * (host.cpu_quota != 1)}"
        lines.append((f"CPU time limited to that of {quota}", f"time of {quota}"))
    return lines


def _counts(host: HostFacts, cores: Sequence[Core]) -> str:
    """Say how many sockets, nodes, cores of each kind, and logical CPUs there are."""
    sockets = len({core.facts.socket for core in cores})
    nodes = len({core.facts.numa_node for core in cores})
    kinds = {kind: sum(core.facts.kind == kind for core in cores) for kind in KINDS}
    parts = [plural(sockets, "socket")] + ([plural(nodes, "NUMA node")] if nodes > 1 else [])
    parts += [plural(number, KINDS[kind]) for kind, number in kinds.items() if number]
    return listed([*parts, plural(len(host.cores), "logical CPU")])


def memory_lines(host: HostFacts) -> Lines:
    """Return what stands in the box of the memory: all of it, and the container's limit."""
    total = f"memory {format_bytes(host.memory.total_bytes)}"
    nodes = len({one.numa_node for one in host.cores})
    lines = [(f"{total}, in {nodes} NUMA nodes" if nodes > 1 else total, total)]
    if host.memory.limit_bytes is not None:
        limit = f"limited to {format_bytes(host.memory.limit_bytes)}"
        lines.append((f"{limit} by the container", limit))
    return lines


# ── what they tell when pointed at ────────────────────────────────────────────────────────────────────────────────────


def cache_tells(profile: MachineProfile, claim: CacheClaim) -> dict[str, str]:
    """Return all that is known of a cache."""
    quantity = measured(profile, claim)
    ways = {None: "", 0: "fully associative"}.get(claim.associativity, f"{claim.associativity} ways")
    return {
        "what": f"{name(claim)} cache ({claim.kind})",
        "nominal": size(claim),
        "measured": quantity.measured if quantity else "",
        "agreement": agreement(quantity) if quantity and quantity.agrees is not None else "",
        "associativity": ways,
        "line_size": f"{claim.line_size} B" if claim.line_size else "",
        "shared": _sharing(claim),
        "instances": str(claim.instances) if claim.instances else "",
        "source": claim.source,
        "caution": (quantity.caution or "") if quantity else "",
    }


def _sharing(claim: CacheClaim) -> str:
    if not claim.shared_by:
        return "not stated; drawn as is usual at this level"
    shared = shortened(_cpus(claim.shared_by), 80) if len(claim.shared_by) > 1 else f"CPU {claim.shared_by[0]} alone"
    return f"{shared} (the first of {claim.instances})" if (claim.instances or 1) > 1 else shared


def part_tells(part: Part) -> dict[str, str]:
    """Return what is known of a part that is no cache."""
    return {
        "what": (f"{part.times} × " if part.times > 1 else "") + (part.name or "logical CPUs"),
        "number": shortened(part.number, 60),
        "cpus": shortened(ranges(part.cpus), 80),
        "usable": "all" if len(part.usable) == len(part.cpus) else shortened(ranges(part.usable), 80) or "none",
    }


def memory_tells(host: HostFacts) -> dict[str, str]:
    """Return what is known of the memory."""
    memory = host.memory
    huge = f"; huge ones {format_bytes(memory.huge_page_bytes)} ({memory.huge_pages})" if memory.huge_page_bytes else ""
    return {
        "what": "memory",
        "nominal": format_bytes(memory.total_bytes),
        "available": format_bytes(memory.available_bytes),
        "limit": "" if memory.limit_bytes is None else format_bytes(memory.limit_bytes),
        "pages": format_bytes(memory.base_page_bytes) + huge,
    }


# ── words and values of the whole ─────────────────────────────────────────────────────────────────────────────────────


def alternative(profile: MachineProfile, cores: Sequence[Core], caches: Sequence[CacheClaim]) -> str:
    """Say in words what is drawn."""
    host = profile.host
    parts = [f"{shortened(one_line(host.name) or 'unnamed', 60)} has {_counts(host, cores)}" if cores else ""]
    parts.append(", ".join(long for long, _ in memory_lines(host)))
    for claim in caches:
        quantity = measured(profile, claim)
        found = f", measured {quantity.measured} ({agreement(quantity)})" if quantity else ""
        parts.append(f"{name(claim)} {size(claim)}{found}")
    return "; ".join(part for part in parts if part) + "."


def caption(profile: MachineProfile, cores: Sequence[Core], caches: Sequence[CacheClaim]) -> str:
    """Say how the drawing is read, where sizes were measured, and what the host does not say."""
    told = [CAPTION]
    if any(measured(profile, claim) for claim in caches):
        cpu = profile.conditions.pinned_cpu
        where = "" if cpu is None else f" on CPU {cpu}"
        told.append(
            f"Under a cache's claimed size stands what was measured{where}; other instances are taken to be alike."
        )
    if any(core.facts.kind != "uniform" for core in cores):
        told.append("Where it is narrow, P-core and E-core stand for performance and efficiency core.")
    if any(not core.usable for core in cores):
        told.append("Dashed: CPUs that the measured process may not use.")
    if len({core.facts.numa_node for core in cores}) > 1:
        told.append("The record does not say how much memory each NUMA node has.")
    lacking = {"cores": not cores, "caches": not profile.host.caches}
    told += [
        f"Not described: {what} ({profile.host.missing.get(what, 'no reason was kept')})."
        for what, is_so in lacking.items()
        if is_so
    ]
    return " ".join(told)


def table(profile: MachineProfile, cores: Sequence[Core], caches: Sequence[CacheClaim]) -> Table:
    """Return memory, cores and caches, one a row: how many, claimed and measured, and all else that is known."""
    rows = [*_other_rows(profile.host, cores)]
    marked = set()
    for claim in caches:
        told = cache_tells(profile, claim)
        if told["agreement"].startswith("differs"):
            marked.add(len(rows))
        more = (("", "associativity"), ("lines of ", "line_size"), ("shared by ", "shared"), ("said by ", "source"))
        facts = "; ".join(f"{before}{told[key]}" for before, key in more if told[key])
        rows.append((told["what"], told["instances"], told["nominal"], told["measured"], told["agreement"], facts))
    return Table(
        headers=("part", "number", "claimed", "measured", "agreement", "more"),
        rows=rows,
        right=frozenset({1, 2, 3}),
        marked=frozenset(marked),
        mark="Marked: the measured capacity differs from the claimed one.",
    )


def _other_rows(host: HostFacts, cores: Sequence[Core]) -> Iterator[tuple[str, ...]]:
    told = memory_tells(host)
    limit = f"; limited to {told['limit']}" if told["limit"] else ""
    yield ("memory", "", told["nominal"], "", "", f"{told['available']} available{limit}; pages of {told['pages']}")
    for kind, title in KINDS.items():
        mine = [core for core in cores if core.facts.kind == kind]
        if mine:
            cpus = [cpu for core in mine for cpu in core.cpus]
            usable = [cpu for core in mine for cpu in core.usable]
            may = "all usable" if len(usable) == len(cpus) else f"usable: {ranges(usable) or 'none'}"
            yield (title, str(len(mine)), "", "", "", f"CPUs {ranges(cpus)}; {may}")
