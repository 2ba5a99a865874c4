"""`hwbench report FILE…`: records become one self-contained page of pictures, or picture files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from hwbench.records.report import Report, ReportedSection
    from hwbench.show.report.picture import Picture, Reportable, Section

EPILOG: Final = """FILE may be
  a machine profile      hwbench characterize -o machine.json   (or the id of a kept one, or `newest`)
  an explanation         hwbench explain --a … --b … -o why.json
  a study                hwbench engines run -o study.json      (or of Pythons: hwbench engines pythons)
  a lesson, an exercise  hwbench learn NAME --json lesson.json
  a pyperf file          hwbench run …, or anybody's
  -                      a record on standard input: hwbench explain … --json - | hwbench report -
Several profiles are also laid over each other; so are several pyperf files.

examples:
  hwbench report newest --open                         this machine, in the browser
  hwbench report why.json -o why.html                  a page to send: it needs no network and no other file
  hwbench report laptop.json server.json -o two.html   two machines, overlaid and compared
  hwbench report newest --png pictures --svg pictures  each picture as a file, for papers and slides
  hwbench report why.json --text                       in the terminal, drawn with text

exit status: 0 done, 2 wrong usage or a file that cannot be read
"""
NEWEST: Final = "newest"
STANDARD_INPUT: Final = "-"
USUAL: Final = "report.html"
TITLE: Final = "hwbench report"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "report",
        help="make a page of pictures from records",
        description="Turn records into one HTML file that stands alone: pictures first, the figures beneath them.",
        epilog=EPILOG,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="records, in the order in which they are to stand")
    parser.add_argument("-o", "--output", metavar="FILE", help=f"where the page goes ({USUAL}; - for standard output)")
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    parser.add_argument("--title", default="", metavar="TEXT", help="the page's title")
    parser.add_argument("--static", action="store_true", help="no script: drawings and tables alone, a smaller file")
    parser.add_argument("--png", metavar="DIR", help="write each picture there as PNG")
    parser.add_argument("--svg", metavar="DIR", help="write each picture there as SVG")
    parser.add_argument(
        "--text", action="store_true", help="draw in the terminal instead; write no page unless -o is given"
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write as JSON what was drawn and what not (- for standard output)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Read the records, then write what is asked for."""
    from hwbench.cli import outputs

    _check_usage(arguments)
    for name in (arguments.output, arguments.json):
        if name is not None:
            outputs.check_writable(name)
    records = [_read(name) for name in arguments.files]
    if arguments.text:
        sys.stdout.write("\n".join(_as_text(record) for record in records))
        sys.stdout.flush()
        if arguments.output is None and not (arguments.png or arguments.svg or arguments.json):
            return 0
    _check_installed()
    from hwbench.show.report.sections import sections_of

    sections = sections_of(records)
    files = _pictures(sections, {"png": arguments.png, "svg": arguments.svg})
    written, size = _page(sections, arguments) if _wants_page(arguments) else ("", 0)
    if arguments.json is not None:
        from hwbench.records.files import encode

        outputs.write(encode(_told(sections, files, written, size)), arguments.json)
    if arguments.open and written:
        _open(Path(written))
    return 0


def _check_usage(arguments: argparse.Namespace) -> None:
    from hwbench.errors import UsageError

    if arguments.output == "-" and arguments.json == "-":
        raise UsageError("the page and the JSON cannot both go to standard output")
    if arguments.output == "-" and (arguments.open or arguments.text):
        raise UsageError("-o - writes the page to standard output: it goes with neither --open nor --text")
    for folder in (arguments.png, arguments.svg):
        if folder is not None and Path(folder).exists() and not Path(folder).is_dir():
            raise UsageError(f"{folder} is a file; --png and --svg take a folder")


def _check_installed() -> None:
    from hwbench.errors import UsageError
    from hwbench.show import report

    if not report.is_installed():
        raise UsageError(report.LACKING)


def _wants_page(arguments: argparse.Namespace) -> bool:
    """Whether a page is asked for: always, unless only pictures, text or JSON are."""
    only_others = arguments.png or arguments.svg or arguments.text or arguments.json
    return arguments.output is not None or arguments.open or not only_others


def _read(name: str) -> Reportable:
    """Return the record in a file: one of ours by its schema, pyperf's by its benchmarks, a kept profile by its id."""
    from hwbench.experiment.pyperf_files import is_pyperf_file
    from hwbench.profile import store
    from hwbench.records import files

    if name == STANDARD_INPUT:
        return files.decode_any(sys.stdin.buffer.read(), "standard input")
    path = Path(name)
    if name == NEWEST and not path.exists():
        return store.load_profile()
    if not path.exists() and path.suffix == "" and not path.parent.name:
        return store.load_profile(name)
    if is_pyperf_file(path.name) and _holds_benchmarks(path):
        return _timings(path)
    return files.read_any(path)


