"""Probes that behave in every way a probe can: well, badly, slowly, or not at all; workers import them."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from hwbench.measure import results
from hwbench.measure.results import Found
from hwbench.probes import Known, probe
from hwbench.records import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hwbench.measure.bench import Bench


def found(name: str, value: float, unit: str = "ns", **more: float) -> Found:
    return Found(name, Quantity(unit=unit, value=value, low=value, high=value, method="toy", samples=(value,), **more))  # type: ignore[arg-type]


@probe(
    group="toys",
    quantities={"toy_first.moment": "ns", "toy_first.bytes": "B"},
    curves=("toy_curve",),
    seconds=0.1,
    order=901,
)
def toy_first(bench: Bench, known: Known) -> Iterator[Found]:
    yield found("toy_first.moment", float(time.time_ns()))
    yield found("toy_first.bytes", 4096.0, "B")
    yield results.curve("toy_curve", [{"bytes": 1, "ns": 1.0}, {"bytes": 2, "ns": math.nan}])


@probe(group="toys", quantities={"toy_many.process": "pid"}, seconds=0.1, order=902, processes=3)
def toy_many(bench: Bench, known: Known) -> Iterator[Found]:
    yield found("toy_many.process", float(os.getpid()), "pid")


@probe(group="bad", quantities={"toy_crash.before": "ns", "toy_crash.after": "ns"}, seconds=0.1, order=903)
def toy_crash(bench: Bench, known: Known) -> Iterator[Found]:
    yield found("toy_crash.before", 1.0)
    os.kill(os.getpid(), signal.SIGSEGV)
    yield found("toy_crash.after", 1.0)


@probe(group="bad", quantities={"toy_killed.never": "ns"}, seconds=0.1, order=904)
def toy_killed(bench: Bench, known: Known) -> Iterator[Found]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield found("toy_killed.never", 1.0)


@probe(group="bad", quantities={"toy_hang.never": "ns"}, seconds=0.01, order=905)
def toy_hang(bench: Bench, known: Known) -> Iterator[Found]:
    time.sleep(600)
    yield found("toy_hang.never", 1.0)


@probe(group="bad", quantities={"toy_raise.before": "ns", "toy_raise.never": "ns"}, seconds=0.1, order=906)
def toy_raise(bench: Bench, known: Known) -> Iterator[Found]:
    yield found("toy_raise.before", 2.0)
    raise ValueError("a probe\nmay fail")


@probe(group="bad", quantities={"toy_memory.never": "ns"}, seconds=0.1, order=907)
def toy_memory(bench: Bench, known: Known) -> Iterator[Found]:
    raise MemoryError
    yield


@probe(group="bad", quantities={"toy_nan.value": "ns"}, seconds=0.1, order=908)
def toy_nan(bench: Bench, known: Known) -> Iterator[Found]:
    yield found("toy_nan.value", math.nan)


@probe(group="bad", quantities={"toy_exit.never": "ns"}, seconds=0.1, order=909)
def toy_exit(bench: Bench, known: Known) -> Iterator[Found]:
    print("this is no event")  # noqa: T201 - what a probe prints must not be taken for one
    sys.stderr.write("these are its last words\n")
    sys.stderr.flush()
    os._exit(7)
    yield


@probe(group="toys", quantities={"toy_last.known": "count"}, seconds=0.1, order=990, after=("toy_first",))
def toy_last(bench: Bench, known: Known) -> Iterator[Found]:
    yield found("toy_last.known", float(len(known)), "count")


@probe(
    group="slow",
    quantities={f"toy_slow.q{k}": "ns" for k in range(3)},
    seconds=1.0,
    order=991,
    after=("toy_first",),
    quick=False,
)
def toy_slow(bench: Bench, known: Known) -> Iterator[Found]:
    for k in range(3):
        yield found(f"toy_slow.q{k}", float(k))
        time.sleep(float(os.environ.get("TOY_SECONDS", "0")))


@probe(group="slow", quantities={"toy_spin.value": "ns"}, seconds=0.5, order=993)
def toy_spin(bench: Bench, known: Known) -> Iterator[Found]:
    ends = time.monotonic() + 0.6
    while time.monotonic() < ends:
        pass
    yield found("toy_spin.value", 1.0)


@probe(group="slow", quantities={"toy_own.latency": "ns"}, seconds=0.1, order=992)
def toy_own(bench: Bench, known: Known) -> Iterator[Found]:
    samples = bench.sample([bench.c_case("adds", "clock_adds", (1,), work=256.0)], 0.01)["adds"]
    yield results.price("toy_own.latency", samples, method="one add")
