"""A machine profile as text: a table of its quantities, its latency curve, what is worth knowing, what is missing."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

from hwbench.show import curve
from hwbench.show.style import Colour, paint
from hwbench.units import format_time, format_value, significant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hwbench.records import MachineProfile, Quantity

HEADERS: Final = ("quantity", "measured", "in cycles", "nominal", "agreement", "method")
NARROWEST: Final = 80
METHOD_FROM: Final = 150
METHOD_WIDTH: Final = 46
# What the first part of a quantity's name is about, in the order in which the table has it.
SUBJECTS: Final = {
    "the ruler": ("clock", "core", "scheduler", "kernel", "tsc", "timer", "noise"),
    "caches and memory": ("l1d", "l1i", "l2", "l3", "l4", "llc", "dram", "latency", "huge_pages", "prefetch", "numa"),
    "address translation": ("dtlb", "itlb", "tlb", "page_walk", "translation"),
    "branches and calls": ("branch", "indirect", "call"),
    "arithmetic": ("add", "multiply", "fused_multiply_add", "divide", "square_root", "denormal", "flops"),
    "loads, stores and sharing": (
        "load",
        "store",
        "load_buffer",
        "store_buffer",
        "store_forward",
        "alias_4k",
        "split_line",
        "split_page",
        "atomic",
        "false_sharing",
        "core_to_core",
    ),
    "the system": ("page_fault", "malloc", "syscall", "clock_read", "context_switch", "pipe_hop", "file_read", "fsync"),
    "Python": ("python", "cffi", "numba"),
}
_PERCENT: Final = re.compile(r"(\d+)%")
OTHER: Final = "other"
ASCII: Final = str.maketrans(
    {"–": "-", "µ": "u", "×": "x", "…": "...", "≤": "<=", "≥": ">=", "—": "-", "²": "2", "·": "."}
    | dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+")
    | dict.fromkeys("─━╌", "-")
    | dict.fromkeys("│┊┆┃", "|")
    | {"═": "=", "▶": ">", "→": ">", "◀": "<", "←": "<", "▲": "^", "↑": "^", "▼": "v", "↓": "v"}
    | dict.fromkeys("█▓■●◉", "#")
    | dict.fromkeys("▒░□○△", "o")
)


def plain(text: str, colour: Colour) -> str:
    """Return the text without any colour."""
    return text


@dataclass(frozen=True)
class Page:
    """What is written to: its width in columns, whether it can show more than ASCII, and how it paints."""

    width: int = 100
    unicode: bool = True
    paint: Callable[[str, Colour], str] = plain


def page_of(stream: TextIO) -> Page:
    """Return what a stream can show: a terminal its width, a file or pipe plenty."""
    encoding = stream.encoding or "ascii"
    try:
        curve.UNICODE_MARKS.encode(encoding)
        unicode = True
    except (UnicodeEncodeError, LookupError):
        unicode = False
    columns = shutil.get_terminal_size((NARROWEST, 24)).columns if stream.isatty() else METHOD_FROM + 30
    return Page(max(columns, NARROWEST), unicode, lambda text, colour: paint(text, colour, stream))


def report(profile: MachineProfile, page: Page | None = None) -> str:
    """Return the whole profile as text: heading, curve, table, findings, what is unavailable."""
    page = page or Page()
    parts = [
        heading(profile, page),
        table(profile.quantities, page),
        curve.latency(profile, page.width, unicode=page.unicode),
        worth_knowing(profile, page),
        unavailable(profile.quantities, page),
    ]
    return fit("\n\n".join(part for part in parts if part) + "\n", page)


def fit(text: str, page: Page) -> str:
    """Return text as the page can show it: without Unicode, its signs spelled in ASCII."""
    return text if page.unicode else text.translate(ASCII).encode("ascii", "replace").decode()


def heading(profile: MachineProfile, page: Page) -> str:
    """Return whose profile this is, when and how it was taken, and what the machine was doing."""
    conditions = profile.conditions
    how = [f"{conditions.effort} effort", f"{conditions.seconds:.0f} s"]
    if conditions.only:
        how.append(f"only {','.join(conditions.only)}")
    if conditions.pinned_cpu is not None:
        how.append(f"pinned to CPU {conditions.pinned_cpu}")
    if conditions.core_hertz is not None:
        hertz = conditions.core_hertz
        how.append(f"core at {significant(hertz.low / 1e9)}–{significant(hertz.high / 1e9)} GHz")
    if conditions.clock is not None:
        how.append(f"clock step {format_time(conditions.clock.resolution_ns)}")
    notes = [note for note in conditions.notes if note not in profile.findings]
    lines = [page.paint(profile.title, "bold"), ", ".join(how), *notes]
    if profile.incomplete:
        lines.append(page.paint(f"INCOMPLETE: {profile.incomplete}", "red"))
    return "\n".join(lines)


def table(quantities: dict[str, Quantity], page: Page) -> str:
    """Return the quantities that have a value as a table, by subject; the method only where the page is wide."""
    from tabulate import SEPARATING_LINE, tabulate

    columns = len(HEADERS) if page.width >= METHOD_FROM else len(HEADERS) - 1
    rows: list[object] = []
    for subject, members in by_subject(quantities).items():
        if rows:
            rows.append(SEPARATING_LINE)
        rows.append([page.paint(f"[{subject}]", "bold")] + [""] * (columns - 1))
        rows += [_row(name, quantity, page)[:columns] for name, quantity in members]
    if not rows:
        return ""
    return str(tabulate(rows, HEADERS[:columns], tablefmt="simple", disable_numparse=True))


def by_subject(quantities: dict[str, Quantity]) -> dict[str, list[tuple[str, Quantity]]]:
    """Return the quantities that have a value under what they are about, subjects in their order."""
    subject_of = {stem: subject for subject, stems in SUBJECTS.items() for stem in stems}
    groups: dict[str, list[tuple[str, Quantity]]] = {subject: [] for subject in (*SUBJECTS, OTHER)}
    for name, quantity in quantities.items():
        if quantity.is_available:
            groups[subject_of.get(name.partition(".")[0], OTHER)].append((name, quantity))
    return {subject: members for subject, members in groups.items() if members}


def _row(name: str, quantity: Quantity, page: Page) -> list[str]:
    nominal = "" if quantity.nominal is None else format_value(quantity.nominal, quantity.unit)
    mark = page.paint(" (!)", "yellow") if quantity.caution else ""
    verdict = agreement(quantity)
    if quantity.agrees is False:
        verdict = page.paint(verdict, "yellow")
    method = textwrap.shorten(quantity.method, METHOD_WIDTH, placeholder=" …")
    return [name, quantity.measured + mark, quantity.measured_cycles, nominal, verdict, method]


def agreement(quantity: Quantity) -> str:
    """Say whether a measured value is the claimed one, and if not, what part of it."""
    if quantity.agrees is None or quantity.value is None:
        return "–"
    if quantity.agrees:
        return "agrees"
    return f"differs: {significant(quantity.value / quantity.nominal)}×" if quantity.nominal else "differs"


def worth_knowing(profile: MachineProfile, page: Page) -> str:
    """Return the findings as a numbered list."""
    if not profile.findings:
        return ""
    lines = [_wrapped(f"{number}. ", finding, page) for number, finding in enumerate(profile.findings, 1)]
    return "\n".join([page.paint("Worth knowing:", "bold"), *lines])


def unavailable(quantities: dict[str, Quantity], page: Page) -> str:
    """Return what could not be had, the names of one reason together, and what the mark (!) in the table means."""
    lines = _by_reason(
        (name, q.unavailable or "no reason was kept") for name, q in quantities.items() if not q.is_available
    )
    doubts = _by_reason((name, q.caution) for name, q in quantities.items() if q.is_available and q.caution)
    parts = []
    if lines:
        parts.append(
            "\n".join([page.paint("Not available here:", "bold"), *(_wrapped("- ", line, page) for line in lines)])
        )
    if doubts:
        parts.append(
            "\n".join([page.paint("(!) with caution:", "yellow"), *(_wrapped("- ", line, page) for line in doubts)])
        )
    return "\n\n".join(parts)


def _by_reason(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return one line a reason with all its names; reasons that differ in their percentages only are one."""
    reasons: dict[str, list[tuple[str, str]]] = {}
    for name, reason in pairs:
        reasons.setdefault(_PERCENT.sub("%", reason), []).append((name, reason))
    return [
        f"{', '.join(name for name, _ in members)}: {_with_ranges([reason for _, reason in members])}"
        for members in reasons.values()
    ]


def _with_ranges(reasons: list[str]) -> str:
    """Return the first of like reasons, each percentage replaced by the range over all."""
    columns = zip(*([int(number) for number in _PERCENT.findall(reason)] for reason in reasons), strict=True)
    spans = iter(f"{min(seen)}–{max(seen)}%" if len(set(seen)) > 1 else f"{seen[0]}%" for seen in columns)
    return _PERCENT.sub(lambda _: next(spans), reasons[0])


def _wrapped(bullet: str, text: str, page: Page) -> str:
    return textwrap.fill(text, min(page.width, 120), initial_indent=bullet, subsequent_indent=" " * len(bullet))
