"""What a wrong guess costs: conditional branches, indirect jumps, and calls.

Without counters the number of wrong guesses is known only where no predictor can help itself: fair coins are missed
every second time, random targets among N all but one time in N. So a loop over a million random outcomes, never seen
twice in a sample, is set against the same code over outcomes that every predictor learns; the difference over the known
misses is the cost. A biased coin (one in ten) bounds it from the other side: at least one guess in ten is wrong.
A wrong target is priced against the same jump to one target, or to a fixed cycle where that is cheaper: there are cores
that follow no cycle at all through one jump that every way comes back to (a loop around a switch), and yet long ones
where every target ends with a jump of its own (an interpreter's handlers); `indirect.targets` and
`indirect.pattern_length` say which. Calls from one place (of functions by type, say) are asked for by themselves
(`indirect.call_targets`): there are cores that follow a cycle of jumps and none of calls. A call that is foreseen costs
more where its place has called several functions (`call.changing`, in long runs of each): a slower predictor tells it.
Pattern length: random outcomes (or targets) repeated with a period, each alone and well warmed up, until half of what
one-off ones cost is back: the cost rises over several octaves, most steeply there.
Fooled by: a sequence short enough to be learned (hence the million), a compiler that makes a conditional move of the
branch (the machine code is tested), work in the arms that hides or adds to the cost (one addition in each).
Source: Fog, The microarchitecture of Intel, AMD and VIA CPUs, chapter 3; Lin and Tarsa, Branch Prediction Is Not A
Solved Problem (2019).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from hwbench.catalog.branch import (
    CALLS,
    HANDLERS,
    STEP,
    TARGETS,
    cycle_of_targets,
    outcomes_prepared,
    random_outcomes,
    random_targets,
    repeated,
    targets_prepared,
    threaded_prepared,
)
from hwbench.measure import results
from hwbench.probes import Known, probe
from hwbench.stats import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from hwbench.measure.bench import Bench, Case, Samples
    from hwbench.measure.results import Found

OUTCOMES: Final = 1 << 20
PERIODS: Final = tuple(1 << exponent for exponent in range(4, 18))
TARGET_PERIODS: Final = tuple(1 << exponent for exponent in range(2, 15))
BIASES: Final = (0.02, 0.1, 0.3)
TARGET_COUNTS: Final = (1, 2, 4, 8, 16, 32, 64)
REFINEMENTS: Final = 3  # halvings of the last octave
SEVERAL, LONG_RUN = 8, 1 << 13
FOLLOWED_SHARE: Final = 0.1  # of the cost that random targets have beyond a single one
LEARNED_SHARE: Final = 0.5  # of the cost that one-off outcomes have beyond those that are always known
WARM_PASSES: Final = 24  # a predictor of the TAGE kind needs some passes to find the histories that tell outcomes apart
WARM_OUTCOMES: Final = 1 << 20


@probe(
    group="branches",
    quantities={
        "branch.mispredict_cost": "ns",
        "indirect.mispredict_cost": "ns",
        "branch.pattern_length": "outcomes",
        "indirect.pattern_length": "outcomes",
        "indirect.targets": "targets",
        "indirect.call_targets": "targets",
        "call.direct": "ns",
        "call.indirect": "ns",
        "call.changing": "ns",
    },
    curves=("branch_bias", "branch_pattern", "indirect_pattern", "indirect_targets", "call_targets"),
    seconds=1.0,
    order=50,
    processes=3,
)
def branches(bench: Bench, known: Known) -> Iterator[Found]:
    """Price wrong guesses of directions and targets, and calls; find how much the predictors remember."""
    yield from _conditional(bench)
    yield from _indirect(bench)
    yield from _calls(bench)
    yield from _branch_patterns(bench)
    yield from _target_patterns(bench)
    yield from _targets(bench)
    yield from _called_targets(bench)


def _outcome_case(bench: Bench, name: str, outcomes: NDArray[np.uint8]) -> Case:
    return bench.c_case(name, "branch_conditional", outcomes_prepared(outcomes).arguments)


def _target_case(bench: Bench, name: str, targets: NDArray[np.uint8]) -> Case:
    return bench.c_case(name, "branch_indirect", targets_prepared(targets).arguments)


def _alternating() -> NDArray[np.uint8]:
    return repeated(np.array([0, 1], dtype=np.uint8), OUTCOMES)


def noise_caution(dearer: Samples, cheaper: Samples) -> str | None:
    """Return a caution if two cases cannot be told apart, else None."""
    if dearer.lower().low > cheaper.lower().high:
        return None
    return "the difference is within the noise of the two measurements"


def bias_caution(cost: float, biased_ns: float, alternating_ns: float, taken: float) -> str | None:
    """Return a caution if a biased coin costs less than its certain misses do (with a fifth allowed for noise)."""
    if biased_ns - alternating_ns >= 0.8 * taken * cost:
        return None
    return f"a coin that falls one way in {1 / taken:.0f} cost less than its certain misses: was it learned?"


def _conditional(bench: Bench) -> Iterator[Found]:
    """Price a wrong direction, and check the price by the curve over the coin's bias."""
    cases = [
        _outcome_case(bench, "random", random_outcomes(OUTCOMES)),
        _outcome_case(bench, "alternating", _alternating()),
    ]
    cases += [_outcome_case(bench, f"bias {p}", random_outcomes(OUTCOMES, taken=p)) for p in BIASES]
    taken = bench.sample(cases, 0.3)
    random, alternating = taken["random"], taken["alternating"]
    cost = 2 * (random.lower().value - alternating.lower().value)
    caution = noise_caution(random, alternating) or bias_caution(
        cost, taken["bias 0.1"].lower().value, alternating.lower().value, 0.1
    )
    yield results.price_difference(
        "branch.mispredict_cost",
        random,
        alternating,
        per=0.5,
        method=f"a loop over {OUTCOMES} fair coins (half of the guesses wrong) less one over alternating outcomes",
        caution=caution,
    )
    points = [{"taken": p, "ns": taken[f"bias {p}"].lower().value} for p in BIASES]
    yield results.curve("branch_bias", [*points, {"taken": 0.5, "ns": random.lower().value}])


