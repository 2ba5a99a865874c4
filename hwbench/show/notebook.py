"""Records as a notebook shows them by themselves: still pictures and folded tables, or text where the extra is not there."""

from __future__ import annotations

import io
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from hwbench.show import texts

if TYPE_CHECKING:
    from hwbench.records import Record

NEEDED: Final = ("altair", "vl_convert", "jinja2")


def html(record: Record) -> str | None:
    """Return a record as HTML: pictures where `hwbench[report]` is installed, else its text; None for parts of records."""
    if type(record) not in texts.TEXTS:
        return None
    if any(find_spec(name) is None for name in NEEDED):
        return f"<pre>{escape(texts.text(record, io.StringIO()))}</pre>"
    from hwbench.show.report.page import fragment
    from hwbench.show.report.sections import sections_of

    return fragment(sections_of([record]))
