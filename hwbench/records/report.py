"""What a report came to: `hwbench.report/1`, its file, its size, and which pictures could be drawn."""

from __future__ import annotations

from typing import Final, Literal

from hwbench.records.machine import Record

REPORT_SCHEMA: Final = "hwbench.report/1"


class ReportedPicture(Record, frozen=True, kw_only=True):
    """One picture: its name in the section, its title, what it shows in words, and the files that it was written to."""

    name: str
    title: str
    shows: str
    files: tuple[str, ...] = ()


class ReportedSection(Record, frozen=True, kw_only=True):
    """One record as it was reported; `missing` says of each picture that could not be drawn why."""

    kind: str
    title: str
    lead: str = ""
    pictures: tuple[ReportedPicture, ...] = ()
    missing: dict[str, str] = {}


class Report(Record, frozen=True, kw_only=True):
    """A report: where it was written (empty: nowhere), how large it is in bytes, and its sections."""

    schema: Literal["hwbench.report/1"]
    hwbench: str
    taken: str
    file: str = ""
    bytes: int = 0
    sections: tuple[ReportedSection, ...] = ()