def _indirect(bench: Bench) -> Iterator[Found]:
    """Price a wrong target against one that is always right: a single one, or a cycle where the core follows it."""
    taken = bench.sample(
        [
            _target_case(bench, "random", random_targets(OUTCOMES)),
            _target_case(bench, "one target", np.full(OUTCOMES, 5, dtype=np.uint8)),
            _target_case(bench, "a fixed cycle", cycle_of_targets(OUTCOMES, TARGETS)),
        ],
        0.2,
    )
    right = min((taken["one target"], taken["a fixed cycle"]), key=lambda samples: samples.lower().value)
    yield results.price_difference(
        "indirect.mispredict_cost",
        taken["random"],
        right,
        per=1 - 1 / TARGETS,
        method=f"jumps to {TARGETS} targets at random ({TARGETS - 1} guesses in {TARGETS} wrong) less {right.name}",
        caution=noise_caution(taken["random"], right),
    )


def _calls(bench: Bench) -> Iterator[Found]:
    """Price a call and a call through a pointer, both with their return, by what a loop without them takes."""
    names = ("call_none", "call_direct", "call_indirect")
    taken = bench.sample([bench.c_case(name, f"branch_{name}", (STEP,), work=CALLS) for name in names], 0.2)
    for quantity, name in (("call.direct", "call_direct"), ("call.indirect", "call_indirect")):
        yield results.price_difference(
            quantity,
            taken[name],
            taken["call_none"],
            method="an addition in a called function (call, moves, return; one target) less the addition in place",
            caution=noise_caution(taken[name], taken["call_none"]),
        )


def _branch_patterns(bench: Bench) -> Iterator[Found]:
    """Find the longest random period of outcomes that is learned."""

    def case(period: int) -> Case:
        return _outcome_case(bench, "pattern", repeated(random_outcomes(period, seed=period), max(period, 1 << 14)))

    known, one_off = _alternating(), random_outcomes(OUTCOMES, seed=2)
    ends = _ends(bench, _outcome_case(bench, "known", known), _outcome_case(bench, "one-off", one_off))
    method = f"random outcomes repeated: learned while under {LEARNED_SHARE:.0%} of what one-off ones cost is added"
    yield from _pattern_length(bench, "branch", PERIODS, ends, case, method)


def _target_patterns(bench: Bench) -> Iterator[Found]:
    """Find the longest random period of targets that is learned where every target ends with a jump of its own."""

    def handlers(name: str, targets: NDArray[np.uint8]) -> Case:
        return bench.c_case(name, "branch_threaded", threaded_prepared(targets).arguments)

    def case(period: int) -> Case:
        targets = random_targets(period, HANDLERS, seed=period)
        return handlers("pattern", repeated(targets, max(period, 1 << 14)))

    known, one_off = cycle_of_targets(1 << 14, HANDLERS), random_targets(OUTCOMES, HANDLERS, seed=2)
    if handlers("try", known).run(1) < 0:
        yield results.missing("indirect.pattern_length", "outcomes", "not written for this instruction set")
        return
    ends = _ends(bench, handlers("known", known), handlers("one-off", one_off))
    method = f"a random program of {HANDLERS} handlers, each of which jumps to the next, repeated: learned while under "
    method += f"{LEARNED_SHARE:.0%} of what a program without repetition costs is added"
    yield from _pattern_length(bench, "indirect", TARGET_PERIODS, ends, case, method)


def _ends(bench: Bench, known: Case, one_off: Case) -> tuple[float, float]:
    """Return the costs of what is always and of what is never foreseen."""
    taken = bench.sample([known, one_off], 0.05)
    return taken[known.name].lower().value, taken[one_off.name].lower().value


