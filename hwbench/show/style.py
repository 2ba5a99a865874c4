"""Colours, only where a person reads them: on a terminal, and never where NO_COLOR is set or TERM is dumb.

Source: https://no-color.org.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from typing import TextIO

Colour = Literal["red", "green", "yellow", "blue", "bold", "dim"]
_CODES: Final[dict[Colour, str]] = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


def is_coloured(stream: TextIO) -> bool:
    """Whether colours may be written to a stream."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def paint(text: str, colour: Colour, stream: TextIO) -> str:
    """Return the text in a colour (or bold, or dim) if the stream shows colours, else as it is."""
    return f"\033[{_CODES[colour]}m{text}\033[0m" if text and is_coloured(stream) else text
