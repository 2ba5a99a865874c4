"""What a machine is made of, as a tree: sockets, NUMA nodes, shared caches, cores; identical parts can be drawn as one.

The record has one claim a kind of cache with the CPUs that share its first instance; the other instances are taken to share
alike, along the cores in their order, as hwloc would list them (https://www.open-mpi.org/projects/hwloc/).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hwbench.records import CacheClaim, CoreFacts, HostFacts

UNKNOWN_SHARED_FROM: Final = 3  # a cache of this level or beyond, whose sharing is not stated, is drawn as a socket's
KINDS: Final = {"performance": "performance core", "efficiency": "efficiency core", "uniform": "core"}
PERFORMANCE_LEVELS: Final = {"perflevel0": "performance", "perflevel1": "efficiency"}  # as macOS numbers them
PAD: Final = 6  # pixels between a frame and what is in it, and between boxes
LEAST_WIDTH: Final = 80  # pixels: what "L2 1.25 MiB" needs


@dataclass(frozen=True)
class Core:
    """One physical core: what is said of its first logical CPU, all its logical CPUs, and those that may be used."""

    facts: CoreFacts
    cpus: tuple[int, ...]
    usable: tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """A part of the machine: `name` says what it is, `caches` stand over its `children`; a core has none of these.

    `cpus` are its logical CPUs, those of all where `times` alike are drawn as one.
    """

    kind: str
    name: str
    cpus: tuple[int, ...] = ()
    usable: tuple[int, ...] = ()
    caches: tuple[CacheClaim, ...] = ()
    children: tuple[Part, ...] = ()
    number: str = ""
    times: int = 1

    @property
    def has_frame(self) -> bool:
        """Whether it is drawn with a frame, which tells its name: what is in a socket or node, or stands for several."""
        return self.times > 1 or self.kind in ("socket", "node")

    @property
    def width(self) -> int:
        """How many pixels it takes at least to be read."""
        return max(together(self.children), LEAST_WIDTH) + 2 * PAD * self.has_frame


def together(parts: Sequence[Part]) -> int:
    """Return how many pixels parts take side by side."""
    return sum(part.width + PAD for part in parts) - PAD


Shared = Mapping[int, tuple[CacheClaim, int]]  # a core's first CPU → its cache and which instance of it
Grouping = Callable[[Core], Hashable]


def cores_of(host: HostFacts) -> list[Core]:
    """Return the physical cores in the order of sockets, NUMA nodes and CPUs."""
    usable = set(host.usable_cpus) or {one.cpu for one in host.cores}  # none told: nothing is known to be forbidden
    found: dict[tuple[int, int], list[CoreFacts]] = {}
    for one in host.cores:
        found.setdefault((one.socket, min((one.cpu, *one.siblings))), []).append(one)
    cores = []
    for members in found.values():
        cpus = tuple(sorted({member.cpu for member in members}))
        first = min(members, key=lambda member: member.cpu)
        cores.append(Core(first, cpus, tuple(cpu for cpu in cpus if cpu in usable)))
    return sorted(cores, key=lambda core: (core.facts.socket, core.facts.numa_node, core.cpus[0]))


def tree(cores: Sequence[Core], caches: Sequence[CacheClaim]) -> tuple[Part, ...]:
    """Return the largest parts of a machine with these cores and caches, each with its own parts."""
    private: dict[tuple[int, str], Shared] = {}
    shared: dict[tuple[int, str], Shared] = {}
    for place in sorted({(claim.level, claim.kind) for claim in caches}, key=lambda place: (-place[0], place[1])):
        assigned = share_out([claim for claim in caches if (claim.level, claim.kind) == place], cores)
        sizes: dict[Hashable, int] = {}
        for key in assigned.values():
            sizes[key] = sizes.get(key, 0) + 1
        (shared if max(sizes.values(), default=0) > 1 else private)[place] = assigned
    return tuple(_group(cores, _levels(cores, shared), private))


def share_out(claims: Sequence[CacheClaim], cores: Sequence[Core]) -> dict[int, tuple[CacheClaim, int]]:
    """Return which of the claimed caches each core has, by the core's first CPU; cores of which nothing is known have none."""
    found: dict[int, tuple[CacheClaim, int]] = {}
    for claim in claims:
        shared = set(claim.shared_by)
        found |= {core.cpus[0]: (claim, 0) for core in cores if shared & set(core.cpus)}
    for claim in claims:
        kinds = _kinds(claim, cores) if len(claims) > 1 else set()
        mine = [core for core in cores if core.cpus[0] not in found and (not kinds or core.facts.kind in kinds)]
        known = [core for core in cores if found.get(core.cpus[0], (None,))[0] is claim]
        each = len(known) or _cores_each(claim, mine)
        left = len(mine) if claim.instances is None else claim.instances - bool(known)
        for core, instance in _in_turn(mine, each):
            if instance < left:
                found[core.cpus[0]] = (claim, instance + 1)
    return found


def _kinds(claim: CacheClaim, cores: Sequence[Core]) -> set[str]:
    """Return the kinds of core that have this cache, where claims differ; none: nothing is said."""
    kinds = {kind for name, kind in PERFORMANCE_LEVELS.items() if name in claim.source}
    shared = set(claim.shared_by)
    return kinds | {core.facts.kind for core in cores if shared & set(core.cpus)}


