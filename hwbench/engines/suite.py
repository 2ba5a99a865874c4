"""Our suite for pyperformance: a manifest with our kernels and engines as benchmarks, and what their scripts call.

`hwbench engines manifest` writes the folder `manifest/` anew where the user wants it, and adds to each benchmark the requirement
by which pip finds this very hwbench for pyperformance's environments: the checkout, archive or repository that it was
installed from, or its version on an index.
Source: pyperformance's documentation, "Custom benchmarks"; PEP 610 (direct_url.json).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from importlib.metadata import distribution
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from hwbench.errors import CouldNotMeasure, EngineError, UsageError

PACKAGE: Final = "hwbench-toolkit"
SOURCE: Final = Path(__file__).with_name("manifest")
REQUIREMENTS: Final = "requirements.txt"
MANIFEST: Final = "MANIFEST"
OPERATIONS: Final = ("lookup", "count", "join")  # what changes nothing, so that every loop meets the same tables
ROWS: Final = 1_000  # few enough for the engine with all mistakes, whose tables each of pyperf's processes loads anew
QUESTIONS: Final = 256  # different ones, so that no engine answers from a cache of results


def write(folder: Path) -> Path:
    """Write the manifest and its benchmarks into a folder and return the manifest; what is there of it is replaced."""
    target = folder.absolute() / MANIFEST
    if target.exists() and "hwbench_" not in target.read_text(encoding="utf-8", errors="replace"):
        raise UsageError(f"{target} is another manifest; choose another --folder")
    try:
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        for benchmark in sorted(folder.glob("bm_hwbench_*")):
            (benchmark / REQUIREMENTS).write_text(f"{requirement()}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the manifest cannot be written to {folder} ({error.strerror}); choose another --folder"
        ) from error
    return target


def default_folder() -> Path:
    """Return where the manifest is written to unless a folder is named."""
    from hwbench.host.folders import data_folder  # noqa: PLC0415 - not needed where a folder is named

    return data_folder() / "manifest"


def requirement() -> str:
    """Return what pip must be told to install this hwbench elsewhere."""
    ours = distribution(PACKAGE)
    return requirement_of(ours.version, ours.read_text("direct_url.json"))


def requirement_of(version: str, origin: str | None) -> str:
    """Return the requirement of a version that was installed from an origin (PEP 610's JSON), or from an index."""
    told = json.loads(origin) if origin else {}
    url, repository = str(told.get("url", "")), told.get("vcs_info")
    if repository:
        return f"{PACKAGE} @ {repository['vcs']}+{url}@{repository['commit_id']}"
    return f"{PACKAGE} @ {url}" if url else f"{PACKAGE}=={version}"


def run_kernels(*patterns: str, sizes: tuple[int, ...] = ()) -> None:
    """Run kernels as a script of pyperformance's: pyperf's options are on the command line, a file is written."""
    from hwbench.measure.plan import Request, plan  # noqa: PLC0415 - heavy
    from hwbench.measure.pyperf_program import main  # noqa: PLC0415

    planned = plan(Request(patterns, sizes=sizes))
    for name, reason in planned.skipped:
        sys.stderr.write(f"hwbench: {name} is skipped: {reason}\n")
    if not planned.subjects:
        sys.exit(CouldNotMeasure.exit_status)
    sys.argv += ["--", *planned.words]
    main()


def run_engine(engine: str) -> None:
    """Run an engine's operations as a script of pyperformance's; a value is seconds of one look-up, count or join."""
    import pyperf  # noqa: PLC0415 - heavy

    from hwbench.engines.operations import operation_named  # noqa: PLC0415

    runner = pyperf.Runner()
    for name in OPERATIONS:
        asked = Asked(engine, name)
        try:
            runner.bench_time_func(
                f"hwbench_{engine}_{name}",
                asked.seconds,
                inner_loops=operation_named(name).parts,
                metadata={"hwbench_rows": ROWS, "hwbench_version": distribution(PACKAGE).version},
            )
        finally:
            asked.close()


class Asked:
    """An engine that is opened, loaded and checked when it is first timed: only in the worker whose task it is."""

    def __init__(self, engine: str, operation: str, rows: int = ROWS) -> None:
        """Remember what to open."""
        from hwbench.engines.data import Data  # noqa: PLC0415 - heavy
        from hwbench.engines.operations import operation_named  # noqa: PLC0415

        self._name = engine
        self._operation = operation_named(operation)
        self._data = Data(rows)
        self._engine: Any = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._questions: list[Any] = []

    def seconds(self, loops: int) -> float:
        """Return the seconds of so many calls, each with the next question."""
        if self._engine is None:
            self._open()
        ask, engine = self._operation.ask, self._engine
        questions = list(islice(cycle(self._questions), loops))
        before = time.perf_counter()
        for question in questions:
            ask(engine, question)
        return time.perf_counter() - before

    def close(self) -> None:
        """Close the engine and remove its files."""
        if self._engine is not None:
            self._engine.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._engine = self._folder = None

    def _open(self) -> None:
        """Open and load the engine, and refuse one that answers wrongly."""
        from hwbench.engines.data import TABLES  # noqa: PLC0415
        from hwbench.engines.known import known_engine, lacking  # noqa: PLC0415
        from hwbench.engines.operations import is_right  # noqa: PLC0415
        from hwbench.engines.protocol import adapter_of  # noqa: PLC0415

        known = known_engine(self._name)
        try:
            adapter = adapter_of(known.adapter)
        except ImportError as error:
            raise EngineError(str(lacking(known.name, error))) from error
        self._folder = tempfile.TemporaryDirectory(prefix="hwbench-engine-")
        self._engine = adapter(Path(self._folder.name))
        for table in self._operation.tables:
            self._engine.load(table, TABLES[table], getattr(self._data, table))
        self._questions = [self._operation.question(self._data, repeat) for repeat in range(QUESTIONS)]
        found = self._operation.ask(self._engine, self._questions[0])
        if not is_right(found, self._operation.answer(self._data, self._questions[0])):
            raise EngineError(f"{self._name} answers {self._operation.name} wrongly: its time means nothing")
