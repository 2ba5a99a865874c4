"""A record of each kind made by hand, small, with something for every picture to draw."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import explanations
from profiles import TAKEN
from report_machine import host, machine

from hwbench.records import (
    BillLine,
    Cell,
    Conditions,
    Curve,
    ExerciseRun,
    Growth,
    Interval,
    LessonClaim,
    LessonRun,
    Lessons,
    ListedLesson,
    Remaining,
    Spot,
    Study,
    Timed,
    Twin,
    Weighed,
    Weights,
)
from hwbench.records.pythons import Interpreter, PythonCell, Pythons


def seconds(value: float, unit: str = "s") -> Interval:
    return Interval(value=value, low=value * 0.9, high=value * 1.1, unit=unit)


def study() -> Study:
    """Return three engines by two operations by two sizes: right, wrong, out of time; and the four mistakes weighed."""

    def cell(engine: str, operation: str, n: int, taken: float | None, ratio: float | None = None, **more: Any) -> Cell:
        return Cell(
            engine=engine,
            version="1.0",
            operation=operation,
            n=n,
            seconds=None if taken is None else seconds(taken),
            ratio=None if ratio is None else seconds(ratio, "×"),
            **{"result": "right", "idle_bytes": 2048, "peak_bytes": 4096, "disk_bytes": 512, **more},
        )

    names = ("algorithm", "memory", "abstraction", "system")
    costs = dict(zip(names, (6.0, 2.0, 1.5, 1.1), strict=True))
    made = {}
    for mask in range(16):
        wrong = [name for bit, name in enumerate(names) if mask >> bit & 1]
        made["+".join(wrong) or "none"] = 1e-5 * math.prod(costs[name] for name in wrong)
    weights = Weights(algorithm=0.6, memory=0.23, abstraction=0.14, system=0.03)
    return Study(
        schema="hwbench.study/1",
        hwbench="0.1.0",
        taken=TAKEN,
        host=host(),
        conditions=Conditions(started=TAKEN, seconds=600.0),
        cells=(
            cell("sqlite", "count", 1000, 35e-6, 1.0, growth=Growth(law="n", exponent=1.0)),
            cell("sqlite", "count", 100_000, 35e-4, 1.0),
            cell("slow", "count", 1000, 0.35, 10_000.0),
            cell("slow", "count", 100_000, None, result="timeout", reason="over 60 s", extrapolated=seconds(35.0)),
            cell("lazy", "count", 1000, None, result="wrong", reason="answered 3 where 2 is right"),
            cell("sqlite", "insert", 1000, 2e-3, 1.0, durable=True),
            cell("slow", "insert", 1000, 4e-2, 20.0, durable=True),
            cell("lazy", "insert", 1000, 1e-3, durable=False),
        ),
        factorial=(
            Weighed(
                operation="count",
                n=1000,
                seconds=made,
                ratio=made["+".join(names)] / made["none"],
                truth=weights,
                ordered=weights,
                interactions={"algorithm+memory": 0.1},
                explained=Weights(algorithm=0.62, memory=0.2, abstraction=0.1, system=0.08),
                verdict="explained",
                mended={"algorithm": made["memory+abstraction+system"]},
            ),
        ),
        notes=("something to know",),
    )  # fmt: skip


def lesson() -> LessonRun:
    """Return a lesson that showed what it promised: predicted ×9, measured ×7.5, in two languages, with a sweep."""

    def line(item: str, cause: Any, count: float, price: float) -> BillLine:
        paid = count * price / 1e9
        return BillLine(
            item=item, cause=cause, count=count, price_ns=price, seconds=paid, low=paid * 0.9, high=paid * 1.1
        )

    def timed(ns: float) -> Timed:
        return Timed(function="sum_of_large", ns=seconds(ns, "ns"), samples=(ns * 0.98, ns, ns * 1.05), work=1e6)

    def twin(language: Any, slow: float, fast: float) -> Twin:
        cases = {"slow": timed(slow), "fast": timed(fast), "control_slow": timed(fast), "control_fast": timed(fast)}
        return Twin(
            language=language,
            cases=cases,
            ratio=seconds(slow / fast, "ratio"),
            control=seconds(1.0, "ratio"),
            noise=1.02,
        )

    bill_a = line("jumps taken [branch.taken.throughput]", "execution", 1.25, 0.28)
    return LessonRun(
        schema="hwbench.lesson/1",
        hwbench="0.1.0",
        taken=TAKEN,
        name="branch_prediction",
        title="Branch prediction: the cost of not knowing",
        chapter="Branches",
        cause="branch",
        unit="value",
        host=host(),
        conditions=Conditions(started=TAKEN, seconds=6.0),
        guess=5.0,
        predicted=9.0,
        predicted_low=6.6,
        predicted_high=9.7,
        measured=seconds(7.5, "ratio"),
        control=seconds(1.0, "ratio"),
        verdict="shown",
        language="c",
        how="a fair coin is guessed wrong half of the time",
        bill={"a": (bill_a,), "b": (bill_a, line("wrong guesses [branch.mispredict_cost]", "branch", 0.5, 6.0))},
        twins=(twin("c", 3.75, 0.5), twin("numba", 3.8, 0.6), Twin(language="python", unavailable="too slow")),
        claims=(LessonClaim(name="half", says="half of the guesses are wrong", here="half", holds=True),),
        sweep=Curve(
            axis="share",
            unit="%",
            title="time a value by the share of large ones",
            points=tuple({"share": step / 8, "slow": 0.5 + 3 * step * (8 - step) / 16, "fast": 0.5} for step in range(9)),
            logarithmic=False,
        ),
        spots=(Spot(name="branch.mispredict_cost", unit="ns", samples=(6.0, 6.1), low=6.0, high=6.1, value=6.0),),
    )  # fmt: skip


def lessons() -> Lessons:
    """Return a list of two lessons, one of which does not apply here."""
    return Lessons(
        schema="hwbench.lessons/1",
        hwbench="0.1.0",
        taken=TAKEN,
        host=host(),
        lessons=(
            ListedLesson(
                name="branch_prediction", title="Branches", chapter="Branches", applies=True, languages=("c",), predicted=9.0
            ),
            ListedLesson(name="sharing", title="Sharing", chapter="Cores", applies=False, why_not="there is one core"),
        ),
    )  # fmt: skip


def exercise() -> ExerciseRun:
    """Return a solution that reached most of the gain."""
    return ExerciseRun(
        schema="hwbench.exercise/1",
        hwbench="0.1.0",
        taken=TAKEN,
        name="branch_prediction",
        title="Branch prediction",
        language="c",
        file="solution.c",
        host=host(),
        verdict="passed",
        right=True,
        predicted=9.0,
        slow_ns=seconds(3.75, "ns"),
        fast_ns=seconds(0.5, "ns"),
        solution_ns=seconds(0.6, "ns"),
        goal_ns=0.42,
        share=seconds(0.95, ""),
        remaining=(Remaining(cause="branch", ns=0.1, evidence="a wrong guess in fifty"),),
    )


def pythons() -> Pythons:
    """Return two interpreters by two benchmarks, one of which failed under one."""

    def cell(
        benchmark: str, interpreter: str, taken: float | None, ratio: float | None = None, **more: Any
    ) -> PythonCell:
        return PythonCell(
            benchmark=benchmark,
            interpreter=interpreter,
            seconds=None if taken is None else seconds(taken),
            ratio=None if ratio is None else seconds(ratio, "×"),
            **{"result": "measured", **more},
        )

    return Pythons(
        schema="hwbench.pythons/1",
        hwbench="0.1.0",
        taken=TAKEN,
        host=host(),
        interpreters=tuple(
            Interpreter(name=name, path=f"/{name}", version=name[6:], implementation="CPython", build=("PGO",))
            for name in ("python3.11", "python3.13")
        ),
        cells=(
            cell("nbody", "python3.11", 0.1, 1.0),
            cell("nbody", "python3.13", 0.08, 0.8, explanation=explanations.mispredicted()),
            cell("json", "python3.11", 0.02, 1.0),
            cell("json", "python3.13", None, result="failed", reason="it was killed by SIGSEGV"),
        ),
        notes=("something to know",),
    )  # fmt: skip


# One record of each kind that has a section, by its kind.
ALL: dict[str, Callable[[], Any]] = {
    "machine": machine,
    "explanation": explanations.shuffled_list,
    "grown": explanations.quadratic,
    "void": explanations.void,
    "study": study,
    "lesson": lesson,
    "lessons": lessons,
    "exercise": exercise,
    "pythons": pythons,
}
