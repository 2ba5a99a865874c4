"""An explanation as text: what stands in it, in which order, on which width, and that nothing void gets a story."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise

import explanations
import msgspec
import pytest
from explanations import cause, explanation, item, side
from hypothesis import given
from hypothesis import strategies as st

from hwbench.records import Explanation, Toggle, Unexplained
from hwbench.show import bill, prose, waterfall, words
from hwbench.show import explanation as shown
from hwbench.show.machine import Page

WIDTHS = (60, 61, 72, 80, 100, 120, 180)
Made = Callable[[], Explanation]


def line(text: str, start: str) -> str:
    return next(one for one in text.splitlines() if one.startswith(start))


@pytest.mark.parametrize("made", explanations.ALL, ids=lambda made: made.__name__)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_page(made: Made, width: int) -> None:
    widest = max(shown.report(made(), Page(width)).splitlines(), key=len)
    assert len(widest) <= width, widest


@pytest.mark.parametrize("made", explanations.ALL, ids=lambda made: made.__name__)
def test_an_ascii_page_gets_ascii_alone_and_no_sign_is_lost(made: Made) -> None:
    text = shown.report(made(), Page(80, unicode=False))
    assert text.isascii()
    assert "?" not in text.replace("slower than A?", "").replace("000?", "")


def test_the_heading_has_names_times_ratio_verdict_and_conditions() -> None:
    text = shown.report(explanations.shuffled_list(), Page(120))
    assert "at n = 300 000?" in text
    assert line(text, "  A ./list --order=sorted").endswith("3.58 ms (3.47–3.72)")
    assert "B takes 14.6 times as long (14–15.3). Explained, chiefly by cache (83%)." in text
    conditions = line(text, "Pinned to CPU 1")
    assert "steal 0.3%" in conditions
    assert "noise: the same program against itself differs by up to 2 %" in conditions


def test_the_table_is_sorted_by_share_and_ends_with_the_unexplained() -> None:
    rows = shown.table(explanations.shuffled_list(), Page(120)).splitlines()
    assert [row.split()[0] for row in rows if row[:1].isalpha()] == ["cause", "cache", "tlb", "unexplained"]
    assert [cell.strip() for cell in rows[3].split("  ") if cell.strip()] == [
        "cache", "83% (77–88)", "×9.23", "299 954 dependent L3 misses, A 18; same instructions",
        "toggled", "5.64 ms (5.08–6.32)",
    ]  # fmt: skip


def test_on_a_narrow_page_grade_and_evidence_stand_beneath_their_cause() -> None:
    rows = shown.table(explanations.shuffled_list(), Page(60)).splitlines()
    assert rows[4] == "    toggled: 299 954 dependent L3 misses, A 18; same"
    assert rows[6].startswith("tlb")


def test_a_cause_under_one_percent_is_left_to_those_ruled_out() -> None:
    text = shown.report(explanations.shuffled_list(), Page(120))
    assert "\ninstructions  0." not in text
    assert "Ruled out: instructions (1.20 M instructions both), branch (1 204 mispredicts, A 1 198)" in text


def test_the_steps_of_the_waterfall_lead_exactly_from_a_to_b() -> None:
    steps = waterfall.steps_of(explanations.shuffled_list())
    assert [step.label for step in steps] == ["A", "cache", "tlb", "unexplained", "B"]
    for before, after in pairwise(steps[:-1]):
        assert after.start == pytest.approx(before.end)
    assert steps[-2].end == pytest.approx(steps[-1].end)


def test_a_large_ratio_is_drawn_on_a_log_scale_and_a_small_one_on_a_linear_one() -> None:
    assert "(log scale)" in waterfall.draw(explanations.shuffled_list(), Page(80))
    assert "(linear scale)" in waterfall.draw(explanations.mispredicted(), Page(80))


def test_losses_gains_and_the_unexplained_are_drawn_each_with_its_own_sign() -> None:
    text = waterfall.draw(explanations.quadratic(), Page(80))
    assert "▓" in line(text, "algorithm")
    assert "▒" in line(text, "cache")
    assert "░" in line(text, "unexplained")
    assert "#" in line(waterfall.draw(explanations.quadratic(), Page(80, unicode=False)), "algorithm")


def test_a_longer_step_is_a_longer_bar() -> None:
    text = waterfall.draw(explanations.shuffled_list(), Page(120))
    assert line(text, "cache").count("▓") > 5 * line(text, "tlb").count("▓")


def test_the_bill_adds_up_beside_the_measured_time() -> None:
    text = bill.draw(explanations.durable_inserts(), Page(120))
    assert line(text, "fsync").split()[:3] == ["fsync", "900", "µs"]
    assert "3.65 s" in line(text, "sum")
    assert "3.71 s" in line(text, "measured")
    assert line(text, "left over").split()[-2:] == ["60.4", "ms"]


def test_where_the_sides_pay_different_prices_both_are_shown() -> None:
    assert "154/165 ns" in bill.draw(explanations.shuffled_list(), Page(120))


def test_items_that_do_not_matter_are_counted_and_left_out() -> None:
    tiny = explanation(
        side("a", 1.0),
        side("b", 2.0),
        bill={
            "a": (item("instructions", "instructions", 1e9, 1.0),),
            "b": (item("instructions", "instructions", 2e9, 1.0), item("calls", "system", 10, 100.0)),
        },
    )
    assert "(1 smaller item under 0.1% of both left out)" in bill.draw(tiny, Page(120))


@pytest.mark.parametrize("made", explanations.ALL, ids=lambda made: made.__name__)
@pytest.mark.parametrize("width", [80, 120, 180])
def test_the_prose_has_at_most_ten_lines(made: Made, width: int) -> None:
    assert len(prose.story(made(), Page(width)).splitlines()) <= prose.LINES


@given(st.lists(st.lists(st.integers(1, 70), min_size=1, max_size=30), min_size=1, max_size=prose.LINES))
def test_the_lines_fit_however_badly_the_words_do(lengths: list[list[int]]) -> None:
    """Words that leave much of each line empty: shortened by letters, they once took as many lines for ever."""
    parts = [" ".join("x" * length for length in words) for words in lengths]
    assert len(prose.fitted(parts, Page(100)).splitlines()) <= prose.LINES


def test_the_prose_keeps_its_order() -> None:
    text = prose.story(explanations.shuffled_list(), Page(120))
    order = ("same answer", "grow as n", "B pays", "Experiment:", "At most", "Ruled out", "In B's code")
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "B pays 300 k L3 misses, dependent × 154 ns = 46.2 ms (A 18)." in text
    assert "walk (list.c) 93% of the cycles" in text


def test_the_experiment_on_the_top_cause_comes_first() -> None:
    text = prose.experiment(explanations.shuffled_list())
    assert text.startswith(
        "Experiment: a neighbour that takes the cache (adds to cache): B took 66 ms instead of 52 ms"
    )


def test_a_leading_cause_without_an_experiment_is_said_to_be_without_one() -> None:
    text = prose.experiment(explanations.durable_inserts())
    assert (
        "No experiment confirms system here: a folder on tmpfs could not be tried (no tmpfs can be written to)" in text
    )
    assert prose.experiment(explanations.none()) == ""


def test_different_growth_is_said_to_make_the_ratio_depend_on_the_size() -> None:
    text = prose.growth(explanations.quadratic())
    assert "A grows as n log n (exponent 1.07, 1.04–1.10), B as n^2" in text
    assert "the ratio depends on the size" in text


def test_a_void_comparison_gets_no_ratio_no_causes_and_no_story() -> None:
    told = explanations.void()
    text = shown.report(
        explanation(
            told.a, told.b, verdict="void", reason=told.reason, checks=told.checks, undecided=told.undecided,
            causes=(cause("cache", 0.9, 10.0, 1.0, "seen"),), unexplained=Unexplained(share=0.1, seconds=0.1),
        ),
        Page(80),
    )  # fmt: skip
    assert "VOID: the outputs differ." in text
    assert "- same output: the outputs differ at n = 1 000" in text
    assert "What would decide it:\n- make both print the same answer" in text
    assert "so that it lasts a thousand steps of the clock" in text.replace("\n  ", " ")
    assert "times as long" not in text
    assert "cache" not in text


def test_an_inconclusive_comparison_names_candidates_and_what_would_decide() -> None:
    text = shown.report(explanations.inconclusive(), Page(80))
    assert "INCONCLUSIVE: branch and cache cannot be told apart" in text.replace("\n", " ")
    assert "What would decide it:\n- count mispredicted branches" in text
    assert "Candidates, not a verdict:" in text
    assert "without it" not in text
    assert "At most" not in text


def test_no_difference_is_told_without_a_table_or_a_way() -> None:
    text = shown.report(explanations.none(), Page(80))
    assert "No difference beyond noise" in text
    assert "unexplained" not in text
    assert "scale" not in text


def test_the_seeds_story_is_unexplained_and_the_scan_is_ruled_out() -> None:
    text = shown.report(explanations.seeds_story(), Page(120))
    assert "99%" in line(text, "unexplained")
    assert "Ruled out: algorithm (100 rows a look-up × 22 ns)" in text
    assert "clock: a step of 1 µs against 0.9 µs a call" in text


def test_sources_that_were_not_there_say_what_they_could_have_said_and_the_command() -> None:
    text = shown.report(explanations.inconclusive(), Page(180))
    missing = text[text.index("- plugin (could say:") :]
    assert "mispredicts" in missing
    assert "sudo apt-get install qemu-user" in missing


def test_what_was_interrupted_says_so() -> None:
    assert "INCOMPLETE: ended early" in shown.report(
        explanation(side("a", 1.0), side("b", None), verdict="inconclusive", incomplete="ended early")
    )


def test_a_name_of_many_lines_stands_on_one() -> None:
    text = shown.report(explanation(side("python -c 'import os\nos\x1b[2Jx'", 1.0), side("b", 2.0)), Page(80))
    assert "A python -c 'import os os [2Jx'" in text


def test_colours_change_no_layout() -> None:
    plain = shown.report(explanations.shuffled_list(), Page(100))
    marked = shown.report(explanations.shuffled_list(), Page(100, paint=lambda text, colour: f"\033[1m{text}\033[0m"))
    assert marked.replace("\033[1m", "").replace("\033[0m", "") == plain
    assert "\033[1m" in marked


def test_a_pipe_gets_a_wide_page() -> None:
    assert shown.page_of(io.StringIO()).width >= 120


@pytest.mark.parametrize(
    ("value", "text"),
    [(4000.0, "4 000"), (18.0, "18"), (0.25, "0.25"), (299_954.0, "300 k"), (1.45e9, "1.45 G"), (6.1e12, "6.1 T")],
)
def test_counts_are_short_yet_exact_where_they_are_small(value: float, text: str) -> None:
    assert words.count(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.826, "83%"), (0.0561, "5.6%"), (0.0004, "<0.1%"), (0.0, "0%"), (-0.05, "-5.0%")]
)
def test_shares_are_percents(share: float, text: str) -> None:
    assert words.percent(share) == text


def test_an_experiment_that_could_not_run_is_no_proof() -> None:
    failed = Toggle(name="huge pages", cause="tlb", effect="removes", side="b", unavailable="never")
    made = explanation(side("a", 1.0), side("b", 2.0), top_cause="tlb", toggles=(failed,))
    assert prose.experiment(made).startswith("No experiment confirms tlb here: huge pages could not be tried (never)")


def test_answers_that_were_not_to_be_compared_are_not_called_the_same() -> None:
    made = explanation(side("a", 1.0, answers={"-": "x"}), side("b", 2.0, answers={"-": "y"}))
    assert prose.same_answer(made) == "Whether both give the same answer was not checked."


def test_a_cause_in_the_table_is_not_ruled_out_as_well() -> None:
    made = explanation(
        side("a", 1.0),
        side("b", 2.0),
        causes=(cause("cache", 0.9, 2.0, 2.0, "seen"), cause("tlb", 0.015, 2.0, 2.0, "walks")),
        ruled_out={"tlb": "few walks", "branch": "none"},
    )
    assert prose.ruled_out(made, 200) == "Ruled out: branch (none)."


def test_an_item_without_a_count_has_seconds_and_no_price() -> None:
    waiting = item("waiting off the CPU", "system", 0, 0.0)
    made = explanation(side("a", 1.0), side("b", 2.0), bill={"b": (msgspec.structs.replace(waiting, seconds=1.0),)})
    assert line(bill.draw(made, Page(120)), "waiting").split()[4:7] == ["–", "1", "s"]
    assert prose.costs(made).startswith("B pays 1 s waiting off the CPU (A nothing).")


def test_figures_beyond_measure_break_no_line_of_the_table() -> None:
    wild = tuple(cause(name, share, 1e6, 5e3, "e " * 90) for name, share in (("cache", -2.2), ("execution", 3.1)))
    made = explanation(side("a", 1e-9), side("b", 5e3), causes=wild, unexplained=Unexplained(share=0.1, seconds=0.0))
    for width in WIDTHS:
        assert max(map(len, shown.table(made, Page(width)).splitlines())) <= width


def test_a_side_that_took_no_time_is_no_error() -> None:
    made = explanation(side("a", 1.0), side("b", 1.0), bill={"b": (item("calls", "system", 1, 100.0),)})
    for still in (None, explanations.seconds(0.0, 0.0, 0.0)):
        assert shown.report(msgspec.structs.replace(made, b=msgspec.structs.replace(made.b, seconds=still)))
