"""From two bills to shares: what part of the ratio of two times each cause makes up, and the time without it.

Growth comes first: where B's counted work grows faster than A's, `algorithm` takes the whole factor by which B's work
exceeds A's for that reason, and the rest is compared as if B did A's amount of work. Where A's fewer steps are dearer
(its branches are harder to foresee, say), that is the price of its law, and taken off what the law gains: it is no
merit of B's. What remains are sums of seconds, and the share of a difference of sums in a log ratio is exact with the
logarithmic mean: ln(b/a) = Σ (bᵢ − aᵢ) / L(b, a). Time in the core itself (instructions at the best rate, and the
latency of what they do) is a product, instructions × cycles per instruction, and is split in the same way: L(bᵢ, aᵢ)·ln
of each factor's ratio. So shares and `unexplained` sum to one by construction. Bounds come from drawing every line of
the bill, the times and the prices from their intervals.
Source: Ang, "The LMDI approach to decomposition analysis", Energy Policy 33 (2005), for the logarithmic-mean index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hwbench.explain.work import NOT_WITH_GROWTH
from hwbench.records import CAUSES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray

    from hwbench.explain.basket import Basket
    from hwbench.records import BillLine

    Draws = NDArray[np.float64]

DRAWS: Final = 400
SPLIT_DOUBT: Final = 0.2
CLEAR_TOP: Final = 0.75  # of the draws: then the leading cause leads clearly
CONTENDS: Final = 0.25  # in so many it may be another
SMALLEST: Final = 1e-12
LOW, HIGH = 0.025, 0.975
DOUBTS: Final = np.random.default_rng(1).standard_normal(DRAWS)
DOUBTS[0] = 0.0  # the central value
CORE: Final = ("instructions", "execution")
WITH_INSTRUCTIONS: Final = ("branch", "dispatch", "allocation")


@dataclass(frozen=True)
class SideDraws:
    """One side as draws (the first is the central value): its time, its seconds by cause, its instructions."""

    time: Draws
    seconds: Mapping[str, Draws]
    instructions: float
    removed: Mapping[Any, float] = field(default_factory=dict)

    def saving(self, cause: str) -> Draws:
        """Return the seconds that would fall away with a cause: its own, and what others cost only where it is."""
        seconds = self.seconds.get(cause, np.zeros_like(self.time))
        return seconds * self.removed.get(cause, 1.0)

    @property
    def unexplained(self) -> Draws:
        """What the bill leaves over."""
        left: Draws = self.time - sum(self.seconds.values(), np.zeros_like(self.time))
        return left


@dataclass(frozen=True)
class Attribution:
    """Shares of the log ratio by cause (and `unexplained`), as draws, and B's time without each cause.

    `left`: the seconds that the bills leave over, A's for as much work as B does.
    """

    shares: Mapping[str, Draws]
    counterfactuals: Mapping[str, Draws]
    log_ratio: float
    growth_factor: float = 1.0
    vector_factor: float = 1.0
    instruction_ratio: float = 1.0
    left: tuple[float, float] = (0.0, 0.0)
    top_probability: Mapping[str, float] = field(default_factory=dict)

    def share(self, cause: str) -> tuple[float, float, float]:
        """Return a cause's share with its bounds."""
        return bounds(self.shares[cause])

    def ranked(self) -> list[str]:
        """Return the causes by share; those that cannot be told apart by it come first, by what mending each would gain."""
        causes = [cause for cause in self.shares if cause != "unexplained"]
        causes.sort(key=lambda cause: -float(self.shares[cause][0]))
        if self.top_probability.get(causes[0], 1.0) >= CLEAR_TOP:
            return causes
        contenders = [cause for cause in causes if self.top_probability.get(cause, 0.0) >= CONTENDS]
        contenders.sort(key=lambda cause: float(self.counterfactuals[cause][0]))
        return contenders + [cause for cause in causes if cause not in contenders]


