"""A lesson's curve as a picture, SVG or PNG, by matplotlib: an extra, imported only here."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING, Final

from hwbench.errors import UsageError
from hwbench.records import files
from hwbench.show.lesson import written
from hwbench.units import format_time

if TYPE_CHECKING:
    from pathlib import Path

    from hwbench.records import Curve

SUFFIXES: Final = (".svg", ".png", ".pdf")
MARKS: Final = ("o", "s", "^", "D", "v", "P")
LINES: Final = ("-", "--", "-.", ":")
# Okabe and Ito's palette, which people who see colours otherwise tell apart; marks and lines differ as well.
COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LACKING: Final = "pictures are drawn by matplotlib, which is not installed: pip install 'hwbench-toolkit[report]'"


def check(path: Path) -> None:
    """Raise UsageError for a picture that cannot be drawn, before anything is measured for it."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path.name} is no picture that can be drawn: name it {', '.join('*' + one for one in SUFFIXES)}"
        )
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(LACKING)


def draw(swept: Curve, path: Path) -> None:
    """Draw a sweep into a file; UsageError, one line, where matplotlib is not there or the file cannot be written."""
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot, ticker
    except ImportError:
        raise UsageError(LACKING) from None
    figure, axes = pyplot.subplots(figsize=(8, 4.6), layout="constrained")
    names = [name for name in swept.points[0] if name != swept.axis]
    for number, name in enumerate(names):
        pairs = sorted((point[swept.axis], point[name]) for point in swept.points if name in point)
        axes.plot(
            *zip(*pairs, strict=True),
            color=COLOURS[number % len(COLOURS)],
            marker=MARKS[number % len(MARKS)],
            linestyle=LINES[number % len(LINES)],
            label=name,
        )
    if swept.logarithmic:
        axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: written(value, swept.unit)))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: format_time(value)))
    axes.set(xlabel=swept.axis, ylabel="time for each unit of work", title=swept.title)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend()
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().removeprefix("."), dpi=150)
    pyplot.close(figure)
    try:
        files.write_bytes(drawn.getvalue(), path)
    except OSError as error:
        raise UsageError(f"the picture {path} cannot be written ({error.strerror})") from error
