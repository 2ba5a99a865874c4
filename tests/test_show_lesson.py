"""Lessons as text: prose wrapped with its drawings left as they are, the reconciliation, curves on even axes, plain terminals."""

from __future__ import annotations

from hwbench.records import BillLine, Curve, Interval, LessonClaim, LessonRun
from hwbench.show import lesson
from hwbench.show.machine import Page

MARKDOWN = """## What happens

A sentence that goes on and on, so that it has to be wrapped somewhere before it comes to its end, wherever that is. *(here: 64 B)*

```text
 a ──▶ b
```

- one point that is long enough to be wrapped as well, with its second line set in beneath the first one of them
- another, **(NOT so here: ×1.1)**
"""


def made(**more) -> LessonRun:  # type: ignore[no-untyped-def]
    line = BillLine(
        item="loads that wait for memory, which is called by many words [dram.latency]",
        cause="cache",
        count=1,
        price_ns=150,
        seconds=150e-9,
        low=140e-9,
        high=160e-9,
    )
    common = {"schema": "hwbench.lesson/1", "hwbench": "0", "taken": "", "name": "x", "title": "X", "chapter": "Caches"}
    return LessonRun(**{**common, "verdict": "shown", "bill": {"a": (line,), "b": (line,)}, **more})


def ratio(value: float, low: float, high: float) -> Interval:
    return Interval(value=value, low=low, high=high, unit="ratio")


def test_prose_is_wrapped_and_a_drawing_stays_as_it_is() -> None:
    shown = lesson.prose("A title", MARKDOWN, Page(width=60))
    lines = shown.splitlines()
    assert lines[:2] == ["A title", "======="]
    assert " a ──▶ b" in lines
    assert max(map(len, lines)) <= 60
    assert "  its second line set in beneath the first one of them" in lines
    assert "(here: 64 B)" in shown
    assert "```" not in shown
    assert "**" not in shown


def test_a_plain_terminal_gets_a_drawing_in_ascii() -> None:
    shown = lesson.prose("T", MARKDOWN, Page(width=60, unicode=False))
    assert " a --> b" in shown
    assert shown.isascii()


def test_guess_and_prediction_are_told_how_far_they_were_off() -> None:
    run = made(
        guess=2.0,
        predicted=5.2,
        measured=ratio(5.0, 4.9, 5.1),
        control=ratio(1.0, 0.9, 1.1),
        language="c",
        cause="cache",
    )
    shown = lesson.report(run, Page())
    assert "guessed    ×2, off by ×2.5" in shown
    assert "predicted  ×5.2, as measured" in shown
    assert "measured   ×5 (4.9–5.1), slow over fast, in C" in shown
    assert "control    ×1 (0.9–1.1), the same with the cause (cache) taken away" in shown


def test_the_bill_fits_a_narrow_page() -> None:
    shown = lesson.prediction(made(predicted=5.0, how="it is reckoned so"), Page(width=70))
    assert "it is reckoned so" in shown
    assert max(map(len, shown.splitlines())) <= 75


def test_a_claim_that_does_not_hold_says_so_and_one_that_says_nothing_is_left_out() -> None:
    claims = (
        LessonClaim(name="a", says="lines have 64 bytes", here="128 B", holds=False),
        LessonClaim(name="b", says="", here="it was not measured"),
    )
    shown = lesson.report(made(claims=claims), Page())
    assert "does NOT hold" in shown
    assert "lines have 64 bytes: 128 B" in shown
    assert "it was not measured" not in shown


def test_a_curve_on_an_even_axis_may_begin_at_nothing() -> None:
    points = tuple({"share": value / 4, "one": 1.0 + value, "other": 5.0 - value} for value in range(5))
    shown = lesson.sweep(Curve(axis="share", unit="%", title="a time", points=points, logarithmic=False), Page())
    assert "● one" in shown
    axis = next(line for line in shown.splitlines() if "12%" in line)
    assert axis.split() == ["0%", "12%", "25%", "38%", "50%", "62%", "75%", "88%", "100%"]
    assert shown.splitlines()[-1].split() == ["100%", "5", "ns", "1", "ns"]


def test_a_curve_of_a_single_point_draws_nothing() -> None:
    assert lesson.sweep(Curve(axis="n", unit="", title="t", points=({"n": 1.0, "a": 2.0},)), Page()) == ""
    assert lesson.sweep(Curve(axis="n", unit="", title="t", points=()), Page()) == ""