def _holds_benchmarks(path: Path) -> bool:
    """Whether a file is pyperf's: packed, or JSON with `benchmarks` and no schema."""
    import json

    if path.suffix == ".gz":
        return True
    try:
        whole = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(whole, dict) and "benchmarks" in whole and "schema" not in whole


def _timings(path: Path) -> Reportable:
    from hwbench.experiment import pyperf_files
    from hwbench.show.report.picture import Timings

    return Timings(path.name, pyperf_files.read(path), pyperf_files.benchmarks_of_file(path))


def _as_text(record: Reportable) -> str:
    """Return a record as the terminal shows it, with the latency curve, the waterfall or what else it has in text."""
    from hwbench.show import texts

    return texts.text(record, sys.stdout)


def _page(sections: Sequence[Section], arguments: argparse.Namespace) -> tuple[str, int]:
    """Write the page; return its file (empty for standard output) and its size in bytes, and say both."""
    from hwbench.cli import outputs
    from hwbench.experiment.messages import Doing
    from hwbench.show.progress import Working
    from hwbench.show.report.page import page, untold
    from hwbench.units import format_bytes

    name = arguments.output or USUAL
    if arguments.output is None:
        outputs.check_writable(name)
    progress = Working(sys.stderr)
    tell = (lambda text, done: progress(Doing(text, done))) if sys.stderr.isatty() else untold
    try:
        data = page(sections, arguments.title or TITLE, is_live=not arguments.static, tell=tell).encode()
    finally:
        progress.close()
    outputs.write(data, name)
    if name == outputs.STANDARD_OUTPUT:
        sys.stdout.flush()
        return "", len(data)
    drawn = sum(len(section.pictures) for section in sections)
    missing = sum(len(section.missing) for section in sections)
    left_out = f", {missing} could not be drawn (the page says why)" if missing else ""
    sys.stderr.write(f"hwbench: {name}: {drawn} pictures{left_out}, {format_bytes(len(data))}\n")
    return name, len(data)


def _pictures(sections: Sequence[Section], folders: dict[str, str | None]) -> dict[tuple[int, str], list[str]]:
    """Write each picture into the folders; return the files by section and picture."""
    from hwbench.cli import outputs
    from hwbench.errors import UsageError
    from hwbench.show.report import render

    made: dict[tuple[int, str], list[str]] = {}
    for format_, folder in folders.items():
        if folder is None:
            continue
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"the folder {folder} cannot be made ({error.strerror})") from error
        for number, section in enumerate(sections, 1):
            for picture in section.pictures:
                path = Path(folder) / f"{_stem(number, section, picture, len(sections))}.{format_}"
                outputs.write(render.file(picture, format_), str(path))
                made.setdefault((number, picture.name), []).append(str(path))
        sys.stderr.write(
            f"hwbench: {folder}: {sum(len(section.pictures) for section in sections)} pictures as {format_.upper()}\n"
        )
    return made


def _stem(number: int, section: Section, picture: Picture, sections: int) -> str:
    return picture.name if sections == 1 else f"{number}-{section.kind}-{picture.name}"


def _told(sections: Sequence[Section], files: dict[tuple[int, str], list[str]], written: str, size: int) -> Report:
    """Return what was drawn and what not."""
    from hwbench import __version__, units
    from hwbench.records.report import Report

    return Report(
        schema="hwbench.report/1",
        hwbench=__version__,
        taken=units.time_stamp(),
        file=written,
        bytes=size,
        sections=tuple(_told_section(number, section, files) for number, section in enumerate(sections, 1)),
    )


def _told_section(number: int, section: Section, files: dict[tuple[int, str], list[str]]) -> ReportedSection:
    from hwbench.records.report import ReportedPicture, ReportedSection

    return ReportedSection(
        kind=section.kind,
        title=section.title,
        lead=section.lead,
        pictures=tuple(
            ReportedPicture(
                name=picture.name,
                title=picture.title,
                shows=picture.alternative,
                files=tuple(files.get((number, picture.name), ())),
            )
            for picture in section.pictures
        ),
        missing={one.title: one.reason for one in section.missing},
    )


def _open(path: Path) -> None:
    """Show the page in the user's browser; say so where there is none."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        sys.stderr.write(f"hwbench: no browser was found: open {path} in one\n")
