"""The doctor's report as text: the host in three lines, a table of permits, each lack with its cost and remedy."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING, Final

from hwbench.show.style import Colour, paint
from hwbench.units import format_bytes, format_rate

if TYPE_CHECKING:
    from typing import TextIO

    from hwbench.host.permits import DoctorReport, Permit
    from hwbench.records import CacheClaim, HostFacts

_COLOURS: Final[dict[str, Colour]] = {"ok": "green", "limited": "yellow", "missing": "red"}
WIDEST: Final = 120
NARROWEST: Final = 50


def report(findings: DoctorReport, stream: TextIO, width: int | None = None) -> str:
    """Return the whole report, fitted to the terminal (or `width` columns) and coloured as the stream allows."""
    columns = max(min(width or shutil.get_terminal_size((100, 24)).columns, WIDEST), NARROWEST)
    lacks = [permit for permit in findings.permits if permit.state != "ok"]
    parts = [host_lines(findings.host, columns), _table(findings.permits, stream, columns)]
    if lacks:
        parts.append(paint("What the lacks cost, and what would mend them", "bold", stream))
        parts += [_lack(permit, stream, columns) for permit in lacks]
    if findings.sources:
        parts.append(paint("What `hwbench explain` counts with, best first", "bold", stream))
        parts.append(_table(findings.sources, stream, columns, "source"))
        parts += [_lack(source, stream, columns, "gives: ") for source in findings.sources if source.state != "ok"]
    parts.append(_summary(findings))
    return "\n\n".join(parts) + "\n"


def host_lines(host: HostFacts, columns: int) -> str:
    """Return what the host says of itself, in a few lines."""
    cpu = host.cpu
    name = cpu.model or cpu.vendor or "a processor that does not tell its name"
    kind = f" ({cpu.microarchitecture})" if cpu.microarchitecture and cpu.microarchitecture != name else ""
    where = ", ".join(
        text
        for text in (
            f"{host.system} {host.release}".strip(),
            cpu.architecture,
            f"under {host.hypervisor}" if host.hypervisor else "",
            f"in {host.container}" if host.container else "",
        )
        if text
    )
    speed = f", {format_rate(cpu.nominal_hertz, 'Hz')}" if cpu.nominal_hertz else ""
    caches = "; ".join(_cache(claim) for claim in host.caches if claim.kind != "instruction") or "caches unknown"
    lines = (f"{host.name or 'this host'}: {where}", f"{name}{kind}, {_cores(host)}{speed}", f"claims {caches}")
    return "\n".join(textwrap.fill(line, columns, subsequent_indent="  ") for line in lines)


def _cores(host: HostFacts) -> str:
    physical = len({(core.socket, core.core, min((core.cpu, *core.siblings))) for core in host.cores})
    small = sum(core.kind == "efficiency" for core in host.cores)
    text = f"{len(host.cores)} logical CPU{'s' * (len(host.cores) != 1)} on {physical} core{'s' * (physical != 1)}"
    return f"{text}, {small} of them small" if small else text


def _cache(claim: CacheClaim) -> str:
    shared = f", shared by {len(claim.shared_by)}" if len(claim.shared_by) > 1 else ""
    count = f"{claim.instances} x " if (claim.instances or 1) > 1 else ""
    return f"L{claim.level}{'d' if claim.kind == 'data' else ''} {count}{format_bytes(claim.bytes)}{shared}"


def _table(permits: tuple[Permit, ...], stream: TextIO, columns: int, what: str = "what") -> str:
    from tabulate import tabulate

    widest = max((len(permit.name) for permit in permits), default=0)
    room = max(columns - widest - 14, 20)
    rows = [
        (paint(permit.state, _COLOURS[permit.state], stream), permit.name, textwrap.fill(permit.found, room))
        for permit in permits
    ]
    return str(tabulate(rows, headers=("", what, "found"), tablefmt="simple", disable_numparse=True))


def _lack(permit: Permit, stream: TextIO, columns: int, before: str = "") -> str:
    head = paint(permit.name, _COLOURS[permit.state], stream)
    costs = textwrap.fill(before + permit.costs, columns, initial_indent="  ", subsequent_indent="  ")
    remedy = (
        f"\n  {paint('mend:', 'bold', stream)} {permit.remedy}" if permit.remedy else "\n  (no command mends this here)"
    )
    return f"{head}\n{costs}{remedy}"


def _summary(findings: DoctorReport) -> str:
    count = {state: sum(permit.state == state for permit in findings.permits) for state in _COLOURS}
    return f"{count['ok']} ok, {count['limited']} limited, {count['missing']} missing; hwbench {findings.hwbench}"
