"""From core to core in a report: the matrix is the record's, those that share stand together, and it stays small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from pictures import drawn
from profiles import host, profile, shared_l3

from hwbench.records import CoreFacts, HostFacts, Point
from hwbench.show.report import render
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Missing, Picture
from hwbench.show.report.sharing import core_to_core

# Two sockets of two cores of two threads; the second thread of core n is CPU n + 4, and each socket has one L3.
CORES = tuple(
    CoreFacts(cpu=cpu, core=cpu % 2, socket=cpu % 4 // 2, numa_node=cpu % 4 // 2, siblings=(cpu % 4, cpu % 4 + 4))
    for cpu in range(8)
)
FACTS = host(cores=CORES, caches=(shared_l3(0, 1, 4, 5), shared_l3(2, 3, 6, 7)))


def cost(first: int, second: int) -> float:
    if first % 4 == second % 4:
        return 10.0
    return 50.0 if first % 4 // 2 == second % 4 // 2 else 200.0


def ways(cpus: Sequence[int], price: Callable[[int, int], float] = cost) -> tuple[Point, ...]:
    return tuple(
        {"from": float(first), "to": float(second), "ns": price(first, second)}
        for first in cpus
        for second in cpus
        if first < second
    )


def machine(points: Sequence[Point], facts: HostFacts = FACTS, label: str = "here") -> Machine:
    return Machine(label, profile(facts=facts, curves={"core_to_core": tuple(points)} if points else {}))


def rows(picture: Picture) -> list[dict[str, Any]]:
    """Return the rows of all cells and lines."""
    found: list[dict[str, Any]] = []
    for part in (picture.spec, picture.spec.get("spec", {}), *picture.spec.get("layer", [])):
        found += [row for row in part.get("data", {}).get("values", []) if row not in found]
    return found


def cells(picture: Picture) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["from"], row["to"]): row for row in rows(picture) if "ns" in row}


def order(picture: Picture) -> list[str]:
    domain = picture.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    return [str(name) for name in domain]


def test_both_directions_are_drawn_where_one_was_measured() -> None:
    found = cells(drawn(core_to_core([machine(ways(range(8)))])))
    assert len(found) == 8 * 7
    assert found["0", "2"]["ns"] == found["2", "0"]["ns"] == 200.0
    assert ("3", "3") not in found


def test_each_direction_keeps_its_own_time_where_both_were_measured() -> None:
    both: list[Point] = [{"from": 0.0, "to": 1.0, "ns": 40.0}, {"from": 1.0, "to": 0.0, "ns": 44.0}]
    found = cells(drawn(core_to_core([machine(both)])))
    assert (found["0", "1"]["ns"], found["1", "0"]["ns"]) == (40.0, 44.0)


def test_threads_of_a_core_and_cores_of_a_socket_stand_side_by_side_with_a_line_between_sockets() -> None:
    picture = drawn(core_to_core([machine(ways(range(8)))]))
    assert order(picture) == ["0", "4", "1", "5", "2", "6", "3", "7"]
    assert [(row["from"], row["kind"]) for row in rows(picture) if "kind" in row] == [("2", "socket")]
    assert "sockets" in picture.caption


def test_a_line_parts_those_that_share_an_l3() -> None:
    facts = host(
        cores=tuple(CoreFacts(cpu=cpu, core=cpu, siblings=(cpu,)) for cpu in range(4)),
        caches=(shared_l3(0, 2), shared_l3(1, 3)),
    )
    picture = drawn(core_to_core([machine(ways(range(4)), facts)]))
    assert order(picture) == ["0", "2", "1", "3"]
    assert [(row["from"], row["kind"]) for row in rows(picture) if "kind" in row] == [("1", "l3")]
    assert cells(picture)["0", "2"]["relation"] == "cores on one L3"
    assert cells(picture)["0", "1"]["relation"] == "cores on different L3s of a socket"


def test_the_other_instances_of_an_l3_are_shared_like_the_first() -> None:
    cores = tuple(CoreFacts(cpu=cpu, core=cpu, siblings=(cpu,)) for cpu in range(16))
    first = msgspec.structs.replace(shared_l3(0, 1, 2, 3), instances=4)
    picture = drawn(core_to_core([machine(ways(range(16)), host(cores=cores, caches=(first,)))]))
    assert [row["from"] for row in rows(picture) if row.get("kind") == "l3"] == ["4", "8", "12"]
    found = cells(picture)
    assert found["8", "11"]["relation"] == "cores on one L3"
    assert found["7", "8"]["relation"] == "cores on different L3s of a socket"


def test_lines_between_l3s_are_left_out_where_they_would_cut_off_every_cell() -> None:
    cores = tuple(CoreFacts(cpu=cpu, core=cpu, siblings=(cpu,)) for cpu in range(16))
    first = msgspec.structs.replace(shared_l3(0, 1), instances=8)
    picture = drawn(core_to_core([machine(ways(range(16)), host(cores=cores, caches=(first,)))]))
    assert [row for row in rows(picture) if "kind" in row] == []
    assert "Thin lines" not in picture.caption


def test_words_and_table_give_the_times_by_how_cpus_stand_to_each_other() -> None:
    picture = drawn(core_to_core([machine(ways(range(8)))]))
    assert picture.alternative == (
        "8 CPUs; one way takes 10 ns between threads of one core, 50 ns between cores on one L3"
        " and 200 ns between different sockets."
    )
    assert picture.table is not None
    assert list(picture.table.headers)[:3] == ["to, from", "CPU 0", "CPU 4"]
    assert list(picture.table.rows[0])[:4] == ["CPU 0", "", "10 ns", "50 ns"]


def test_few_cpus_have_numbers_in_their_cells_in_ink_that_is_read_on_them() -> None:
    picture = drawn(core_to_core([machine(ways(range(8)))]))
    svg = render.inline_svg(render.vega(picture))
    for text in ("from CPU", "to CPU", "one way (ns)", ">200<", ">50<", 'fill="#ffffff"', 'fill="#000000"'):
        assert text in svg, text


def test_two_cpus_are_drawn_small_with_their_one_value() -> None:
    picture = drawn(core_to_core([machine([{"from": 0.0, "to": 1.0, "ns": 45.04}], host())]))
    assert {key: row["text"] for key, row in cells(picture).items()} == {("0", "1"): "45", ("1", "0"): "45"}
    assert picture.spec["height"] <= 100
    assert picture.alternative == "2 CPUs; one way takes 45 ns between different CPUs."
    assert ">45<" in render.inline_svg(render.vega(picture))


def test_very_many_cpus_are_drawn_in_groups_and_the_caption_says_so() -> None:
    picture = drawn(core_to_core([machine(ways(range(192), lambda a, b: 20.0 + (a % 4) + (b % 4)), host())]))
    found = cells(picture)
    assert len(found) <= 48 * 48
    assert "a cell is the median between up to 4 neighbours and as many others" in picture.caption
    assert found["0…", "4…"]["time"] == "23 ns, median of 16 (20 ns to 26 ns)"
    assert found["0…", "4…"]["first"] == "0, 1, 2, 3"
    svg = render.inline_svg(render.vega(picture))
    assert len(svg) < 500_000
    assert picture.table is not None
    assert list(picture.table.rows) == [("here", "different CPUs", "18336", "20 ns", "23 ns", "26 ns")]


def test_groups_do_not_reach_over_sockets() -> None:
    cores = tuple(CoreFacts(cpu=cpu, core=cpu, socket=cpu // 75, siblings=(cpu,)) for cpu in range(150))
    picture = drawn(core_to_core([machine(ways(range(150), lambda a, b: 30.0), host(cores=cores))]))
    groups = {tuple(map(int, row["first"].partition(" (")[0].split(", "))) for row in cells(picture).values()}
    assert {cpu // 75 for group in groups for cpu in (group[0], group[-1])} == {0, 1}
    assert all(group[0] // 75 == group[-1] // 75 for group in groups)
    assert len(groups) <= 48


def test_pairs_that_were_not_measured_are_empty_and_that_is_said() -> None:
    picture = drawn(core_to_core([machine(ways(range(8))[:-3])]))
    assert len(cells(picture)) == 56 - 6
    assert "not measured" in picture.caption
    assert "not measured" not in drawn(core_to_core([machine(ways(range(8)))])).caption


def test_several_machines_have_a_panel_each_in_their_own_order() -> None:
    both = [machine(ways(range(8))), machine(ways(range(2)), host(), "there")]
    picture = drawn(core_to_core(both))
    assert {row["machine"] for row in rows(picture)} == {"here", "there"}
    assert picture.spec["usermeta"] == {"panels": 240}
    svg = render.inline_svg(render.vega(picture))
    names = [text for text in ("here", "there") if f">{text}<" in svg]
    assert names == ["here", "there"]


def test_what_is_missing_says_why() -> None:
    for one in (core_to_core([]), core_to_core([machine([])])):
        assert isinstance(one, Missing)
        assert "second CPU" in one.reason


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"from": 0.0, "to": 1.0},
        {"from": 0.0, "to": 0.0, "ns": 5.0},
        {"from": -1.0, "to": 1.0, "ns": 5.0},
        {"from": 0.5, "to": 1.0, "ns": 5.0},
        {"from": 0.0, "to": 1e308, "ns": 5.0},
        {"from": 0.0, "to": 1.0, "ns": 0.0},
        {"from": 0.0, "to": 1.0, "ns": 1e308},
    ],
)
def test_strange_points_are_left_out(odd: Point) -> None:
    assert isinstance(core_to_core([machine([odd])]), Missing)
    assert len(cells(drawn(core_to_core([machine([odd, {"from": 2.0, "to": 3.0, "ns": 9.0}])])))) == 2


def test_times_far_apart_and_hostile_names_are_drawn() -> None:
    far: list[Point] = [{"from": 0.0, "to": 1.0, "ns": 1e-20}, {"from": 0.0, "to": 2.0, "ns": 1e20}]
    alone = render.inline_svg(render.vega(drawn(core_to_core([machine(far)]))))
    assert "<svg" in alone
    both = [machine(far, label="<script>" * 90), machine(ways(range(3)), label="x" * 500)]
    svg = render.inline_svg(render.vega(drawn(core_to_core(both))))
    assert "<script" not in svg
    assert "x" * 40 not in svg
