"""The page in a real browser: it opens in silence, asks for nothing, every picture is there and answers, on any screen, for anyone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import explanations
import pytest
import report_records
from browser import FAINT_TEXTS, PICTURE_TEXTS, Opened, cut_off, launched, opened, overlaps, violations

from hwbench.show.report import looks, page, sections
from hwbench.show.report.picture import Missing, Picture, Section, Slider, Table, Tick, WhatIf
from hwbench.units import format_bytes, format_interval, significant

MACHINE = report_records.machine()
LIST = explanations.shuffled_list()
LEAST_PIXELS = 9.0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as started:
        yield started


@pytest.fixture(scope="module")
def report() -> list[Section]:
    """A record of each kind, as sections."""
    records = [MACHINE, LIST, explanations.quadratic(), report_records.study(), report_records.lesson()]
    return sections.sections_of(records)


@pytest.fixture(scope="module")
def report_file(report: list[Section], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("report"), page.page(report, "One of each"))


@pytest.fixture(scope="module")
def wide(chromium: Any, report_file: Path) -> Iterator[Opened]:
    """The report in a wide window; whoever changes it puts it back."""
    with opened(chromium, report_file) as shown:
        yield shown


@pytest.fixture(scope="module")
def narrow(chromium: Any, report_file: Path) -> Iterator[Opened]:
    """The report on a telephone."""
    with opened(chromium, report_file, width=400, has_touch=True, device_scale_factor=2) as shown:
        yield shown


@pytest.fixture(scope="module")
def toy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("toy"), page.page([toys()], "Toys"))


def written(folder: Path, text: str) -> Path:
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


def toys() -> Section:
    """Three pictures made by hand: boxes to tick, a slider, and one with values under the pointer and a table."""
    rows = [{"cause": "cache", "seconds": 3.0}, {"cause": "tlb", "seconds": 1.5}, {"cause": "branch", "seconds": 1.0}]
    bars = alt.Chart(looks.data(rows)).mark_bar()
    y, x = alt.Y("cause:N", title="cause"), alt.X("seconds:Q", title="time, s")
    ticked = bars.encode(y=y, x=x).add_params(alt.param(name="without", value=[]))
    ticked = ticked.transform_filter("indexof(without, datum.cause) < 0")
    turned = alt.Chart(looks.data(rows)).mark_point().encode(y=y, x=alt.X("moved:Q", title="time, s"))
    turned = turned.add_params(alt.param(name="turn", value=1)).transform_calculate(moved="datum.seconds * turn")
    told = [{**row, "text": f"{row['seconds']} s (of 9)"} for row in rows]
    asked = alt.Chart(looks.data(told)).mark_bar().encode(y=y, x=x, tooltip=looks.tips(cause="cause", text="time"))
    slider = Slider(signal="turn", label="times", least=1, most=10, step=1, value=1, unit="×")
    boxes = WhatIf(seconds=3.0, against=0.5, ticks=(Tick("cache", 0.5, "counted"), Tick("tlb", 0.8)))
    values = Table(headers=("cause", "time"), rows=[(row["cause"], row["text"]) for row in told], right=frozenset({1}))
    return Section(
        kind="toy",
        title="Three toys",
        drawn=(
            Picture("ticked", "Boxes", looks.finished(ticked, 120), "Three bars.", what_if=boxes),
            Picture("turned", "A slider", looks.finished(turned, 120), "Three points.", sliders=(slider,)),
            Picture("asked", "Values", looks.finished(asked, 120), "Three bars again.", "Longer is slower.", values),
            Missing("A mountain", "it was not measured"),
        ),
        findings=("something to know",),
    )


def pictures_of(report: list[Section]) -> dict[str, Picture]:
    return {f"s{number}-{one.name}": one for number, section in enumerate(report, 1) for one in section.pictures}


def drawing(shown: Opened, name: str) -> list[str]:
    """Return what is drawn of a picture now, in any order."""
    parts = shown.page.locator(f'[data-view="{name}"] .view svg *:not(g)')
    return sorted(
        parts.evaluate_all(
            "(all) => all.map((one) => one.outerHTML + (one.parentElement.getAttribute('transform') || ''))"
        )
    )


# ── it opens, alone and in silence ────────────────────────────────────────────────────────────────────────────────────


def test_it_opens_without_a_warning_or_an_error(wide: Opened, narrow: Opened) -> None:
    assert [line for line in (*wide.said, *narrow.said) if not line.startswith(("log:", "debug:"))] == []


def test_it_asks_for_nothing_but_itself(wide: Opened, narrow: Opened, report_file: Path) -> None:
    asked = [address for address in (*wide.asked, *narrow.asked) if not address.startswith(("data:", "blob:"))]
    assert asked == [report_file.as_uri()] * 2


def test_a_fetch_is_refused_by_the_page_itself(wide: Opened) -> None:
    blocked = wide.page.evaluate(
        """async () => {
          const refused = new Promise((done) => addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective)));
          fetch("https://example.org/").catch(() => 0);
          return Promise.race([refused, new Promise((done) => setTimeout(done, 3000, "nothing"))]);
        }"""
    )
    wide.said.clear()  # the browser complains of what this test did
    assert blocked == "connect-src"


def test_every_picture_is_there_once_and_alive(wide: Opened, narrow: Opened, report: list[Section]) -> None:
    for shown in (wide, narrow):
        seen = shown.page.evaluate(
            """() => [...document.querySelectorAll("[data-view]")].map((place) => {
              const boxes = [...place.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect());
              const shown = boxes.filter((box) => box.width > 100 && box.height > 40);
              return [place.dataset.view, place.classList.contains("alive"), shown.length];
            })"""
        )
        assert seen == [[name, True, 1] for name in pictures_of(report)]


def test_all_kinds_of_records_are_drawn(report: list[Section]) -> None:
    assert [section.kind for section in report] == ["machine", "explanation", "explanation", "study", "lesson"]
    assert all(section.pictures for section in report)
    assert [one.title for one in report[0].missing] == []


# ── axes, units, legends ──────────────────────────────────────────────────────────────────────────────────────────────


def titles(spec: Any, kind: str) -> Iterator[str]:
    """Yield the titles of all axes or legends of a Vega specification that are plain text."""
    if isinstance(spec, dict):
        for one in spec.get(kind) or ():
            if isinstance(one, dict) and isinstance(one.get("title"), str) and one["title"]:
                yield one["title"]
        for value in spec.values():
            yield from titles(value, kind)
    elif isinstance(spec, list):
        for value in spec:
            yield from titles(value, kind)


def test_what_a_picture_says_of_its_axes_and_legends_is_seen(wide: Opened, report: list[Section]) -> None:
    from hwbench.show.report import render

    for name, picture in pictures_of(report).items():
        seen = " ".join(wide.texts(f'[data-view="{name}"] .view text'))
        spec = render.vega(picture)
        for title in {*titles(spec, "axes"), *titles(spec, "legends")}:
            assert title in seen, f"{name}: {title!r} is not seen"


def test_the_latency_curve_has_titles_units_a_legend_and_its_levels(wide: Opened) -> None:
    texts = wide.texts('[data-view="s1-latency"] .view text')
    assert {"footprint", "time of a load", "base pages", "huge pages"} <= set(texts)
    assert {text.split()[-1] for text in texts if re.fullmatch(r"[\d.]+ \S+", text)} >= {"KiB", "MiB", "ns"}
    assert any(text.startswith("L1 32 KiB") for text in texts)


# ── values under the pointer ──────────────────────────────────────────────────────────────────────────────────────────


def marks(shown: Opened, name: str, selector: str) -> list[dict[str, float]]:
    """Return the middles of a picture's marks on the screen, from left to right."""
    shown.page.locator(f'[data-view="{name}"]').scroll_into_view_if_needed()
    found = shown.page.locator(f'[data-view="{name}"] .view {selector}').evaluate_all(
        """(all) => all.map((one) => one.getBoundingClientRect()).filter((box) => box.width)
             .map((box) => ({x: box.left + box.width / 2, y: box.top + box.height / 2}))"""
    )
    return sorted(found, key=lambda one: (one["x"], one["y"]))


