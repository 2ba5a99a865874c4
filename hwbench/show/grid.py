"""A plain table whose rows may carry further lines beneath them, and cells of several lines; coloured after it is laid out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hwbench.show.machine import Page
    from hwbench.show.style import Colour

GAP: Final = "  "
INDENT: Final = "    "


@dataclass(frozen=True)
class Row:
    """One row: its cells, lines that stand beneath it over the whole width, and the colour of its first cell."""

    cells: tuple[str, ...]
    below: tuple[str, ...] = ()
    colour: Colour | None = None


RULE: Final = Row(())


def draw(headers: Sequence[str], rows: Sequence[Row], page: Page, right: Sequence[int] = ()) -> str:
    """Return the table; `right` are the columns set flush right, `RULE` among the rows is a line across."""
    widths = _widths(headers, rows)
    rule = GAP.join("-" * width for width in widths)
    lines = [*_lines(Row(tuple(headers)), widths, page, right), rule]
    for row in rows:
        lines += _lines(row, widths, page, right) if row.cells else [rule]
    return "\n".join(line.rstrip() for line in lines)


def width_without(column: int, headers: Sequence[str], rows: Sequence[Row]) -> int:
    """Return how wide the table is beside that column's own text."""
    return width(headers, rows) - _widths(headers, rows)[column]


def width(headers: Sequence[str], rows: Sequence[Row]) -> int:
    """Return how wide the table is."""
    widths = _widths(headers, rows)
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _widths(headers: Sequence[str], rows: Sequence[Row]) -> list[int]:
    full = (tuple(headers), *(row.cells for row in rows if row.cells))
    return [max(len(line) for cells in full for line in cells[index].split("\n")) for index in range(len(headers))]


def _lines(row: Row, widths: Sequence[int], page: Page, right: Sequence[int]) -> list[str]:
    columns = [cell.split("\n") for cell in row.cells]
    lines = []
    for number in range(max(map(len, columns))):
        cells = [column[number] if number < len(column) else "" for column in columns]
        placed = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        if row.colour is not None and cells[0]:
            placed[0] = page.paint(placed[0], row.colour)
        lines.append(GAP.join(placed))
    for text in row.below:
        lines += textwrap.wrap(text, page.width, initial_indent=INDENT, subsequent_indent=INDENT + "  ")
    return lines
