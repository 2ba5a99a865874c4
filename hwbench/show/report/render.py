"""Pictures made: Vega-Lite becomes Vega, Vega becomes SVG, PNG or PDF; and Vega's own code for a page that stands alone.

All by vl-convert, which holds Vega and runs it without a browser, without Node and without a network. Source:
https://github.com/vega/vl-convert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast

import vl_convert

from hwbench.show.report.looks import LIGHT
from hwbench.show.report.picture import Picture, Spec

VARIABLE: Final = re.compile(r"var\(--([a-z0-9-]+)\)")
TAG: Final = re.compile(r"<[^>]*>")
NEEDLESS: Final = re.compile(
    r' (?:xmlns(?::xlink)?|version|role|aria-[a-z]+|pointer-events|font-family)="[^"]*"| (?:fill-|stroke-)?opacity="1"'
)
EMPTY: Final = re.compile(r'<path [^>]*d="(?:M0,0h0v0h0Z)?"[^>]*/>')
DECIMALS: Final = re.compile(r"(\.\d\d)\d+")
IDENTIFIERS: Final = re.compile(r'(id="|url\(#|href="#)((?:gradient_|clip)\d+)')
HATCH: Final = (
    '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="var(--surface)"/>'
    '<line x1="1.5" y1="0" x2="1.5" y2="7" stroke="var(--left)" stroke-width="3"/></pattern>'
)
# What a page needs of Vega; the address is that under which vl-convert keeps it, nothing is fetched.
ENTRY: Final = (
    'import {{View as HwbenchView, parse as hwbenchParse}} from "https://cdn.jsdelivr.net/npm/vega@{version}/+esm";'
    "window.vega = {{View: HwbenchView, parse: hwbenchParse}};"
)
# https://www.w3.org/TR/xml/#charsets
NOT_IN_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EXPRESSIONS: Final = frozenset({"expr", "labelExpr", "calculate", "filter", "signal", "update", "init", "test"})
LONGEST: Final = 300  # signs of a text that is no expression: vl-convert takes seconds to measure some thousands


def vega(picture: Picture) -> Spec:
    """Return the picture as Vega, which needs no Vega-Lite to be shown."""
    return compiled(picture.spec)


def compiled(spec: Spec) -> Spec:
    """Return a specification as Vega, its texts made harmless: what XML cannot hold would end vl-convert, and Python with it."""
    spec = cast("Spec", _tidied(spec))
    if "/vega/" in str(spec.get("$schema", "")):
        return spec
    return vl_convert.vegalite_to_vega(spec)


def _tidied(value: Any, key: str = "") -> Any:
    """Return a specification without signs that XML cannot hold, its texts no longer than can be drawn."""
    if isinstance(value, dict):
        return {name: _tidied(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_tidied(one, key) for one in value]
    if not isinstance(value, str):
        return value
    text = NOT_IN_XML.sub("\ufffd", value)
    return text if key in EXPRESSIONS or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def inline_svg(picture_as_vega: Spec, prefix: str = "") -> str:
    """Return a picture as SVG to stand in a page, whose variables give it its colours.

    `prefix` tells its clips and gradients from those of other pictures, which Vega would give the same names.
    """
    svg = TAG.sub(lambda tag: _slim(tag[0]), vl_convert.vega_to_svg(picture_as_vega))
    return IDENTIFIERS.sub(rf"\g<1>{prefix}\g<2>", svg) if prefix else svg


def _slim(tag: str) -> str:
    """Return a tag without what a page has by itself (its font, no opacity) or no eye can see; over a quarter of a drawing is that."""
    if EMPTY.fullmatch(tag):
        return ""
    return DECIMALS.sub(r"\1", NEEDLESS.sub("", tag))


def file(picture: Picture, format_: str, title: str | None = None) -> bytes:
    """Return a picture as a file of its own, titled, in the light colours: `svg`, `png` (two pixels a unit) or `pdf`."""
    spec = picture.spec | {"title": title if title is not None else picture.title}
    spec = cast("Spec", _coloured_values(spec, LIGHT))
    svg = vl_convert.vega_to_svg(compiled(spec | {"background": LIGHT["surface"]}))
    svg = svg.replace(">", f"><defs>{coloured(HATCH, LIGHT)}</defs>", 1)
    if format_ == "svg":
        return svg.encode()
    if format_ == "png":
        return vl_convert.svg_to_png(svg, scale=2)
    return vl_convert.svg_to_pdf(svg)


def coloured(text: str, colours: Mapping[str, str]) -> str:
    """Return a text with its variables replaced by colours."""
    return VARIABLE.sub(lambda found: colours.get(found[1], found[0]), text)


def _coloured_values(value: Any, colours: Mapping[str, str]) -> Any:
    """Return a specification with all its variables replaced by colours."""
    if isinstance(value, dict):
        return {key: _coloured_values(one, colours) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_coloured_values(one, colours) for one in value]
    return coloured(value, colours) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def runtime() -> str:
    """Return Vega's code, which sets `window.vega` to what a page needs."""
    return str(vl_convert.javascript_bundle(ENTRY.format(version=vl_convert.get_vega_version())))
