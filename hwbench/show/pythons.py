"""Interpreters beside each other as text: who they are, a benchmark's times with what makes the difference, the bills in short.

Narrow pages (from 60 columns) lose the intervals and have the shares beneath the rows.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from hwbench.show import grid, machine, words
from hwbench.show.explanation import answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.records import BillLine, Explanation, Interval
    from hwbench.records.pythons import Interpreter, PythonCell, Pythons
    from hwbench.show.machine import Page

WIDE_FROM: Final = 120  # columns
ITEM_LEAST: Final = 13  # columns
SHARES: Final = 3  # of causes
LEAST_SHARE: Final = 0.05
ITEMS: Final = 6  # of a bill


def report(pythons: Pythons, page: Page) -> str:
    """Return the whole study as text."""
    parts = [heading(pythons), interpreter_table(pythons.interpreters, page), timing_table(pythons, page)]
    parts += [short_bill(cell, pythons, page) for cell in pythons.cells if cell.explanation is not None]
    parts += [f"- {note}" for note in pythons.notes]
    return machine.fit("\n\n".join(part for part in parts if part) + "\n", page)


def heading(pythons: Pythons) -> str:
    """Return where and when it was measured, and where its files are."""
    model = pythons.host.cpu.model if pythons.host else ""
    where = f"{pythons.host.name} ({model})" if pythons.host else "an unknown host"
    rough = ", roughly (--fast)" if pythons.is_fast else ""
    kept = f"\npyperf's files and the explanations: {pythons.folder}" if pythons.folder else ""
    return f"Python interpreters on {where}, {pythons.taken[:10]}{rough}{kept}"


def interpreter_table(interpreters: Sequence[Interpreter], page: Page) -> str:
    """Return who the interpreters are and how they were built."""
    rows = [
        grid.Row((one.name, one.implementation, one.version, ", ".join(one.build) or "plain"), below=(one.path,))
        for one in interpreters
    ]
    return grid.draw(("interpreter", "implementation", "version", "build"), rows, page)


def timing_table(pythons: Pythons, page: Page) -> str:
    """Return the times: a benchmark and interpreter a row, its ratio to the first interpreter's, and what makes that."""
    first = pythons.interpreters[0].name if pythons.interpreters else "the first"
    wide = page.width >= WIDE_FROM
    headers = ["\nbenchmark", "\ninterpreter", "\ntime", f"ratio to\n{first}", "taken\nin turns", "difference\nchiefly"]
    headers += ["shares of\nthe log ratio"] if wide else []
    rows, last = [], ""
    for cell in pythons.cells:
        name = "" if cell.benchmark == last else cell.benchmark
        last = cell.benchmark
        shares = shares_text(cell.explanation)
        ratios = (ratio_text(ratio, wide=wide) for ratio in (cell.ratio, cell.ratio_in_turns))
        cells = (name, cell.interpreter, time_text(cell, wide=wide), *ratios, cause_text(cell))
        below = [cell.reason, cell.not_explained, "" if wide else shares, undecided_text(cell), moved_text(cell)]
        rows.append(grid.Row((*cells, shares) if wide else cells, below=tuple(text for text in below if text)))
    return grid.draw(headers, rows, page)


def time_text(cell: PythonCell, *, wide: bool = True) -> str:
    """Return a cell's time, if `wide` with its interval, or what became of it."""
    if cell.seconds is None:
        return cell.result
    if not wide:
        return words.seconds(cell.seconds.value)
    return words.seconds_between(cell.seconds.value, cell.seconds.low, cell.seconds.high)


def ratio_text(ratio: Interval | None, *, wide: bool = True) -> str:
    """Return a ratio, if `wide` with its interval."""
    if ratio is None:
        return ""
    return words.factor(ratio.value) + (f" ({ratio.low:.2f}–{ratio.high:.2f})" if wide else "")


