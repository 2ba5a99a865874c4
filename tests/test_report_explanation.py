"""The section of an explanation: the answer first, and every figure of the record somewhere."""

from __future__ import annotations

from typing import Any

import explanations
import msgspec
import pytest

pytest.importorskip("altair", reason="altair, of the extra `report`, is not installed")
pytest.importorskip("vl_convert", reason="vl-convert, of the extra `report`, is not installed")

from hwbench.records import Explanation
from hwbench.show import words
from hwbench.show.report.believable import NOTE, believable
from hwbench.show.report.explanation import section
from hwbench.show.report.picture import Missing, Section, Table

changed = msgspec.structs.replace


def tables(made: Section) -> dict[str, Table]:
    return {table.title: table for table in made.tables if table.rows}


def test_the_answer_comes_first() -> None:
    made = section(explanations.shuffled_list())
    assert made.lead.startswith("B takes 14.6 times as long (14–15.3). Explained, chiefly by cache (83%).")
    assert "300 k L3 misses, dependent × 154 ns = 46.2 ms" in made.lead
    assert "mending cache brings B to 5.64 ms" in made.lead


def test_facts_say_who_how_long_and_under_which_conditions() -> None:
    facts = section(explanations.shuffled_list()).facts
    assert facts["A"] == "./list --order=sorted --nodes=300000"
    assert facts["time of B"] == "52.1 ms (50.5–54.2)"
    assert facts["B over A"] == "×14.6 (14–15.3)"
    assert facts["verdict"] == "explained"
    assert facts["size"] == "n = 300 000"
    assert facts["counted by"] == "plugin, os, perturbation"
    assert "up to 2 %" in facts["noise"]


def test_three_pictures_are_drawn_or_said_to_be_missing() -> None:
    made = section(explanations.shuffled_list())
    assert [getattr(one, "name", "missing") for one in made.drawn] == ["waterfall", "bills", "missing"]
    assert isinstance(made.drawn[2], Missing)


def test_every_cause_has_a_row_with_its_figures() -> None:
    explanation = explanations.shuffled_list()
    rows = {row[0]: row for row in tables(section(explanation))["Causes"].rows}
    for cause in explanation.causes:
        assert rows[cause.cause][1] == words.percent_between(cause.share, cause.low, cause.high)
        assert rows[cause.cause][2] == words.factor(cause.factor)
        assert rows[cause.cause][3] == cause.grade
        assert rows[cause.cause][4] == "; ".join(cause.evidence)
        assert rows[cause.cause][5].startswith(words.seconds(cause.counterfactual_s))
    assert rows["unexplained"][1] == "5.6% (-3 to 12)"


def test_experiments_prices_and_what_was_ruled_out_have_tables() -> None:
    made = tables(section(explanations.shuffled_list()))
    assert ("branch", "1 204 mispredicts, A 1 198") in list(made["Ruled out"].rows)
    (huge, _) = made["Causes switched off, or made worse"].rows
    assert huge == ("huge pages", "tlb", "B", "52.2 ms", "41.2 ms", "removes it: takes ×0.79 as long")
    assert made["Prices taken again during this very run"].rows[0] == ("dram.latency", "161 ns (154–172)", "3")
    assert "The bill: events × price = seconds" in made


def test_a_cause_with_a_share_is_not_said_to_be_ruled_out() -> None:
    explanation = explanations.shuffled_list()
    both = changed(explanation, ruled_out={**explanation.ruled_out, "cache": "1 against 1"})
    causes = [row[0] for row in tables(section(both))["Ruled out"].rows]
    assert "cache" not in causes
    assert "branch" in causes


def test_a_toggle_that_could_not_be_tried_says_why() -> None:
    (row,) = tables(section(explanations.durable_inserts()))["Causes switched off, or made worse"].rows
    assert row[-1] == "not tried: no tmpfs can be written to"


def test_what_is_worth_knowing_is_told() -> None:
    findings = section(explanations.shuffled_list()).findings
    assert "Both give the same answer." in findings
    assert any(one.startswith("What to do about cache: keep the nodes in one array") for one in findings)
    assert any(one.startswith("Not available: strace (could say: system calls") for one in findings)
    assert any("walk (list.c) 93%" in one for one in findings)


def test_a_void_comparison_has_no_ratio_no_causes_and_says_what_would_decide_it() -> None:
    made = section(explanations.void())
    assert made.lead == "VOID: the outputs differ."
    assert "B over A" not in made.facts
    assert not made.pictures
    assert "Check “same output” failed: the outputs differ at n = 1 000 (12 bytes against 14)" in made.findings
    assert any(one.startswith("Would decide it: make both print the same answer") for one in made.findings)
    checks = tables(made)["Checks before any story"]
    assert checks.marked == {0, 1}
    assert not checks.folded
    assert set(tables(made)) == {"Checks before any story"}


def test_an_inconclusive_comparison_shows_candidates_and_promises_nothing() -> None:
    made = section(explanations.inconclusive())
    candidates = tables(made)["Candidates, not a verdict"]
    assert candidates.headers[-1] == "evidence"
    assert [row[0] for row in candidates.rows] == ["branch", "cache", "unexplained"]
    assert any(one.startswith("Would decide it: count mispredicted branches") for one in made.findings)
    assert not any(one.startswith("What to do") for one in made.findings)
    assert "mending" not in made.lead


def test_no_difference_is_said_as_such() -> None:
    made = section(explanations.none())
    assert made.lead == "B takes 1.00 times as long (0.96–1.06). No difference beyond noise."


def test_much_that_is_unexplained_is_marked() -> None:
    candidates = tables(section(explanations.seeds_story()))["Candidates, not a verdict"]
    assert candidates.marked == {1}
    assert "15%" in candidates.mark


def test_long_commands_are_shortened_and_whole_on_one_line() -> None:
    explanation = explanations.shuffled_list()
    made = section(changed(explanation, b=changed(explanation.b, name="python\n" + "x" * 900 + " --last")))
    assert len(made.title) < 100
    assert "\n" not in made.title
    assert made.title.startswith("python xxx")
    assert " against ./list --order=sorted" in made.title
    assert "--last" in made.title


def test_many_notes_have_a_table_of_their_own() -> None:
    notes = tuple(f"note {number}" for number in range(40))
    made = section(changed(explanations.shuffled_list(), notes=notes))
    assert "note 7" in made.findings
    assert "note 8" not in made.findings
    assert "32 further notes in the table of notes" in made.findings
    assert len(tables(made)["All notes"].rows) == 40


def test_an_incomplete_record_says_so_first() -> None:
    made = section(changed(explanations.shuffled_list(), incomplete="interrupted after the first size"))
    assert made.findings[0] == "INCOMPLETE: interrupted after the first size"


@pytest.mark.parametrize("made", explanations.ALL)
def test_believable_figures_stay_as_they_are(made: Any) -> None:
    explanation = made()
    assert believable(explanation) is explanation
    assert NOTE not in section(explanation).findings


def test_absurd_figures_are_held_and_marked() -> None:
    def absurd(explanation: Explanation) -> Explanation:
        causes = tuple(changed(cause, share=1e308, low=-1e308, factor=1e308) for cause in explanation.causes)
        return changed(explanation, causes=causes)

    made = section(absurd(explanations.shuffled_list()))
    assert NOTE in made.findings
    assert believable(absurd(explanations.shuffled_list())).causes[0].low == -1e30
