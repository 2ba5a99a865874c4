"""Timings in pyperf's file format: ours are written so that pyperf's tools read them, and anybody's are read as sides.

Each size is a benchmark of its own (`NAME n=1000`), each run a pyperf run with one value, so that what the kernel
accounted for in that run stands beside it. Read back, sizes of one name make one side. In a file of pyperf's own a value
is a mean over loops; what our hook counted (`--hook hwbench`) is divided likewise, so that it belongs to one loop.
Fooled by: files without accounts (no hook): CPU time is then taken to be all of the wall time, and nothing must be
concluded from faults or switches (`has_accounts` says so); values that are no seconds (refused).
Source: pyperf's documentation, "JSON file format" and "Metadata".
"""

from __future__ import annotations

import os
import shlex
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hwbench import stats
from hwbench.errors import UsageError
from hwbench.evidence.pyperf_hook import ACCOUNTS, EVENTS, PASSES, PREFIX, event_key
from hwbench.records import Count, Evidence, Interval, Run, Side, Sized

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = f"{PREFIX}benchmark"
SIZE: Final = f"{PREFIX}n"
SIDE: Final = f"{PREFIX}side"
QUEUED: Final = f"{PREFIX}queued_seconds"
CPU: Final = f"{PREFIX}cpu"
WHOLE: Final = f"{PREFIX}whole_seconds"
PEAKS: Final = ("command_max_rss", "mem_max_rss")
SHORTEST: Final = 1e-9  # pyperf refuses a value of 0
_FIELDS: Final = ("user", "system", "page_faults", "major_faults", "voluntary_switches", "involuntary_switches")
_READ: Final = dict(zip(_FIELDS, ACCOUNTS, strict=True))


def write(side: Side, path: Path, *, benchmark: str = "program") -> None:
    """Write a side's timings to a pyperf file, replacing one that is there.

    `benchmark` is the name that both sides' files must share for pyperf to compare them. A side without runs is refused.
    """
    import pyperf  # noqa: PLC0415 - not needed where nothing is written

    benchmarks = [pyperf.Benchmark(_runs(side, sized, benchmark)) for sized in side.sizes if sized.runs]
    if not benchmarks:
        raise UsageError(f"{side.name} has no timings to write to {path}")
    partial = path.with_name(f".{os.getpid()}.{path.name}")  # the same ending: pyperf packs .gz
    try:
        pyperf.BenchmarkSuite(benchmarks).dump(str(partial), replace=True)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path} could not be written ({error.strerror or error})") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _runs(side: Side, sized: Sized, benchmark: str) -> list[Any]:
    import pyperf  # noqa: PLC0415

    common = {name: value for name, value in side.metadata.items() if value != ""}
    common |= {
        "name": _title(benchmark, sized.n),
        NAME: benchmark,
        SIDE: side.name or "?",
        "unit": "second",
        "loops": 1,
    }
    if sized.n is not None:
        common[SIZE] = sized.n
    if side.command is not None:
        common["command"] = " ".join(shlex.join(side.command.argv).split())
    return [
        pyperf.Run([max(run.wall, SHORTEST)], metadata=common | _metadata(run), collect_metadata=False)
        for run in sized.runs
    ]


def _title(benchmark: str, n: float | None) -> str:
    return benchmark if n is None else f"{benchmark} n={n:.12g}"


def _metadata(run: Run) -> dict[str, int | float]:
    told: dict[str, int | float] = {name: getattr(run, field) for field, name in _READ.items()}
    told |= {PASSES: 1, "duration": max(run.whole or run.wall, SHORTEST)}
    told |= {"mem_max_rss": run.peak_bytes} if run.peak_bytes >= 1 else {}
    told |= {QUEUED: run.queued} if run.queued else {}
    told |= {CPU: run.cpu} if run.cpu is not None else {}
    return told | ({WHOLE: run.whole} if run.whole else {})


def read(path: Path) -> list[Side]:
    """Return what a pyperf file holds, a side for each benchmark; UsageError, in one line, where it is none."""
    grouped = defaultdict(list)
    for benchmark in benchmarks_of_file(path):
        metadata = benchmark.get_metadata()
        if metadata.get("unit", "second") != "second":
            raise UsageError(f"{path}: {benchmark.get_name()} holds no times but values in {metadata['unit']}s")
        grouped[str(metadata.get(NAME) or benchmark.get_name() or path.stem)].append(benchmark)
    sides = [_side(path, name, benchmarks, alone=len(grouped) == 1) for name, benchmarks in grouped.items()]
    sides = [side for side in sides if side.sizes]
    if not sides:
        raise UsageError(f"{path} holds no timings")
    return sides


def pairs(a: Path, b: Path, benchmark: str = "") -> list[tuple[Side, Side]]:
    """Return the benchmarks that two files have in common, in the first one's order; the one named, if one is named."""
    first, second = ({benchmark_of(side): side for side in read(path)} for path in (a, b))
    names = [name for name in first if name in second]
    if not names:
        raise UsageError(f"{a} ({_listed(first)}) and {b} ({_listed(second)}) have no benchmark in common")
    if benchmark:
        if benchmark not in names:
            raise UsageError(f"{benchmark} is not in both files; in common are {_listed(names)}")
        names = [benchmark]
    return [(first[name], second[name]) for name in names]


