"""From a request to an explanation: `explain_request` for the command line, `explain` for Python.

The steps in their order are those of `hwbench.experiment.experiment`; two pyperf files are explained from their records alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hwbench import __version__
from hwbench.errors import UsageError
from hwbench.experiment import counting, timing
from hwbench.experiment.callables import spec_of
from hwbench.experiment.experiment import Experiment
from hwbench.experiment.messages import First, Interrupted, Report, silent
from hwbench.experiment.prices import SpotPrices, profile_for
from hwbench.experiment.request import Request, is_file, subjects
from hwbench.explain import explain as explain_records
from hwbench.records import Comparison, Explanation, Side
from hwbench.units import time_stamp


def explain_request(request: Request, report: Report = silent) -> Explanation:
    """Return why the slower of two subjects is slower; `Interrupted`, with what was measured, on Ctrl-C.

    UsageError and CouldNotMeasure are one line each.
    """
    if is_file(request.a) and is_file(request.b):
        return _from_files(request, report)
    experiment = prepared(request, report)
    try:
        carry_out(experiment)
    except KeyboardInterrupt:
        raise Interrupted(experiment.explained("interrupted: what was measured until then is explained")) from None
    return experiment.explained()


def prepared(request: Request, report: Report = silent) -> Experiment:
    """Return the experiment of a request on commands or functions, with nothing measured yet."""
    pair = subjects(request)
    for subject in pair:
        subject.command(
            request.sizes[0] if request.sizes else None
        )  # a misspelt program is told before anything is measured
    folder = _output_folder(request)
    profile, notes = profile_for(request.profile, anyway=request.profile_anyway, report=report)
    return Experiment(request, report, profile, SpotPrices(profile), pair, list(notes), output_folder=folder)


def _output_folder(request: Request) -> Path | None:
    if request.output_folder is None:
        return None
    folder = Path(request.output_folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} for the timings cannot be made ({error.strerror})") from error
    return folder


def carry_out(experiment: Experiment) -> None:
    """Measure all that the request asks for; whatever ends it early leaves what was measured in the experiment."""
    experiment.verify()
    if experiment.same_output is False:
        experiment.series = [timing.Series(n) for n in experiment.request.sizes or (None,)]
        timing.take_turns(experiment.pair, experiment.series, 0.0, lambda: None, 1, experiment.cpus)
        return
    experiment.time()
    first = experiment.explained()
    experiment.report(First(first))
    experiment.count()
    if experiment.request.toggles and _asks(experiment.request, "perturbation"):
        experiment.toggle(experiment.explained())


def _asks(request: Request, source: str) -> bool:
    return not request.sources or source in request.sources


def _from_files(request: Request, report: Report) -> Explanation:
    from hwbench.experiment import pyperf_files  # noqa: PLC0415 - pyperf is needed for its files alone

    profile, notes = profile_for(request.profile, anyway=request.profile_anyway, report=report)
    pair = pyperf_files.read_pair(Path(request.a), Path(request.b), request.benchmark)
    first, second = (_accounted(side) if pyperf_files.has_accounts(side) else side for side in pair)
    comparison = Comparison(
        a=first,
        b=second,
        profile=profile.id,
        host=profile.host,
        noise=tuple(ratio for side in (first, second) for ratio in _halves(side)),
        notes=notes,
    )
    taken = time_stamp()
    return explain_records(comparison, profile, hwbench=__version__, taken=taken)


def _accounted(side: Side) -> Side:
    """Return a side of a pyperf file whose workers carried our hook, with what the system accounted for."""
    sizes = tuple(
        msgspec.structs.replace(sized, evidence=(counting.from_os(sized.n, sized.runs), *sized.evidence))
        for sized in side.sizes
    )
    return msgspec.structs.replace(side, sizes=sizes)


def _halves(side: Side) -> tuple[float, ...]:
    runs = list(side.sizes[-1].runs) if side.sizes else []
    return timing.noise_of([timing.Series(None, runs, [])])[:1]


Subjectlike = str | Callable[..., Any]


def explain(
    a: Subjectlike,
    b: Subjectlike,
    sizes: tuple[float, ...] | list[float] = (),
    *,
    report: Report = silent,
    **options: Any,
) -> Explanation:
    """Return why the slower of two functions (or commands, or pyperf files) is slower.

    `sizes`: numbers that both take; `options`: the fields of `Request`. The record shows itself as a table in a notebook.
    """
    try:
        request = Request(_spelt(a), _spelt(b), tuple(sorted(float(n) for n in sizes)), **options)
    except TypeError as error:
        raise UsageError(f"explain cannot be called so ({error})") from error
    return explain_request(request, report)


def _spelt(subject: Subjectlike) -> str:
    if isinstance(subject, str):
        return subject
    if not callable(subject):
        raise UsageError(f"{subject!r} is neither a function nor a command")
    return spec_of(subject)


__all__ = ["Experiment", "Interrupted", "Request", "carry_out", "explain", "explain_request", "prepared"]
