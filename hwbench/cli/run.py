"""`hwbench run`: kernels as pyperf benchmarks, in pyperf's own worker processes."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hwbench.errors import CouldNotMeasure, HwbenchError, UsageError
from hwbench.units import parse_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSES_OPTIONS_ON = True  # options of pyperf that are newer than the table below arrive in `arguments.unknown`

EXAMPLES = """examples:
  hwbench run chase.random -o chase.json --fast         one kernel, about five seconds
  hwbench run chase --size 32K,4M,256M --affinity 0     a group at three sizes, on CPU 0
  hwbench run 'chase.parallel_*' --twin both -p 5       C beside numba, five processes each
  hwbench run stream.read --variant v128 -o v128.json && hwbench run stream.read --variant v512 -o v512.json
  python -m pyperf compare_to v128.json v512.json       (also: show, hist, stats, check)

A value in the file is seconds per repeat; the metadata say how many loads, bytes and so on a repeat does."""

STANDARD_OUTPUT: Final = Path("-")
VARIANTS: Final = ("scalar", "v128", "v256", "v512")

# pyperf's options by whether they take a value (pyperf 2.10); a test compares this table with pyperf's parser.
PYPERF_VALUES: Final = {
    "-p --processes": ("N", "fresh processes a benchmark"),
    "-n --values": ("N", "values a process"),
    "-w --warmups": ("N", "values left out at the start of a process"),
    "-l --loops": ("N", "repeats a value (default: as many as fill --min-time)"),
    "--min-time": ("SECONDS", "shortest time of a value"),
    "--timeout": ("SECONDS", "give a benchmark up after this time (exit 124)"),
    "--affinity": ("CPUS", "run on these CPUs only, as 0,2-3"),
    "--append": ("FILE", "add the results to a pyperf file"),
    "--inherit-environ": ("NAMES", "hand these variables to the workers"),
    "--hook": ("NAME", "use a pyperf hook"),
    "--profile": ("FILE", "cProfile data of the workers"),
    "--python": ("PYTHON", "run the workers with another Python that has hwbench"),
    "--compare-to": ("PYTHON", "run with another Python too, and compare"),
    "--python-names": ("REF:CHANGED", "what the two are called"),
}
PYPERF_FLAGS: Final = {
    "--fast": "rough answers, quickly",
    "--rigorous": "twice the processes",
    "--debug-single-value": "one value of one repeat: only to see that it runs",
    "-q --quiet": "no progress, no table",
    "-v --verbose": "every value as it comes",
    "-d --dump": "show every run",
    "-m --metadata": "show the metadata",
    "-g --hist": "show a histogram",
    "-t --stats": "show statistics",
    "--copy-env": "hand the whole environment to the workers",
    "--no-locale": "hand no locale to the workers",
    "--tracemalloc": "trace Python's allocations",
    "--track-memory": "track the peak of memory",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of this verb."""
    parser = subparsers.add_parser(
        "run",
        help="run kernels as pyperf benchmarks",
        description="Run kernels of the catalogue as pyperf benchmarks, each in several fresh processes.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("kernels", nargs="*", metavar="GROUP|KERNEL", help="as in: hwbench kernels (default: all)")
    parser.add_argument(
        "-o",
        "--output",
        "--json",
        type=Path,
        metavar="FILE",
        help="pyperf's own JSON, to a file that must not exist yet; - for standard output, without the text",
    )
    parser.add_argument("--twin", choices=("c", "numba", "both"), default="c", help="which twin runs (default: c)")
    parser.add_argument("--variant", choices=VARIANTS, help="vector width of the C twin (default: the widest here)")
    parser.add_argument("--size", default="", metavar="SIZES", help="sizes instead of the kernel's own, as 32K,4M")
    _declare_pyperf(parser.add_argument_group("pyperf's options"))
    parser.set_defaults(pyperf=[])


def _declare_pyperf(group: argparse._ArgumentGroup) -> None:
    for names, (metavar, text) in PYPERF_VALUES.items():
        group.add_argument(*names.split(), dest="pyperf", action=_Forward, metavar=metavar, help=text)
    for names, text in PYPERF_FLAGS.items():
        group.add_argument(*names.split(), dest="pyperf", action=_Forward, nargs=0, help=text)


class _Forward(argparse.Action):
    """Gather an option, with its value if it takes one, in the list of what pyperf shall get."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        name = self.option_strings[-1]
        word = name if self.nargs == 0 else f"{name}={values}"
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), word])


def run(arguments: argparse.Namespace) -> int:
    """Plan the benchmarks, hand them to pyperf, and print what a unit of work costs; return the exit status."""
    from hwbench.measure.affinity import restricted
    from hwbench.measure.plan import Request, plan

    words, options = _sort_unknown(arguments.unknown)
    _check_output(arguments.output)
    _check_files(arguments.pyperf)
    sizes = _sizes(arguments.size)
    request = Request((*arguments.kernels, *words) or ("*",), arguments.twin, arguments.variant, sizes)
    with restricted(_value_of("--affinity", arguments.pyperf)):
        planned = plan(request)
    for name, reason in planned.skipped:
        _say(f"{name} is skipped: {reason}")
    if not planned.subjects:
        raise CouldNotMeasure(f"nothing of {' '.join(request.patterns)} can run here (reasons above)")
    with tempfile.TemporaryDirectory(prefix="hwbench-run-") as folder:
        named = arguments.output not in (None, STANDARD_OUTPUT)
        target = arguments.output if named else Path(folder) / "run.json"
        as_json = arguments.output == STANDARD_OUTPUT
        return _run(planned.words, [*arguments.pyperf, *options], target, named=named, as_json=as_json)


def _run(words: Sequence[str], options: Sequence[str], target: Path, *, named: bool, as_json: bool) -> int:
    from hwbench.measure.launch import INTERRUPTED, finished, launch
    from hwbench.show.benchmarks import benchmark_table

    compares = any(option.startswith("--compare-to") for option in options)
    output = [] if compares else [f"--output={target}"]
    status = launch([*output, f"--machine-profile={_profile_id()}", *options, "--", *words], aside=as_json)
    done = finished(target)
    if status == UsageError.exit_status:
        return status  # pyperf has refused an option, and said so
    if status:
        what = "interrupted after" if status == INTERRUPTED else "finished"
        kept = f"{target} holds them whole" if named and done else "no file was written"
        _say(f"{what} {len(done)} of {len(words)} benchmarks; {kept}")
    if as_json and done:
        sys.stdout.buffer.write(target.read_bytes())
    elif done and status != INTERRUPTED and "--quiet" not in options:
        sys.stdout.write(f"\n{benchmark_table(done)}\n")
    return status


def _sort_unknown(unknown: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part unknown words into names of kernels and options of pyperf (a word after an option belongs to it)."""
    words: list[str] = []
    options: list[str] = []
    for before, word in zip(["", *unknown], unknown, strict=False):
        is_value = before.startswith("-") and "=" not in before
        (options if word.startswith("-") or is_value else words).append(word)
    return words, options


def _value_of(option: str, options: Sequence[str]) -> str | None:
    return next((word.partition("=")[2] for word in reversed(options) if word.startswith(f"{option}=")), None)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(parse_bytes(size) for size in text.split(",")) if text else ()
    if 0 in sizes:
        raise UsageError("a size of 0 measures nothing: write --size 32K,4M")
    return sizes


def _check_output(output: Path | None) -> None:
    """Refuse at once what would fail after minutes of measuring."""
    if output is None or output == STANDARD_OUTPUT:
        return
    if output.exists():
        raise UsageError(f"{output} exists already: choose another -o, or remove it")
    try:
        with tempfile.TemporaryFile(dir=output.absolute().parent):
            return
    except OSError as error:
        raise UsageError(f"{output} cannot be written ({error.strerror}): choose another -o") from None


def _check_files(options: Sequence[str]) -> None:
    """Refuse at once a file that pyperf could not add to, and a Python that is not there."""
    for option in ("--python", "--compare-to"):
        python = _value_of(option, options)
        if python and shutil.which(python) is None:
            raise UsageError(f"there is no program {python}: write {option} with the path of a Python that has hwbench")
    name = _value_of("--append", options)
    if not name:
        return
    if not Path(name).absolute().parent.is_dir():
        raise UsageError(f"{name} cannot be written: there is no folder {Path(name).parent}")
    if Path(name).exists():
        import pyperf

        try:
            pyperf.BenchmarkSuite.load(name)
        except Exception as error:  # pyperf raises whatever a file that is not its own leads it to
            raise UsageError(f"{name} is no pyperf file: choose another --append") from error


def _profile_id() -> str:
    """Return the id of this machine's newest profile, empty if there is none that can be read."""
    import hwbench

    try:
        return str(hwbench.load_profile().id)
    except (HwbenchError, ImportError):
        return ""


def _say(message: str) -> None:
    sys.stderr.write(f"hwbench run: {message}\n")
