"""A lesson's curve as a picture of its own, SVG, PNG or PDF: what `hwbench.show.report` draws, an extra imported only here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hwbench.errors import UsageError
from hwbench.records import files
from hwbench.show import report

if TYPE_CHECKING:
    from pathlib import Path

    from hwbench.records import Curve

SUFFIXES: Final = (".svg", ".png", ".pdf")


def check(path: Path) -> None:
    """Raise UsageError for a picture that cannot be drawn, before anything is measured for it."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path.name} is no picture that can be drawn: name it {', '.join('*' + one for one in SUFFIXES)}"
        )
    if not report.is_installed():
        raise UsageError(report.LACKING)


def draw(swept: Curve, path: Path) -> None:
    """Draw a sweep into a file; UsageError, one line, where the libraries are not there or the file cannot be written."""
    check(path)
    from hwbench.show.report import render, sweep
    from hwbench.show.report.picture import Missing

    drawn = sweep.curve(swept)
    if isinstance(drawn, Missing):
        raise UsageError(f"the picture {path} is not drawn: {drawn.reason}")
    try:
        files.write_bytes(render.file(drawn, path.suffix.lower().removeprefix(".")), path)
    except OSError as error:
        raise UsageError(f"the picture {path} cannot be written ({error.strerror})") from error
