"""The study of engines as tables: an operation a table, an engine a row, a size a column; then what each mistake weighs; then the
bills of slow engines."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from hwbench.records.study import ALL_MISTAKES, MISTAKES, REFERENCE
from hwbench.show import grid, machine, words
from hwbench.show.prose import READABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hwbench.records import BillLine, Growth
    from hwbench.records.study import Bill, Cell, Claim, Study, Weighed, Weights
    from hwbench.show.machine import Page

BILL_LINES: Final = 4
NEAR: Final = 0.15  # of the log ratio: the goal of the report card
MEANT: Final = {
    "lookup": "one row by its primary key",
    "count": "how many rows a condition holds of",
    "fetch": "all rows, as Python tuples",
    "maximum": "the largest primary key",
    "join": "two tables of so many rows joined by a key, filtered, added up",
    "insert": "a batch of new rows (10 000, or as many as there are), durable",
}


def report(study: Study, page: Page) -> str:
    """Return the whole study as text."""
    parts = [heading(study)]
    operations = dict.fromkeys(cell.operation for cell in study.cells)
    parts += [operation_table([cell for cell in study.cells if cell.operation == name], page) for name in operations]
    if any(cell.idle_bytes is not None for cell in study.cells):
        parts.append(memory_table(study.cells, page))
    if study.factorial:
        parts += [factorial_table(study.factorial, page), _wrapped(report_card(study.factorial), page)]
        parts.append(mended_table(study.factorial, page))
        parts.append(interactions_table(study.factorial, page))
    if study.bills:
        parts.append("Why the slow ones are slow, in events of this machine\n" + bills_text(study.bills, page))
    if study.claims:
        parts.append("The article's claims, by arithmetic\n" + claims_text(study.claims, page))
    parts += [f"- {note}" for note in study.notes]
    return machine.fit("\n\n".join(parts) + "\n", page)


def heading(study: Study) -> str:
    """Return where, when and under what load it was measured."""
    lines = [f"Engines at the same work, {study.taken[:10]}"]
    if study.host is not None:
        host = study.host
        kernel = f"{host.system} {host.release}".strip()
        lines[0] += f": {host.cpu.model}, {words.plural(len(host.usable_cpus), 'CPU')}, {kernel}"
    seen = study.conditions
    if seen is not None:
        told = [f"{seen.seconds / 60:.0f} min in all"] if seen.seconds >= 60 else [f"{seen.seconds:.0f} s in all"]
        told += [] if seen.steal_share is None else [f"steal {words.percent(seen.steal_share)}"]
        told += [] if seen.other_load is None else [f"other load {words.percent(seen.other_load)}"]
        lines.append("; ".join(told) + ".")
    lines.append(
        f"Time of one operation, then its ratio to {REFERENCE}'s; every answer was checked before its time counted."
    )
    return "\n".join(lines)


def operation_table(cells: list[Cell], page: Page) -> str:
    """Return the table of one operation: time and ratio at each size, and how the time grows; ratios below on narrow pages."""
    sizes = sorted({cell.n for cell in cells})
    name = cells[0].operation
    headers = [name, *(f"{words.size(n)} rows" for n in sizes), "grows as"]
    rows = _operation_rows(cells, sizes, "  ")
    if grid.width(headers, rows) > page.width:
        rows = _operation_rows(cells, sizes, "\n")
    meant = f"{name}: {MEANT[name]}\n" if name in MEANT else ""
    return meant + grid.draw(headers, rows, page, right=range(1, len(sizes) + 1))


def _operation_rows(cells: list[Cell], sizes: list[int], gap: str) -> list[grid.Row]:
    rows = []
    for engine in dict.fromkeys(cell.engine for cell in cells):
        mine = {cell.n: cell for cell in cells if cell.engine == engine}
        grown = next((cell.growth for cell in mine.values() if cell.growth is not None), None)
        texts = [cell_text(mine[n], gap) if n in mine else "" for n in sizes]
        rows.append(grid.Row((engine, *texts, growth_text(grown)), below=reasons(mine.values())))
    return rows


def reasons(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return why cells have no time or may not be compared, each reason once, with its size."""
    found: dict[str, list[int]] = {}
    for cell in cells:
        text = cell.reason
        if cell.durable is False and not text:
            text = "not durable: it answered without waiting for the disk, so its time is not compared"
        if text and not text.startswith("not tried"):
            found.setdefault(f"{cell.result}: {text}" if cell.result != "right" else text, []).append(cell.n)
    return tuple(f"at {', '.join(map(words.size, sizes))}: {text}" for text, sizes in found.items())


