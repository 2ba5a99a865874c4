"""A real browser for tests of pages: Debian's chromium or its like, without a window, driven by Playwright.

Where there is none the tests are skipped and say what to install; `.ci/run` installs it where it may. The context is offline, and
every request, console message and error is kept, so that a test can say that there was none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
WAIT = 20_000  # milliseconds: for a machine that does other things too

# Shows every picture in turn, and waits until all are drawn by the page's own code.
BRING_TO_LIFE = """async () => {
  const later = (ms) => new Promise((done) => setTimeout(done, ms));
  for (const place of document.querySelectorAll("[data-view]")) {
    place.scrollIntoView({behavior: "instant", block: "center"});
    for (let tries = 0; tries < 400 && !place.classList.contains("alive"); tries++) await later(10);
  }
  scrollTo({top: 0, behavior: "instant"});
  await later(50);
}"""


@dataclass
class Opened:
    """A page as the browser shows it, with what it said on its console, its errors, and what it asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def number(self, script: str) -> float:
        """Return the number that a script gives."""
        return float(self.page.evaluate(script))

    def texts(self, selector: str) -> list[str]:
        """Return the text of all elements that a selector finds."""
        return [text.strip() for text in self.page.locator(selector).all_text_contents()]

    @property
    def is_wider_than_the_screen(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def executable() -> str:
    """Return the browser's path, or skip the test."""
    named = os.environ.get("HWBENCH_BROWSER")
    found = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if found is None:
        pytest.skip(f"no {named or 'browser'} here: sudo apt-get install chromium, or name one in HWBENCH_BROWSER")
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser, or skip the test: one for a file of tests, so that none runs beside tests of other things."""
    driver = pytest.importorskip(
        "playwright.sync_api", reason="no playwright here: pip install 'hwbench-toolkit[test]'"
    )
    path = executable()
    with driver.sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=60_000)
        except driver.Error as error:
            pytest.skip(f"{path} does not start: {str(error).splitlines()[0]}")
        yield started
        started.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1000, scripts: bool = True, **options: Any
) -> Iterator[Opened]:
    """Open a file in a window of its own, with all its pictures drawn; `options` are those of Playwright's contexts."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, offline=True, java_script_enabled=scripts, **options
    )
    context.set_default_timeout(WAIT)
    page = context.new_page()
    shown = Opened(page)
    page.on("console", lambda message: shown.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: shown.said.append(f"error: {error}"))
    page.on("request", lambda request: shown.asked.append(request.url))
    try:
        page.goto(path.as_uri())
        if scripts and page.locator("#views").count():
            page.wait_for_function("document.documentElement.dataset.ready === 'yes'")
            page.evaluate(BRING_TO_LIFE)
        yield shown
    finally:
        context.close()


# ── what to ask of a page ─────────────────────────────────────────────────────────────────────────────────────────────

