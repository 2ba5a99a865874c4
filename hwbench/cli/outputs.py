"""What verbs that write JSON share: to see at once whether a file can be written, and to write it, `-` for standard output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hwbench.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hwbench.records import Record
    from hwbench.show.machine import Page

STANDARD_OUTPUT: Final = "-"


def check_writable(name: str) -> None:
    """Raise UsageError unless a file of that name can be written, before anything is measured for it."""
    if name == STANDARD_OUTPUT:
        return
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"the output {name} is a folder; name a file")
    if not path.parent.is_dir():
        raise UsageError(f"the output {name} cannot be written: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise UsageError(f"the output {name} cannot be written: permission denied")


def write(data: bytes, name: str, kept: str = "") -> None:
    """Write to a file of that name or to standard output; UsageError, with where it is kept otherwise, if that fails."""
    from hwbench.records import files

    if name == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        return
    try:
        files.write_bytes(data, Path(name))
    except OSError as error:
        raise UsageError(f"the output {name} could not be written ({error.strerror}){kept}") from error


def give(record: Record, report: Callable[[Any, Page], str], names: Sequence[str], kept: str = "") -> None:
    """Print what was measured, as `report` has it, unless standard output is to have the JSON, and write the files."""
    from hwbench.records import files
    from hwbench.show.explanation import page_of

    if STANDARD_OUTPUT not in names:
        sys.stdout.write(report(record, page_of(sys.stdout)))
        sys.stdout.flush()
    for name in names:
        write(files.encode(record), name, kept)
    sys.stdout.flush()
