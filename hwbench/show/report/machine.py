"""The section of a machine profile: what this machine is, nominal against measured, in pictures; and of several, overlaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hwbench.profile.comparing import compare
from hwbench.records import HostFacts, MachineProfile, Quantity
from hwbench.show.machine import SUBJECTS, agreement, by_subject
from hwbench.show.report import comparison as compared
from hwbench.show.report.bandwidth import bandwidth
from hwbench.show.report.latency import latency
from hwbench.show.report.loaded import loaded
from hwbench.show.report.machines import Machine, each, labelled, value
from hwbench.show.report.mountain import mountain, mountain_flat
from hwbench.show.report.picture import Drawn, Section, Table
from hwbench.show.report.reach import reach
from hwbench.show.report.roofline import roofline
from hwbench.show.report.roofs import Kernel
from hwbench.show.report.ruler import ruler
from hwbench.show.report.sharing import core_to_core
from hwbench.show.report.together import together
from hwbench.show.report.topology import topology
from hwbench.units import format_bytes, format_rate, format_time, format_value

LEVELS: Final = {"l1d": "L1", "l2": "L2", "l3": "L3", "l4": "L4", "dram": "memory"}
HEADERS: Final = ("quantity", "measured", "in cycles", "nominal", "agreement", "how")


def section(profile: MachineProfile, kernels: Sequence[Kernel] = ()) -> Section:
    """Return the section of one machine; `kernels` are further ones to stand under its roofs."""
    machines = labelled([profile])
    (one,) = machines
    return Section(
        kind="machine",
        title=title(profile),
        lead=lead(profile),
        facts=facts(profile),
        drawn=(
            topology(one),
            latency(machines),
            mountain(one),
            mountain_flat(one),
            *_alike(machines, kernels),
        ),
        findings=_findings(profile),
        tables=(*_quantities(profile), _unavailable(profile)),
    )


def comparison(profiles: Sequence[MachineProfile], kernels: Sequence[Kernel] = ()) -> Section:
    """Return the section that lays several machines over each other: the same pictures, and every quantity in a table."""
    machines = labelled(profiles)
    labels = [machine.label for machine in machines]
    whole = compared.section(compare(profiles, labels))
    return replace(whole, drawn=(*whole.drawn, latency(machines), *_alike(machines, kernels)))


def _alike(machines: Sequence[Machine], kernels: Sequence[Kernel]) -> tuple[Drawn, ...]:
    """Return the pictures that one machine has in the same order as several over each other."""
    return (
        bandwidth(machines),
        together(machines),
        loaded(machines),
        roofline(machines, kernels),
        core_to_core(machines),
        reach(machines),
        ruler(machines),
    )


def title(profile: MachineProfile) -> str:
    """Return whose profile this is, short."""
    cpu = profile.host.cpu
    model = " ".join(
        part for part in (cpu.model, f"({cpu.microarchitecture})" if cpu.microarchitecture else "") if part
    )
    return f"The machine {profile.host.name}" + (f": {model}" if model else "")


def lead(profile: MachineProfile) -> str:
    """Return the answer first: what a load costs at each level, what one core reads from memory, how fast it computes."""
    told = [f"{format_time(ns)} from {name}" for name, ns in each(profile, "latency", LEVELS)]
    parts = [f"A load that waits for the one before takes {', '.join(told)}."] if told else []
    read, flops = value(profile, "dram.read_bandwidth"), value(profile, "flops.peak.f64")
    parts += [f"One core reads {format_rate(read)} from memory."] if read else []
    parts += [f"It computes at most {format_rate(flops, 'FLOP/s')} in doubles."] if flops else []
    return " ".join(parts)


def facts(profile: MachineProfile) -> dict[str, str]:
    """Return what the host says of itself, and under which conditions it was measured."""
    host, conditions = profile.host, profile.conditions
    told = {
        "processor": host.cpu.model,
        "architecture": " ".join(part for part in (host.cpu.architecture, host.cpu.microarchitecture) if part),
        "logical CPUs": _cpus(host),
        "vectors": f"up to {max(host.cpu.vector_bits)} bits" if host.cpu.vector_bits else "",
        "memory": _memory(host),
        "core clock": "" if (hertz := value(profile, "core.frequency")) is None else format_value(hertz, "Hz"),
        "system": f"{host.system} {host.release}".strip(),
        "virtual machine": " in ".join(part for part in (host.container, host.hypervisor) if part),
        "measured": profile.taken[:16].replace("T", " "),
        "effort": f"{conditions.effort}, {conditions.seconds:.0f} s" if conditions.seconds < 1e9 else conditions.effort,
        "other load": "" if conditions.other_load is None else f"{100 * conditions.other_load:.1f} % of a CPU",
        "steal": "" if conditions.steal_share is None else f"{100 * conditions.steal_share:.1f} %",
    }
    return {name: fact for name, fact in told.items() if fact}


def _cpus(host: HostFacts) -> str:
    if not host.usable_cpus:
        return ""
    usable = len(host.usable_cpus)
    return f"{usable}" if usable == len(host.cores) or not host.cores else f"{usable} of {len(host.cores)} usable"


def _memory(host: HostFacts) -> str:
    memory = host.memory
    limit = f", at most {format_bytes(memory.limit_bytes)} here" if memory.limit_bytes else ""
    return f"{format_bytes(memory.total_bytes)}{limit}"


def _findings(profile: MachineProfile) -> tuple[str, ...]:
    incomplete = (f"INCOMPLETE: {profile.incomplete}",) if profile.incomplete else ()
    notes = tuple(note for note in profile.conditions.notes if note not in profile.findings)
    return (*incomplete, *profile.findings, *notes)


def _quantities(profile: MachineProfile) -> list[Table]:
    """Return a table a subject; the rows in which the claim is not what was measured are marked."""
    groups = by_subject(profile.quantities)
    return [
        _table(subject, groups[subject])
        for subject in (*SUBJECTS, *groups.keys() - SUBJECTS.keys())
        if subject in groups
    ]


def _table(subject: str, members: Sequence[tuple[str, Quantity]]) -> Table:
    rows = [
        (
            name,
            quantity.measured + (" (!)" if quantity.caution else ""),
            quantity.measured_cycles,
            "" if quantity.nominal is None else format_value(quantity.nominal, quantity.unit),
            agreement(quantity),
            "; ".join(
                part for part in (quantity.method, f"(!) {quantity.caution}" if quantity.caution else "") if part
            ),
        )
        for name, quantity in members
    ]
    differing = [number for number, (_, quantity) in enumerate(members) if quantity.agrees is False]
    return Table(
        title=f"All quantities: {subject}",
        headers=HEADERS,
        rows=rows,
        right=frozenset({1, 2, 3}),
        marked=frozenset(differing),
        mark="Marked: what was measured is not what the machine claims.",
        folded=True,
    )


def _unavailable(profile: MachineProfile) -> Table:
    rows = [
        (name, quantity.unavailable or "no reason was kept")
        for name, quantity in profile.quantities.items()
        if not quantity.is_available
    ]
    return Table(title="Not available there", headers=("quantity", "why"), rows=rows, folded=True)
