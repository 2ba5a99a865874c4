"""Records as a notebook shows them by themselves: still pictures and folded tables, or text where the extra is not there."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING

from hwbench.show import report, texts

if TYPE_CHECKING:
    from hwbench.records import Record


def html(record: Record) -> str | None:
    """Return a record as HTML: pictures where `hwbench[report]` is installed, else its text; None for parts of records."""
    if type(record) not in texts.TEXTS:
        return None
    if not report.is_installed():
        return f"<pre>{escape(texts.text(record, io.StringIO()))}</pre>"
    from hwbench.show.report.page import fragment
    from hwbench.show.report.sections import sections_of

    return fragment(sections_of([record]))
