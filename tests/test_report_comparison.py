"""The section of machines beside each other: what the picture draws and says, the tables, and strange records."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import strange_records
from profiles import host, profile, quantity

from hwbench.profile.comparing import compare
from hwbench.records import MachineComparison, MachineProfile, Quantity
from hwbench.show.report import comparison as compared
from hwbench.show.report import page, render
from hwbench.show.report.picture import Missing, Picture

FIRST = {
    "dram.latency": quantity("ns", 100, 95, 110),
    "dram.read_bandwidth": quantity("B/s", 20e9, 19e9, 21e9),
    "l2.mlp": quantity("loads", 8, 7, 9),
    "llc.residency": Quantity(unit="ns", value=3e7, low=3e7),
    "call.changing": quantity("ns", -1, -2, 1),
    "l2.associativity": Quantity(unit="ways", unavailable="hashed"),
    "page_walk.cost": Quantity(unit="ns", value=20.0),
}
LATER = {
    "dram.latency": quantity("ns", 400, 380, 420, caution="busy"),
    "dram.read_bandwidth": quantity("B/s", 30e9, 29e9, 31e9),
    "l2.mlp": quantity("loads", 9, 8, 10),
    "llc.residency": quantity("ns", 1e7, 1e7, 2e7),
    "call.changing": quantity("ns", 1, 0.5, 2),
    "l2.associativity": Quantity(unit="ways", unavailable="hashed"),
    "page_walk.cost": quantity("ns", 30),
}


def machine(name: str, quantities: dict[str, Quantity]) -> MachineProfile:
    return profile(quantities, host(name))


def two() -> MachineComparison:
    return compare([machine("old", FIRST), machine("new", LATER)])


def three() -> MachineComparison:
    return compare([machine("old", FIRST), machine("new", LATER), machine("newer", FIRST)])


def drawn(made: MachineComparison) -> Picture:
    picture = compared.differences(made)
    assert isinstance(picture, Picture)
    return picture


def points(picture: Picture) -> list[dict[str, Any]]:
    """Return the data of the layer of points."""
    (layer,) = (layer for layer in picture.spec["layer"] if layer["mark"]["type"] == "point")
    values: list[dict[str, Any]] = layer["data"]["values"]
    return values


def test_every_ratio_is_drawn_with_its_bounds_the_largest_difference_first() -> None:
    values = points(drawn(two()))
    assert [one["quantity"] for one in values] == [
        "dram.latency", "llc.residency", "dram.read_bandwidth", "page_walk.cost", "l2.mlp",
    ]  # fmt: skip
    first = values[0]
    assert (first["ratio"], first["low"], first["high"]) == (4.0, 380 / 110, 420 / 95)
    assert (first["here"], first["there"]) == ("100 ns (95–110)", "400 ns (380–420)")
    assert first["told"] == "×4 (3.45–4.42) slower"


def test_what_differs_is_told_from_what_may_be_the_same_and_from_what_cannot_be_said() -> None:
    verdicts = {one["quantity"]: one["verdict"] for one in points(drawn(two()))}
    assert verdicts["dram.latency"] == compared.APART
    assert verdicts["l2.mlp"] == compared.OVERLAP
    assert verdicts["page_walk.cost"] == compared.UNKNOWN


def test_the_open_side_of_an_interval_reaches_the_edge_of_the_plot() -> None:
    picture = drawn(two())
    open_ = next(one for one in points(picture) if one["quantity"] == "llc.residency")
    scale = picture.spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert open_["low"] == pytest.approx(scale[0])
    assert open_["high"] == 2e7 / 3e7


def test_a_quantity_without_a_positive_value_is_in_the_table_alone() -> None:
    made = two()
    assert "call.changing" not in {one["quantity"] for one in points(drawn(made))}
    assert "call.changing" in {row[0] for row in compared.every_quantity(made).rows}


def test_at_most_forty_quantities_are_drawn_and_those_that_differ_go_before_larger_doubtful_ones() -> None:
    sure = {f"sure.q{number}": quantity("ns", 10, 9, 11) for number in range(30)}
    vague = {f"vague.q{number}": quantity("ns", 10, 1, 200) for number in range(30)}
    later = {name: quantity("ns", 20, 19, 21) for name in sure} | {name: quantity("ns", 90, 5, 100) for name in vague}
    picture = drawn(compare([machine("a", sure | vague), machine("b", later)]))
    names = [one["quantity"] for one in points(picture)]
    assert len(names) == 40
    assert all(name.startswith("sure") for name in names[:30])
    assert "20 more are in the table" in picture.alternative


def test_of_several_machines_each_has_its_point_shape_and_colour() -> None:
    picture = drawn(three())
    assert [one["machine"] for one in points(picture) if one["quantity"] == "dram.latency"] == ["new", "newer"]
    (layer,) = (layer for layer in picture.spec["layer"] if layer["mark"]["type"] == "point")
    assert layer["encoding"]["shape"]["scale"]["domain"] == ["new", "newer"]
    assert layer["encoding"]["yOffset"]["field"] == "machine"
    assert layer["encoding"]["yOffset"]["scale"]["domain"] == ["", "new", "newer"], "a lane for the name comes first"
    assert picture.table is not None
    assert picture.table.headers[1] == "machine"


def test_the_words_name_what_is_furthest_apart() -> None:
    section = compared.section(two())
    assert section.title == "Compared: old and new"
    assert section.lead.startswith(
        "3 of 5 differ beyond their intervals; 2 cannot be compared. Furthest apart: dram.latency"
    )
    assert "Furthest apart: dram.latency ×4 (3.45–4.42) slower" in drawn(two()).alternative
    assert section.facts["A: old"] == "Toy CPU, 2026-01-02 03:04, default effort"
    assert "new: measured with caution: dram.latency" in section.findings


def test_the_table_has_every_quantity_and_marks_those_that_differ() -> None:
    made = two()
    table = compared.every_quantity(made)
    assert {row[0] for row in table.rows} == set(made.quantities)
    assert {table.rows[number][0] for number in table.marked} == set(made.differing)
    cells = {row[0]: [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row[1:]] for row in table.rows}
    assert cells["dram.latency"] == ["100 ns\n(95–110)", "400 ns (!)\n(380–420)", "≠ ×4 slower\n(3.45–4.42)"]
    assert cells["l2.associativity"] == ["–", "–", "–"]
    assert table.headers == ("quantity", "A: old", "B: new", "B / A")
    assert "intervals do not overlap" in table.mark


def test_what_cannot_be_compared_and_where_hosts_differ_are_tables() -> None:
    titles = {table.title: table for table in compared.section(two()).tables}
    assert ("l2.associativity", "A, B: hashed") in titles["Not compared"].rows
    assert "What the hosts say of themselves, where it differs" not in titles
    wide = compare([machine("a", FIRST), profile(LATER, host("b", release="6.8"))])
    facts = next(table for table in compared.section(wide).tables if "hosts" in table.title)
    assert list(facts.rows) == [("kernel", "Linux", "Linux 6.8")]


def test_labels_that_are_alike_when_short_get_letters() -> None:
    long = "x" * 40
    made = compare([machine("a", FIRST), machine("b", LATER)], [f"{long}1{long}", f"{long}2{long}"])
    assert len(set(compared.section(made).title.removeprefix("Compared: ").split(" and "))) == 2
    assert compared.section(made).title.startswith("Compared: A: x")


def test_nothing_to_draw_says_why() -> None:
    made = compare([machine("a", {"x": quantity("ns", 1)}), machine("b", {"y": quantity("ns", 1)})])
    missing = compared.differences(made)
    assert isinstance(missing, Missing)
    assert "no quantity has a positive value on two machines" in missing.reason


def test_the_drawing_has_its_axis_unit_legend_and_names() -> None:
    svg = render.inline_svg(render.vega(drawn(three())))
    for words in (
        "ratio to the first machine (×)",
        "dram.latency",
        "intervals overlap",
        "intervals apart ≠",
        "newer",
        "×2",
    ):
        assert words in svg


ODD = {
    "inf": float("inf"),
    "nan": float("nan"),
    "zero": 0.0,
    "minus": -3.0,
    "huge": 1e308,
    "tiny": 1e-308,
    "one": 1.0,
}


@pytest.mark.parametrize("first", ODD)
def test_odd_numbers_are_drawn_or_left_out(first: str) -> None:
    sides = [
        {f"q{number}": quantity("ns", value, other, value) for number, other in enumerate(ODD.values())}
        for value in (ODD[first], 2.0)
    ]
    section = compared.section(compare([machine("a", sides[0]), machine("b", sides[1])]))
    for picture in section.pictures:
        assert "<svg" in render.inline_svg(render.vega(picture))


def test_strange_words_are_escaped_in_the_page() -> None:
    evil = '<script>alert("x")</script>' + "y" * 500
    odd = strange_records.changed(two(), words=lambda text: f"{text}{evil}")
    section = compared.section(odd)
    whole = page.page([section], is_live=False)
    assert "<script>alert" not in whole
    assert "&lt;script&gt;" in whole
    assert len(section.title) < 100


@pytest.mark.parametrize("number", [0.0, -1.0, 1e308, 1e-308])
def test_records_whose_numbers_are_all_alike_do_not_raise(number: float) -> None:
    odd = strange_records.changed(three(), numbers=lambda _: number)
    for picture in compared.section(odd).pictures:
        render.vega(picture)


def test_many_machines_are_drawn() -> None:
    made = compare([machine(f"host-{number}", LATER if number % 2 else FIRST) for number in range(30)])
    section = compared.section(made)
    assert section.title == "Compared: host-0, host-1, host-2, host-3 and 26 more"
    assert "25 more are in the table." in section.lead
    assert render.vega(drawn(made))


def test_a_comparison_from_its_file_draws_the_same() -> None:
    from hwbench.records import files

    made = two()
    again = files.decode(files.encode(made), "it", files.MACHINES)
    assert compared.section(again) == compared.section(made)
    assert msgspec.to_builtins(again) == msgspec.to_builtins(made)