def told(shown: Opened) -> dict[str, str]:
    """Return what the tip says, if it is seen."""
    if not shown.page.locator("#tip").is_visible():
        return {}
    return dict(zip(shown.texts("#tip dt"), shown.texts("#tip dd"), strict=True))


def test_hovering_over_a_point_gives_the_value_of_the_record(wide: Opened) -> None:
    last = MACHINE.curves["latency_base"][-1]
    point = marks(wide, "s1-latency", ".mark-symbol.role-mark path")[
        -2:
    ]  # both curves end there; the dearer one is higher
    dearest = min(point, key=lambda one: one["y"])
    assert last["ns"] >= MACHINE.curves["latency_huge"][-1]["ns"]
    wide.page.mouse.move(dearest["x"], dearest["y"])
    assert told(wide) == {
        "curve": "base pages",
        "footprint": format_bytes(last["bytes"]),
        "time of a load": format_interval(last["ns"], last["low"], last["high"], "ns"),
        "core cycles": f"{last['cycles']:.3g}",
    }
    box = wide.page.locator("#tip").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1000
    wide.page.mouse.move(5, 5)
    assert told(wide) == {}


def test_on_a_telephone_touching_a_bar_gives_its_value(chromium: Any, toy_file: Path) -> None:
    with opened(chromium, toy_file, width=400, has_touch=True, is_mobile=True) as shown:
        bars = marks(shown, "s1-asked", ".mark-rect.role-mark path")
        shown.page.touchscreen.tap(min(bars, key=lambda one: one["y"])["x"], min(bars, key=lambda one: one["y"])["y"])
        assert told(shown) == {"cause": "branch", "time": "1.0 s (of 9)"}
        box = shown.page.locator("#tip").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 400


