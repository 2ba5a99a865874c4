"""Interpreters, timings and explanations made by hand, for the tests of comparing Pythons."""

from __future__ import annotations

import json
from pathlib import Path

import explanations
import msgspec

from hwbench.engines.pythons.benchmarks import Program, Timing
from hwbench.records import Explanation, Interval
from hwbench.records.pythons import Interpreter

OLD = Interpreter(name="python3.11", path="/old/python", version="3.11.7", implementation="CPython")
NEW = Interpreter(
    name="python3.13", path="/new/python", version="3.13.0", implementation="CPython", build=("PGO", "LTO")
)
NBODY = Program("nbody", "/benchmarks/run_benchmark.py")


def pyperf_file(path: Path, values: list[list[float]], name: str = "nbody", **metadata: object) -> Path:
    """Write a file as pyperf does: a run for each process, after one that only calibrated."""
    runs = [{"metadata": {}, "warmups": [[1, 0.1]]}, *({"metadata": {}, "values": each} for each in values)]
    common = {"name": name, "unit": "second", "loops": 4, "python_executable": "/venv/bin/python", **metadata}
    path.write_text(
        json.dumps({"benchmarks": [{"runs": runs, "metadata": {"name": name}}], "metadata": common, "version": "1.0"})
    )
    return path


def timing(*samples: float, inner_loops: int = 1, python: str = "/venv/bin/python") -> Timing:
    return Timing("nbody", 0, samples, inner_loops, python)


def explanation(a: str, b: str) -> Explanation:
    return msgspec.structs.replace(
        explanations.mispredicted(), a=explanations.side(a, 0.2), b=explanations.side(b, 0.3), ratio=interval(1.5)
    )


def interval(value: float, unit: str = "×") -> Interval:
    return Interval(value=value, low=value * 0.9, high=value * 1.1, unit=unit)
