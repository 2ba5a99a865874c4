"""What verbs have in common: the option that writes JSON, names between commas, and the status of Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse

INTERRUPTED: Final = 130


def add_output(parser: argparse._ActionsContainer, what: str) -> None:
    """Add `-o`, also spelled `--json`: `what` is written as JSON, to several files if it is given several times."""
    parser.add_argument(
        "-o",
        "--output",
        "--json",
        metavar="FILE",
        action="append",
        default=[],
        help=f"write {what} as JSON (- for standard output)",
    )


def names(words: str | None) -> tuple[str, ...]:
    """Return names between commas, each once, in their order."""
    return tuple(dict.fromkeys(word.strip() for word in (words or "").split(",") if word.strip()))
