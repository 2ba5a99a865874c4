"""What tests of pictures share: that there is one, and the rows that it draws."""

from __future__ import annotations

from typing import Any

from hwbench.show.report.picture import Drawn, Picture


def drawn(one: Drawn) -> Picture:
    assert isinstance(one, Picture), one
    return one


def rows(picture: Picture) -> list[dict[str, Any]]:
    """Return the rows of all data in a picture, those that several layers share once."""
    found: list[dict[str, Any]] = []
    for part in (picture.spec, picture.spec.get("spec", {}), *picture.spec.get("layer", [])):
        found += [row for row in part.get("data", {}).get("values", []) if row not in found]
    return found
