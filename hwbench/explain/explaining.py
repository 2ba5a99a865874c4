"""From everything that was measured of two programs to why one is slower: a pure function of records.

Checks first: what fails gives `void` or `inconclusive`, never a story. Then growth, then the bills, then shares.
No cause is named that no evidence supports: where the time is not itemised the rest is `unexplained`, and where two causes
cannot be told apart the explanation says which measurement would tell.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from hwbench.explain import sampled, toggled
from hwbench.explain.advice import advice, tells_apart
from hwbench.explain.attribution import CLEAR_TOP, Attribution, SideDraws, attribute, bounds, side_draws
from hwbench.explain.basket import Basket, basket_of, common_startup
from hwbench.explain.bill import bill_of, removed
from hwbench.explain.checks import checks, enough_runs, noise_floor
from hwbench.explain.evidence import counts_of, evidence_for
from hwbench.explain.reconcile import reconciled, together
from hwbench.explain.times import Timed, explained_size, net_share, started_alike, timed
from hwbench.explain.work import Work, counted_alone, evenly_counted, growths_of, work_of
from hwbench.records import (
    CAUSES,
    EXPLANATION_SCHEMA,
    BillLine,
    Cause,
    CauseShare,
    Check,
    Comparison,
    Explanation,
    Grade,
    Growth,
    Interval,
    MachineProfile,
    Side,
    Unexplained,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL_SHARE: Final = 0.02  # below that a cause is ruled out
ALIKE, SAME = 0.1, 0.01  # log ratios of two bills
SMALL_GAP, CROSSING = 0.1, 0.15  # log ratios of two times
TOO_LITTLE: Final = 0.5  # a bill that explains less than so much of the ratio explains nothing
CLOSE: Final = 0.7  # of the log ratio: by up to a factor of two
GRADES: Final[tuple[Grade, ...]] = ("inferred", "simulated", "counted", "toggled")


@dataclass(frozen=True)
class Account:
    """Both sides' times, baskets, bills and work, ready to be compared; `before`: what the bills left over unmoved."""

    n: float | None
    sides: tuple[Timed, Timed]
    baskets: tuple[Basket, Basket]
    bills: tuple[tuple[BillLine, ...], tuple[BillLine, ...]]
    work: Work
    before: tuple[float, float] = (0.0, 0.0)

    @property
    def ratio(self) -> float:
        """The time of B over that of A."""
        return self.sides[1].seconds[0] / max(self.sides[0].seconds[0], 1e-12)


def explain(
    comparison: Comparison, profile: MachineProfile, *, hwbench: str = "", taken: str = "", n: float | None = None
) -> Explanation:
    """Return why B is slower than A; the slower of the two is B, whatever it was called."""
    at = n if n is not None else explained_size(comparison.a, comparison.b)
    account = account_of(comparison, profile, at)
    if account is None:
        return _empty(comparison, hwbench, taken)
    notes = list(comparison.notes)
    if (
        comparison.same_output is not False
        and account.ratio < 1
        and np.log(1 / account.ratio) > noise_floor(comparison)
    ):
        comparison = _swapped(comparison)
        notes.append(f"{comparison.b.name} is the slower one: it is called B here")
        account = account_of(comparison, profile, at) or account
    for source, missed in counted_alone(comparison).items():
        notes.append(f"{source} could not count {missed}: what it counted of the other is left out")
    made = (*checks(comparison, profile, account.sides, account.baskets), enough_runs(comparison, at))
    base = Explanation(
        schema=EXPLANATION_SCHEMA,
        hwbench=hwbench,
        taken=taken,
        host=comparison.host,
        conditions=comparison.conditions,
        a=_with_seconds(comparison, account, 0),
        b=_with_seconds(comparison, account, 1),
        n=at,
        ratio=_ratio(account.sides),
        verdict="inconclusive",
        factors=_factors(account),
        bill={"a": account.bills[0], "b": account.bills[1]},
        growth=account.work.growth,
        checks=made,
        toggles=comparison.toggles,
        spots=comparison.spots,
        sources=_sources(evenly_counted(comparison)),
        missing=_missing(comparison),
        profile=comparison.profile,
        notes=(*notes, *account.baskets[0].differs, *account.baskets[1].differs, *_extrapolation(account)),
        incomplete=comparison.interrupted,
    )
    return _judged(base, comparison, account, made)