def bounds(draws: Any) -> tuple[float, float, float]:
    """Return the central value of draws with the range of nineteen in twenty of them."""
    values = np.asarray(draws, dtype=float)
    low, high = np.quantile(values, (LOW, HIGH))
    return float(values[0]), min(float(low), float(values[0])), max(float(high), float(values[0]))


def draw(value: float, low: float, high: float, generator: np.random.Generator) -> Draws:
    """Return draws of a triangular distribution between two bounds, the central value first."""
    low, high = min(low, value), max(high, value)
    if high - low <= SMALLEST:
        return np.full(DRAWS, value)
    drawn = generator.triangular(low, value, high, DRAWS)
    drawn[0] = value
    return drawn


def side_draws(
    lines: Iterable[BillLine],
    time: tuple[float, float, float],
    basket: Basket,
    generator: np.random.Generator,
    removed: Mapping[Any, float] | None = None,
) -> SideDraws:
    """Return a side's bill as draws by cause; the allocator's instructions are not the program's.

    `removed`: what falls away with a cause over its own seconds, where that is more.
    """
    lines = tuple(lines)
    times = draw(*time, generator)
    drawn = [draw(line.seconds, line.low, line.high, generator) for line in lines]
    _add_up(drawn, lines, times)
    seconds: dict[str, Draws] = {}
    for line, each in zip(lines, drawn, strict=True):
        seconds[line.cause] = seconds[line.cause] + each if line.cause in seconds else each
    own = basket.value("instructions") - basket.value("malloc.instructions")
    return SideDraws(times, seconds, max(own, 0.0), removed or {})


def _add_up(drawn: list[Draws], lines: tuple[BillLine, ...], times: Draws) -> None:
    """Let the lines of every draw leave over what the bill itself leaves over, moved by the squares of their widths."""
    weights = [(line.high - line.low) ** 2 for line in lines]
    if sum(weights) <= 0:
        return
    left = float(times[0]) - sum(line.seconds for line in lines)
    gap = times - left - sum(drawn, np.zeros_like(times))
    for index, weight in enumerate(weights):
        drawn[index] = np.maximum(drawn[index] + gap * weight / sum(weights), 0.0)


def attribute(
    a: SideDraws,
    b: SideDraws,
    growth_factor: float = 1.0,
    vector_factor: float = 1.0,
    fixed: Collection[str] = NOT_WITH_GROWTH,
) -> Attribution:
    """Return the shares of ln(time of B / time of A) and B's time without each cause; what is `fixed` does not grow with n."""
    log_ratio = np.log(np.maximum(b.time, SMALLEST) / np.maximum(a.time, SMALLEST))
    reduced: dict[str, Draws] = {
        cause: _reduced(b.seconds.get(cause), a.time, 1.0 if cause in fixed else growth_factor) for cause in CAUSES
    }
    left = b.unexplained / growth_factor
    if growth_factor > 1:
        reduced = {cause: np.maximum(each, _seconds(a, cause)) for cause, each in reduced.items()}
        left = a.unexplained + np.maximum(left - np.maximum(a.unexplained, 0.0), 0.0)
    time = np.maximum(sum(reduced.values(), np.zeros_like(b.time)) + left, SMALLEST)
    mean = logarithmic_mean(time, a.time)
    parts: dict[str, Draws] = {"algorithm": np.log(np.maximum(b.time, SMALLEST) / time)}
    for cause in CAUSES:
        if cause not in (*CORE, "algorithm", "vectorization"):
            parts[cause] = (reduced[cause] - _seconds(a, cause)) / mean
    parts["unexplained"] = (left - a.unexplained) / mean
    instructions = b.instructions / growth_factor
    parts |= _core(a, reduced, (instructions, a.instructions), vector_factor, mean)
    shares = {name: _over(part, log_ratio) for name, part in parts.items()}
    ratio = instructions / a.instructions if a.instructions > 0 and instructions > 0 else 1.0
    return Attribution(
        shares=shares,
        counterfactuals=_counterfactuals(a, b, time, ratio, (growth_factor, vector_factor), fixed),
        log_ratio=float(log_ratio[0]),
        growth_factor=growth_factor,
        vector_factor=vector_factor,
        instruction_ratio=ratio,
        left=(float(a.unexplained[0]) * growth_factor, float(b.unexplained[0])),
        top_probability=_top_probability(shares),
    )


