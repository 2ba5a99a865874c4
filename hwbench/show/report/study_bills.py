"""The section of a study's bills: why each slow engine is slow, a waterfall an engine, and what else is known of each.

A bill is a whole explanation; here what all of them say is said once, and what one says stands in tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from hwbench.records import Explanation
from hwbench.records.study import Bill, Study
from hwbench.show import words
from hwbench.show.report import bills, explanation
from hwbench.show.report.believable import believable
from hwbench.show.report.picture import Drawn, Missing, Section, Table
from hwbench.show.report.rows import factor_between
from hwbench.show.report.waterfall import waterfall

TITLE: Final = "Why the slow engines are slow"
MOST: Final = 24  # bills that are drawn; the tables have them all
LONGEST: Final = 40  # signs of a name
LEAST_SHARE: Final = 0.02  # of the log ratio: a cause that is named among the causes, as in the text
HEADERS: Final = ("engine", "operation", "rows", "ratio", "verdict", "causes, by share of the log ratio")


def section(study: Study) -> Section:
    """Return the section of a study's bills."""
    shown = [_believable(bill) for bill in study.bills]
    common, own = _findings(shown)
    more = len(shown) - MOST
    if more > 0:
        common.append(f"{words.plural(more, 'further bill')} in the tables alone")
    return Section(
        kind="study",
        title=TITLE,
        lead=_lead(shown),
        drawn=[_drawn(number, bill) for number, bill in enumerate(shown[:MOST], 1)],
        findings=common,
        tables=(_summary(shown), *(_bill(bill) for bill in shown), _further(shown, own)),
    )


def _believable(bill: Bill) -> Bill:
    """Return a bill whose figures can be written and drawn."""
    return msgspec.structs.replace(bill, explanation=believable(bill.explanation))


def _lead(shown: Sequence[Bill]) -> str:
    """Say what makes which engines slow, the commonest first."""
    chief: dict[str, list[str]] = {}
    for bill in shown:
        chief.setdefault(_answer(bill.explanation), []).append(_short(bill.engine))
    told = sorted(chief.items(), key=lambda one: -len(one[1]))
    each = "; ".join(f"{answer}: {words.listed(list(dict.fromkeys(engines)))}" for answer, engines in told)
    return f"{words.plural(len(shown), 'bill')}, each of an engine at one operation. {each[0].upper()}{each[1:]}."


def _answer(found: Explanation) -> str:
    """Return the chief cause, or what the explanation came to instead."""
    if found.verdict != "explained":
        return found.verdict
    return {"none": "no difference", "unexplained": "mostly unexplained"}.get(
        found.top_cause, f"chiefly {found.top_cause}"
    )


def _drawn(number: int, bill: Bill) -> Drawn:
    """Return the waterfall of a bill, with the answer beneath it; the first says how it is read."""
    title, drawn = _title(bill), waterfall(bill.explanation)
    if isinstance(drawn, Missing):
        return replace(drawn, title=title)
    reading = f" {drawn.caption}" if number == 1 else ""
    return replace(drawn, name=f"waterfall-{number}", title=title, caption=explanation.lead(bill.explanation) + reading)


def _title(bill: Bill) -> str:
    return f"{_short(bill.engine)} against {_short(bill.against)}: {_place(bill)}"


def _place(bill: Bill) -> str:
    return f"{_short(bill.operation)}, {words.size(bill.n)} rows"


def _short(name: str) -> str:
    return words.shortened(words.one_line(name), LONGEST)


# ── what is said once, and what of one bill ───────────────────────────────────────────────────────────────────────────


def _findings(shown: Sequence[Bill]) -> tuple[list[str], list[list[str]]]:
    """Return what all or several bills say, each once with its engines where not all say it, and what each says alone."""
    each = [list(dict.fromkeys(explanation.findings(one.explanation, len(one.explanation.notes)))) for one in shown]
    said: dict[str, list[str]] = {}
    for bill, mine in zip(shown, each, strict=True):
        for finding in mine:
            said.setdefault(finding, []).append(_short(bill.engine))
    common = {finding: engines for finding, engines in said.items() if len(engines) >= min(2, len(shown))}
    told = [
        finding if len(engines) == len(shown) else f"{finding} ({words.listed(list(dict.fromkeys(engines)))})"
        for finding, engines in common.items()
    ]
    return told, [[finding for finding in mine if finding not in common] for mine in each]


def _summary(shown: Sequence[Bill]) -> Table:
    """Return a bill a row: the ratio, the verdict, the causes with their shares and what is unexplained."""
    rows = [
        (_short(bill.engine), _short(bill.operation), words.size(bill.n), _ratio(found), found.verdict, _causes(found))
        for bill in shown
        for found in (bill.explanation,)
    ]
    doubtful = frozenset(number for number, bill in enumerate(shown) if bill.explanation.verdict != "explained")
    return Table(
        HEADERS,
        rows,
        title="The bills in short",
        right=frozenset({2, 3}),
        marked=doubtful,
        mark="Marked: no explanation; the causes, if any, are candidates.",
    )


def _ratio(found: Explanation) -> str:
    ratio = found.ratio
    return "" if ratio is None or found.verdict == "void" else factor_between(ratio.value, ratio.low, ratio.high)


def _causes(found: Explanation) -> str:
    causes = sorted(found.causes, key=lambda cause: -cause.share)
    told = [f"{cause.cause} {words.percent(cause.share)}" for cause in causes if abs(cause.share) >= LEAST_SHARE]
    if found.unexplained is not None:
        told.append(f"unexplained {words.percent(found.unexplained.share)}")
    return ", ".join(told) if found.verdict != "void" else found.reason


def _bill(bill: Bill) -> Table:
    whole = bills.table(bill.explanation)
    return replace(whole, title=f"The bill of {_short(bill.engine)} (B) and {_short(bill.against)} (A): {_place(bill)}")


def _further(shown: Sequence[Bill], own: Sequence[Sequence[str]]) -> Table:
    """Return everything else that the bills say, a fact a row."""
    rows = [
        (f"{_short(bill.engine)}: {_place(bill)}", *fact)
        for bill, findings in zip(shown, own, strict=True)
        for fact in _facts(bill.explanation, findings)
    ]
    return Table(("bill", "what", "told"), rows, title="What else is known of each bill", folded=True)


def _facts(found: Explanation, findings: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from (("worth knowing", finding) for finding in findings)
    yield from (
        (f"check: {check.name}", f"{'held' if check.held else 'FAILED'}: {check.seen}") for check in found.checks
    )
    yield from ((f"ruled out: {cause}", because) for cause, because in explanation.ruled_out(found).items())