def _cores_each(claim: CacheClaim, cores: Sequence[Core]) -> int:
    """Return how many cores share an instance where the claim names none of them."""
    if claim.instances:
        return max(-(-len(cores) // claim.instances), 1)
    if claim.level < UNKNOWN_SHARED_FROM:
        return 1
    return max(len(cores) // max(len({core.facts.socket for core in cores}), 1), 1)


def _in_turn(cores: Sequence[Core], each: int) -> Iterable[tuple[Core, int]]:
    """Deal cores out to instances, so many to each, never over the end of a socket."""
    instance, dealt, socket = 0, 0, None
    for core in cores:
        if dealt and (dealt == each or core.facts.socket != socket):
            instance, dealt = instance + 1, 0
        dealt, socket = dealt + 1, core.facts.socket
        yield core, instance


# ── the tree ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Level:
    """One step of the tree: which cores belong together, and what their part is called."""

    kind: str
    key: Grouping
    cache: Shared | None = None


def _levels(cores: Sequence[Core], shared: Mapping[tuple[int, str], Shared]) -> list[Level]:
    """Return the steps from the coarsest to the finest: a cache may span NUMA nodes, and a node caches."""
    levels = [Level("socket", lambda core: core.facts.socket), Level("node", lambda core: core.facts.numa_node)]
    levels = [level for level in levels if len({level.key(core) for core in cores}) > 1]
    levels += [Level("cache", _instance(assigned), assigned) for assigned in shared.values()]
    return sorted(levels, key=lambda level: len({level.key(core) for core in cores}))


def _instance(assigned: Shared) -> Grouping:
    def key(core: Core) -> Hashable:
        claim, number = assigned.get(core.cpus[0], (None, -1))
        return (id(claim), number)

    return key


def _group(cores: Sequence[Core], levels: Sequence[Level], private: Mapping[tuple[int, str], Shared]) -> list[Part]:
    """Return the parts of these cores, by the first of the levels and within it the others."""
    if not levels:
        return [_core(core, private) for core in cores]
    level, *finer = levels
    groups: dict[Hashable, list[Core]] = {}
    for core in cores:
        groups.setdefault(level.key(core), []).append(core)
    parts: list[Part] = []
    for members in groups.values():
        children = tuple(_group(members, finer, private))
        cache = level.cache.get(members[0].cpus[0]) if level.cache else None
        if level.cache is not None and cache is None:
            parts += children  # these cores have no such cache
        elif cache is not None and len(members) == 1:
            parts += [
                replace(core, caches=(cache[0], *core.caches)) for core in children
            ]  # its own, though others share
        else:
            parts.append(_part(level.kind, members, cache[0] if cache else None, children))
    return parts


def _part(kind: str, members: Sequence[Core], cache: CacheClaim | None, children: tuple[Part, ...]) -> Part:
    cpus = tuple(sorted(cpu for core in members for cpu in core.cpus))
    usable = tuple(sorted(cpu for core in members for cpu in core.usable))
    facts = members[0].facts
    if cache is not None:
        return Part(kind, f"L{cache.level} and its cores", cpus, usable, (cache,), children)
    name, number = ("socket", facts.socket) if kind == "socket" else ("NUMA node", facts.numa_node)
    return Part(kind, name, cpus, usable, (), children, str(number))


def _core(core: Core, private: Mapping[tuple[int, str], Shared]) -> Part:
    first = core.cpus[0]
    caches = tuple(assigned[first][0] for assigned in private.values() if first in assigned)
    return Part("core", KINDS[core.facts.kind], core.cpus, core.usable, caches, (), str(core.facts.core))


# ── what is alike ─────────────────────────────────────────────────────────────────────────────────────────────────────


def fitted(parts: Sequence[Part], pixels: int) -> tuple[Part, ...]:
    """Return the parts no wider than so many pixels where that can be: alike ones become one, the innermost first."""
    whole = tuple(parts)
    for depth in range(max(map(_depth, whole), default=0), -1, -1):
        if together(whole) <= pixels:
            break
        whole = _merged_at(whole, depth)
    return whole


def _depth(part: Part) -> int:
    return 1 + max(map(_depth, part.children)) if part.children else 0


def _merged_at(parts: tuple[Part, ...], depth: int) -> tuple[Part, ...]:
    """Merge the alike ones of those siblings that are so many steps down."""
    if depth:
        return tuple(replace(part, children=_merged_at(part.children, depth - 1)) for part in parts)
    alike: dict[Hashable, list[Part]] = {}
    for part in parts:
        alike.setdefault(_likeness(part), []).append(part)
    return tuple(_merged(members) for members in alike.values())


def _likeness(part: Part) -> Hashable:
    """Return what two parts have in common if they may be drawn as one: all but their numbers."""
    caches = tuple((cache.level, cache.kind, cache.bytes) for cache in part.caches)
    share = (len(part.cpus), len(part.usable))
    return (part.kind, part.name, caches, share, part.times, tuple(map(_likeness, part.children)))


def _merged(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return replace(
        first,
        cpus=tuple(sorted(cpu for part in parts for cpu in part.cpus)),
        usable=tuple(sorted(cpu for part in parts for cpu in part.usable)),
        number=", ".join(part.number for part in parts if part.number),
        times=len(parts) * first.times,
    )


def ranges(numbers: Iterable[int]) -> str:
    """Write numbers in short: 0–11, 48–59."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)
