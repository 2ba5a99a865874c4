"""Hostile records: whatever the words and numbers, the page is whole, escapes them, and says what it could not draw."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import report_records
from browser import PICTURE_TEXTS, launched, opened
from report_records import ALL
from strange_records import changed, emptied
from test_report_page import Outline, unpacked

from hwbench.show.report import page, render, sections
from hwbench.show.report.picture import Picture, Section

ATTACK = (
    '<script>window.hacked=1</script>"><img src=x onerror="window.hacked=1">\'><svg onload=window.hacked=1></script>'
    "</style></title>]]>--></textarea>{{ 7*7 }}&lt;b&gt;\\'\"+alert(1)+\"\x00\x01\x1b[31m\x7f\u202e\u2066\u200fdatum['x'].y\n#"
)
LONG = "W" * 8_000 + " word" * 400
WORDS = {"markup": ATTACK, "long": LONG}
NUMBERS = {"huge": 1e308, "tiny": 5e-324, "negative": -1.0, "zero": 0.0}
NO_NUMBER = re.compile(r"\b(?:NaN|nan|Infinity|undefined|null)\b")
PLACES = {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r", "points"}


def number_like(value: float) -> Any:
    """Return what makes every number of a record this one: whole where a whole one is asked for, and at most 2**62 then."""
    whole = int(min(value, 2**62))
    return lambda number: whole if isinstance(number, int) else value


def mixed() -> Any:
    """Return what gives each number of a record another absurd value."""
    values = itertools.cycle([1e308, 3.0, 5e-324, -2.5, 1e-30, 0.0, 7e29])
    return lambda number: int(min(next(values), 2**40)) if isinstance(number, int) else next(values)


def section_of(record: Any) -> Section:
    return sections.sections_of([record])[0]


def assert_whole(text: str) -> Outline:
    """Check that a page has the elements of its template alone, and no word that stands for a missing number."""
    outline = Outline(text)
    for tag, attributes in outline.elements:
        assert tag not in {"img", "iframe", "object", "embed", "textarea", "b64"}, tag
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in PLACES & attributes.keys():
            assert not NO_NUMBER.search(attributes[name] or ""), (tag, name, (attributes[name] or "")[:200])
    assert len(outline.all("title")) == 1
    assert len(outline.all("style")) == 1
    assert len(outline.all("main")) == 1
    assert len(outline.all("script")) in {0, 2}
    assert text.count("<script") == text.count("</script") == len(outline.all("script"))
    assert text.rstrip().endswith("</html>")
    return outline


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("kind", ALL)
def test_words_of_a_record_are_words_in_the_page(kind: str, words: str, capfd: pytest.CaptureFixture[str]) -> None:
    text = page.page([section_of(changed(ALL[kind](), words=lambda _: WORDS[words]))], WORDS[words])
    outline = assert_whole(text)
    assert "Error" not in capfd.readouterr().err, "Vega complained"
    for section in outline.all("section"):
        assert re.fullmatch(r"s\d+", section["id"] or "")
    if "views" in [script.get("id") for script in outline.all("script")]:
        assert unpacked(text)["views"]


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("kind", ALL)
def test_absurd_numbers_are_left_out_or_written(kind: str, value: str) -> None:
    made = section_of(changed(ALL[kind](), numbers=number_like(NUMBERS[value])))
    outline = assert_whole(page.page([made], is_live=False))
    assert not NO_NUMBER.search(" ".join(outline.words))


@pytest.mark.parametrize("kind", ALL)
def test_a_record_with_all_left_out_says_what_is_not_drawn_and_why(kind: str) -> None:
    made = section_of(emptied(ALL[kind]()))
    outline = assert_whole(page.page([made], is_live=False))
    words = " ".join(outline.words)
    assert made.title in words
    assert made.pictures or made.missing or made.lead
    for missing in made.missing:
        assert missing.title in words
        assert len(missing.reason) > 8
        assert missing.reason in words
    assert not NO_NUMBER.search(words)


def test_a_profile_with_nothing_measured_has_no_picture_but_its_host_s() -> None:
    made = section_of(emptied(report_records.machine()))
    assert {one.name for one in made.pictures} <= {"topology"}
    assert len(made.missing) >= 5


@pytest.mark.parametrize("kind", ["machine", "explanation", "study", "lesson"])
def test_a_picture_of_hostile_words_is_a_whole_file(kind: str) -> None:
    made = section_of(changed(ALL[kind](), words=lambda _: ATTACK))
    for picture in made.pictures[:4]:
        drawn = render.file(picture, "svg", title=ATTACK)
        names = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()}  # noqa: S314 - ours
        assert "script" not in names
        assert render.file(picture, "png").startswith(b"\x89PNG")


def test_a_hand_made_picture_s_words_do_not_leave_their_attribute() -> None:
    spec = section_of(report_records.machine()).pictures[1].spec
    hostile = Picture("latency", ATTACK, spec, ATTACK, ATTACK)
    outline = assert_whole(
        page.page([Section(kind=ATTACK, title=ATTACK, lead=ATTACK, drawn=(hostile,), findings=(ATTACK,))])
    )
    (place,) = [one for one in outline.all("div") if "data-view" in one]
    assert (place["aria-label"] or "").replace("\ufffd", "\x00").startswith(ATTACK[:40])


# ── in a browser ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as started:
        yield started


def written(folder: Path, text: str) -> Path:
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


KINDS = ("machine", "explanation", "study", "lesson", "pythons")
# Every mark with a value under the pointer shows its tip, as if the pointer were there.
HOVER_OVER_ALL = """() => {
  let shown = 0;
  for (const mark of document.querySelectorAll(".view .role-mark path, .view .role-mark text, .view .role-mark line")) {
    const box = mark.getBoundingClientRect();
    const at = {bubbles: true, clientX: box.left + box.width / 2, clientY: box.top + box.height / 2};
    mark.dispatchEvent(new PointerEvent("pointerover", at));
    mark.dispatchEvent(new PointerEvent("pointermove", at));
    if (document.querySelector("#tip dd")) shown++;
  }
  return shown;
}"""


def test_hostile_words_do_nothing_in_a_browser_and_fit_a_telephone(chromium: Any, tmp_path: Path) -> None:
    made = [section_of(changed(ALL[kind](), words=lambda _: ATTACK)) for kind in KINDS]
    with opened(chromium, written(tmp_path, page.page(made, ATTACK)), width=400) as shown:
        assert shown.page.evaluate(HOVER_OVER_ALL) > 10
        assert shown.page.evaluate("window.hacked") is None
        assert shown.page.locator("img, iframe, script[src]").count() == 0
        assert shown.page.locator("script").count() <= 3
        assert shown.page.locator("[data-view]:not(.alive)").count() == 0
        assert not shown.is_wider_than_the_screen
        assert [line for line in shown.said if not line.startswith(("log:", "debug:"))] == []
        assert [address for address in shown.asked if not address.startswith(("file:", "blob:", "data:"))] == []


def test_very_long_words_fit_a_telephone(chromium: Any, tmp_path: Path) -> None:
    made = [section_of(changed(ALL[kind](), words=lambda _: LONG)) for kind in KINDS]
    with opened(chromium, written(tmp_path, page.page(made, LONG)), width=400) as shown:
        assert not shown.is_wider_than_the_screen
        assert shown.page.locator("[data-view]:not(.alive)").count() == 0
        narrow = shown.page.evaluate(
            """() => [...document.querySelectorAll(".view svg")].filter((svg) => svg.getBoundingClientRect().width < 100)
                 .map((svg) => svg.closest("[data-view]").dataset.view)"""
        )
        assert narrow == []
        assert [text["place"] for text in shown.page.evaluate(PICTURE_TEXTS) if text["pixels"] < 6] == []
        assert [line for line in shown.said if not line.startswith(("log:", "debug:"))] == []


def test_absurd_numbers_leave_no_trace_in_a_browser(chromium: Any, tmp_path: Path) -> None:
    made = [section_of(changed(ALL[kind](), numbers=mixed())) for kind in KINDS]
    with opened(chromium, written(tmp_path, page.page(made)), width=400) as shown:
        shown.page.evaluate(HOVER_OVER_ALL)
        assert not NO_NUMBER.search(shown.page.locator("body").inner_text())
        places = shown.page.evaluate(
            """(names) => [...document.querySelectorAll(".view svg *")].flatMap((one) => names.map((name) => one.getAttribute(name)))
                 .filter((value) => value && /NaN|Infinity|undefined|null/.test(value))""",
            sorted(PLACES),
        )
        assert places == []
        assert not shown.is_wider_than_the_screen
        assert [line for line in shown.said if not line.startswith(("log:", "debug:"))] == []