# ── what-if, sliders ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_ticked_causes_save_adds_up_and_redraws_and_unticking_restores_both(
    chromium: Any, toy_file: Path
) -> None:
    with opened(chromium, toy_file) as shown:
        total = shown.page.locator(".what-if output")
        assert total.text_content() == "3 s (6 times as long as A)"
        usual = drawing(shown, "s1-ticked")
        boxes = shown.page.locator(".what-if input")
        boxes.nth(0).check()
        assert total.text_content() == "1.5 s (3 times as long as A)"
        wait_for_bars(shown, 2)
        boxes.nth(1).check()
        assert total.text_content() == "900 ms (1.8 times as long as A)"
        wait_for_bars(shown, 1)
        for number in range(2):
            boxes.nth(number).uncheck()
        assert total.text_content() == "3 s (6 times as long as A)"
        wait_for_bars(shown, 3)
        assert drawing(shown, "s1-ticked") == usual


def wait_for_bars(shown: Opened, count: int) -> None:
    bars = "document.querySelectorAll('[data-view=s1-ticked] .view .mark-rect path').length"
    shown.page.wait_for_function(f"{bars} === {count}")


def test_without_its_main_cause_the_explained_program_takes_what_the_record_foretells(wide: Opened) -> None:
    assert LIST.b.seconds is not None
    form = wide.page.locator("#s2 form.what-if").first
    name = form.get_attribute("data-for")
    assert name is not None
    usual, before = drawing(wide, name), form.locator("output").text_content()
    assert before is not None
    assert before.startswith(in_milliseconds(LIST.b.seconds.value))
    box = form.get_by_role("checkbox", name=re.compile("cache", re.IGNORECASE)).first
    box.check()
    wide.page.wait_for_function(f"document.querySelector('[data-for={name}] output').textContent !== {before!r}")
    after = form.locator("output").text_content()
    assert after is not None
    assert after.startswith(in_milliseconds(LIST.causes[0].counterfactual_s))
    assert drawing(wide, name) != usual
    box.uncheck()
    wide.page.wait_for_function(f"document.querySelector('[data-for={name}] output').textContent === {before!r}")
    assert drawing(wide, name) == usual


def in_milliseconds(seconds: float) -> str:
    return f"{significant(seconds * 1e3)} ms"


def test_a_slider_moves_the_drawing_and_says_where_it_stands(chromium: Any, toy_file: Path) -> None:
    with opened(chromium, toy_file) as shown:
        usual = drawing(shown, "s1-turned")
        slider = shown.page.get_by_role("slider", name=re.compile("times"))
        slider.focus()
        shown.page.keyboard.press("ArrowRight")
        assert shown.texts("label:has(input[type=range]) output") == ["2×"]
        shown.page.wait_for_timeout(100)
        moved = drawing(shown, "s1-turned")
        assert moved != usual
        shown.page.keyboard.press("ArrowLeft")
        shown.page.wait_for_timeout(100)
        assert drawing(shown, "s1-turned") == usual


