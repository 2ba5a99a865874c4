"""Sections become one HTML file that stands alone: no address in it, readable without its script, escaped by Jinja."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from hwbench import __version__, units
from hwbench.show.report import looks, render
from hwbench.show.report.picture import Section, Spec

Tell = Callable[[str, float], None]
FOLDER: Final = resources.files("hwbench.show.report")


def untold(_what: str, _done: float) -> None:
    """Tell nobody what is being drawn."""


def page(sections: Sequence[Section], title: str = "Report", *, is_live: bool = True, tell: Tell = untold) -> str:
    """Return the page; without `is_live`, the drawings alone, with no script; `tell` hears what is drawn, and how much is done."""
    specs = _specs(sections, tell)
    is_live = is_live and bool(specs)
    environment = _environment()
    css = environment.get_template("page.css").render(**_looks(), dark=_variables(looks.DARK))
    return environment.get_template("page.html.jinja").render(
        version=__version__,
        title=title,
        made=f"Drawn {units.time_stamp()[:16].replace('T', ' ')} UTC",
        css=_trusted(css),
        hatch=_trusted(render.HATCH),
        sections=sections,
        drawings=_drawings(specs),
        views=_packed(specs) if is_live else "",
        code=_trusted(_text("page.js")) if is_live else "",
    )


def fragment(sections: Sequence[Section]) -> str:
    """Return the sections as a part of another page (a notebook's): in the light colours, with no script."""
    specs = _specs(sections, untold)
    # Other parts of that page have gradients and clips of their own.
    mine = hashlib.sha256(json.dumps(specs, sort_keys=True).encode()).hexdigest()[:8]
    template = _environment().get_template("notebook.html.jinja")
    return template.render(
        **_looks(), hatch=_trusted(render.HATCH), sections=sections, drawings=_drawings(specs, f"h{mine}-")
    )


def _specs(sections: Sequence[Section], tell: Tell) -> dict[str, Spec]:
    """Return every picture as Vega, by its identifier in the page."""
    named = {
        f"s{number}-{picture.name}": picture
        for number, section in enumerate(sections, 1)
        for picture in section.pictures
    }
    specs = {}
    for number, (name, picture) in enumerate(named.items()):
        tell(f"drawing: {picture.title}", number / len(named))
        specs[name] = render.vega(picture)
    return specs


def _drawings(specs: Mapping[str, Spec], prefix: str = "") -> dict[str, Markup]:
    return {name: _trusted(render.inline_svg(spec, f"{prefix}{name}-")) for name, spec in specs.items()}


def _looks() -> dict[str, Markup]:
    return {"light": _variables(looks.LIGHT), "font": _trusted(looks.FONT)}


def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return FOLDER.joinpath(name).read_text(encoding="utf-8")


def _trusted(text: str) -> Markup:
    """Mark what is ours, or Vega's, as no text to be escaped."""
    return Markup(text)  # noqa: S704 - never given a word of a record's


def _variables(colours: Mapping[str, str]) -> Markup:
    return _trusted(" ".join(f"--{name}: {value};" for name, value in colours.items()))


def _packed(specs: Mapping[str, Spec]) -> str:
    """Return Vega's code and the pictures, packed: base64 of gzip, which holds no sign that HTML knows."""
    whole = json.dumps({"runtime": render.runtime(), "views": specs}, separators=(",", ":"))
    return base64.b64encode(gzip.compress(whole.encode(), 9, mtime=0)).decode()
