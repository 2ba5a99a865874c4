"""The article's claims by arithmetic, with exact figures."""

from __future__ import annotations

from hwbench.engines import article
from hwbench.records import Interval
from hwbench.records.study import Cell
from hwbench.show import study as shown
from hwbench.show.machine import Page


def timed(engine: str, operation: str, n: int, seconds: float) -> Cell:
    interval = Interval(value=seconds, low=seconds, high=seconds, unit="s")
    return Cell(engine=engine, operation=operation, n=n, result="right", seconds=interval)


CELLS = (
    timed("sqlite", "lookup", 1000, 8e-6),
    timed("sqlite", "count", 1000, 50e-6),
    timed("sqlite", "count", 10_000, 320e-6),  # 32 ns a row
    timed("plausible", "count", 10_000, 2e-3),  # 200 ns a row
)


def test_the_scans_that_the_article_blames_explain_a_thousandth_of_its_time() -> None:
    scans, _ = article.claims(CELLS)
    assert scans.verdict == "does not hold"
    assert "180 µs a row" in scans.arithmetic
    assert "200 ns a row" in scans.arithmetic
    assert "costs 20 µs: 0.11% of the 18 ms" in scans.arithmetic
    assert scans.conclusion.startswith("the scans explain 0.11% of it")


def test_on_a_machine_where_a_row_takes_as_long_as_the_article_says_the_claim_may_hold() -> None:
    slow = (timed("plausible", "count", 100, 100 * 200e-6),)
    (scans,) = article.claims(slow)
    assert scans.verdict == "may hold"


def test_a_million_rows_are_not_scanned_in_less_than_a_millisecond() -> None:
    _, select = article.claims(CELLS)
    assert select.verdict == "does not hold"
    assert "0.8 ns a row; sqlite takes 32 ns a row here, 40 times as long" in select.arithmetic
    assert select.conclusion == "no scan of a million rows by sqlite; 0.8 ms is what 100 look-ups by key take here"
    fast = article.claims((timed("sqlite", "count", 1_000_000, 0.9e-3),))
    assert [claim.verdict for claim in fast] == ["may hold"]


def test_without_the_figures_nothing_is_claimed() -> None:
    assert article.claims(()) == ()
    assert article.claims((Cell(engine="plausible", operation="count", n=10, result="timeout"),)) == ()


def test_claims_are_shown_with_their_arithmetic_and_verdict() -> None:
    text = shown.claims_text(article.claims(CELLS), Page(width=100))
    assert text.count("Claimed: ") == 2
    assert text.count("DOES NOT HOLD") == 2
    assert max(map(len, text.splitlines())) <= 100
