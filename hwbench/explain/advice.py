"""What to do about a cause, which lesson teaches it, and which measurement would tell two causes apart."""

from __future__ import annotations

from typing import Final

ADVICE: Final[dict[str, tuple[str, str]]] = {
    "algorithm": ("change the algorithm: no other mending matters as n grows", "growth"),
    "instructions": (
        "do less for each unit of work: fewer layers, copies, boxes; prepare once; compile the inner loop",
        "layers",
    ),
    "vectorization": (
        "let the inner loop process several elements an instruction: contiguous columns, no calls, restrict",
        "vectorisation",
    ),
    "dispatch": (
        "sort or group by type, or specialise: indirect jumps should go where they went before",
        "indirect_targets",
    ),
    "branch": (
        "make outcomes predictable (sort, partition) or the code branchless (masks, conditional moves)",
        "branchless",
    ),
    "cache": (
        "touch less memory and touch it in order: contiguous layout, smaller elements, tiles, indices sorted first",
        "pointer_chasing",
    ),
    "bandwidth": (
        "move fewer bytes: smaller types, fuse passes over the data, keep blocks in the cache",
        "bandwidth_saturation",
    ),
    "tlb": ("use huge pages, or keep what is used together on fewer pages", "huge_pages"),
    "execution": (
        "break dependency chains (several accumulators), avoid divisions, denormals and mismatched store and load sizes",
        "dependency_chains",
    ),
    "allocation": ("allocate once and reuse: arenas, reserved vectors, no object for each value", "allocation"),
    "system": (
        "batch: one system call, transaction or fsync for many items; wait for nothing in the loop",
        "system_calls",
    ),
    "contention": ("give each thread its own line and its own counter; share less, lock less often", "false_sharing"),
}
TELLS_APART: Final[dict[frozenset[str], str]] = {
    frozenset(
        ("cache", "tlb")
    ): "huge pages as a toggle (hwbench explain without --no-toggles), or counters of page walks",
    frozenset(
        ("cache", "bandwidth")
    ): "the counting plugin's kinds of misses, or a run beside a neighbour that takes bandwidth",
    frozenset(("branch", "execution")): "counted mispredictions: apt-get install qemu-user, or a machine with counters",
    frozenset(("instructions", "execution")): "counted instructions: apt-get install qemu-user valgrind",
}
COUNTING: Final = (
    "counted instructions, misses and mispredictions: apt-get install qemu-user, or a machine with counters"
)


def advice(cause: str) -> tuple[str, str]:
    """Return a sentence of advice and the name of the lesson on a cause."""
    return ADVICE.get(cause, ("", ""))


def tells_apart(first: str, second: str) -> str:
    """Return which measurement would tell two causes apart."""
    return TELLS_APART.get(frozenset((first, second)), COUNTING)