def cause_text(cell: PythonCell) -> str:
    """Return the cause that weighs most, or why there is none."""
    if cell.explanation is None:
        return "not explained" if cell.not_explained else ""
    if cell.explanation.verdict != "explained":
        return cell.explanation.verdict
    return "no difference" if cell.explanation.top_cause == "none" else cell.explanation.top_cause


def undecided_text(cell: PythonCell) -> str:
    """Return why an explanation decides nothing; empty where it does."""
    if cell.explanation is None or cell.explanation.verdict == "explained":
        return ""
    return cell.explanation.reason


def moved_text(cell: PythonCell) -> str:
    """Return a warning where the two ratios cannot both be right; empty where they agree."""
    one, other = cell.ratio, cell.ratio_in_turns
    if one is None or other is None or (one.low <= other.high and other.low <= one.high):
        return ""
    return "the two ratios disagree: the machine's speed moved between pyperf's runs, or the script prepares within what is explained"


def shares_text(explanation: Explanation | None) -> str:
    """Return the largest shares in the difference: branch 58%, cache 23%, unexplained 9%."""
    if explanation is None or explanation.verdict != "explained" or explanation.top_cause == "none":
        return ""
    shares = {cause.cause: cause.share for cause in explanation.causes if abs(cause.share) >= LEAST_SHARE}
    largest = sorted(shares.items(), key=lambda pair: -abs(pair[1]))[:SHARES]
    told = [f"{name} {words.percent(share)}" for name, share in largest]
    if explanation.unexplained is not None and abs(explanation.unexplained.share) >= LEAST_SHARE:
        told.append(f"unexplained {words.percent(explanation.unexplained.share)}")
    return ", ".join(told)


def short_bill(cell: PythonCell, pythons: Pythons, page: Page) -> str:
    """Return what an explanation answers, the items of its bill that differ most, and where the whole of it is."""
    explanation = cell.explanation
    if explanation is None:
        return ""
    who = f"{cell.benchmark}: A is {_last_word(explanation.a.name)}, B is {_last_word(explanation.b.name)}."
    parts = [page.paint(who, "bold"), *textwrap.wrap(answer(explanation), page.width)]
    if explanation.verdict == "explained" and explanation.top_cause != "none":
        parts.append(_items(explanation, page))
    if cell.explained:
        parts.append(f"the whole bill: hwbench explain --from {pythons.folder}/{cell.explained}")
    return "\n".join(parts)


def _last_word(name: str) -> str:
    return name.split(maxsplit=-1)[-1] if name.split() else name


def _items(explanation: Explanation, page: Page) -> str:
    """Return the items that differ most between the two sides, the largest difference first."""
    sides = [{line.item: line for line in explanation.bill.get(side, ())} for side in "ab"]
    pairs = {item: (sides[0].get(item), sides[1].get(item)) for item in (*sides[1], *sides[0])}
    apart = {item: _seconds(b) - _seconds(a) for item, (a, b) in pairs.items()}
    chosen = sorted(apart, key=lambda item: -abs(apart[item]))[:ITEMS]
    headers = ("\nwhat differs most", "count\nof A", "time\nof A", "count\nof B", "time\nof B", "\ndifference")
    rows = [grid.Row((item, *_line(pairs[item][0]), *_line(pairs[item][1]), _signed(apart[item]))) for item in chosen]
    room = max(page.width - grid.width_without(0, headers, rows), ITEM_LEAST)
    rows = [grid.Row((textwrap.fill(row.cells[0], room), *row.cells[1:])) for row in rows]
    return grid.draw(headers, rows, page, right=range(1, 6))


def _line(line: BillLine | None) -> tuple[str, str]:
    return ("", "–") if line is None else (words.count(line.count) if line.count else "", words.seconds(line.seconds))


def _seconds(line: BillLine | None) -> float:
    return 0.0 if line is None else line.seconds


def _signed(seconds: float) -> str:
    return ("+" if seconds >= 0 else "–") + words.seconds(abs(seconds))
