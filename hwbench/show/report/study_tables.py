"""The tables of a study of engines, and a cell of it in words: its time, its ratio, how it grows, what keeps it from being compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hwbench.records import Growth
from hwbench.records.study import REFERENCE, Cell, Study
from hwbench.show import study as shown
from hwbench.show import words
from hwbench.show.report import factors, looks
from hwbench.show.report.picture import Table
from hwbench.units import format_bytes

LONGEST: Final = 60  # signs of a name
NOT_DURABLE: Final = "it answered without waiting for the disk, so its time is not compared"


def grouped(cells: Sequence[Cell], field: str) -> dict[str, list[Cell]]:
    """Return the cells by a field of theirs, in their order."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(getattr(cell, field), []).append(cell)
    return groups


def meant(operation: str) -> str:
    """Return an operation with what it does, where that is known."""
    return f"{operation}: {shown.MEANT[operation]}" if operation in shown.MEANT else words.shortened(operation, LONGEST)


# ── a cell ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def obstacle(cell: Cell) -> str:
    """Return what keeps a cell from being compared, in a word; empty where nothing does."""
    if cell.result != "right":
        return cell.result
    if cell.durable is False:
        return "not durable"
    return "durable?" if cell.operation == "insert" and cell.durable is None else ""


def why(cell: Cell | None) -> str:
    """Return what is to be known of a cell: why it has no ratio, or how its time was taken; empty where nothing is."""
    if cell is None:
        return "the record has no such cell"
    word = obstacle(cell)
    reason = cell.reason or (NOT_DURABLE if cell.durable is False else "")
    return ": ".join(part for part in (word, reason) if part)


def time_text(cell: Cell | None) -> str:
    """Return a cell's time with its interval, or the extrapolated one, said to be so."""
    if cell is None:
        return ""
    if cell.seconds is not None:
        return factors.seconds_between(cell.seconds)
    if cell.extrapolated is not None:
        return f"about {factors.seconds_between(cell.extrapolated)}, extrapolated"
    return ""


def ratio_text(cell: Cell | None) -> str:
    """Return a cell's ratio with its interval."""
    if cell is None or cell.ratio is None or cell.engine == REFERENCE:
        return ""
    return factors.between(cell.ratio.value, cell.ratio.low, cell.ratio.high)


def growth_text(growth: Growth | None) -> str:
    """Return how a time grows; empty where the record has no exponent that could be one."""
    if growth is None or growth.exponent is None or not abs(growth.exponent) < 100:
        return ""
    return shown.growth_text(growth)


# ── the values of the pictures ──────────────────────────────────────────────────────────────────────────────────────


def ratio_table(cells: Sequence[Cell]) -> Table:
    """Return a cell a row, with its time, its ratio and its note; those without comparison are marked."""
    rows = [
        (
            words.shortened(cell.engine, LONGEST),
            words.shortened(cell.operation, LONGEST),
            words.size(cell.n),
            time_text(cell),
            ratio_text(cell),
            why(cell),
        )
        for cell in cells
    ]
    headers = ("engine", "operation", "rows", "time", f"times {REFERENCE}'s", "note")
    marked = frozenset(number for number, cell in enumerate(cells) if obstacle(cell))
    return Table(
        headers, rows, right=frozenset({2, 3, 4}), marked=marked, mark="Marked: not compared, as the note says."
    )


def growth_table(cells: Sequence[Cell]) -> Table:
    """Return a timed cell a row, by operation and engine, with how its time grows."""
    rows = [
        (
            words.shortened(cell.operation, LONGEST),
            words.shortened(cell.engine, LONGEST),
            words.size(cell.n),
            time_text(cell),
            growth_text(cell.growth),
            why(cell),
        )
        for cell in sorted(cells, key=lambda cell: (cell.operation, cell.engine, cell.n))
        if cell.seconds is not None or cell.extrapolated is not None
    ]
    return Table(("operation", "engine", "rows", "time", "grows as", "note"), rows, right=frozenset({2, 3}))


# ── tables of their own ─────────────────────────────────────────────────────────────────────────────────────────────


def operation_tables(study: Study) -> Iterator[Table]:
    """Yield an operation a table: an engine a row, a size a column, and how the time grows."""
    for operation, cells in grouped(study.cells, "operation").items():
        sizes = sorted({cell.n for cell in cells})
        headers = ("engine", *(f"{words.size(n)} rows" for n in sizes), "grows as")
        rows = [_operation_row(name, mine, sizes) for name, mine in grouped(cells, "engine").items()]
        headers = (*headers, "notes") if any(row[-1] for row in rows) else headers
        yield Table(
            headers,
            [row[: len(headers)] for row in rows],
            title=f"{meant(operation)}; time, and times {REFERENCE}'s",
            right=frozenset(range(1, len(sizes) + 1)),
            folded=True,
        )


def _operation_row(engine: str, cells: Sequence[Cell], sizes: Sequence[int]) -> tuple[str, ...]:
    mine = {cell.n: cell for cell in cells}
    grown = next((cell.growth for cell in cells if cell.growth is not None), None)
    texts = (_cell_text(mine[n]) if n in mine else "–" for n in sizes)
    return (words.shortened(engine, LONGEST), *texts, growth_text(grown), "\n".join(shown.reasons(cells)))


def _cell_text(cell: Cell) -> str:
    """Return a cell in a few signs, its ratio beneath its time; a time that no unit fits as it stands."""
    taken = cell.seconds or cell.extrapolated
    if taken is not None and not looks.is_drawable(taken.value):
        return factors.seconds(taken.value)
    return shown.cell_text(cell, "\n")


def memory_table(study: Study) -> Table:
    """Return what each engine adds to memory and takes on disk, at its largest count."""
    rows = []
    known = [cell for cell in study.cells if cell.idle_bytes is not None]
    for engine, mine in grouped(known, "engine").items():
        largest = max(mine, key=lambda cell: (cell.operation == "count", cell.n))
        sizes = (largest.idle_bytes, largest.peak_bytes, largest.disk_bytes, largest.binary_bytes)
        texts = ("" if size is None else format_bytes(size) for size in sizes)
        rows.append((words.shortened(engine, LONGEST), largest.version, words.size(largest.n), *texts))
    headers = ("engine", "version", "rows", "added once loaded", "added at most", "on disk", "machine code")
    return Table(headers, rows, title="Memory and disk, at the largest count", right=frozenset(range(2, 7)))


def claim_table(study: Study) -> Table:
    """Return a claim a row, with its arithmetic and what comes of it."""
    rows = [(one.claim, one.arithmetic, one.verdict, one.conclusion) for one in study.claims]
    return Table(
        headers=("claim", "arithmetic", "verdict", "conclusion"),
        rows=rows,
        title="Claims, by arithmetic on this machine's figures",
        marked=frozenset(number for number, one in enumerate(study.claims) if one.verdict == "does not hold"),
        mark="Marked: does not hold.",
    )
