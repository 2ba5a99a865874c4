"""An explanation in at most ten lines that a tired engineer understands, each a fact of the record in words.

The order is fixed: same answer (or stop); how each grows; counts × prices and the rest; the experiment; what each fix can
gain at most; what was ruled out, with its counts; where in the code. A comparison that is void or inconclusive gets no
story: what was seen, and what would decide it.
"""

from __future__ import annotations

import statistics
import textwrap
from typing import TYPE_CHECKING, Final

from hwbench.show import bill, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hwbench.records import BillLine, Explanation, Growth, HotSpot, Toggle
    from hwbench.show.machine import Page

LINES: Final = 10
WORTH_SAYING: Final = 0.1  # of the time
READABLE: Final = 120
USUAL_WIDTH: Final = 80
LEAST_SHARE: Final = 0.01
HOT_SHARE: Final = 0.05
ADVICE_SHARE: Final = 0.05
COVERED: Final = 0.001  # of the time: less than that is not left over
BULLET: Final = "- "
SAME_OUTPUT: Final = "same output"
# What would decide a comparison that a check has stopped, by the first word of the check's name.
WOULD_DECIDE: Final = {
    "same": "make both print the same answer; where they need not, say --same-output no",
    "clock": "let one run do the work many times over, so that it lasts a thousand steps of the clock",
    "work": "take larger --sizes, so that the work outweighs the starting up",
    "roof": "let the program use its result (print a sum of it), so that the compiler cannot leave the work out",
    "noise": "run it again when the machine is quieter, with a larger --budget or more --runs",
}


def story(explanation: Explanation, page: Page) -> str:
    """Return the ten lines of an explained comparison (more, if each is shorter than usual)."""
    parts = _parts(explanation, toggles=2, room=3 * _room(page))
    if sum(len(_wrapped(part, min(page.width, READABLE))) for part in parts) > LINES:
        parts = _parts(explanation, toggles=1, room=2 * _room(page))
    return fitted(parts, page)


def _parts(explanation: Explanation, *, toggles: int, room: int) -> list[str]:
    """Return what there is to say, with so many experiments and so many characters about the causes ruled out."""
    parts = (
        same_answer(explanation),
        growth(explanation),
        costs(explanation),
        experiment(explanation, toggles),
        gains(explanation),
        ruled_out(explanation, room),
        places(explanation),
    )
    return [part for part in parts if part]