def test_the_mountain_turns_with_its_sliders(wide: Opened) -> None:
    sliders = wide.page.locator("#s1 input[type=range]")
    assert sliders.count() >= 1
    for number in range(sliders.count()):
        slider = sliders.nth(number)
        name, value = slider.get_attribute("data-for"), slider.input_value()
        assert name is not None
        usual = drawing(wide, name)
        slider.focus()
        wide.page.keyboard.press("ArrowRight")
        wide.page.wait_for_timeout(150)
        assert drawing(wide, name) != usual
        wide.page.keyboard.press("ArrowLeft")
        wide.page.wait_for_timeout(150)
        assert slider.input_value() == value
        assert drawing(wide, name) == usual


# ── light, dark, narrow, wide ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def dark(wide: Opened) -> Iterator[Opened]:
    """The report in the dark."""
    wide.page.emulate_media(color_scheme="dark")
    yield wide
    wide.page.emulate_media(color_scheme="light")


def ground(shown: Opened) -> str:
    return str(shown.page.evaluate("getComputedStyle(document.querySelector('figure')).backgroundColor"))


def test_it_is_light_or_dark_as_the_system_is(wide: Opened) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        wide.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        seen[scheme] = sum(map(int, re.findall(r"\d+", ground(wide))[:3]))
    wide.page.emulate_media(color_scheme="light")
    assert seen["light"] > 600
    assert seen["dark"] < 150


def test_text_in_pictures_stands_out_from_what_is_beneath_it_in_the_light(wide: Opened) -> None:
    assert wide.page.evaluate(FAINT_TEXTS) == []


def test_text_in_pictures_stands_out_from_what_is_beneath_it_in_the_dark(dark: Opened) -> None:
    assert dark.page.evaluate(FAINT_TEXTS) == []


def assert_fits(shown: Opened) -> list[dict[str, Any]]:
    assert not shown.is_wider_than_the_screen
    wider = shown.page.evaluate(
        """() => [...document.querySelectorAll("[data-view]")].filter((place) => [...place.querySelectorAll("svg")]
             .some((svg) => svg.getBoundingClientRect().width > place.clientWidth + 1)).map((place) => place.dataset.view)"""
    )
    assert wider == []
    texts = shown.page.evaluate(PICTURE_TEXTS)
    small = [(text["place"], text["text"], text["pixels"]) for text in texts if text["pixels"] < LEAST_PIXELS]
    assert small == []
    return list(texts)


def assert_legible(shown: Opened) -> None:
    texts = assert_fits(shown)
    assert overlaps(texts) == []
    assert cut_off(texts) == []


def test_all_fits_a_wide_screen_and_no_label_runs_into_another(wide: Opened) -> None:
    assert_legible(wide)


def test_all_fits_a_telephone_and_no_label_runs_into_another(narrow: Opened) -> None:
    assert_legible(narrow)


def test_all_fits_a_very_narrow_screen_and_pictures_follow_the_window(chromium: Any, report_file: Path) -> None:
    with opened(chromium, report_file, width=700) as shown:
        shown.page.set_viewport_size({"width": 340, "height": 900})
        shown.page.wait_for_timeout(600)
        assert_fits(shown)
        widths = [
            shown.number("document.querySelector('[data-view=s1-latency] .view svg').getBoundingClientRect().width")
        ]
        for width in (600, 900):
            shown.page.set_viewport_size({"width": width, "height": 900})
            shown.page.wait_for_timeout(400)
            place = shown.number("document.querySelector('[data-view=s1-latency]').clientWidth")
            widths.append(
                shown.number("document.querySelector('[data-view=s1-latency] .view svg').getBoundingClientRect().width")
            )
            assert abs(widths[-1] - place) <= 2
        assert all(after > before for before, after in pairwise(widths))


# ── without its script, on paper ──────────────────────────────────────────────────────────────────────────────────────


def test_without_scripts_the_drawings_and_tables_are_there_and_nothing_that_does_nothing(
    chromium: Any, report_file: Path, report: list[Section]
) -> None:
    for width in (1000, 400):
        with opened(chromium, report_file, width=width, scripts=False) as shown:
            page_ = shown.page
            for name in pictures_of(report):
                assert page_.locator(f'[data-view="{name}"] svg:visible').count() == 1, name
            assert page_.locator("input:visible, button:visible, form:visible, output:visible").count() == 0
            assert not shown.is_wider_than_the_screen
            summary = page_.locator("#s1-latency summary").first
            summary.focus()
            page_.keyboard.press("Enter")
            assert page_.locator("#s1-latency table").first.is_visible()


