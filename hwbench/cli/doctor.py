"""`hwbench doctor`: what this host permits, what each lack costs, and the command that would mend it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hwbench.units import time_stamp

if TYPE_CHECKING:
    from hwbench.host.activity import Activity
    from hwbench.host.permits import DoctorReport, Permit
    from hwbench.records import Conditions, Unavailable

EXAMPLES = """examples:
  hwbench doctor                what this host permits
  hwbench doctor --json -       the same as JSON, and the host's facts
  hwbench doctor --json doctor.json
  NO_COLOR=1 hwbench doctor     without colours"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "doctor",
        help="what this host permits, and what each lack costs",
        description="Look at what this host permits a benchmark to do. It takes some seconds: every source of counts "
        "is tried, and our parts of them are built at the first use.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write hwbench.doctor/1 to a file; - for standard output, without the text"
    )


def run(arguments: argparse.Namespace) -> int:
    """Look around, write and show what was found; the status is 0 whenever it could look."""
    from hwbench.show.doctor import report

    findings = look()
    if arguments.json:
        write_json(findings, arguments.json)
    if arguments.json != "-":
        sys.stdout.write(report(findings, sys.stdout))
        sys.stdout.flush()
    return 0


def look() -> DoctorReport:
    """Read the host and ask every check."""
    from hwbench import __version__, native
    from hwbench.host import activity, read_host
    from hwbench.host.look import look_around
    from hwbench.host.permits import DoctorReport
    from hwbench.host.text import Files
    from hwbench.native.cpu import cpuid

    built = ", ".join(variant.name for variant in native.available())
    host = read_host(cpuid=cpuid)
    begun = time_stamp()
    first = activity.read_now(Files(Path("/")))
    permits = look_around(host, built or _why_none(native.load("scalar")))
    seen = activity.between(first, activity.read_now(Files(Path("/"))))
    return DoctorReport(
        schema="hwbench.doctor/1",
        hwbench=__version__,
        host=host,
        conditions=_conditions(begun, seen),
        permits=permits,
        sources=sources(),
    )


def sources() -> tuple[Permit, ...]:
    """Try every source of counts, best first: whether it works here, what it gives, and the command that would mend it."""
    from hwbench.evidence.sources import survey
    from hwbench.host.permits import Permit

    return tuple(
        Permit(name=row.name, state=row.state, found=row.found or row.gives, costs=row.gives, remedy=row.remedy)
        for row in survey()
    )


def _conditions(begun: str, seen: Activity | Unavailable) -> Conditions:
    from hwbench.host.activity import Activity
    from hwbench.records import Conditions

    if not isinstance(seen, Activity):
        return Conditions(started=begun, seconds=0.0)
    steal, load = round(seen.stolen, 4), round(seen.others, 4)
    return Conditions(started=begun, seconds=round(seen.seconds, 2), steal_share=steal, other_load=load)


def _why_none(scalar: object) -> Unavailable:
    from hwbench.records import Unavailable

    return scalar if isinstance(scalar, Unavailable) else Unavailable(reason="none of the C kernels runs here")


def write_json(findings: DoctorReport, name: str) -> None:
    """Write the report as JSON to a file or, for `-`, to standard output; UsageError if it cannot be written."""
    import msgspec

    from hwbench.errors import UsageError

    text = msgspec.json.format(msgspec.json.encode(findings)).decode() + "\n"
    if name == "-":
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
        return
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror}") from error