def fitted(parts: Sequence[str], page: Page) -> str:
    """Return the parts as a list that takes no more than the lines allowed: the longest give way first."""
    width = min(page.width, READABLE)
    limit = LINES if width >= USUAL_WIDTH else -(-LINES * USUAL_WIDTH // width)
    blocks = [_wrapped(part, width) for part in parts]
    while sum(map(len, blocks)) > limit and max(map(len, blocks)) > 1:
        longest = max(range(len(blocks)), key=lambda index: (len(blocks[index]), index))
        blocks[longest] = _wrapped(parts[longest], width, len(blocks[longest]) - 1)
    return "\n".join(line for block in blocks for line in block)


def _wrapped(text: str, width: int, most: int | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=BULLET,
        subsequent_indent=" " * len(BULLET),
        break_on_hyphens=False,
        max_lines=most,
        placeholder=" …",
    )


def same_answer(explanation: Explanation) -> str:
    """Say whether both sides gave the same answer: as the check found, or from the digests kept of them."""
    a, b = explanation.a.answers, explanation.b.answers
    common = [n for n in a if n in b]
    check = next((check for check in explanation.checks if check.name == SAME_OUTPUT), None)
    if check is not None and not check.held:
        return f"STOP: {check.seen}: the two do not do the same work."
    if not common or any(a[n] != b[n] for n in common):
        return "Whether both give the same answer was not checked."
    return "Both give the same answer" + (f" at all {len(common)} sizes." if len(common) > 1 else ".")


def growth(explanation: Explanation) -> str:
    """Say how the time or the work of each side grows, and what it was judged by."""
    a, b = explanation.growth.get("a"), explanation.growth.get("b")
    if a is None or b is None or "nothing" in (a.of, b.of):
        sizes = max(len(explanation.a.sizes), len(explanation.b.sizes))
        return "How they grow with the size is unknown" + (": one size was run; give --sizes." if sizes < 2 else ".")
    by = f"by {a.of}" if a.of == b.of else f"A by {a.of}, B by {b.of}"
    if a.law == b.law != "unknown":
        known = a.exponent is not None and b.exponent is not None
        exponents = f"; exponents {a.exponent:.2f} and {b.exponent:.2f}" if known else ""
        return f"Both grow {_law(a)} ({by}{exponents})."
    return f"A grows {_law(a)} (exponent {_exponent(a)}), B {_law(b)} ({_exponent(b)}; {by}): the ratio depends on the size."


def _law(growth: Growth) -> str:
    if growth.law == "1":
        return "not at all"
    return "after no law we know" if growth.law == "unknown" else f"as {growth.law}"


def _exponent(growth: Growth) -> str:
    if growth.exponent is None:
        return "unknown"
    if growth.low is None or growth.high is None or f"{growth.low:.2f}" == f"{growth.high:.2f}":
        return f"{growth.exponent:.2f}"
    return f"{growth.exponent:.2f}, {growth.low:.2f}–{growth.high:.2f}"


def costs(explanation: Explanation) -> str:
    """Say what B pays more for than A, as counts × prices, and what the bill leaves over."""
    lines = _dearest(explanation)
    left = bill.left_over(explanation, "b")
    if not lines or left is None or explanation.b.seconds is None:
        return ""
    paid = "; ".join(_payment(line, explanation) for line in lines)
    measured = explanation.b.seconds.value
    return f"B pays {paid}. {_rest(left, measured)}{_fitted(explanation, left, measured)}"


def _fitted(explanation: Explanation, left: float, measured: float) -> str:
    """Say what the bill left over before its prices were fitted to the clock, where that is much."""
    before = explanation.unexplained.before_s if explanation.unexplained else 0.0
    if not measured or abs(before) < WORTH_SAYING * measured or abs(before - left) < WORTH_SAYING * measured:
        return ""
    part = words.percent(abs(before) / measured)
    return f" Before its prices were fitted to the clock, within their bounds, it said {part} too {'little' if before > 0 else 'much'}."


def _rest(left: float, measured: float) -> str:
    if abs(left) < COVERED * measured:
        return f"Its bill covers the {words.seconds(measured)}."
    part = words.percent(abs(left) / measured) if measured else "all"
    if left < 0:
        return f"Its bill says {words.seconds(-left)} ({part}) more than was measured."
    return f"Its bill leaves {words.seconds(left)} ({part}) of {words.seconds(measured)} unexplained."


def _dearest(explanation: Explanation) -> list[BillLine]:
    """Return the one or two items that B pays most more for than A does."""
    of_a = {line.item: line.seconds for line in explanation.bill.get("a", ())}
    more = sorted(explanation.bill.get("b", ()), key=lambda line: of_a.get(line.item, 0.0) - line.seconds)
    gained = [line for line in more if line.seconds > of_a.get(line.item, 0.0)]
    if len(gained) < 2:
        return gained
    first, second = (line.seconds - of_a.get(line.item, 0.0) for line in gained[:2])
    return gained[:2] if second > first / 4 else gained[:1]


def _payment(line: BillLine, explanation: Explanation) -> str:
    other = next((entry for entry in explanation.bill.get("a", ()) if entry.item == line.item), None)
    if not line.count:
        against = "A nothing" if other is None else f"A {words.seconds(other.seconds)}"
        return f"{words.seconds(line.seconds)} {line.item} ({against})"
    count, unit_price = words.count(line.count), words.seconds(line.price_ns / words.NANO)
    against = "A none" if other is None or not other.count else f"A {words.count(other.count)}"
    return f"{count} {line.item} × {unit_price} = {words.seconds(line.seconds)} ({against})"


def experiment(explanation: Explanation, most: int = 2) -> str:
    """Say what happened when a cause was switched off or made worse, that of the top cause first."""
    tried = [toggle for toggle in explanation.toggles if toggle.usual and toggle.toggled]
    tried.sort(key=lambda toggle: toggle.cause != explanation.top_cause)
    if tried:
        return "Experiment: " + "; ".join(_trial(toggle) for toggle in tried[:most]) + "."
    if explanation.top_cause in ("none", "unexplained"):
        return ""
    refused = next((t for t in explanation.toggles if t.cause == explanation.top_cause and t.unavailable), None)
    why = f": {refused.name} could not be tried ({refused.unavailable})" if refused else ""
    return f"No experiment confirms {explanation.top_cause} here{why}; its figures are {_grade(explanation)}."


def _grade(explanation: Explanation) -> str:
    return next((cause.grade for cause in explanation.causes if cause.cause == explanation.top_cause), "inferred")


def _trial(toggle: Toggle) -> str:
    usual, toggled = statistics.median(toggle.usual), statistics.median(toggle.toggled)
    sense = f"removes {toggle.cause}" if toggle.effect == "removes" else f"adds to {toggle.cause}"
    times = f"{words.seconds(toggled)} instead of {words.seconds(usual)}"
    return f"{toggle.name} ({sense}): {toggle.side.upper()} took {times}"


def gains(explanation: Explanation) -> str:
    """Say what mending each of the largest causes can gain at most."""
    causes = [cause for cause in explanation.causes if cause.share >= LEAST_SHARE]
    if not causes or explanation.b.seconds is None:
        return ""
    causes = sorted(causes, key=lambda cause: -cause.share)[:3]
    first, *others = [f"{cause.cause} to {words.seconds(cause.counterfactual_s)}" for cause in causes]
    return f"At most, mending {words.listed([first.replace(' to ', ' brings B to ', 1), *others])}."


def advice(explanation: Explanation, page: Page) -> str:
    """Return what to do about the largest causes and what to read, a line a cause."""
    causes = sorted(explanation.causes, key=lambda cause: -cause.share)
    told = [
        f"{cause.cause}: {_sentence(cause.advice)}" + (f" Lesson: {cause.lesson}." if cause.lesson else "")
        for cause in causes
        if cause.advice and cause.share >= ADVICE_SHARE
    ]
    return "\n".join([page.paint("What to do:", "bold"), *_bullets(told[:3], page)]) if told else ""


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def ruled_out(explanation: Explanation, room: int) -> str:
    """Say which causes were ruled out, with what was counted of them as far as there is room."""
    found: dict[str, str] = {
        cause.cause: "; ".join(cause.evidence[:1]) or f"{words.percent(cause.share)} of it"
        for cause in explanation.causes
        if abs(cause.share) < LEAST_SHARE
    }
    shown = {cause.cause for cause in explanation.causes if cause.cause not in found}
    found.update({cause: reason for cause, reason in explanation.ruled_out.items() if cause not in shown})
    reasons: dict[str, list[str]] = {}
    for cause, reason in found.items():
        reasons.setdefault(reason, []).append(cause)
    full = [", ".join(causes) + (f" ({reason})" if reason else "") for reason, causes in reasons.items()]
    bare = [", ".join(causes) for causes in reasons.values()]
    told = full
    for kept in range(len(full), -1, -1):
        told = full[:kept] + bare[kept:]
        if len(", ".join(told)) <= room:
            break
    return f"Ruled out: {', '.join(told)}." if told else ""


def _room(page: Page) -> int:
    """Return how many characters a line holds, less what is lost where it breaks."""
    return min(page.width, READABLE) - len(BULLET) - 10


def places(explanation: Explanation) -> str:
    """Say where in B's code the time went, when a source knew."""
    hot = [spot for spot in _hot(explanation) if spot.cycles_share >= HOT_SHARE][:3]
    if not hot:
        return ""
    told = [f"{_place(spot)} {words.percent(spot.cycles_share)}" for spot in hot]
    return f"In B's code: {words.listed(told)} of the cycles."


def _place(spot: HotSpot) -> str:
    file = f" ({words.shortened(spot.file, 32)})" if spot.file else ""
    return words.shortened(words.one_line(spot.function), 48) + file


def _hot(explanation: Explanation) -> list[HotSpot]:
    """Return the hot places of B at the size that is explained, or else at the largest that was counted."""
    sized = [one for one in explanation.b.sizes if any(evidence.hot for evidence in one.evidence)]
    if not sized:
        return []
    chosen = next((one for one in sized if one.n == explanation.n), sized[-1])
    hot = next(evidence.hot for evidence in chosen.evidence if evidence.hot)
    return sorted(hot, key=lambda spot: -spot.cycles_share)


def no_story(explanation: Explanation, page: Page) -> str:
    """Return, for a void or inconclusive comparison, what was seen and what would decide it."""
    failed = [check for check in explanation.checks if not check.held]
    seen = [f"{check.name}: {check.seen}" for check in failed if check.seen != explanation.reason]
    if explanation.verdict == "inconclusive":
        tried = experiment(explanation) if any(toggle.toggled for toggle in explanation.toggles) else ""
        facts = (same_answer(explanation), growth(explanation), tried, ruled_out(explanation, 3 * _room(page)))
        seen += [fact for fact in facts if fact]
    known = (WOULD_DECIDE.get(check.name.split()[0]) for check in failed if check.decides != "nothing")
    decide = list(dict.fromkeys([*explanation.undecided, *filter(None, known)]))
    parts = [page.paint("What was seen:", "bold"), *_bullets(seen, page)] if seen else []
    if decide:
        parts += [page.paint("What would decide it:", "bold"), *_bullets(decide, page)]
    return "\n".join(parts)


def _bullets(texts: Sequence[str], page: Page) -> list[str]:
    return [line for text in texts for line in _wrapped(text, min(page.width, READABLE))]
