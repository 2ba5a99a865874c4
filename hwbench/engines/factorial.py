"""What each of several mistakes weighs, from the times of all their combinations: Shapley values, exactly.

A combination is a set of mistakes; its time is measured. What a mistake adds depends on which others are there already, so its
share is the mean of the factors that it adds, over every order in which the mistakes could have been made. Times multiply, so
all is reckoned in logarithms: the values add up to log(all / none). Where two mistakes hide or help each other, the interaction
says by how much.
Source: L. S. Shapley, A value for n-person games, 1953; M. Grabisch and M. Roubens, An axiomatic approach to the concept of
interaction among players in cooperative games, 1999.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

Mistake = TypeVar("Mistake", bound=Hashable)


def shapley(seconds: Mapping[frozenset[Mistake], float], mistakes: Sequence[Mistake]) -> dict[Mistake, float]:
    """Return each mistake's part of log(seconds of all / seconds of none); they add up to it.

    `seconds`: of every subset of the mistakes, above zero. Raises KeyError where one is missing.
    """
    logs = _logs(seconds, mistakes)
    return {each: _value(logs, each, [other for other in mistakes if other != each]) for each in mistakes}


def interactions(
    seconds: Mapping[frozenset[Mistake], float], mistakes: Sequence[Mistake]
) -> dict[tuple[Mistake, Mistake], float]:
    """Return by how much each pair of mistakes costs more together than one by one, in logarithms; below 0: they hide each other."""
    logs = _logs(seconds, mistakes)
    found = {}
    for one, other in combinations(mistakes, 2):
        rest = [each for each in mistakes if each not in {one, other}]
        found[one, other] = sum(
            _weight(len(subset), len(rest)) * _together(logs, subset, one, other) for subset in _subsets(rest)
        )
    return found


def shares(parts: Mapping[Mistake, float]) -> dict[Mistake, float]:
    """Return parts as shares of their sum; all 0 where that is 0."""
    whole = sum(parts.values())
    return {each: part / whole if whole else 0.0 for each, part in parts.items()}


def _logs(seconds: Mapping[frozenset[Mistake], float], mistakes: Sequence[Mistake]) -> dict[frozenset[Mistake], float]:
    return {subset: math.log(seconds[subset]) for subset in _subsets(mistakes)}


def _subsets(mistakes: Sequence[Mistake]) -> Iterable[frozenset[Mistake]]:
    for size in range(len(mistakes) + 1):
        yield from map(frozenset, combinations(mistakes, size))


def _value(logs: Mapping[frozenset[Mistake], float], mistake: Mistake, others: Sequence[Mistake]) -> float:
    return sum(
        _weight(len(subset), len(others)) * (logs[subset | {mistake}] - logs[subset]) for subset in _subsets(others)
    )


def _together(
    logs: Mapping[frozenset[Mistake], float], subset: frozenset[Mistake], one: Mistake, other: Mistake
) -> float:
    return logs[subset | {one, other}] - logs[subset | {one}] - logs[subset | {other}] + logs[subset]


def _weight(size: int, others: int) -> float:
    """Return the share of the orders in which exactly these `size` of the others come first."""
    return 1 / ((others + 1) * math.comb(others, size))
