"""The study as text, from records made by hand: what a cell says, wide and narrow, with and without Unicode."""

from __future__ import annotations

from explanations import quadratic
from profiles import host

from hwbench.records import Conditions, Growth, Interval
from hwbench.records.study import Bill, Cell, Study
from hwbench.show import study as shown
from hwbench.show.machine import Page


def interval(value: float, unit: str = "s") -> Interval:
    return Interval(value=value, low=0.9 * value, high=1.1 * value, unit=unit)


def cell(engine: str, n: int, seconds: float | None = None, **more: object) -> Cell:
    fields: dict[str, object] = {"operation": "count", "result": "right", "idle_bytes": 2048, **more}
    return Cell(engine=engine, n=n, seconds=None if seconds is None else interval(seconds), **fields)  # type: ignore[arg-type]


STUDY = Study(
    schema="hwbench.study/1",
    hwbench="0.1.0",
    taken="2026-01-02T03:04:05+00:00",
    host=host(),
    conditions=Conditions(started="2026-01-02", seconds=600.0, steal_share=0.01, other_load=0.02),
    cells=(
        cell("sqlite", 1000, 35e-6, ratio=interval(1.0, "×"), growth=Growth(law="n", exponent=1.0), version="3.40"),
        cell("sqlite", 100_000, 35e-4, ratio=interval(1.0, "×"), binary_bytes=1 << 20, peak_bytes=4096, disk_bytes=512),
        cell("slow", 1000, 0.35, ratio=interval(10_000.0, "×")),
        cell("slow", 100_000, None, result="timeout", reason="not done within 60 s", extrapolated=interval(35.0)),
        cell("lazy", 1000, None, result="wrong", reason="answered 3 where 2 is right"),
        cell("lazy", 100_000, None, result="failed", reason="it was killed by SIGSEGV"),
        cell("sqlite", 1000, 2e-3, operation="insert", durable=True),
        cell("lazy", 1000, 1e-3, operation="insert", durable=False),
        cell("odd", 1000, 1e-3, operation="insert", reason="whether it waits for the disk is not known: no compiler"),
    ),
    bills=(Bill(engine="slow", against="sqlite", operation="count", n=1000, explanation=quadratic()),),
    notes=("something to know",),
)


def test_a_study_says_what_became_of_each_cell() -> None:
    text = shown.report(STUDY, Page(width=120))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "count: how many rows a condition holds of" in lines
    assert "sqlite 35 µs 3.5 ms n (n^1.00)" in lines
    assert "slow 350 ms ×10 000 ~35 s extrapolated" in lines
    assert "at 100 000: timeout: not done within 60 s" in lines
    assert "lazy wrong failed" in lines
    assert "at 1 000: wrong: answered 3 where 2 is right" in lines
    assert "at 100 000: failed: it was killed by SIGSEGV" in lines
    assert "lazy 1 ms NOT DURABLE" in lines
    assert any("not durable: it answered without waiting for the disk" in line for line in lines)
    assert "odd 1 ms durable?" in lines
    assert "sqlite 3.40 100 000 2 KiB 4 KiB 512 B 1 MiB" in lines or "sqlite 100 000 2 KiB 4 KiB 512 B 1 MiB" in lines
    assert "- something to know" in lines
    assert "10 min in all; steal 1.0%; other load 2.0%." in lines


def test_a_bill_says_what_the_slow_engine_does_more_of() -> None:
    text = shown.report(STUDY, Page(width=120))
    row = next(line for line in text.splitlines() if line.startswith("slow") and "algorithm" in line)
    assert " ".join(row.split()).startswith("slow count 1 000 ×")


def test_ratios_stand_below_times_where_a_page_is_narrow() -> None:
    cells = [one for one in STUDY.cells if one.operation == "count"]
    wide, narrow = (shown.operation_table(cells, Page(width=width)) for width in (120, 40))
    assert "350 ms  ×10 000" in wide
    assert "350 ms  ×10 000" not in narrow
    assert any(line.split() == ["×10", "000"] or "×10 000" in line for line in narrow.splitlines())
    assert max(map(len, narrow.splitlines()[1:])) < max(map(len, wide.splitlines()[1:]))


def test_without_unicode_it_is_ascii() -> None:
    assert shown.report(STUDY, Page(width=100, unicode=False)).isascii()


def test_growth_is_told_by_its_exponent_and_law() -> None:
    assert shown.growth_text(None) == ""
    assert shown.growth_text(Growth(law="1", exponent=0.0)) == "not at all"
    assert shown.growth_text(Growth(law="n^2", exponent=2.01)) == "n² (n^2.01)"
    assert shown.growth_text(Growth(law="unknown", exponent=1.3)) == "n^1.30"
