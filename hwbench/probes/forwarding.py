"""Loads that meet an earlier store, and loads that straddle a boundary.

A value goes through memory and back, again and again, with nothing else in the loop: the time of a step is that of
store and load together. In the exact case the two address registers differ, so that the instructions do not say that
they meet; through one and the same register more cores rename the memory and pay nothing, which is priced apart. A
core that guesses (Zen 3 to 5) passes both by and forwards from its store queue only in the contained case, the upper
half of a store. The penalties are differences of two loops whose instructions are the same and whose addresses alone
differ.
Fooled by: value prediction (the value never changes; no x86 core is known to use it), memory renaming that guesses by
instruction address (then the exact case costs a cycle or less, which is what a program gets too), a line of more than
256 bytes. A penalty of zero is an answer.
Source: Agner Fog, The microarchitecture of Intel, AMD and VIA CPUs (store forwarding stalls, memory renaming); Intel
64 and IA-32 Architectures Optimization Reference Manual (4K aliasing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from hwbench.catalog import kernels
from hwbench.measure import results
from hwbench.probes import Known, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.catalog import Prepared
    from hwbench.measure.bench import Bench, Case
    from hwbench.measure.results import Found

KERNELS: Final = (
    "exact",
    "renamed",
    "contained",
    "spanning",
    "same_low_bits",
    "other_low_bits",
    "aligned",
    "split_line",
    "split_page",
)
QUANTITIES: Final = {
    "store_forward.latency": (
        "exact",
        "8 bytes stored and loaded again through two address registers, a dependent chain",
    ),
    "store_forward.renamed": (
        "renamed",
        "8 bytes stored and loaded again through one address register, a dependent chain",
    ),
    "store_forward.contained": ("contained", "8 bytes stored, the upper 4 of them loaded, a dependent chain"),
    "store_forward.failed": ("spanning", "two stores of 4 bytes, one load of both, a dependent chain"),
}
PENALTIES: Final = {
    "alias_4k.penalty": (
        "same_low_bits",
        "other_low_bits",
        "a load after a store 4 KiB away, less one after a store elsewhere",
    ),
    "split_line.penalty": ("split_line", "aligned", "dependent loads over the end of a line, less loads inside one"),
    "split_page.penalty": ("split_page", "aligned", "dependent loads over the end of a page, less loads inside a line"),
}


def _case(bench: Bench, name: str) -> Case:
    kernel = kernels()[f"alias.{name}"]
    prepared = cast("Prepared", kernel.prepare(kernel.size))  # plain arrays are always to be had
    return bench.c_case(name, kernel.c_function, prepared.arguments, prepared.work.loads)


@probe(
    group="forwarding", quantities=dict.fromkeys((*QUANTITIES, *PENALTIES), "ns"), seconds=0.7, order=60, processes=3
)
def forwarding(bench: Bench, known: Known) -> Iterator[Found]:
    """Price store forwarding, 4K aliasing and split loads."""
    taken = bench.sample([_case(bench, name) for name in KERNELS], 0.8)
    for quantity, (name, method) in QUANTITIES.items():
        yield results.price(quantity, taken[name], method=method)
    for quantity, (dearer, cheaper, method) in PENALTIES.items():
        yield results.price_difference(quantity, taken[dearer], taken[cheaper], method=method)