def account_of(comparison: Comparison, profile: MachineProfile, n: float | None) -> Account | None:
    """Return both sides' times, baskets and bills at size n; None where one of them did not run there."""
    comparison = evenly_counted(comparison)
    laws = growths_of(comparison.a, comparison.b)
    baskets = _baskets((comparison.a, comparison.b), n, laws)
    sides = [
        timed(side, n, law, basket)
        for side, law, basket in zip((comparison.a, comparison.b), laws, baskets, strict=True)
    ]
    if sides[0] is None or sides[1] is None:
        return None
    first, second = started_alike(sides[0], sides[1])
    work = work_of(comparison.a, comparison.b, baskets, second.seconds[0] / max(first.seconds[0], 1e-12))
    drafts = [
        toggled.apply(
            bill_of(basket, side.measured, profile),
            comparison.toggles,
            name,
            side.seconds[0] + side.startup,
            itemised=basket.has("model.cycles"),
        )
        for basket, side, name in zip(baskets, (first, second), ("a", "b"), strict=True)
    ]
    drafts[:] = sampled.apply((drafts[0], drafts[1]), (baskets[0], baskets[1]), (first.measured, second.measured))
    before = [
        side.seconds[0] - sum(line.seconds for line in lines)
        for lines, side in zip(drafts, (first, second), strict=True)
    ]
    common = together((drafts[0], drafts[1]), (first.seconds[0], second.seconds[0]))
    bills = [reconciled(lines, side.seconds[0]) for lines, side in zip(common, (first, second), strict=True)]
    return Account(n, (first, second), baskets, (bills[0], bills[1]), work, (before[0], before[1]))


def _baskets(sides: tuple[Side, Side], n: float | None, laws: tuple[Growth, Growth]) -> tuple[Basket, Basket]:
    shares = functools.partial(net_share, sides[0], laws[0]), functools.partial(net_share, sides[1], laws[1])
    startup = common_startup(sides, laws, shares)
    return (
        basket_of(sides[0], n, laws[0], shares[0], startup),
        basket_of(sides[1], n, laws[1], shares[1], startup),
    )


def _swapped(comparison: Comparison) -> Comparison:
    flipped = tuple(
        msgspec.structs.replace(toggle, side="b" if toggle.side == "a" else "a") for toggle in comparison.toggles
    )
    return msgspec.structs.replace(comparison, a=comparison.b, b=comparison.a, toggles=flipped)


def _with_seconds(comparison: Comparison, account: Account, index: int) -> Side:
    side = (comparison.a, comparison.b)[index]
    value, low, high = account.sides[index].seconds
    return msgspec.structs.replace(
        side, seconds=Interval(value=value, low=low, high=high, unit="s"), startup=account.sides[index].startup
    )


def _ratio(sides: tuple[Timed, Timed]) -> Interval:
    (a, a_low, a_high), (b, b_low, b_high) = sides[0].seconds, sides[1].seconds
    return Interval(
        value=b / max(a, 1e-12), low=b_low / max(a_high, 1e-12), high=b_high / max(a_low, 1e-12), unit="ratio"
    )


def _factors(account: Account) -> dict[str, float]:
    """Return the identity: time = instructions × time per instruction (+ off the CPU), as ratios of B to A."""
    first, second = (side.measured for side in account.sides)
    found = {"time": account.ratio}
    on_a, on_b = first.wall - first.off_cpu, second.wall - second.off_cpu
    instructions = [basket.value("instructions") for basket in account.baskets]
    if min(on_a, on_b) > 0:
        found["on_cpu"] = on_b / on_a
        found["off_cpu"] = account.ratio / (on_b / on_a)
        if min(instructions) > 0:
            found["instructions"] = instructions[1] / instructions[0]
            found["time_per_instruction"] = found["on_cpu"] / found["instructions"]
            found["growth"] = account.work.growth_factor
    return found


def _sources(comparison: Comparison) -> tuple[str, ...]:
    found = {
        each.source
        for side in (comparison.a, comparison.b)
        for sized in side.sizes
        for each in sized.evidence
        if each.unavailable is None
    }
    extra = ["perturbation"] if any(not toggle.unavailable for toggle in comparison.toggles) else []
    return (*sorted(found), *extra)


