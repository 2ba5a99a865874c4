"""The study of engines as tables: an operation a table, an engine a row, a size a column; then what each mistake weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.show import grid, words

if TYPE_CHECKING:
    from hwbench.records.study import Cell, Study, Weighed
    from hwbench.show.machine import Page

MISTAKES: Final = ("algorithm", "memory", "abstraction", "system")
REFERENCE: Final = "sqlite"


def report(study: Study, page: Page) -> str:
    """Return the whole study as text."""
    parts = [heading(study)]
    operations = dict.fromkeys(cell.operation for cell in study.cells)
    parts += [operation_table([cell for cell in study.cells if cell.operation == name], page) for name in operations]
    if study.cells:
        parts.append(memory_table(study.cells, page))
    if study.factorial:
        parts.append(factorial_table(study.factorial, page))
    parts += [f"- {note}" for note in study.notes]
    return "\n\n".join(parts) + "\n"


def heading(study: Study) -> str:
    """Return where and when it was measured."""
    model = study.host.cpu.model if study.host else ""
    where = f"{study.host.name} ({model})" if study.host else "an unknown host"
    return f"study of engines on {where}, {study.taken[:10]}"


def operation_table(cells: list[Cell], page: Page) -> str:
    """Return the table of one operation: time and ratio at each size, and how the time grows."""
    sizes = sorted({cell.n for cell in cells})
    headers = [cells[0].operation, *(f"{words.size(n)} rows" for n in sizes), "grows as"]
    rows = []
    for engine in dict.fromkeys(cell.engine for cell in cells):
        mine = {cell.n: cell for cell in cells if cell.engine == engine}
        grown = next((cell.growth for cell in mine.values() if cell.growth is not None), None)
        reasons = tuple(dict.fromkeys(cell.reason for cell in mine.values() if cell.reason and cell.result != "timeout"))
        texts = [cell_text(mine[n]) if n in mine else "" for n in sizes]
        rows.append(grid.Row((engine, *texts, growth_text(grown)), below=reasons[:1]))
    return grid.draw(headers, rows, page, right=range(1, len(sizes) + 1))


def cell_text(cell: Cell) -> str:
    """Return a cell in a few signs: time and ratio, or what became of it."""
    if cell.seconds is None:
        if cell.extrapolated is not None:
            return f"~{words.seconds(cell.extrapolated.value)} (extrapolated)"
        return cell.result
    text = words.seconds(cell.seconds.value)
    if cell.durable is False:
        return f"{text} (not durable)"
    return f"{text}  {words.factor(cell.ratio.value)}" if cell.ratio and cell.engine != REFERENCE else text


def growth_text(growth: object) -> str:
    """Return a law with its exponent."""
    law, exponent = getattr(growth, "law", "unknown"), getattr(growth, "exponent", None)
    return "" if law == "unknown" or exponent is None else f"{law} (n^{exponent:.2f})"


def memory_table(cells: tuple[Cell, ...], page: Page) -> str:
    """Return what each engine adds to memory, and takes on disk, at the largest size of any operation."""
    from hwbench.units import format_bytes

    rows = []
    for engine in dict.fromkeys(cell.engine for cell in cells):
        mine = [cell for cell in cells if cell.engine == engine and cell.idle_bytes is not None]
        if not mine:
            continue
        largest = max(mine, key=lambda cell: cell.n)
        sizes = (largest.idle_bytes, largest.peak_bytes, largest.disk_bytes, largest.binary_bytes)
        texts = ("" if size is None else format_bytes(size) for size in sizes)
        rows.append(grid.Row((engine, largest.version, words.size(largest.n), *texts)))
    headers = ("memory and disk", "version", "rows", "idle", "peak", "on disk", "binary")
    return grid.draw(headers, rows, page, right=range(2, 7))


def factorial_table(weighed: tuple[Weighed, ...], page: Page) -> str:
    """Return the shares of the four mistakes: measured by switching each, and as explained without being told."""
    headers = ("what each mistake weighs", "rows", "ratio", *MISTAKES, "explained as")
    rows = []
    for one in weighed:
        shares = [_share(one, name) for name in MISTAKES]
        rows.append(grid.Row((one.operation, words.size(one.n), words.factor(one.ratio), *shares, one.explained_top)))
    return grid.draw(headers, rows, page, right=range(1, 7))


def _share(one: Weighed, name: str) -> str:
    measured = words.percent(getattr(one.truth, name))
    return f"{measured} ({words.percent(getattr(one.explained, name))})" if one.explained else measured
