"""The errors a user may meet: each is one line that says what is wrong and what to do.

An error carries the exit status of the command line: 1 judged and failed, 2 wrong usage or input, 3 could not be decided.
A capability that this machine lacks is no error: it is an `Unavailable` value with its reason (see `hwbench.records`).
"""


class HwbenchError(Exception):
    """Something that ends the work; its text is one line for the user."""

    exit_status = 3


class UsageError(HwbenchError):
    """The request cannot be met as it was put: an unknown name, an impossible option, a file that is not ours."""

    exit_status = 2


class CouldNotMeasure(HwbenchError):  # noqa: N818 - named after what happened
    """The request was right, yet this machine gave no answer now."""

    exit_status = 3


class EngineError(HwbenchError):
    """An engine under study refused what it was asked, or is not there."""

    exit_status = 3