# The texts of the pictures as they are seen: what they say, how large, where, and whether they leave their picture.
PICTURE_TEXTS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll(".picture svg")) {
    const whole = svg.getBoundingClientRect();
    if (!whole.width) continue;
    const place = svg.closest("[data-view]").dataset.view;
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      const style = getComputedStyle(text);
      if (!text.textContent.trim() || !box.width || style.opacity === "0" || style.visibility === "hidden") continue;
      const matrix = text.getScreenCTM();
      const turned = Math.abs(matrix.b) > 1e-3 * Math.hypot(matrix.a, matrix.b);
      const scale = Math.hypot(matrix.a, matrix.b);
      found.push({place, text: text.textContent, pixels: parseFloat(style.fontSize) * scale, turned,
        left: box.left - whole.left, right: box.right - whole.left, top: box.top - whole.top, bottom: box.bottom - whole.top,
        width: whole.width, height: whole.height});
    }
  }
  return found;
}"""

# Texts of the pictures that stand out too little from what lies beneath them: [picture, text, left, top, contrast under 4.5].
FAINT_TEXTS = """() => {
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = ".picture * { pointer-events: all !important; }";
  const channels = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((one) => one / 255);
  };
  const luminance = ([r, g, b]) => {
    const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const over = (top, bottom, alpha) => top.slice(0, 3).map((one, i) => one * alpha + bottom[i] * (1 - alpha));
  const opacity = (element, name) => {
    let all = parseFloat(getComputedStyle(element)[name]);
    for (let one = element; one && one.tagName !== "svg"; one = one.parentElement) all *= parseFloat(getComputedStyle(one).opacity);
    return all;
  };
  const best = new Map(); // of a text that is written twice, for its halo, the upper one counts
  for (const place of document.querySelectorAll("[data-view]")) {
    place.scrollIntoView({behavior: "instant", block: "center"});
    const ground = channels(getComputedStyle(place.closest("figure")).backgroundColor);
    for (const text of place.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (!text.textContent.trim() || !box.width || getComputedStyle(text).opacity === "0") continue;
      const stack = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      const beneath = stack.slice(stack.indexOf(text) + 1)
        .filter((one) => one.closest("[data-view] svg") && !["svg", "g", "text", "tspan", "line"].includes(one.tagName));
      let behind = ground;
      for (const one of beneath.reverse()) {
        const paint = getComputedStyle(one).fill;
        if (paint === "none" || paint.startsWith("url")) continue;
        const colour = channels(paint);
        behind = over(colour, behind, colour[3] * opacity(one, "fillOpacity"));
      }
      const paint = channels(getComputedStyle(text).fill);
      const front = over(paint, behind, paint[3] * opacity(text, "fillOpacity"));
      const [low, high] = [luminance(front), luminance(behind)].sort((a, b) => a - b);
      const ratio = (high + 0.05) / (low + 0.05);
      const key = JSON.stringify([place.dataset.view, text.textContent, Math.round(box.left), Math.round(box.top)]);
      best.set(key, Math.max(best.get(key) || 0, ratio));
    }
  }
  style.remove();
  return [...best].filter(([, ratio]) => ratio < 4.5).map(([key, ratio]) => [...JSON.parse(key), Math.round(ratio * 100) / 100]);
}"""


def overlaps(texts: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the pairs of level texts of a picture that run into each other: (picture, one, other)."""
    level = list({_key(text): text for text in texts if not text["turned"]}.values())
    return [
        (one["place"], one["text"], other["text"])
        for number, one in enumerate(level)
        for other in level[number + 1 :]
        if one["place"] == other["place"] and _shared(one, other, "left", "right") > 1 and _shared(one, other, "top", "bottom") > 4
    ]  # fmt: skip


def _key(text: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a text and the halo that is written under it have in common."""
    return (text["place"], text["text"], round(text["left"]), round(text["top"]))


def _shared(one: dict[str, Any], other: dict[str, Any], begin: str, end: str) -> float:
    return float(min(one[end], other[end]) - max(one[begin], other[begin]))


def cut_off(texts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the texts that reach out of their picture by more than two pixels: (picture, text)."""
    return [
        (text["place"], text["text"])
        for text in texts
        if text["left"] < -2 or text["top"] < -2 or text["right"] > text["width"] + 2 or text["bottom"] > text["height"] + 2
    ]  # fmt: skip


def violations(page: Page) -> list[str]:
    """Return what axe has to say against a page, all its rules asked: a line a rule, with the places."""
    checker = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="no axe here: pip install axe-playwright-python"
    )
    found = checker.Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: "
        + "; ".join(
            f"{' '.join(map(str, node['target']))} → {node['html'][:120]} [{_why(node)}]" for node in rule["nodes"][:5]
        )
        + (f" … and {len(rule['nodes']) - 5} more" if len(rule["nodes"]) > 5 else "")
        for rule in found
    ]


def _why(node: dict[str, Any]) -> str:
    return " ".join(str(node.get("failureSummary", "")).split())[:200]