def read_pair(a: Path, b: Path, benchmark: str = "") -> tuple[Side, Side]:
    """Return the one benchmark that two files have in common, or the one named; UsageError if it must be named."""
    found = pairs(a, b, benchmark)
    if len(found) > 1:
        names = _listed(benchmark_of(side) for side, _ in found)
        raise UsageError(f"{a} and {b} have {len(found)} benchmarks in common; give --benchmark NAME, one of {names}")
    return found[0]


def is_pyperf_file(text: str) -> bool:
    """Whether a text names a file of pyperf's, by its ending, rather than a command."""
    return text.endswith((".json", ".json.gz")) and len(text.split()) == 1


def benchmark_of(side: Side) -> str:
    """Return the name of the benchmark that a side was read from."""
    return str(side.metadata.get(NAME) or side.metadata.get("name") or side.name)


def has_accounts(side: Side) -> bool:
    """Whether the runs carry the kernel's account: CPU time, faults and switches (else only the wall time is known)."""
    return PASSES in side.metadata


def _listed(names: Any) -> str:
    told = list(names)
    return ", ".join(told[:4]) + (f" and {len(told) - 4} more" if len(told) > 4 else "")


def benchmarks_of_file(path: Path) -> list[Any]:
    """Return the benchmarks of a pyperf file as pyperf has them; UsageError, in one line, where it is none."""
    import pyperf  # noqa: PLC0415

    try:
        return list(pyperf.BenchmarkSuite.load(str(path)).get_benchmarks())
    except OSError as error:
        raise UsageError(f"{path} could not be read ({error.strerror or 'it is no packed file'})") from error
    except Exception as error:  # whatever pyperf stumbles over in a file that is not its own
        raise UsageError(f"{path} is not a pyperf file ({' '.join(str(error).split())[:100]})") from error


def _side(path: Path, name: str, benchmarks: Sequence[Any], *, alone: bool) -> Side:
    sizes = [sized for benchmark in benchmarks if (sized := _sized(benchmark)).runs]
    sizes.sort(key=lambda sized: sized.n or 0.0)
    metadata = {
        key: value for key, value in benchmarks[0].get_metadata().items() if isinstance(value, (str, int, float))
    }
    has_passes = all(
        PASSES in run.get_metadata() for benchmark in benchmarks for run in benchmark.get_runs() if run.values
    )
    metadata.pop(PASSES, None)
    metadata |= {NAME: name} | ({PASSES: 1} if has_passes else {})
    return Side(
        name=path.name if alone else f"{path.name} {name}",
        sizes=tuple(sizes),
        seconds=_middle(sizes[-1].runs) if sizes else None,
        metadata=metadata,
    )


def _middle(runs: Sequence[Run]) -> Interval:
    estimate = stats.median([run.wall for run in runs])
    return Interval(value=estimate.value, low=estimate.low, high=estimate.high, unit="s")


def _sized(benchmark: Any) -> Sized:
    """Return a benchmark's values as runs; what was counted of a pyperf run is shared out among its values.

    CPU time goes by the length of a value, so that none gets more than it lasted; events are shared out evenly.
    """
    runs: list[Run] = []
    events: dict[str, list[float]] = defaultdict(list)
    size = None
    for taken in benchmark.get_runs():
        if not taken.values:
            continue  # pyperf's calibration
        metadata = taken.get_metadata()
        size = metadata.get(SIZE, size)
        mean = sum(taken.values) / len(taken.values)
        runs += [_run(value, value / mean, metadata) for value in taken.values]
        for event in EVENTS:
            if event_key(event) in metadata:
                events[event].append(metadata[event_key(event)] / _loops(metadata))
    return Sized(n=None if size is None else float(size), runs=tuple(runs), evidence=_evidence(events))


def _loops(metadata: dict[str, Any]) -> float:
    return max(1.0, float(metadata.get(PASSES, 1) * metadata.get("loops", 1) * metadata.get("inner_loops", 1)))


def _run(value: float, length: float, metadata: dict[str, Any]) -> Run:
    peak = next((metadata[name] for name in PEAKS if name in metadata), 0)
    whole, queued = metadata.get(WHOLE), metadata.get(QUEUED, 0.0)
    if PASSES not in metadata:
        return Run(wall=value, user=value, system=0.0, peak_bytes=peak)
    share = {field: metadata.get(name, 0) / _loops(metadata) for field, name in _READ.items()}
    user, system = length * share.pop("user"), length * share.pop("system")
    counts = {field: round(count) for field, count in share.items()}
    cpu = metadata.get(CPU)
    return Run(wall=value, user=user, system=system, peak_bytes=peak, whole=whole, queued=queued, cpu=cpu, **counts)


def _evidence(events: dict[str, list[float]]) -> tuple[Evidence, ...]:
    """Return what the processor's counters said in pyperf's workers, as medians; nothing where they said nothing."""
    if not events:
        return ()
    counts = {}
    for event, values in events.items():
        middle = stats.median(values)
        name = {"branches.mispredicted": "branches.conditional.mispredicted"}.get(event, event)
        counts[name] = Count(value=middle.value, low=middle.low, high=middle.high)
    every = counts.pop("branches", None)
    if every is not None:
        counts["branches.conditional"] = Count(value=every.value, low=0.0, high=every.high)
    note = "counted by the hook in pyperf's workers, per loop; all branches are taken for conditional ones"
    return (Evidence(source="perf_event", counts=counts, notes=(note,)),)
