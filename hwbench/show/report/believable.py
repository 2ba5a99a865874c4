"""A record's figures held within what can be written and drawn, so that no absurd one breaks a page."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hwbench.records import Explanation

MOST: Final = 1e30  # no count, time or share of ours comes near it
NOTE: Final = "Figures beyond 10^30 are no measurements; they are written as 10^30."


def believable(explanation: Explanation) -> Explanation:
    """Return the explanation itself, or one whose figures beyond 10^30 are 10^30, with the same sign."""
    plain = msgspec.to_builtins(explanation)
    held = _held(plain)
    return explanation if held == plain else msgspec.convert(held, Explanation)


def _held(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _held(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_held(one) for one in value)
    return max(min(value, MOST), -MOST) if isinstance(value, float) else value