def cell_text(cell: Cell, gap: str = "  ") -> str:
    """Return a cell in a few signs: time and ratio, or what became of it."""
    if cell.seconds is None:
        if cell.extrapolated is not None:
            return f"~{words.seconds(cell.extrapolated.value)}{gap.strip(' ') or ' '}extrapolated"
        return cell.result
    text = words.seconds(cell.seconds.value)
    if cell.durable is False:
        return f"{text}{gap.strip(' ') or ' '}NOT DURABLE"
    if cell.operation == "insert" and cell.durable is None:
        return f"{text} durable?"
    return f"{text}{gap}{words.factor(cell.ratio.value)}" if cell.ratio and cell.engine != REFERENCE else text


def growth_text(growth: Growth | None) -> str:
    """Return how a time grows: its exponent, and the law where one was told."""
    if growth is None or growth.exponent is None:
        return ""
    if growth.law == "1":
        return "not at all"
    law = {"n": "n", "n^2": "n²", "n^3": "n³"}.get(growth.law, "")  # no time tells n log n from what caches do to n
    exponent = f"n^{growth.exponent:.2f}"
    return f"{law} ({exponent})" if law else exponent


def memory_table(cells: tuple[Cell, ...], page: Page) -> str:
    """Return what each engine adds to memory, and takes on disk, at the largest size of any operation."""
    from hwbench.units import format_bytes

    rows = []
    for engine in dict.fromkeys(cell.engine for cell in cells):
        mine = [cell for cell in cells if cell.engine == engine and cell.idle_bytes is not None]
        if not mine:
            continue
        largest = max(mine, key=lambda cell: (cell.operation == "count", cell.n))
        sizes = (largest.idle_bytes, largest.peak_bytes, largest.disk_bytes, largest.binary_bytes)
        texts = ("" if size is None else format_bytes(size) for size in sizes)
        rows.append(grid.Row((engine, largest.version, words.size(largest.n), *texts)))
    headers = ("engine", "version", "rows", "idle", "peak", "on disk", "binary")
    meant = "memory that the engine adds to its process, once loaded and at most during a count; its files; its machine code\n"
    return meant + grid.draw(headers, rows, page, right=range(2, 7))


def factorial_table(weighed: tuple[Weighed, ...], page: Page) -> str:
    """Return the shares of the four mistakes: measured by switching each, and as explained without being told."""
    headers = ("operation", "rows", "ratio", "shares", *MISTAKES, "off by")
    rows = []
    for one in weighed:
        first = (one.operation, words.size(one.n), words.factor(one.ratio))
        rows.append(grid.Row((*first, "measured (Shapley)", *_shares(one.truth), _off(one, one.truth))))
        rows.append(grid.Row(("", "", "", "algorithm mended first", *_shares(one.ordered), _off(one, one.ordered))))
        told = ("",) * len(MISTAKES) if one.explained is None else _shares(one.explained)
        rows.append(grid.Row(("", "", "", f"explained: {one.verdict or 'not at all'}", *told, "")))
    meant = (
        "The four mistakes: their shares of log(plausible / tuned), measured over all sixteen variants, beside what\n"
        "`hwbench explain` says of the two engines without being told. It takes the algorithm off first: two programs alone do\n"
        "not tell what scanning would cost with lean steps. Off by: the largest difference to what was explained, in points\n"
    )
    return meant + grid.draw(headers, rows, page, right=(1, 2, *range(4, 9)))


def _shares(weights: Weights) -> tuple[str, ...]:
    return tuple(words.percent(getattr(weights, name)) for name in MISTAKES)


def _off(one: Weighed, truth: Weights) -> str:
    return "" if one.explained is None else f"{100 * _furthest(truth, one.explained):.0f}"


def _furthest(truth: Weights, told: Weights) -> float:
    return max(abs(float(getattr(truth, name) - getattr(told, name))) for name in MISTAKES)


def report_card(weighed: tuple[Weighed, ...]) -> str:
    """Return how near the explanations came to the truth: our own report card."""
    told = [(one, one.explained) for one in weighed if one.explained is not None]
    if not told:
        return "Report card: nothing was explained."
    same = sum(_top(one.truth) == _top(explained) for one, explained in told)
    off = [_furthest(one.truth, explained) for one, explained in told]
    ordered = [_furthest(one.ordered, explained) for one, explained in told]
    near, near_ordered = (sum(each <= NEAR for each in which) for which in (off, ordered))
    count = len(told)
    return (
        f"Report card: the same top mistake in {same} of {count} cells. All shares within 15 points: in {near} of {count} by"
        f" Shapley (furthest off by {100 * max(off):.0f} points), in {near_ordered} of {count} with the algorithm mended first"
        f" ({100 * max(ordered):.0f})."
    )