def _seconds(side: SideDraws, cause: str) -> Draws:
    return side.seconds.get(cause, np.zeros_like(side.time))


def _reduced(seconds: Draws | None, like: Draws, growth_factor: float) -> Draws:
    return np.zeros_like(like) if seconds is None else seconds / growth_factor


def logarithmic_mean(first: Any, second: Any) -> Draws:
    """Return (x − y) / ln(x / y), which is x where the two are equal."""
    x, y = np.maximum(first, SMALLEST), np.maximum(second, SMALLEST)
    ratio = np.log(x / y)
    near = np.abs(ratio) < 1e-6
    mean: Draws = np.where(near, (x + y) / 2, (x - y) / np.where(near, 1.0, ratio))
    return mean


def _core(
    a: SideDraws,
    reduced: Mapping[str, Draws],
    instructions: tuple[float, float],
    vector_factor: float,
    mean: Draws,
) -> dict[str, Draws]:
    """Split the time in the core into instructions, vectorization and execution.

    Execution is what B's latencies cost beyond what as many more instructions of A's kind would.
    """
    core_b, core_a = (
        sum((side[cause] for cause in CORE), np.zeros_like(mean)) for side in (reduced, _core_of(a, mean))
    )
    none = np.zeros_like(mean)
    if min(instructions) <= 0:  # nothing was counted: each line is of its own cause
        return {cause: (reduced[cause] - _seconds(a, cause)) / mean for cause in (*CORE, "vectorization")}
    weight = logarithmic_mean(core_b, core_a) / mean
    total = np.log(np.maximum(core_b, SMALLEST) / np.maximum(core_a, SMALLEST))
    more = math.log(instructions[0] / instructions[1])
    vector = min(math.log(max(vector_factor, 1.0)), max(more, 0.0))
    beyond = _beyond(reduced["execution"], _seconds(a, "execution"), instructions[0] / instructions[1]) / mean
    if more <= 0:  # no more instructions, so that dearer ones are what executing them takes
        fewer = weight * np.minimum(total, 0.0)
        return {"instructions": fewer, "vectorization": none, "execution": weight * total - fewer}
    return {
        "instructions": weight * (total - vector) - beyond,
        "vectorization": weight * vector,
        "execution": beyond,
    }


def _beyond(execution: Draws, of_a: Draws, more: float) -> Draws:
    """Return what latencies cost B beyond what `more` times as many instructions of A's kind would.

    Where they cost less than that, it is no merit of B's: latencies hide behind other instructions, and would show without them.
    """
    beyond: Draws = np.maximum(execution - of_a * max(more, SMALLEST), 0.0)
    return beyond


def _core_of(side: SideDraws, like: Draws) -> dict[str, Draws]:
    return {cause: side.seconds.get(cause, np.zeros_like(like)) for cause in CORE}


def _over(part: Draws, log_ratio: Draws) -> Draws:
    safe = np.where(np.abs(log_ratio) < 1e-9, 1e-9, log_ratio)
    share: Draws = part / safe
    return share


