"""The section of a study's bills: each has its waterfall and its figures, and what all of them say is said once."""

from __future__ import annotations

import explanations
import msgspec
import pytest

pytest.importorskip("altair")

from hwbench.records import Explanation
from hwbench.records.study import Bill, Study
from hwbench.show.report import page, sections, study_bills
from hwbench.show.report.bills import table
from hwbench.show.report.explanation import ruled_out
from hwbench.show.report.picture import Missing, Picture, Section, Table

changed = msgspec.structs.replace


def bill(engine: str, explanation: Explanation, operation: str = "join") -> Bill:
    return Bill(engine=engine, against="sqlite", operation=operation, n=10_000, explanation=explanation)


def of(*bills: Bill) -> Study:
    return Study(schema="hwbench.study/1", hwbench="0.1.0", taken="2026-01-02T03:04:05+00:00", bills=bills)


def tables(made: Section) -> dict[str, Table]:
    return {one.title: one for one in made.tables}


LIST, INSERTS = explanations.shuffled_list(), explanations.durable_inserts()
TWO = study_bills.section(of(bill("lists", LIST), bill("waits", INSERTS, "insert")))


def test_a_bill_has_its_waterfall_with_its_boxes_under_its_own_name() -> None:
    assert [(one.name, one.title) for one in TWO.pictures] == [
        ("waterfall-1", "lists against sqlite: join, 10 000 rows"),
        ("waterfall-2", "waits against sqlite: insert, 10 000 rows"),
    ]
    first = TWO.pictures[0].what_if
    assert first is not None
    assert [tick.name for tick in first.ticks] == ["cache", "tlb"]


def test_the_answer_stands_under_each_and_how_to_read_it_under_the_first_alone() -> None:
    captions = [one.caption for one in TWO.pictures]
    assert captions[0].startswith("B takes 14.6 times as long (14–15.3). Explained, chiefly by cache (83%).")
    assert ["Each row multiplies" in caption for caption in captions] == [True, False]
    assert captions[1].startswith("B takes ")


def test_the_lead_says_what_makes_which_engines_slow_the_commonest_first() -> None:
    undecided = changed(LIST, verdict="inconclusive", reason="too noisy")
    made = study_bills.section(of(bill("odd", undecided), bill("one", LIST), bill("two", LIST)))
    assert made.lead == "3 bills, each of an engine at one operation. Chiefly cache: one and two; inconclusive: odd."
    short = tables(made)["The bills in short"]
    assert short.marked == {0}
    assert [row[4] for row in short.rows] == ["inconclusive", "explained", "explained"]


def test_the_short_table_has_ratio_and_shares_of_the_record() -> None:
    row = tables(TWO)["The bills in short"].rows[0]
    assert row == ("lists", "join", "10 000", "×14.6 (14–15.3)", "explained", "cache 83%, tlb 11%, unexplained 5.6%")


def test_what_all_say_is_said_once_and_what_some_say_names_them() -> None:
    alone = changed(LIST, notes=("only here",))
    made = study_bills.section(of(bill("one", LIST), bill("two", LIST), bill("three", alone)))
    assert made.findings.count("Both give the same answer.") == 1
    further = tables(made)["What else is known of each bill"]
    assert further.folded
    assert not any("only here" in one for one in made.findings)
    assert ("three: join, 10 000 rows", "worth knowing", "only here") in list(further.rows)
    assert not any("Both give the same answer." in row for row in further.rows)
    other = study_bills.section(of(bill("one", LIST), bill("two", LIST), bill("waits", INSERTS)))
    advice = next(one for one in other.findings if one.startswith("What to do about cache"))
    assert advice.endswith("(one and two)")


def test_what_the_only_bill_says_is_worth_knowing() -> None:
    made = study_bills.section(of(bill("one", LIST)))
    assert "Both give the same answer." in made.findings
    rows = tables(made)["What else is known of each bill"].rows
    assert not any(row[1] == "worth knowing" for row in rows)


def test_every_check_every_cause_ruled_out_and_every_line_of_a_bill_is_there() -> None:
    rows = list(tables(TWO)["What else is known of each bill"].rows)
    for check in LIST.checks:
        told = f"{'held' if check.held else 'FAILED'}: {check.seen}"
        assert ("lists: join, 10 000 rows", f"check: {check.name}", told) in rows
    for cause, because in ruled_out(LIST).items():
        assert ("lists: join, 10 000 rows", f"ruled out: {cause}", because) in rows
    whole = tables(TWO)["The bill of lists (B) and sqlite (A): join, 10 000 rows"]
    assert whole.rows == table(LIST).rows
    assert whole.folded


def test_all_notes_of_a_bill_are_kept() -> None:
    noted = changed(LIST, notes=tuple(f"note {number}" for number in range(30)))
    made = study_bills.section(of(bill("one", noted), bill("two", LIST)))
    rows = tables(made)["What else is known of each bill"].rows
    assert {f"note {number}" for number in range(30)} <= {row[2] for row in rows}
    assert not any("further note" in row[2] for row in rows)


def test_a_void_bill_says_so_under_its_own_title_and_has_no_ratio() -> None:
    void = changed(LIST, verdict="void", reason="the answers differ")
    made = study_bills.section(of(bill("other", void)))
    (missing,) = made.drawn
    assert isinstance(missing, Missing)
    assert missing.title == "other against sqlite: join, 10 000 rows"
    assert "the answers differ" in missing.reason
    assert tables(made)["The bills in short"].rows[0][3:] == ("", "void", "the answers differ")


def test_of_very_many_bills_the_first_are_drawn_and_the_tables_have_all() -> None:
    made = study_bills.section(of(*(bill(f"engine {number}", LIST) for number in range(study_bills.MOST + 3))))
    assert len(made.pictures) == study_bills.MOST
    assert "3 further bills in the tables alone" in made.findings
    assert len(tables(made)["The bills in short"].rows) == study_bills.MOST + 3


def test_a_study_has_one_section_of_bills_and_without_bills_none() -> None:
    assert [one.title for one in sections.sections_of([of(bill("lists", LIST))])][1:] == [study_bills.TITLE]
    assert len(sections.sections_of([of()])) == 1


def test_hostile_names_and_figures_make_a_page() -> None:
    name = "<script>alert(1)</script>" + "x" * 500
    mad = changed(LIST, causes=tuple(changed(cause, share=1e300, factor=1e308) for cause in LIST.causes))
    made = study_bills.section(of(bill(name, mad, name), bill("", LIST, "")))
    assert all(isinstance(one, Picture | Missing) for one in made.drawn)
    assert "<script>alert" not in page.page([made], is_live=False)
