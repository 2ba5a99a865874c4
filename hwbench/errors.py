"""The errors a user may meet: each is one line that says what is wrong and what to do.

An error carries the exit status of the command line: 1 judged and failed, 2 wrong usage or input, 3 could not be decided.
A capability that this machine lacks is no error: it is an `Unavailable` value with its reason (see `hwbench.records`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class HwbenchError(Exception):
    """Something that ends the work; its text is one line for the user."""

    exit_status = 3


class UsageError(HwbenchError):
    """The request cannot be met as it was put: an unknown name, an impossible option, a file that is not ours."""

    exit_status = 2


def unknown(what: str, name: str, known: Iterable[str], otherwise: str = "") -> UsageError:
    """Return the error for a name that nobody has, with the nearest of those that are known, else `otherwise` or all of them."""
    import difflib  # noqa: PLC0415 - for errors alone

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else otherwise or f"there are {', '.join(names)}"
    return UsageError(f"there is no {what} {name!r}; {hint}")


class CouldNotMeasure(HwbenchError):  # noqa: N818 - named after what happened
    """The request was right, yet this machine gave no answer now."""

    exit_status = 3


class EngineError(HwbenchError):
    """An engine under study refused what it was asked, or is not there."""

    exit_status = 3
