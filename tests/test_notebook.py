"""Records in a notebook show themselves: still pictures where the extra is installed, else their text; parts stay text."""

from __future__ import annotations

import importlib.util
import re

import explanations
import pytest
import report_records
from profiles import host, profile, quantity

from hwbench.records import Record
from hwbench.show import texts

WHOLE = (report_records.machine(), explanations.quadratic(), report_records.study(), report_records.lesson())


@pytest.mark.parametrize("record", WHOLE, ids=lambda record: type(record).__name__)
def test_a_record_shows_itself_by_pictures_that_need_no_script(record: Record) -> None:
    html = record._repr_html_()
    assert html is not None
    assert '<svg class="marks"' in html
    assert "<script" not in html
    assert "://" not in html
    assert "<table>" in html


def test_two_machines_in_one_notebook_do_not_share_the_names_of_their_gradients() -> None:
    pages = [
        report_records.machine(name, faster=faster)._repr_html_() or "" for name, faster in (("a", 1.0), ("b", 2.0))
    ]
    first, second = (set(re.findall(r'id="(h[0-9a-f]{8}-[^"]+)"', page)) for page in pages)
    assert first
    assert second
    assert not first & second


def test_what_a_record_says_is_escaped() -> None:
    made = profile({"l1d.latency": quantity("ns", 1.0)}, host("<i>"), findings=("a < b",))
    html = made._repr_html_() or ""
    assert "&lt;i&gt;" in html
    assert "a &lt; b" in html
    assert "<i>" not in html


def test_without_the_extra_a_notebook_shows_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    html = explanations.quadratic()._repr_html_() or ""
    assert html.startswith("<pre>")
    assert "From A to B" in html


def test_a_part_of_a_record_is_left_to_its_text() -> None:
    assert quantity("ns", 1.0)._repr_html_() is None


def test_every_record_that_a_verb_writes_has_a_text() -> None:
    assert all(issubclass(kind, Record) for kind in texts.TEXTS)