def test_paper_is_white_has_no_navigation_and_all_pictures(
    chromium: Any, report_file: Path, report: list[Section]
) -> None:
    with opened(chromium, report_file, color_scheme="dark") as shown:
        shown.page.emulate_media(media="print")
        assert sum(map(int, re.findall(r"\d+", ground(shown))[:3])) == 3 * 255
        assert shown.page.locator("nav:visible, .what-if:visible, .sliders:visible, .skip:visible").count() == 0
        assert shown.page.locator("[data-view] svg:visible").count() == len(pictures_of(report))
        printed = shown.page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= len(pictures_of(report)) / 4


def test_a_page_that_is_printed_before_it_is_scrolled_has_all_pictures(chromium: Any, report_file: Path) -> None:
    context = chromium.new_context(viewport={"width": 1000, "height": 300}, offline=True)
    try:
        page_ = context.new_page()
        page_.goto(report_file.as_uri())
        page_.wait_for_function("document.documentElement.dataset.ready === 'yes'")
        page_.evaluate("dispatchEvent(new Event('beforeprint'))")
        page_.wait_for_function("!document.querySelector('[data-view]:not(.alive)')", timeout=20_000)
    finally:
        context.close()


# ── for everyone ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_keyboard_reaches_the_report_its_tables_and_its_boxes(chromium: Any, toy_file: Path) -> None:
    with opened(chromium, toy_file) as shown:
        page_ = shown.page
        page_.keyboard.press("Tab")
        assert page_.evaluate("document.activeElement.textContent") == "Skip to the report"
        box = page_.locator(".skip").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        page_.keyboard.press("Enter")
        assert page_.evaluate("document.activeElement.id") == "main"
        reached = []
        for _ in range(6):
            page_.keyboard.press("Tab")
            reached.append(
                page_.evaluate("document.activeElement.type || document.activeElement.tagName.toLowerCase()")
            )
            if reached[-1] == "checkbox" and len(reached) == 1:
                page_.keyboard.press("Space")
                assert page_.locator(".what-if output").text_content() == "1.5 s (3 times as long as A)"
            if reached[-1] == "summary":
                page_.keyboard.press("Enter")
                assert page_.locator("details[open] table").is_visible()
                break
        assert reached == ["checkbox", "checkbox", "range", "summary"]


def test_whoever_wants_no_motion_gets_none(chromium: Any, toy_file: Path) -> None:
    for wish, scrolls in (("no-preference", "smooth"), ("reduce", "auto")):
        with opened(chromium, toy_file, reduced_motion=wish) as shown:
            assert shown.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == scrolls


def test_landmarks_and_headings_are_in_order(wide: Opened) -> None:
    assert [wide.page.locator(name).count() for name in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    levels = wide.page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_link_of_the_contents_leads_somewhere(wide: Opened) -> None:
    lost = wide.page.evaluate(
        "[...document.querySelectorAll('a')].map((a) => a.getAttribute('href')).filter((to) => !document.querySelector(to))"
    )
    assert lost == []


def test_each_picture_has_words_for_those_who_do_not_see_it(wide: Opened, report: list[Section]) -> None:
    for name, picture in pictures_of(report).items():
        image = wide.page.locator(f'[data-view="{name}"]')
        assert image.get_attribute("role") == "img"
        assert image.get_attribute("aria-label") == picture.alternative
        assert re.search(r"\d", picture.alternative), f"{name} says no figure"


def test_axe_finds_nothing_on_a_wide_screen(wide: Opened) -> None:
    assert violations(wide.page) == []


def test_axe_finds_nothing_in_the_dark(dark: Opened) -> None:
    assert violations(dark.page) == []


def test_axe_finds_nothing_on_a_telephone_with_all_tables_open(narrow: Opened) -> None:
    narrow.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(narrow.page) == []
    assert not narrow.is_wider_than_the_screen
    narrow.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
    narrow.page.emulate_media(color_scheme="dark")
    assert violations(narrow.page) == []
    narrow.page.emulate_media(color_scheme="light")


def test_axe_finds_nothing_on_a_page_without_scripts_or_pictures(chromium: Any, tmp_path: Path) -> None:
    bare = Section(kind="machine", title="Nothing", lead="Nothing was measured.", drawn=(Missing("All", "no curve"),))
    with opened(chromium, written(tmp_path, page.page([bare]))) as shown:
        assert violations(shown.page) == []
        assert shown.page.locator("script").count() == 0
