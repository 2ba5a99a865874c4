"""The section of an explanation: why B is slower than A, the answer first, then the way, the bills, growth, and every figure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Final

from hwbench.records import Explanation, Side, Toggle
from hwbench.show import explanation as text
from hwbench.show import prose, words
from hwbench.show.report import bills
from hwbench.show.report.believable import NOTE, believable
from hwbench.show.report.growth import growth
from hwbench.show.report.picture import Section, Table
from hwbench.show.report.rows import factor_between
from hwbench.show.report.waterfall import waterfall
from hwbench.units import format_interval

TITLE_NAME, FACT_NAME = 44, 90  # signs of a side's name
MOST_NOTES: Final = 8  # as findings; more have a table
CAUSE_HEADERS: Final = ("cause", "share of log ratio", "factor", "grade", "evidence", "time of B without it")


def section(explanation: Explanation) -> Section:
    """Return the section of one explanation."""
    shown = believable(explanation)
    names = [_name(side, TITLE_NAME) for side in (shown.b, shown.a)]
    return Section(
        kind="explanation",
        title=" against ".join(names),
        lead=lead(shown),
        facts=facts(shown),
        drawn=(waterfall(shown), bills.bills(shown), growth(shown)),
        findings=(*findings(shown), *([] if shown is explanation else [NOTE])),
        tables=tuple(_tables(shown)),
    )


def _name(side: Side, width: int) -> str:
    return words.shortened(words.one_line(side.name), width) or "unnamed"


def lead(explanation: Explanation) -> str:
    """Return the answer first; of an explained comparison also what B pays for, and what mending it gains at most."""
    parts = [text.answer(explanation)]
    if explanation.verdict == "explained" and explanation.top_cause != "none":
        parts += [prose.costs(explanation), prose.gains(explanation)]
    return " ".join(part for part in parts if part)


def facts(explanation: Explanation) -> dict[str, str]:
    """Return who was compared, how long both took, and under which conditions."""
    ratio, host, under = explanation.ratio, explanation.host, explanation.conditions
    seen = {check.name: check.seen for check in explanation.checks}
    is_told = ratio is not None and explanation.verdict != "void"
    told = {
        "A": _name(explanation.a, FACT_NAME),
        "time of A": _time(explanation.a),
        "B": _name(explanation.b, FACT_NAME),
        "time of B": _time(explanation.b),
        "B over A": factor_between(ratio.value, ratio.low, ratio.high) if ratio is not None and is_told else "",
        "verdict": explanation.verdict,
        "size": f"n = {words.size(explanation.n)}" if explanation.n is not None else "",
        "host": "" if host is None else ", ".join(part for part in (host.name, host.cpu.model) if part),
        "noise": seen.get("noise", ""),
        "disturbance": seen.get("disturbance", ""),
        "pinned": "" if under is None else "no" if under.pinned_cpu is None else f"to CPU {under.pinned_cpu}",
        "counted by": ", ".join(explanation.sources) or "nothing: timing alone",
        "prices of profile": explanation.profile,
        "taken": explanation.taken[:16].replace("T", " "),
    }
    return {name: fact for name, fact in told.items() if fact}


def _time(side: Side) -> str:
    if side.seconds is None:
        return "not timed"
    startup = f", {words.seconds(side.startup)} of starting up taken off" if side.startup > 0 else ""
    return words.seconds_between(side.seconds.value, side.seconds.low, side.seconds.high) + startup


# ── findings ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def findings(explanation: Explanation, most_notes: int = MOST_NOTES) -> Iterator[str]:
    """Yield what is worth knowing, the weightiest first, and at most so many notes."""
    if explanation.incomplete and explanation.incomplete != explanation.reason:
        yield f"INCOMPLETE: {explanation.incomplete}"
    failed = [check for check in explanation.checks if not check.held]
    yield from (f"Check “{check.name}” failed: {check.seen}" for check in failed)
    if explanation.verdict == "explained":
        yield from (f"Undecided: {one}" for one in explanation.undecided)
    else:
        known = (prose.WOULD_DECIDE.get(check.name.partition(" ")[0]) for check in failed if check.decides != "nothing")
        yield from (f"Would decide it: {one}" for one in dict.fromkeys([*explanation.undecided, *filter(None, known)]))
    if explanation.verdict != "void":
        facts = (prose.same_answer, prose.growth, prose.experiment, prose.places)
        yield from (told for fact in facts if (told := fact(explanation)))
    if explanation.verdict == "explained":
        yield from _advice(explanation)
    for source, reason in explanation.missing.items():
        said = f" (could say: {text.COULD_SAY[source]})" if source in text.COULD_SAY else ""
        yield f"Not available: {source}{said}: {reason}"
    yield from explanation.notes[:most_notes]
    if len(explanation.notes) > most_notes:
        yield f"{words.plural(len(explanation.notes) - most_notes, 'further note')} in the table of notes"


def _advice(explanation: Explanation) -> Iterator[str]:
    for cause in sorted(explanation.causes, key=lambda cause: -cause.share):
        if cause.advice and cause.share >= prose.ADVICE_SHARE:
            lesson = f" (lesson: hwbench learn {cause.lesson})" if cause.lesson else ""
            yield f"What to do about {cause.cause}: {cause.advice}{lesson}"


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tables(explanation: Explanation) -> Iterator[Table]:
    if explanation.verdict != "void":
        yield _causes(explanation)
        yield bills.table(explanation)
    yield Table(title="Ruled out", headers=("cause", "because"), rows=list(ruled_out(explanation).items()))
    yield _checks(explanation)
    yield _toggles(explanation)
    yield _spots(explanation)
    if len(explanation.notes) > MOST_NOTES:
        yield Table(title="All notes", headers=("note",), rows=[(note,) for note in explanation.notes], folded=True)


def ruled_out(explanation: Explanation) -> dict[str, str]:
    """Return the causes that were ruled out, each with its reason; none that has a share after all."""
    with_share = {cause.cause for cause in explanation.causes}
    return {cause: reason for cause, reason in explanation.ruled_out.items() if cause not in with_share}


def _causes(explanation: Explanation) -> Table:
    """Return the causes by share, and what is unexplained; of candidates, no time is promised."""
    rows: list[tuple[str, ...]] = [
        (
            cause.cause,
            words.percent_between(cause.share, cause.low, cause.high),
            words.factor(cause.factor),
            cause.grade,
            "; ".join(cause.evidence),
            words.seconds_between(cause.counterfactual_s, cause.counterfactual_low_s, cause.counterfactual_high_s),
        )
        for cause in sorted(explanation.causes, key=lambda cause: -cause.share)
    ]
    left, is_much = explanation.unexplained, False
    if left is not None:
        is_much = abs(left.share) > text.MUCH_UNEXPLAINED
        rows.append(("unexplained", words.percent_between(left.share, left.low, left.high), "", "", "", ""))
    is_explained = explanation.verdict == "explained"
    columns = len(CAUSE_HEADERS) - (not is_explained)
    return Table(
        title="Causes" if is_explained else "Candidates, not a verdict",
        headers=CAUSE_HEADERS[:columns],
        rows=[row[:columns] for row in rows],
        right=frozenset({1, 2, 5} & set(range(columns))),
        marked=frozenset({len(rows) - 1} if is_much else ()),
        mark=f"Marked: more than {words.percent(text.MUCH_UNEXPLAINED)} of it is not accounted for, either way.",
    )


def _checks(explanation: Explanation) -> Table:
    failed = [number for number, check in enumerate(explanation.checks) if not check.held]
    return Table(
        title="Checks before any story",
        headers=("check", "held", "what was seen"),
        rows=[(check.name, "yes" if check.held else "no", check.seen) for check in explanation.checks],
        marked=frozenset(failed),
        mark="Marked: the check failed.",
        folded=not failed,
    )


def _toggles(explanation: Explanation) -> Table:
    return Table(
        title="Causes switched off, or made worse",
        headers=("experiment", "cause", "side", "usual", "toggled", "what came of it"),
        rows=[_toggle(toggle) for toggle in explanation.toggles],
        right=frozenset({3, 4}),
    )


def _toggle(toggle: Toggle) -> tuple[str, ...]:
    sense = f"{toggle.effect} {'it' if toggle.effect == 'removes' else 'to it'}"
    usual, toggled = (_median(seconds) for seconds in (toggle.usual, toggle.toggled))
    came = f"{sense}: takes {words.factor(toggled / usual)} as long" if usual and toggled else sense
    if toggle.unavailable:
        came = f"not tried: {toggle.unavailable}" + (f"; {toggle.remedy}" if toggle.remedy else "")
    times = ["" if one is None else words.seconds(one) for one in (usual, toggled)]
    return toggle.name, toggle.cause, toggle.side.upper(), *times, came


def _median(seconds: tuple[float, ...]) -> float | None:
    return statistics.median(seconds) if seconds else None


def _spots(explanation: Explanation) -> Table:
    return Table(
        title="Prices taken again during this very run",
        headers=("price", "value", "samples"),
        rows=[
            (spot.name, format_interval(spot.value, spot.low, spot.high, spot.unit), str(len(spot.samples)))
            for spot in explanation.spots
        ],
        right=frozenset({1, 2}),
        folded=True,
    )