def _missing(comparison: Comparison) -> dict[str, str]:
    have = _sources(comparison)
    missing: dict[str, str] = {}
    for side in (comparison.a, comparison.b):
        for each in (evidence for sized in side.sizes for evidence in sized.evidence):
            if each.unavailable is not None and each.source not in have:
                missing[each.source] = f"{each.unavailable}; {each.remedy}" if each.remedy else each.unavailable
    return missing


def _extrapolation(account: Account) -> tuple[str, ...]:
    if not any(basket.extrapolated for basket in account.baskets):
        return ()
    return ("events were counted at smaller sizes and extrapolated by their own growth",)


# ── the verdict ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _judged(base: Explanation, comparison: Comparison, account: Account, made: tuple[Check, ...]) -> Explanation:
    failed = next((check for check in made if not check.held and check.decides == "void"), None)
    if failed is not None and failed.name == "same output":
        return msgspec.structs.replace(base, verdict="void", reason=failed.seen, bill={}, factors={}, ratio=None)
    if _is_no_difference(comparison, account, base.ratio):
        return _no_difference(base, account, made, failed)
    attribution = _attribute(account)
    causes = _causes(attribution, account, comparison)
    left = _unexplained(attribution, account)
    verdict, reason, top, undecided = _verdict(attribution, account, made)
    return msgspec.structs.replace(
        base,
        verdict=verdict,
        reason=reason,
        top_cause=top,
        causes=causes,
        ruled_out=_ruled_out(attribution, account),
        undecided=undecided,
        unexplained=left,
    )


def _is_no_difference(comparison: Comparison, account: Account, ratio: Interval | None) -> bool:
    gap = abs(float(np.log(account.ratio)))
    crosses = ratio is not None and ratio.low <= 1 <= ratio.high
    same = gap < SMALL_GAP and _are_alike(account, SAME)  # where code and stacks happen to lie moves times by as much
    unsure = crosses and gap < CROSSING and (_are_alike(account) or not _is_counted(account))
    return gap <= noise_floor(comparison) or unsure or same


def _no_difference(base: Explanation, account: Account, made: tuple[Check, ...], failed: Check | None) -> Explanation:
    """Return the verdict on two sides that take equally long; where noise is wide, what both do must be alike as well."""
    if failed is not None:
        return msgspec.structs.replace(base, verdict="void", reason=failed.seen)
    doubtful = next((check for check in made if not check.held and check.decides == "inconclusive"), None)
    alike = doubtful is not None and doubtful.name == "noise" and _are_alike(account)
    if doubtful is not None and not alike:
        return msgspec.structs.replace(base, verdict="inconclusive", reason=doubtful.seen)
    return msgspec.structs.replace(
        base,
        verdict="explained",
        top_cause="none",
        reason="no difference beyond noise" + (", which was wide; what both do is alike" if alike else ""),
        unexplained=Unexplained(share=0.0, seconds=0.0),
    )


def _are_alike(account: Account, within: float = ALIKE) -> bool:
    """Whether both bills, before they were fitted to the clock, come to the same time."""
    billed = [side.seconds[0] - left for side, left in zip(account.sides, account.before, strict=True)]
    return _is_counted(account) and min(billed) > 0 and abs(float(np.log(billed[1] / billed[0]))) < within


def _is_counted(account: Account) -> bool:
    return all(basket.has("instructions") for basket in account.baskets)


def _attribute(account: Account) -> Attribution:
    generator = np.random.default_rng(1)
    draws: list[SideDraws] = [
        side_draws(lines, side.seconds, basket, generator, removed(basket))
        for lines, side, basket in zip(account.bills, account.sides, account.baskets, strict=True)
    ]
    return attribute(draws[0], draws[1], account.work.growth_factor, account.work.vector_factor, account.work.fixed)


