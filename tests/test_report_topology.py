"""The drawing of a machine says what the record says, at every width, of every recorded host."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest
from profiles import host, profile, quantity
from recorded import NAMES, expected

from hwbench.records import CacheClaim, CoreFacts, HostFacts, MachineProfile, MemoryFacts, Quantity
from hwbench.show.report import render
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Missing, Picture
from hwbench.show.report.topology import topology
from hwbench.show.report.topology_parts import cores_of, fitted, ranges, share_out, together, tree


def cores(number: int, threads: int = 1, nodes: int = 1, sockets: int = 1) -> tuple[CoreFacts, ...]:
    return tuple(
        CoreFacts(
            cpu=core + thread * number,
            core=core,
            socket=core * sockets // number,
            numa_node=core * nodes // number,
            siblings=tuple(core + other * number for other in range(threads) if other != thread),
        )
        for thread in range(threads)
        for core in range(number)
    )


def caches(number: int, l3: tuple[int, ...], l3_number: int) -> tuple[CacheClaim, ...]:
    return (
        CacheClaim(
            level=1,
            kind="data",
            bytes=32768,
            line_size=64,
            associativity=8,
            shared_by=(0,),
            instances=number,
            source="sysfs",
        ),
        CacheClaim(level=1, kind="instruction", bytes=65536, shared_by=(0,), instances=number, source="sysfs"),
        CacheClaim(level=2, kind="unified", bytes=1 << 20, shared_by=(0,), instances=number, source="sysfs"),
        CacheClaim(level=3, kind="unified", bytes=32 << 20, shared_by=l3, instances=l3_number, source="sysfs"),
    )


TWO_CORES = host("small", cores=cores(2), caches=caches(2, (0, 1), 1))
LARGE = host(
    "large",
    cores=cores(192, threads=2, nodes=8, sockets=2),
    caches=caches(192, (*range(8), *range(192, 200)), 24),
    usable_cpus=tuple(range(384)),
)
MEASURED = {
    "l1d.capacity": quantity("B", 32768.0, 31000.0, 34000.0, nominal=32768.0),
    "l2.capacity": quantity("B", 786432.0, 524288.0, 900000.0, nominal=1048576.0),
}


def drawn(facts: HostFacts, quantities: dict[str, Quantity] | None = None) -> Picture:
    picture = topology(Machine("here", profile(quantities, facts)))
    assert isinstance(picture, Picture), picture
    return picture


def boxes(picture: Picture, width: int = 720) -> list[dict[str, Any]]:
    """Return the rows of boxes and of lines of text that a picture of that width shows."""
    rows = [row for values in picture.spec["datasets"].values() for row in values] if "datasets" in picture.spec else []
    for layer in picture.spec["layer"]:
        rows += layer.get("data", {}).get("values", [])
    return [row for row in rows if row["from"] <= width < row["to"]]


def lines(picture: Picture, width: int = 720) -> list[str]:
    return [row["long"] for row in boxes(picture, width) if "long" in row]


def rectangles(picture: Picture, width: int) -> list[dict[str, Any]]:
    return [row for row in boxes(picture, width) if "long" not in row]


def pixels(row: dict[str, Any], width: int) -> tuple[float, float]:
    left, right = (row[f"{side}_part"] * width + row[f"{side}_pixels"] for side in ("left", "right"))
    return left, right


def test_each_core_of_a_small_machine_has_its_caches_and_all_are_named() -> None:
    found = lines(drawn(TWO_CORES))
    assert [found.count(text) for text in ("L3 32 MiB", "L2 1 MiB", "L1d 32 KiB", "L1i 64 KiB")] == [1, 2, 2, 2]
    assert {"core 0", "core 1", "CPU 0", "CPU 1", "memory 16 GiB", "small: Toy CPU"} <= set(found)


def test_measured_capacities_stand_under_the_claims_and_a_difference_is_said_in_words() -> None:
    picture = drawn(TWO_CORES, MEASURED)
    found = lines(picture)
    assert found.count("measured 32 KiB") == 2
    assert found.count("measured 768 KiB") == found.count("differs: 0.75×") == 2
    assert {row["what"] for row in rectangles(picture, 720) if row["differs"]} == {"L2 cache (unified)"}
    titles = {(row["long"], row["short"]) for row in boxes(picture) if "long" in row}
    assert {("differs: 0.75×", "differs"), ("measured 768 KiB", "is 768 KiB")} <= titles
    told = next(row for row in rectangles(picture, 720) if row["differs"])
    assert (told["nominal"], told["measured"], told["source"]) == ("1 MiB", "768 KiB (512–878.9)", "sysfs")
    assert picture.table is not None
    marked = [row[0] for number, row in enumerate(picture.table.rows) if number in picture.table.marked]
    assert marked == ["L2 cache (unified)"]
    assert "L2 1 MiB, measured 768 KiB (512–878.9) (differs: 0.75×)" in picture.alternative


def test_the_drawing_becomes_svg_with_its_words_and_no_axis() -> None:
    svg = render.inline_svg(render.vega(drawn(TWO_CORES, MEASURED)))
    for text in ("memory 16 GiB", "L3 32 MiB", "measured 768 KiB", "differs: 0.75×", "core 1"):
        assert text in svg
    assert "role-axis" not in svg


def test_tooltips_tell_associativity_line_and_sharing() -> None:
    told = next(row for row in rectangles(drawn(TWO_CORES), 720) if row["what"].startswith("L1d"))
    assert (told["associativity"], told["line_size"], told["shared"]) == (
        "8 ways",
        "64 B",
        "CPU 0 alone (the first of 2)",
    )


def test_a_large_machine_draws_what_is_alike_once_and_says_how_often() -> None:
    found = lines(drawn(LARGE))
    assert {"4 × NUMA node", "3 × L3 and its cores", "8 × core", "socket 0", "socket 1", "2 logical CPUs"} <= set(found)
    assert "CPUs 0–95, 192–287" in found
    assert "2 sockets, 8 NUMA nodes, 192 cores and 384 logical CPUs" in found


@cache
def recorded(name: str) -> Picture:
    return drawn(expected(name))


@pytest.mark.parametrize("name", NAMES)
def test_boxes_are_wide_enough_to_be_read_and_stay_in_the_drawing(name: str) -> None:
    for width in (300, 450, 720, 930):
        for row in rectangles(recorded(name), width):
            left, right = pixels(row, width)
            assert 0 <= left < right <= width
            assert right - left >= 75, row


@pytest.mark.parametrize("name", NAMES)
def test_boxes_lie_in_each_other_or_apart(name: str) -> None:
    rows = rectangles(recorded(name), 720)
    for number, one in enumerate(rows):
        for other in rows[number + 1 :]:
            (a, b), (c, d) = pixels(one, 720), pixels(other, 720)
            apart = b <= c or d <= a or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
            inside = a <= c and d <= b and one["top"] <= other["top"] and other["bottom"] <= one["bottom"]
            assert apart or inside or not other["may_be_used"] or not one["may_be_used"]


def test_hybrid_cores_have_the_caches_of_their_kind() -> None:
    facts = expected("hybrid")
    (whole,) = tree(cores_of(facts), facts.caches)
    kinds = [(part.name, [cache.bytes for cache in part.caches], len(part.cpus)) for part in whole.children]
    assert kinds[:6] == [("performance core", [1310720, 49152, 32768], 2)] * 6
    assert kinds[6:] == [("L2 and its cores", [2097152], 4)] * 2
    assert [cache.bytes for cache in whole.children[6].children[0].caches] == [32768, 65536]
    assert "6 × performance core" in lines(drawn(facts), 720)


def test_macos_says_how_many_caches_and_of_which_cores_and_not_which_share() -> None:
    facts = expected("macos-m4")
    parts = tree(cores_of(facts), facts.caches)
    assert [(part.caches[0].bytes >> 20, len(part.cpus)) for part in parts] == [(16, 6), (16, 6), (4, 4)]


def test_instances_are_dealt_to_whole_cores_and_never_over_the_end_of_a_socket() -> None:
    facts = expected("two-socket-server")
    l3 = [claim for claim in facts.caches if claim.level == 3]
    found = cores_of(facts)
    given = share_out(l3, found)
    members: dict[int, set[int]] = {}
    for core in found:
        members.setdefault(given[core.cpus[0]][1], set()).update(core.cpus)
    assert len(members) == 16
    assert members[0] == {0, 1, 2, 48, 49, 50}
    assert members[1] == {3, 4, 5, 51, 52, 53}
    assert {len(cpus) for cpus in members.values()} == {6}


def test_a_cache_that_spans_numa_nodes_is_drawn_over_them() -> None:
    facts = host(cores=cores(8, nodes=2), caches=caches(8, tuple(range(8)), 1), usable_cpus=tuple(range(8)))
    (whole,) = tree(cores_of(facts), facts.caches)
    assert (whole.kind, [part.kind for part in whole.children]) == ("cache", ["node", "node"])


def test_what_may_not_be_used_is_told_by_word_and_dash() -> None:
    picture = recorded("container")
    found = lines(picture, 720)
    assert found.count("may not be used") == 6
    assert "usable here: 2 of 8 CPUs" in found
    assert "limited to 256 MiB by the container" in found
    assert "CPU time limited to that of 0.5 CPUs" in found
    assert sum(not row["may_be_used"] for row in rectangles(picture, 720)) == 6
    assert render.inline_svg(render.vega(picture)).count('stroke-dasharray="4,3"') == 6


def test_usable_cpus_that_are_not_told_forbid_none() -> None:
    found = lines(drawn(host(cores=cores(2), usable_cpus=(), caches=())))
    assert "may not be used" not in found


def test_without_cache_facts_the_measured_sizes_are_drawn_and_named_as_such() -> None:
    facts = expected("graviton2")
    picture = drawn(facts, {"l2.capacity": quantity("B", 1048576.0)})
    assert {"L2 (not claimed)", "measured 1 MiB"} <= set(lines(picture))
    assert facts.missing["caches"] in picture.caption
    assert not any(text.startswith("L") for text in lines(drawn(facts)))


def test_without_core_facts_the_caches_are_drawn_over_the_usable_cpus() -> None:
    picture = drawn(msgspec.structs.replace(TWO_CORES, cores=()))
    assert {"L3 32 MiB", "L2 1 MiB", "2 usable CPUs; cores not described"} <= set(lines(picture))


def test_with_neither_cores_nor_caches_the_reason_is_given() -> None:
    missing = topology(Machine("here", profile(facts=host(missing={"caches": "no such folder", "cores": "not told"}))))
    assert isinstance(missing, Missing)
    assert missing.reason == "not told; no such folder"


def test_of_caches_that_differ_only_the_one_that_was_measured_is_marked() -> None:
    measured = {"l1d.capacity": quantity("B", 50000.0, nominal=49152.0)}
    found = [row for row in rectangles(drawn(expected("hybrid"), measured), 720) if row["what"].startswith("L1d")]
    assert {(row["nominal"], row["measured"]) for row in found} == {("48 KiB", "48.83 KiB"), ("32 KiB", "")}


def hostile_profiles() -> list[MachineProfile]:
    odd = [float("nan"), float("inf"), -1.0, 0.0, 1e308]
    name = "<script>alert(1)</script>" * 30
    claims = tuple(
        CacheClaim(
            level=level, kind="unified", bytes=size, associativity=-1, line_size=0, instances=number, source="<i>"
        )
        for level, size, number in ((-3, 10**40, 0), (1, -5, -1), (99, 1, 10**12), (3, 4096, None))
    )
    facts = [
        host(name, cores=cores(3), caches=claims, cpu_quota=float("nan")),
        host(
            "", cores=cores(600, sockets=600), memory=MemoryFacts(total_bytes=0, available_bytes=-1, limit_bytes=10**40)
        ),
        host(
            "\x1b[2J\n",
            cores=(CoreFacts(cpu=-7, core=-1, siblings=(-7, 5)), CoreFacts(cpu=-7, core=-1)),
            usable_cpus=(1,),
        ),
    ]
    sizes = {
        f"{stem}.capacity": Quantity(unit="B", value=value)
        for stem, value in zip(("l1d", "l2", "l3"), odd, strict=False)
    }
    return [profile(sizes, one) for one in facts]


@pytest.mark.parametrize("number", range(3))
def test_odd_records_are_drawn_or_refused_and_never_raise(number: int) -> None:
    picture = topology(Machine("<b>", hostile_profiles()[number]))
    assert isinstance(picture, Picture)
    assert "<script" not in render.inline_svg(render.vega(picture))


def test_too_many_different_parts_are_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hwbench.show.report.topology.MOST_BOXES", 3)
    refused = topology(Machine("here", profile(facts=TWO_CORES)))
    assert isinstance(refused, Missing)
    assert "3 boxes" in refused.reason


def test_fitting_merges_the_innermost_first() -> None:
    facts = host(cores=cores(16, sockets=2), caches=caches(16, tuple(range(8)), 2), usable_cpus=())
    parts = tree(cores_of(facts), facts.caches)
    assert fitted(parts, 10_000) == parts
    narrower = fitted(parts, 700)
    assert [part.times for part in narrower] == [1, 1]
    assert [child.times for child in narrower[0].children[0].children] == [8]
    assert together(narrower) <= 700
    assert [part.times for part in fitted(parts, 150)] == [2]


def test_numbers_are_written_as_ranges() -> None:
    assert ranges([7, 0, 1, 2, 9, 8]) == "0–2, 7–9"
    assert ranges([]) == ""