def _pattern_length(
    bench: Bench,
    subject: str,
    periods: Sequence[int],
    ends: tuple[float, float],
    case: Callable[[int], Case],
    method: str,
) -> Iterator[Found]:
    """Find the longest period that is learned, each measured alone; `ends` are the costs of the known and the new."""
    points = {period: _pattern_ns(bench, case(period), period) for period in periods}
    bounds = learned_bounds(list(points.items()), *ends, LEARNED_SHARE)
    for _ in range(REFINEMENTS):
        if isinstance(bounds, str):
            break
        middle = round(math.sqrt(bounds[0] * bounds[1]))
        points[middle] = _pattern_ns(bench, case(middle), middle)
        bounds = learned_bounds(sorted(points.items()), *ends, LEARNED_SHARE)
    yield results.curve(f"{subject}_pattern", [{"period": period, "ns": ns} for period, ns in sorted(points.items())])
    name = f"{subject}.pattern_length"
    if isinstance(bounds, str):
        yield results.missing(name, "outcomes", bounds)
    else:
        last, first_beyond = bounds
        yield results.estimated(name, "outcomes", Estimate(last, last, first_beyond), method=method)


def _pattern_ns(bench: Bench, case: Case, period: int) -> float:
    """Time one outcome of a random pattern of that period once the predictor has seen it often."""
    case.run(min(WARM_PASSES * period, WARM_OUTCOMES))
    return bench.sample([case], 0.01, at_most=15)["pattern"].lower().value


def learned_bounds(
    curve: list[tuple[int, float]], floor: float, ceiling: float, share: float
) -> tuple[float, float] | str:
    """Return the last length that is learned and the first that is not; or, as text, why no limit was seen.

    `curve` holds (length, cost) in order of length, `floor` and `ceiling` the costs of what is always and never
    learned; what costs more than `share` of the way from one to the other is not learned. The last cheap length
    decides, not the first dear one: a disturbance can make a length dear, never cheap.
    """
    if ceiling <= floor:
        return "sequences that cannot be learned cost no more than others: no miss is seen here"
    threshold = floor + share * (ceiling - floor)
    learned = [k for k, (_, cost) in enumerate(curve) if cost <= threshold]
    if not learned:
        return f"not even {curve[0][0]} are followed"
    if learned[-1] == len(curve) - 1:
        return f"no limit seen: all of {curve[-1][0]} are followed"
    return float(curve[learned[-1]][0]), float(curve[learned[-1] + 1][0])


def _targets(bench: Bench) -> Iterator[Found]:
    """Find how many targets of one jump are followed in a fixed cycle."""
    cases = [_target_case(bench, str(count), cycle_of_targets(1 << 16, count)) for count in TARGET_COUNTS]
    cases.append(_target_case(bench, "random", random_targets(OUTCOMES, seed=2)))
    taken = bench.sample(cases, 0.15)
    yield from _followed(
        ("indirect.targets", "indirect_targets"),
        {count: taken[str(count)] for count in TARGET_COUNTS},
        (taken["1"], taken["random"]),
        "targets of one jump (a switch in a loop) in a fixed cycle: followed while it costs what one target does",
    )


def _called_targets(bench: Bench) -> Iterator[Found]:
    """Find how many functions called from one place are followed in a fixed cycle, and what foreseen calls of several cost."""

    def case(name: str, targets: NDArray[np.uint8]) -> Case:
        return bench.c_case(name, "branch_call_table", threaded_prepared(targets).arguments)

    counts = tuple(count for count in TARGET_COUNTS if count <= HANDLERS)
    cases = [case(str(count), cycle_of_targets(1 << 16, count)) for count in counts]
    cases.append(case("random", random_targets(OUTCOMES, HANDLERS, seed=2)))
    cases.append(case("runs", np.repeat(np.arange(SEVERAL, dtype=np.uint8), LONG_RUN)))
    taken = bench.sample(cases, 0.15)
    yield from _followed(
        ("indirect.call_targets", "call_targets"),
        {count: taken[str(count)] for count in counts},
        (taken["runs"], taken["random"]),
        "functions called from one place in a fixed cycle: followed while it costs what long runs of each do",
    )
    yield results.price_difference(
        "call.changing",
        taken["runs"],
        taken["1"],
        method=f"calls from one place of {SEVERAL} functions, {LONG_RUN} times each in a row, less those of one function",
    )


def _followed(
    names: tuple[str, str], cycles: Mapping[int, Samples], ends: tuple[Samples, Samples], method: str
) -> Iterator[Found]:
    """Yield the longest cycle of targets that is followed, and the curve: `names` of both; `ends` are foreseen and not."""
    quantity, curve = names
    points = [(count, samples.lower().value) for count, samples in cycles.items()]
    yield results.curve(curve, [{"targets": count, "ns": ns} for count, ns in points])
    foreseen, unforeseen = (samples.lower().value for samples in ends)
    bounds = learned_bounds(points, foreseen, unforeseen, FOLLOWED_SHARE)
    if isinstance(bounds, str):
        yield results.missing(quantity, "targets", bounds)
    else:
        last, first_beyond = bounds
        yield results.estimated(quantity, "targets", Estimate(last, last, first_beyond), method=method)