def _counterfactuals(
    a: SideDraws,
    b: SideDraws,
    reduced_time: Draws,
    instruction_ratio: float,
    factors: tuple[float, float],
    fixed: Collection[str],
) -> dict[str, Draws]:
    """Return B's time were each cause no worse than in A (for the same amount of work as B does).

    A bill that comes to more than the time saves as much less.
    """
    growth_factor, vector_factor = factors
    a, b = _within_time(a), _within_time(b)
    found = {"algorithm": reduced_time if growth_factor > 1 else b.time.copy()}
    beyond = _beyond(_seconds(b, "execution"), _seconds(a, "execution") * growth_factor, instruction_ratio)
    core = sum((_seconds(b, cause) for cause in CORE), np.zeros_like(b.time)) - beyond
    core_a = sum((_seconds(a, cause) for cause in CORE), np.zeros_like(b.time)) * growth_factor
    more = np.log(np.maximum(core, SMALLEST) / np.maximum(core_a, SMALLEST)) * (instruction_ratio > 1)
    vector = min(math.log(max(vector_factor, 1.0)) / math.log(max(instruction_ratio, 1 + 1e-9)), 1.0)
    found["vectorization"] = b.time - core * (1 - np.exp(-np.maximum(more * vector, 0.0)))
    found["instructions"] = b.time - core * (1 - np.exp(-np.maximum(more * (1 - vector), 0.0)))
    for cause, part in (("vectorization", vector), ("instructions", 1 - vector)):
        found[cause] = found[cause] - _with_instructions(a, b, growth_factor, max(instruction_ratio, 1.0) ** part)
    found["execution"] = b.time - np.maximum(beyond, 0.0)
    if instruction_ratio <= 1:
        found["execution"] = b.time - np.maximum(core + beyond - core_a, 0.0)
    for cause in CAUSES:
        if cause not in found:
            scale = 1.0 if cause in fixed else growth_factor
            found[cause] = b.time - np.maximum(b.saving(cause) - scale * a.saving(cause), 0.0)
    if min(a.instructions, b.instructions) <= 0:
        for cause in (*CORE, "vectorization"):
            found[cause] = b.time - np.maximum(_seconds(b, cause) - growth_factor * _seconds(a, cause), 0.0)
    # lines that no longer miss are fetched ahead, as A's are, and then travel for the account of bandwidth
    found["cache"] += np.maximum(_seconds(a, "bandwidth") * growth_factor - _seconds(b, "bandwidth"), 0.0)
    return {cause: _doubted(np.minimum(np.maximum(time, 0.0), b.time), b.time) for cause, time in found.items()}


def _doubted(left: Draws, time: Draws) -> Draws:
    """Return the time left without a cause with the doubt of the model itself, which no line's bounds hold.

    Bounds say what a line may cost where it is one of its kind; whether it is, they do not say. Kernels whose steps are known
    are predicted within a factor of about 1.2 (their geometric mean in `scripts/validate_explain`): a standard deviation of
    SPLIT_DOUBT in the logarithm. So much may be on the wrong side of what is taken away, of the smaller of the two parts.
    """
    moved: Draws = left + SPLIT_DOUBT * DOUBTS * np.minimum(left, time - left)
    return np.minimum(np.maximum(moved, 0.0), time)


def _within_time(side: SideDraws) -> SideDraws:
    """Return a side whose bill comes to no more than its time."""
    billed = sum(side.seconds.values(), np.zeros_like(side.time))
    scale = np.minimum(side.time / np.maximum(billed, SMALLEST), 1.0)
    return replace(side, seconds={cause: seconds * scale for cause, seconds in side.seconds.items()})


def _with_instructions(a: SideDraws, b: SideDraws, growth_factor: float, ratio: float) -> Draws:
    """Return what falls away with B's instructions beyond the core's time: the branches and allocations that they made.

    An instruction that is not executed guesses no branch and allocates nothing; that leaves as much of these as A has,
    or as B has an instruction, whichever is more. What misses caches hangs on the data, and stays.
    """
    fallen = np.zeros_like(b.time)
    for cause in WITH_INSTRUCTIONS:
        mine = b.saving(cause)
        fallen = fallen + np.maximum(mine - np.maximum(a.saving(cause) * growth_factor, mine / ratio), 0.0)
    return fallen


def _top_probability(shares: Mapping[str, Draws]) -> dict[str, float]:
    """Return in which part of the draws each cause has the largest share."""
    names = [name for name in shares if name != "unexplained"]
    winners = np.argmax(np.stack([shares[name] for name in names]), axis=0)
    return {name: float(np.mean(winners == index)) for index, name in enumerate(names)}
