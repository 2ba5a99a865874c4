"""The picture of the TLB's reach shows the curve, where its levels are full, and what the host claims."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from profiles import host, profile, quantity

from hwbench.records import MachineProfile, MemoryFacts, Point, TlbClaim
from hwbench.show.report import render
from hwbench.show.report.machines import Machine, labelled
from hwbench.show.report.picture import Missing, Picture
from hwbench.show.report.reach import reach

BASE: tuple[Point, ...] = (
    {"pages": 8, "spread_cycles": 4.01, "packed_cycles": 4.02, "cost_ns": -0.04},
    {"pages": 64, "spread_cycles": 4.02, "packed_cycles": 4.02, "cost_ns": 0.002},
    {"pages": 73, "spread_cycles": 11.0, "packed_cycles": 4.0, "cost_ns": 1.9},
    {"pages": 256, "spread_cycles": 11.1, "packed_cycles": 4.0, "cost_ns": 1.91},
    {"pages": 256, "spread_cycles": 12.7, "packed_cycles": 4.0, "cost_ns": 2.39},
    {"pages": 4096, "spread_cycles": 490.0, "packed_cycles": 30.0, "cost_ns": 130.0},
)
HUGE: tuple[Point, ...] = ({"pages": 8, "cost_ns": 0.0}, {"pages": 160, "cost_ns": 12.3})
ENTRIES = {
    "dtlb.l1.entries": quantity("entries", 71.0, 71.0, 72.0, nominal=72.0),
    "dtlb.l1.entries_huge": quantity("entries", 71.0, 71.0, 72.0),
    "dtlb.l2.entries": quantity("entries", 2198.0, 2068.0, 2760.0),
}
FACTS = host(
    memory=MemoryFacts(total_bytes=1 << 34, available_bytes=1 << 33, huge_page_bytes=2 << 20),
    tlbs=(
        TlbClaim(level=2, kind="instruction", page_bytes=4096, entries=512, source="test"),
        TlbClaim(level=2, kind="data", page_bytes=4096, entries=3072, source="test"),
    ),
)
PROFILE = profile(ENTRIES, FACTS, {"tlb": BASE, "tlb_huge": HUGE})


def drawn(*profiles: MachineProfile) -> Picture:
    picture = reach(labelled(profiles))
    assert isinstance(picture, Picture), picture
    return picture


def data(picture: Picture, field: str) -> list[dict[str, Any]]:
    """Return the first rows that have the field."""
    for layer in picture.spec["layer"]:
        values: list[dict[str, Any]] = layer.get("data", picture.spec.get("data", {})).get("values", [])
        if values and field in values[0]:
            return values
    return []


def test_the_points_are_those_of_the_record_with_the_bytes_that_the_pages_reach() -> None:
    found = data(drawn(PROFILE), "ns")
    base = [row for row in found if row["series"] == "base pages (4 KiB)"]
    assert [(row["pages"], row["ns"]) for row in base] == [(point["pages"], point["cost_ns"]) for point in BASE]
    assert (base[-1]["bytes"], base[-1]["time"], base[-1]["spread"], base[-1]["packed"]) == (
        "16 MiB",
        "130 ns",
        "490",
        "30",
    )
    huge = [row for row in found if row["series"] == "huge pages (2 MiB)"]
    assert [(row["ns"], row["bytes"]) for row in huge] == [(0.0, "16 MiB"), (12.3, "320 MiB")]


def test_levels_are_marked_where_they_were_measured_and_one_place_is_marked_once() -> None:
    found = data(drawn(PROFILE), "short")
    assert [(row["pages"], row["text"]) for row in found] == [
        (71, "L1 TLB base and huge: 71"),
        (2198, "L2 TLB base: 2198"),
    ]
    assert [row["reach"] for row in found] == [
        "284 KiB on base pages; 142 MiB on huge pages",
        "8.586 MiB on base pages",
    ]


def test_the_axis_of_time_holds_zero_and_what_is_below_it() -> None:
    scale = data_axis(drawn(PROFILE))["scale"]
    assert scale["type"] == "symlog"
    assert scale["domain"][0] < -0.04
    assert scale["domain"][1] > 130


def data_axis(picture: Picture) -> dict[str, Any]:
    axis: dict[str, Any] = picture.spec["layer"][-1]["encoding"]["y"]
    return axis


def test_claims_stand_beside_what_was_measured() -> None:
    caption = drawn(PROFILE).caption
    assert "L1, base pages: 71 entries (71–72), which reach 284 KiB, claimed 72" in caption
    assert "L2, base pages: 2198 entries (2068–2760), which reach 8.586 MiB, claimed 3072" in caption


def test_the_table_has_the_same_values_and_both_of_a_count_that_was_measured_twice() -> None:
    table = drawn(PROFILE).table
    assert table is not None
    assert table.headers[:3] == ("pages", "base pages (4 KiB): reach", "base pages (4 KiB): extra time")
    lines = {row[0]: list(row) for row in table.rows}
    assert lines["256"] == ["256", "1 MiB", "1.91 ns; 2.39 ns", "", ""]
    assert lines["8"] == ["8", "32 KiB", "-0.04 ns", "16 MiB", "0 ns"]


def test_the_svg_has_titles_units_and_names() -> None:
    svg = render.inline_svg(render.vega(drawn(PROFILE)))
    for text in (
        "pages touched in turn",
        "extra time of a load",
        "100 ns",
        "1 ns",
        "L2 TLB base: 2198",
        "huge pages (2 MiB)",
    ):
        assert f">{text}<" in svg


def test_several_machines_have_one_curve_each_on_base_pages() -> None:
    other = msgspec.structs.replace(PROFILE, id="1" * 12)
    picture = drawn(PROFILE, other)
    assert {row["series"] for row in data(picture, "ns")} == {"here 0123456789ab", "here 111111111111"}
    assert {row["kind"] for row in data(picture, "ns")} == {"base pages (4 KiB)"}
    assert "130 ns at 4096 pages (16 MiB)" in picture.alternative


@pytest.mark.parametrize(
    "curves", [{}, {"tlb": ()}, {"tlb": ({"pages": 0.0, "cost_ns": 1.0}, {"pages": 8.0}, {"cost_ns": 1.0})}]
)
def test_no_point_is_missing_with_the_reason(curves: dict[str, tuple[Point, ...]]) -> None:
    missing = reach([Machine("here", profile(curves=curves))])
    assert isinstance(missing, Missing)
    assert "hwbench characterize" in missing.reason


def test_absurd_points_and_names_do_not_raise() -> None:
    values = (float("nan"), float("inf"), -1e308, 1e308, 0.0, -5.0, 5e8, 1e-300)
    points = tuple({"pages": pages, "cost_ns": cost} for pages in (1.0, 1e29, 1e308, -1.0) for cost in values)
    odd = {name: quantity("entries", value) for name, value in zip(ENTRIES, values, strict=False)}
    facts = host(memory=MemoryFacts(total_bytes=0, available_bytes=0, base_page_bytes=0))
    many = tuple({"pages": float(pages), "cost_ns": pages / 100 - 1} for pages in range(1, 3000))
    picture = reach([Machine("<script>" * 60, profile(odd, facts, {"tlb": points, "tlb_huge": many}))])
    assert isinstance(picture, Picture)
    assert {row["ns"] for row in data(picture, "ns") if row["kind"].startswith("base")} == {0.0, -5.0, 5e8, 1e-300}
    assert "<script>" not in render.inline_svg(render.vega(picture))