def _verdict(
    attribution: Attribution, account: Account, made: tuple[Check, ...]
) -> tuple[Verdict, str, str, tuple[str, ...]]:
    failed = next((check for check in made if not check.held and check.decides == "void"), None)
    top, second = attribution.ranked()[:2]
    left = float(attribution.shares["unexplained"][0])
    leading = float(attribution.shares[top][0])
    if failed is not None:
        return "void", failed.seen, "unexplained", ()
    doubtful = next((check for check in made if not check.held and check.decides == "inconclusive"), None)
    if doubtful is not None:
        return "inconclusive", doubtful.seen, "unexplained", ()
    if leading < max(SMALL_SHARE, left) or abs(left) > TOO_LITTLE:
        told = f"the bill explains {1 - left:.0%} of the ratio"
        apart = () if account.baskets[1].has("instructions") else (tells_apart("", ""),)
        is_clear = leading > max(left, TOO_LITTLE)
        return ("explained" if is_clear else "inconclusive"), told, (top if is_clear else "unexplained"), apart
    if attribution.share(top)[1] <= 0:
        why = "the two take about as long" if attribution.log_ratio < CLOSE else "its line of the bill is too uncertain"
        told = f"{top} leads, but may as well have no share: {why}"
        return "inconclusive", told, "unexplained", ()
    undecided: tuple[str, ...] = ()
    if attribution.top_probability.get(top, 1.0) < CLEAR_TOP:
        undecided = (f"{top} and {second} lie too close: {tells_apart(top, second)}",)
    return "explained", "", top, undecided


def _unexplained(attribution: Attribution, account: Account) -> Unexplained:
    share, low, high = attribution.share("unexplained")
    seconds = account.sides[1].seconds[0] - sum(line.seconds for line in account.bills[1])
    return Unexplained(share=share, seconds=seconds, low=low, high=high, before_s=account.before[1])


def _causes(attribution: Attribution, account: Account, comparison: Comparison) -> tuple[CauseShare, ...]:
    made = [_cause(cause, attribution, account, comparison) for cause in CAUSES if cause in attribution.shares]
    kept = [each for each in made if abs(each.share) >= SMALL_SHARE / 2]
    return tuple(sorted(kept, key=lambda each: -each.share))


def _cause(cause: Cause, attribution: Attribution, account: Account, comparison: Comparison) -> CauseShare:
    share, low, high = attribution.share(cause)
    without, without_low, without_high = _without(attribution, cause)
    sentence, lesson = advice(cause)
    lines = account.bills[1]
    mine = [toggle for toggle in comparison.toggles if toggle.side == "b"]
    return CauseShare(
        cause=cause,
        factor=float(np.exp(share * attribution.log_ratio)),
        share=share,
        low=low,
        high=high,
        grade=_grade(cause, lines, account),
        evidence=evidence_for(cause, account.baskets, account.work, lines, mine),
        counterfactual_s=without,
        counterfactual_low_s=without_low,
        counterfactual_high_s=without_high,
        advice=sentence if share > 0 else "",
        lesson=lesson if share > 0 else "",
    )


def _without(attribution: Attribution, cause: Cause) -> tuple[float, float, float]:
    """Return B's time without a cause; what nothing explains may be this cause's too, or A's as well as B's."""
    value, low, high = bounds(attribution.counterfactuals[cause])
    first, second = attribution.left
    return value, max(low - max(second, 0.0), 0.0), high + max(first - second, 0.0)


def _grade(cause: str, lines: Sequence[BillLine], account: Account) -> Grade:
    """Return the grade of a cause: that of its dearest line; growth and work are as good as their counts."""
    if cause in ("algorithm", "vectorization", "instructions"):
        return "counted" if account.baskets[1].has("instructions") else "inferred"
    mine = [line for line in lines if line.cause == cause]
    return max(mine, key=lambda line: line.seconds).grade if mine else "inferred"


def _ruled_out(attribution: Attribution, account: Account) -> dict[str, str]:
    """Return the causes whose share is too small to matter, with the counts that say so."""
    out: dict[str, str] = {}
    for cause in CAUSES:
        share = float(attribution.shares[cause][0])
        if abs(share) >= SMALL_SHARE:
            continue
        told = counts_of(cause, *account.baskets)
        if told or (cause == "algorithm" and account.work.growth["b"].exponent is not None):
            out[cause] = "; ".join(told) or "both grow alike"
    return out


def _empty(comparison: Comparison, hwbench: str, taken: str) -> Explanation:
    return Explanation(
        schema=EXPLANATION_SCHEMA,
        hwbench=hwbench,
        taken=taken,
        host=comparison.host,
        conditions=comparison.conditions,
        a=comparison.a,
        b=comparison.b,
        verdict="inconclusive",
        reason=comparison.interrupted or "the two were not run at the same size",
        profile=comparison.profile,
        notes=comparison.notes,
        incomplete=comparison.interrupted,
    )