def _top(weights: Weights) -> str:
    return max(MISTAKES, key=lambda name: float(getattr(weights, name)))


def mended_table(weighed: tuple[Weighed, ...], page: Page) -> str:
    """Return the time with one mistake less: measured, and as the explanation foretold it."""
    rows = [
        grid.Row(
            (
                one.operation,
                words.size(one.n),
                words.seconds(one.seconds[ALL_MISTAKES]),
                *(_mended(one, name) for name in MISTAKES),
            )
        )
        for one in weighed
    ]
    headers = ("operation", "rows", "all four", *(f"without\n{name}" for name in MISTAKES))
    meant = "What mending one mistake alone brings: measured (in brackets what `hwbench explain` said it would)\n"
    return meant + grid.draw(headers, rows, page, right=range(1, len(headers)))


def _mended(one: Weighed, name: str) -> str:
    measured = words.seconds(one.seconds["+".join(other for other in MISTAKES if other != name)])
    return f"{measured} ({words.seconds(one.mended[name])})" if name in one.mended else measured


def interactions_table(weighed: tuple[Weighed, ...], page: Page) -> str:
    """Return how pairs of mistakes help (above ×1) or hide (below) each other."""
    pairs = list(dict.fromkeys(pair for one in weighed for pair in one.interactions))
    rows = [
        grid.Row((one.operation, words.size(one.n), *(_as_factor(one.interactions.get(pair, 0.0)) for pair in pairs)))
        for one in weighed
    ]
    headers = ("operation", "rows", *(pair.replace("+", "\n+ ") for pair in pairs))
    meant = "Interactions: by what factor two mistakes cost more together than one by one\n"
    return meant + grid.draw(headers, rows, page, right=range(1, len(headers)))


def _as_factor(logarithm: float) -> str:
    import math

    return words.factor(math.exp(logarithm))


def bills_text(bills: tuple[Bill, ...], page: Page) -> str:
    """Return each bill in short: the causes with their shares, and the lines that cost most."""
    rows = [row for bill in bills for row in _bill_rows(bill)]
    headers = ("engine", "operation", "rows", f"against {REFERENCE}", "causes, by share of the log ratio")
    return grid.draw(headers, rows, page, right=(2, 3))


def _bill_rows(bill: Bill) -> list[grid.Row]:
    found = bill.explanation
    causes = [f"{cause.cause} {words.percent(cause.share)}" for cause in found.causes if cause.share >= 0.02]
    told = (
        ", ".join(causes) if found.verdict == "explained" else f"{found.verdict}: {', '.join(causes) or found.reason}"
    )
    ratio = words.factor(found.ratio.value) if found.ratio else ""
    lines = sorted(found.bill.get("b", ()), key=lambda line: -line.seconds)[:BILL_LINES]
    paid = {line.item: line.count for line in found.bill.get("a", ())}
    below = tuple(_line(line, paid.get(line.item)) for line in lines if line.seconds > 0)
    cells = (bill.engine, bill.operation, words.size(bill.n), ratio, words.shortened(told, 76))
    return [grid.Row(cells, below=below)]


def _wrapped(text: str, page: Page) -> str:
    return "\n".join(textwrap.wrap(text, min(page.width, READABLE)))


def claims_text(claims: tuple[Claim, ...], page: Page) -> str:
    """Return each claim with the arithmetic that it does or does not survive."""
    lines = []
    for claim in claims:
        ending = f": {claim.conclusion}." if claim.conclusion else "."
        texts = (f"Claimed: {claim.claim}.", f"{claim.arithmetic}.", f"{claim.verdict.upper()}{ending}")
        for mark, text in zip(("- ", "  ", "  "), texts, strict=True):
            lines += textwrap.wrap(text, min(page.width, READABLE), initial_indent=mark, subsequent_indent="  ")
    return "\n".join(lines)


def _line(line: BillLine, other: float | None) -> str:
    count = "" if line.count is None else f"{words.count(line.count)}"
    against = f" (against {words.count(other)})" if other else ""
    return f"{words.seconds(line.seconds)}: {count} {line.item}{against}"
