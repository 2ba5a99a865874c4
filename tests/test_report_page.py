"""The page as a file: it stands alone, holds what it needs, is small, and is readable with no script."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
import report_records

from hwbench.show.report import looks, machine, page, picture, render
from hwbench.show.report.picture import Missing, Section, Slider, Table

MACHINE = report_records.machine()
ADDRESS = re.compile(r"(?:https?:|ftp:|wss?:)?//[a-z0-9-]+\.[a-z]{2,}[^\"]*", re.IGNORECASE)


class Outline(HTMLParser):
    """A page as its elements: tag and attributes, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.raw.get(self._inside, self.words).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def unpacked(text: str) -> dict[str, Any]:
    """Return what is packed in a page: Vega's code and the pictures."""
    (packed,) = re.findall(r'<script id="views"[^>]*>([^<]*)</script>', text)
    whole: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed, validate=False)))
    return whole


@pytest.fixture(scope="module")
def section() -> Section:
    return machine.section(MACHINE)


@pytest.fixture(scope="module")
def whole(section: Section) -> str:
    return page.page([section], "A machine")


def test_it_names_no_address_not_even_packed(whole: str) -> None:
    assert ADDRESS.findall(whole) == []
    schema = "https://vega.github.io/schema/vega/v6.json"  # a name, which nothing asks for
    assert set(ADDRESS.findall(json.dumps(unpacked(whole)["views"]))) <= {schema}


def test_its_policy_lets_nothing_in(whole: str) -> None:
    (policy,) = [meta["content"] for meta in Outline(whole).all("meta") if meta.get("http-equiv")]
    rules = dict(rule.split(maxsplit=1) for rule in str(policy).split("; "))
    assert rules.pop("default-src") == "'none'"
    assert not re.search(r"https?:|\*|'self'", " ".join(rules.values()))


def test_it_refers_to_no_other_file(whole: str) -> None:
    outline = Outline(whole)
    for tag, attributes in outline.elements:
        assert tag not in {"link", "iframe", "object", "embed", "img", "base"}
        for name in {"src", "href", "xlink:href", "action", "srcset", "data"} & attributes.keys():
            assert str(attributes[name]).startswith("#"), (tag, attributes)
    assert not re.search(r"@import|url\((?!#|['\"]?#)", outline.raw["style"][0])


def test_each_name_in_it_is_there_once_and_what_is_referred_to_exists(whole: str) -> None:
    outline = Outline(whole)
    names = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(set(names)) == len(names)
    for _, attributes in outline.elements:
        for key in {"aria-labelledby", "data-view", "data-for"} & attributes.keys():
            assert attributes[key] in names


def test_the_same_picture_of_two_records_has_two_names(section: Section) -> None:
    alone = dataclasses.replace(section, drawn=section.pictures[1:2])
    twice = Outline(page.page([alone, alone]))
    assert [one["data-view"] for one in twice.all("div") if "data-view" in one] == ["s1-latency", "s2-latency"]


def test_the_packed_code_holds_vega_and_each_picture_compiled(whole: str, section: Section) -> None:
    packed = unpacked(whole)
    assert "window.vega" in packed["runtime"]
    assert "</script" not in base64.b64encode(gzip.compress(packed["runtime"].encode())).decode()
    assert list(packed["views"]) == [f"s1-{one.name}" for one in section.pictures]
    assert all("/vega/v" in view["$schema"] for view in packed["views"].values())


def test_the_page_of_a_whole_machine_is_under_1_2_megabytes(whole: str) -> None:
    typical = page.page([machine.section(report_records.machine(steps=61))])
    assert len(whole.encode()) <= len(typical.encode()) < 1_200_000


def test_where_there_is_no_picture_there_is_no_script() -> None:
    bare = Section(kind="machine", title="Nothing", drawn=(Missing("Latency", "it was not measured"),))
    text = page.page([bare])
    assert "<script" not in text
    assert "it was not measured" in text
    assert len(text) < 20_000


def test_a_still_page_has_drawings_and_no_script_nor_anything_to_press(section: Section) -> None:
    few = dataclasses.replace(section, drawn=section.pictures[:2])
    still = Outline(page.page([few], is_live=False))
    assert still.all("script") == []
    assert len([one for one in still.all("div") if one.get("data-view")]) == 2
    assert len(still.all("svg")) >= 2
    assert all("hidden" in form for form in still.all("form"))


def test_what_the_record_says_is_in_the_page_as_text(whole: str, section: Section) -> None:
    words = " ".join(Outline(whole).words)
    for said in (*MACHINE.findings, *(one.title for one in section.pictures), "Toy CPU 2"):
        assert said in words
    for one in section.pictures:
        assert one.table is not None, one.name
        assert one.table.rows[0][0] in words


def test_the_values_of_a_picture_are_in_its_table_within_the_page(whole: str) -> None:
    point = MACHINE.curves["latency_base"][3]
    assert f"{point['ns']:.3g} ns" in whole
    assert re.search(r"<summary>[^<]*Load latency by footprint", whole)


def test_rows_that_matter_are_marked_by_more_than_colour() -> None:
    marked = Table(
        headers=("name", "value"), rows=[("one", "1"), ("two", "2")], marked=frozenset({1}), mark="two is odd"
    )
    text = page.page([Section(kind="x", title="T", tables=(marked,))])
    outline = Outline(text)
    assert [row.get("class") for row in outline.all("tr")] == [None, None, "marked"]
    assert "two is odd" in text


def test_each_colour_of_a_picture_is_one_that_the_page_knows_in_light_and_dark(whole: str) -> None:
    style = Outline(whole).raw["style"][0]
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", whole))
    assert used <= set(looks.LIGHT) == set(looks.DARK)
    for name in used:
        assert len(re.findall(rf"--{name}:", style)) >= 2, f"{name} has no dark twin in the page"


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours' luminances, as WCAG 2 has it (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [looks.LIGHT, looks.DARK], ids=["light", "dark"])
def test_colours_stand_out_from_their_ground(colours: dict[str, str]) -> None:
    for name in ("ink", "muted", "link"):
        for ground in ("surface", "page"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert contrast(colours["warn"], colours["warn-ground"]) >= 4.5
    assert contrast(colours["ink"], colours["warn-ground"]) >= 4.5
    for name in ("c1", "c2", "c3", "c4", "c5", "c6", "worse", "better", "left", "total"):
        assert contrast(colours[name], colours["surface"]) >= 3, name


def test_a_slider_is_hidden_until_its_script_runs(section: Section) -> None:
    spec = section.pictures[0].spec
    slid = picture.Picture("x", "X", spec, "One.", sliders=(Slider("turn", "angle", 0, 90, 1, 30, "°"),))
    text = page.page([Section(kind="x", title="T", drawn=(slid,))])
    assert re.search(r'<div class="sliders[^"]*" hidden>', text)
    (control,) = Outline(text).all("input")
    assert (control["data-signal"], control["min"], control["max"], control["value"]) == ("turn", "0", "90", "30")


def test_pictures_as_files_are_whole_titled_and_in_fixed_colours(section: Section) -> None:
    first = section.pictures[0]
    drawn = render.file(first, "svg").decode()
    assert first.title in drawn
    assert "var(--" not in drawn
    assert render.file(first, "png").startswith(b"\x89PNG\r\n")
    assert render.file(first, "pdf").startswith(b"%PDF")
