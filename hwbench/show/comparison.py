"""Machines beside each other as text: whose profiles, where the hosts differ, a table of every quantity, how many differ.

The machines are A, B, C … in their order, each later one against A. A page too narrow for the table loses the intervals first,
the ratios' before the values', then the values of the later machines, whose ratios stay; machines that still have no room get a
table of their own.
"""

from __future__ import annotations

import string
import textwrap
from typing import TYPE_CHECKING, Final, Literal

from hwbench.profile.comparing import measured
from hwbench.show import grid, machine, words
from hwbench.show.grid import Row
from hwbench.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hwbench.records import Against, ComparedMachine, ComparedQuantity, MachineComparison, Ratio
    from hwbench.show.machine import Page
    from hwbench.show.style import Colour

DIFFERS: Final = "≠"
DIFFERS_ASCII: Final = "!="
CAUTION: Final = " (!)"
WIDEST: Final = 40  # of a cell: what is wider is no figure of a machine
READABLE: Final = 120
Detail = Literal["all intervals", "intervals", "values", "ratios"]
DETAILS: Final[tuple[Detail, ...]] = ("all intervals", "intervals", "values", "ratios")
COLOURS: Final[Mapping[str, Colour]] = {"slower": "red", "faster": "green", "": "yellow"}


def report(comparison: MachineComparison, page: Page | None = None, *, differing: bool = False) -> str:
    """Return the whole comparison as text; `differing` leaves the quantities out that do not differ."""
    page = page or machine.Page()
    names = comparison.differing if differing else list(comparison.quantities)
    parts = [
        heading(comparison, page),
        facts(comparison, page),
        table(comparison, names, page),
        "" if differing else not_compared(comparison, page),
        notes(comparison, page),
        "\n".join(page.paint(line, "bold") for line in summary(comparison)),
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    return machine.fit(text if page.unicode else text.replace(DIFFERS, DIFFERS_ASCII), page)


def letter(number: int) -> str:
    """Return what the machine of that number is called in the table: A, B, … Z, then M27."""
    return string.ascii_uppercase[number] if number < len(string.ascii_uppercase) else f"M{number + 1}"


def heading(comparison: MachineComparison, page: Page) -> str:
    """Return whose profiles are compared."""
    rows = [Row((letter(number), *_whose(one, page))) for number, one in enumerate(comparison.machines)]
    title = page.paint("Machines compared, each later one with A", "bold")
    return f"{title}\n{grid.draw(('', 'machine', 'processor', 'taken', 'effort', 'profile'), rows, page)}"


def _whose(one: ComparedMachine, page: Page) -> tuple[str, ...]:
    room = max((page.width - 54) // 2, 12)
    label = one.host if one.label.startswith(f"{one.host} ") else one.label  # what else tells it apart stands beside it
    name, cpu = (words.shortened(words.one_line(text), room) for text in (label, one.cpu))
    return name, cpu, words.one_line(one.taken[:16].replace("T", " ")), one.effort, one.id


def facts(comparison: MachineComparison, page: Page) -> str:
    """Return what the hosts say of themselves where they do not all say the same."""
    if not comparison.facts:
        return ""
    lines = [page.paint("What the hosts say of themselves, where it differs:", "bold")]
    for name, texts in comparison.facts.items():
        who: dict[str, list[str]] = {}
        for number, text in enumerate(texts):
            who.setdefault(words.one_line(text), []).append(letter(number))
        told = "; ".join(f"{', '.join(letters)}: {text}" for text, letters in who.items())
        lines.append(_wrapped("- ", f"{words.one_line(name)}: {told}", page))
    return "\n".join(lines)


def table(comparison: MachineComparison, names: Sequence[str], page: Page) -> str:
    """Return the named quantities that any two can be compared by, by subject, in as much detail as the page has room for."""
    shown = [name for name in names if _is_compared(comparison.quantities[name])]
    if not shown:
        return ""
    later = range(1, len(comparison.machines))
    return "\n\n".join(_tables({name: comparison.quantities[name] for name in shown}, list(later), page))


def _is_compared(quantity: ComparedQuantity) -> bool:
    return any(one.differs is not None or one.ratio is not None for one in quantity.against)


def _tables(quantities: Mapping[str, ComparedQuantity], later: list[int], page: Page) -> Iterator[str]:
    """Yield one table with all later machines, or several with a part of them each where one has no room."""
    for detail in DETAILS:
        headers, rows = _headers(later, detail), list(_rows(quantities, later, detail))
        if grid.width(headers, rows) <= page.width:
            yield grid.draw(headers, rows, page)
            return
    if len(later) == 1:
        yield grid.draw(headers, rows, page)
        return
    middle = len(later) // 2
    yield from _tables(quantities, later[:middle], page)
    yield from _tables(quantities, later[middle:], page)


def _headers(later: Sequence[int], detail: Detail) -> tuple[str, ...]:
    values = ("A",) if detail == "ratios" else ("A", *(letter(number) for number in later))
    return ("quantity", *values, *(f"{letter(number)} / A" for number in later))


def _rows(quantities: Mapping[str, ComparedQuantity], later: Sequence[int], detail: Detail) -> Iterator[Row]:
    """Yield the rows, under each subject its quantities."""
    stand_in = {
        name: next(value for value in quantity.values if value.is_available) for name, quantity in quantities.items()
    }
    columns = len(_headers(later, detail))
    for number, (subject, members) in enumerate(machine.by_subject(stand_in).items()):
        if number:
            yield grid.RULE
        yield Row((f"[{subject}]", *[""] * (columns - 1)), colour="bold")
        for name, _ in members:
            yield _row(name, quantities[name], later, detail)


def _row(name: str, quantity: ComparedQuantity, later: Sequence[int], detail: Detail) -> Row:
    values = [0] if detail == "ratios" else [0, *later]
    cells = (
        words.shortened(words.one_line(name), WIDEST),
        *(_value(quantity, number, detail) for number in values),
        *(ratio_cell(quantity, quantity.against[number - 1], interval=detail == "all intervals") for number in later),
    )
    marked = [against for number in later if (against := quantity.against[number - 1]).differs]
    ways = {direction(quantity, against) for against in marked}
    return Row(cells, colour=COLOURS[ways.pop() if len(ways) == 1 else ""] if marked else None)


def _value(quantity: ComparedQuantity, number: int, detail: Detail) -> str:
    value = quantity.values[number]
    if not value.is_available:
        return "–"
    text = words.shortened(measured(value, interval="intervals" in detail), WIDEST)
    return text + (CAUTION if value.caution else "")


def ratio_cell(quantity: ComparedQuantity, against: Against, *, interval: bool = True) -> str:
    """Return a ratio with the sign of a difference before it and, where that can be said, which way: ≠ ×1.82 slower."""
    if against.ratio is None and against.differs is None:
        return "  –"
    mark = DIFFERS if against.differs else " " if against.differs is False else "?"
    return " ".join(
        part for part in (mark, ratio_text(against.ratio, interval=interval), direction(quantity, against)) if part
    )


def ratio_text(ratio: Ratio | None, *, interval: bool = True) -> str:
    """Write a ratio: ×1.82 (1.7–1.9); ≥ ×3 or ≤ ×0.3 where one value is a lower bound; nothing where there is none."""
    if ratio is None:
        return ""
    if ratio.high is None and ratio.low is not None:
        return f"≥ {words.factor(ratio.low)}"
    if ratio.low is None and ratio.high is not None:
        return f"≤ {words.factor(ratio.high)}"
    text = words.factor(ratio.value)
    return f"{text} {between(ratio)}".rstrip() if interval else text


def between(ratio: Ratio | None) -> str:
    """Write the bounds of a ratio, (1.7–1.9); nothing where one is open or they say no more than the ratio."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return ""
    bounds = [significant(bound) if 1e-4 <= abs(bound) < 1e6 else f"{bound:.1e}" for bound in (ratio.low, ratio.high)]
    return "" if bounds[0] == bounds[1] else f"({'–'.join(bounds)})"


def direction(quantity: ComparedQuantity, against: Against) -> str:
    """Say of a difference whether the later machine is faster or slower in it; empty where that cannot be said."""
    if not against.differs or against.ratio is None or quantity.better is None or against.ratio.value == 1:
        return ""
    return "slower" if (against.ratio.value > 1) == (quantity.better == "lower") else "faster"


def not_compared(comparison: MachineComparison, page: Page) -> str:
    """Return the quantities for which nothing can be said, those with one reason together."""
    found = reasons(comparison)
    if not found:
        return ""
    lines = [_wrapped("- ", f"{', '.join(map(words.one_line, names))}: {why}", page) for why, names in found.items()]
    return "\n".join([page.paint("Not compared:", "bold"), *lines])


def reasons(comparison: MachineComparison) -> dict[str, list[str]]:
    """Return why quantities cannot be compared, with the letters of the machines that are the cause, and which those are."""
    found: dict[str, list[str]] = {}
    for name, quantity in comparison.quantities.items():
        for reason in dict.fromkeys(_whys(quantity)):
            found.setdefault(reason, []).append(name)
    return found


def _whys(quantity: ComparedQuantity) -> Iterator[str]:
    """Yield why later machines cannot be compared with the first, with the letters of those who lack a value."""
    lacking: dict[str, list[str]] = {}
    for number, value in enumerate(quantity.values):
        if not value.is_available:
            lacking.setdefault(words.one_line(value.unavailable or "no reason was kept"), []).append(letter(number))
    for reason, letters in lacking.items():
        yield f"{', '.join(letters)}: {reason}"
    for number, against in enumerate(quantity.against, 1):
        both = quantity.values[0].is_available and quantity.values[number].is_available
        if against.differs is None and both:
            yield f"{letter(number)}: {against.reason}"


def notes(comparison: MachineComparison, page: Page) -> str:
    """Return what makes the comparison doubtful."""
    if not comparison.notes:
        return ""
    lines = [_wrapped("- ", words.one_line(note), page) for note in comparison.notes]
    return "\n".join([page.paint("Read with care:", "yellow"), *lines])


def summary(comparison: MachineComparison) -> list[str]:
    """Return how many quantities differ: 12 of 149 differ beyond their intervals; of several machines, a line each."""
    several = len(comparison.machines) > 2
    return [_count(comparison, number, several=several) for number in range(1, len(comparison.machines))]


def _count(comparison: MachineComparison, number: int, *, several: bool) -> str:
    verdicts = [quantity.against[number - 1].differs for quantity in comparison.quantities.values()]
    known = [verdict for verdict in verdicts if verdict is not None]
    lost = len(verdicts) - len(known)
    who = f"{letter(number)} against A: " if several else ""
    if not known:
        return f"{who}nothing can be compared: no quantity has a value and an interval in both."
    verb = "differs" if sum(known) == 1 else "differ"
    left = f"; {lost} cannot be compared" if lost else ""
    return f"{who}{sum(known)} of {len(known)} {verb} beyond their intervals{left}."


def _wrapped(bullet: str, text: str, page: Page) -> str:
    width = min(page.width, READABLE)
    return textwrap.fill(text, width, initial_indent=bullet, subsequent_indent=" " * len(bullet))
