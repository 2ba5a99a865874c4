"""The memory mountain of a report: its values, its projection at several angles, and what it makes of incomplete curves."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

import pytest
from pictures import drawn
from profiles import profile, quantity

from hwbench.records import MachineProfile, Point, Quantity
from hwbench.show.report import render
from hwbench.show.report.machines import Machine
from hwbench.show.report.mountain import mountain, mountain_flat
from hwbench.show.report.picture import Missing, Picture

KIB, MIB = 1 << 10, 1 << 20
STRIDES = tuple(8 << k for k in range(10))
SIZES = tuple(int(16 * KIB * 2 ** (k / 2)) // 4096 * 4096 for k in range(27))
CAPACITIES = {
    "l1d.capacity": quantity("B", 32 * KIB),
    "l2.capacity": quantity("B", 1 * MIB, 768 * KIB, 3 * MIB),
    "l3.capacity": Quantity(unit="B", value=20 * MIB, low=20 * MIB),
}
PATH = re.compile(r'<path[^>]*?d="(M[^"]*Z)"[^>]*?fill="(rgb\([^"]*\))"')


def rate(size: float, stride: float) -> float:
    level = 60e9 if size <= 32 * KIB else 40e9 if size <= MIB else 10e9
    return level / max(stride / 16, 1) ** 0.5


def points(sizes: tuple[int, ...] = SIZES, strides: tuple[int, ...] = STRIDES) -> tuple[Point, ...]:
    """Return the points of a mountain with the gap of a real one: fewer than 64 steps are not measured."""
    return tuple(
        {"bytes": float(size), "stride_bytes": float(stride), "bytes_per_second": rate(size, stride)}
        for size in sizes
        for stride in strides
        if size // stride >= 64
    )


def machine(curve: tuple[Point, ...], quantities: dict[str, Quantity] | None = None) -> Machine:
    return Machine("here", profile(quantities, curves={"mountain": curve} if curve else {}))


def surface(curve: tuple[Point, ...] | None = None) -> Picture:
    return drawn(mountain(machine(points() if curve is None else curve)))


def data_of(spec: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return next(data["values"] for data in spec["data"] if data["name"] == name)


def turned(picture: Picture, turn: float, tilt: float) -> list[list[tuple[float, float]]]:
    """Return the corners of the quads in the order in which they are drawn, with the signals at these values."""
    spec = copy.deepcopy(picture.spec)
    for signal in spec["signals"]:
        signal |= {"value": {"turn": turn, "tilt": tilt}.get(signal["name"], signal.get("value"))}
        if "update" in signal:
            del signal["value"]
    return [
        [tuple(map(float, corner.split(","))) for corner in path[1:-1].split("L")]  # type: ignore[misc]
        for path, _ in PATH.findall(render.inline_svg(spec))
    ]


def flat(quads: list[list[tuple[float, float]]]) -> Iterator[float]:
    """Yield all the numbers of quads: across, down, across, ..."""
    return chain.from_iterable(chain.from_iterable(quads))


def projected(picture: Picture, turn: float, tilt: float, width: float) -> list[list[tuple[float, float]]]:
    """Do the same by arithmetic of our own: turn about the upright axis, tilt, leave depth away."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    up, down = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    fit = min(1, 330 / (320 * down + 210 * up))
    across = fit * math.sqrt(2) * min(width / 2 - 60, 390)
    deep, high = min(across, fit * math.sqrt(2) * 160) * down, fit * 210 * up

    def point(u: float, v: float, h: float) -> tuple[float, float]:
        return width / 2 + across * (u * c - v * s), 190 + high / 2 + deep * (u * s + v * c) - high * h

    rows = sorted(
        data_of(picture.spec, "quads"), key=lambda row: (row["u0"] + row["u1"]) * s + (row["v0"] + row["v1"]) * c
    )
    corners = (("u0", "v0", "h00"), ("u1", "v0", "h10"), ("u1", "v1", "h11"), ("u0", "v1", "h01"))
    return [[point(row[u], row[v], row[h]) for u, v, h in corners] for row in rows]


# ── the surface ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_surface_has_a_quad_wherever_four_neighbouring_cells_were_measured() -> None:
    known = {(point["bytes"], point["stride_bytes"]) for point in points()}
    expected = sum(
        {(size, stride), (size, 2 * stride), (larger, stride), (larger, 2 * stride)} <= known
        for size, larger in pairwise(SIZES)
        for stride in STRIDES[:-1]
    )
    quads = data_of(surface().spec, "quads")
    assert len(quads) == expected
    assert 150 < expected < 26 * 9


def test_a_cell_that_is_missing_takes_its_four_quads_with_it() -> None:
    whole = points()
    hole = tuple(point for point in whole if (point["bytes"], point["stride_bytes"]) != (MIB, 64))
    assert len(data_of(surface(hole).spec, "quads")) == len(data_of(surface(whole).spec, "quads")) - 4


def test_a_quad_tells_its_footprints_strides_and_rates() -> None:
    quads = data_of(surface().spec, "quads")
    first = quads[0]
    assert (first["footprint"], first["stride"], first["told"]) == ("16 KiB to 20 KiB", "8 B to 16 B", "60 GB/s")
    last = quads[-1]
    assert (last["footprint"], last["stride"]) == ("90.51 MiB to 128 MiB", "2 KiB to 4 KiB")
    assert last["told"] == "625 MB/s to 884 MB/s"
    tooltip = surface().spec["marks"][4]["encode"]["update"]["tooltip"]["signal"]
    assert all(word in tooltip for word in ("footprint", "stride", "bandwidth", "datum.told"))


def test_heights_are_linear_and_end_at_a_tick() -> None:
    spec = surface().spec
    assert [tick["label"] for tick in data_of(spec, "heights")] == [
        "0", "10 GB/s", "20 GB/s", "30 GB/s", "40 GB/s", "50 GB/s", "60 GB/s",
    ]  # fmt: skip
    first = data_of(spec, "quads")[0]
    assert (first["h00"], first["u0"], first["v0"]) == (1.0, -0.5, -0.5)


@pytest.mark.parametrize(("turn", "tilt"), [(45, 28), (-130, 60), (90, 10)])
def test_the_drawing_is_the_projection_and_what_is_nearer_is_drawn_later(turn: float, tilt: float) -> None:
    picture = surface()
    width = picture.spec["width"] - 10  # the padding
    seen, expected = turned(picture, turn, tilt), projected(picture, turn, tilt, width)
    if turn == 90:  # where cells are equally far, any order is right
        seen, expected = sorted(seen), sorted(expected)
    assert len(seen) == len(expected)
    assert list(flat(seen)) == pytest.approx(list(flat(expected)), abs=0.5)


def test_turning_moves_the_quads_and_keeps_them_in_the_picture() -> None:
    picture = surface()
    front, back = turned(picture, 45, 28), turned(picture, -135, 28)
    assert front != back
    for quads in (front, back, turned(picture, 0, 90)):
        across, down = list(flat(quads))[::2], list(flat(quads))[1::2]
        assert 50 <= min(across) <= max(across) <= picture.spec["width"] - 40
        assert 0 <= min(down) <= max(down) <= picture.spec["height"]


def test_the_sliders_set_the_signals_that_the_picture_has() -> None:
    picture = surface()
    signals = {signal["name"]: signal for signal in picture.spec["signals"]}
    assert [slider.signal for slider in picture.sliders] == ["turn", "tilt"]
    for slider in picture.sliders:
        assert signals[slider.signal]["value"] == slider.value
        assert slider.least <= slider.value <= slider.most
        assert slider.unit == "°"
    assert signals["turn"]["on"][0]["events"]["between"][0] == {"type": "pointerdown"}
    assert "touch" in signals["tilt"]["on"][0]["events"]["filter"]


def test_the_drawing_is_small_and_its_axes_have_titles_units_and_a_legend() -> None:
    svg = render.inline_svg(render.vega(surface()))
    assert len(svg) < 150_000
    for text in ("60 GB/s", "bandwidth", "stride", "footprint", "8 B", "16 KiB", "GB/s"):
        assert f">{text}</text>" in svg
    assert "NaN" not in svg
    assert "undefined" not in svg


def test_a_file_of_the_surface_has_its_title_and_no_variable_left() -> None:
    svg = render.file(surface(), "svg").decode()
    assert "The memory mountain" in svg
    assert "var(--" not in svg


# ── the heat map ──────────────────────────────────────────────────────────────────────────────────────────────────────


def cells(picture: Picture) -> dict[tuple[str, str], dict[str, Any]]:
    rows = picture.spec["layer"][0].get("data", picture.spec.get("data"))["values"]
    return {(row["footprint"], row["stride"]): row for row in rows}


def test_the_heat_map_has_a_cell_for_each_point_with_its_value() -> None:
    found = cells(drawn(mountain_flat(machine(points()))))
    assert len(found) == len(points())
    cell = found["1 MiB", "64 B"]
    assert (cell["rate"], cell["text"], cell["told"]) == (20e9, "20", "20 GB/s")


def test_the_writing_in_a_cell_is_black_on_bright_and_white_on_dark() -> None:
    found = cells(drawn(mountain_flat(machine(points()))))
    assert found["16 KiB", "8 B"]["ink"] == "black"
    assert found["128 MiB", "4 KiB"]["ink"] == "white"


def test_the_table_holds_the_same_values() -> None:
    for picture in (surface(), drawn(mountain_flat(machine(points())))):
        assert picture.table is not None
        rows = {row[0]: dict(zip(picture.table.headers, row, strict=True)) for row in picture.table.rows}
        assert rows["1 MiB"]["stride 64 B"] == "20 GB/s"
        assert rows["16 KiB"]["stride 4 KiB"] == ""
        assert len(rows) == len(SIZES)


def test_capacities_stand_between_the_last_row_that_fits_and_the_next() -> None:
    picture = drawn(mountain_flat(machine(points(), CAPACITIES)))
    levels = {row["level"]: row for row in picture.spec["layer"][2]["data"]["values"]}
    assert {name: (row["row"], row["low"], row["high"]) for name, row in levels.items()} == {
        "L1": ("32 KiB", "32 KiB", "32 KiB"),
        "L2": ("1 MiB", "724 KiB", "2.828 MiB"),
        "L3": ("16 MiB", "16 MiB", "128 MiB"),
    }
    assert "L2 1 MiB (0.75–3)" in picture.alternative
    svg = render.inline_svg(render.vega(picture))
    for text in ("L1", "L2", "L3", "1 MiB", "128 MiB", "4 KiB", "GB/s", "60"):
        assert f">{text}</text>" in svg
    assert len(svg) < 150_000


def test_capacities_that_are_not_there_or_outside_are_not_drawn_and_like_ones_share_a_line() -> None:
    odd = {
        "l1d.capacity": quantity("B", 1 * KIB),
        "l2.capacity": quantity("B", 33 * KIB),
        "l3.capacity": quantity("B", 34 * KIB, 1.0, 1e308),
        "l4.capacity": Quantity(unit="B", unavailable="no such level"),
    }
    picture = drawn(mountain_flat(machine(points(), odd)))
    levels = picture.spec["layer"][2]["data"]["values"]
    assert [level["level"] for level in levels] == ["L2, L3"]
    assert len(drawn(mountain_flat(machine(points()))).spec["layer"]) == 2


def test_the_words_say_where_the_peak_is() -> None:
    assert surface().alternative.startswith(
        "The peak is 60 GB/s at a footprint of 16 KiB and a stride of 8 B; the lowest"
    )
    assert "With a stride of 8 B: 60 GB/s at 16 KiB, 10 GB/s at 128 MiB." in surface().alternative


# ── what is missing, and what is odd ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("draw", [mountain, mountain_flat])
def test_no_curve_says_what_to_run(draw: Any) -> None:
    one = draw(machine(()))
    assert isinstance(one, Missing)
    assert "hwbench characterize --only mountain" in one.reason


@pytest.mark.parametrize("draw", [mountain, mountain_flat])
@pytest.mark.parametrize("curve", [points(sizes=(MIB,)), points(strides=(8,))])
def test_one_row_or_one_column_is_no_mountain(draw: Any, curve: tuple[Point, ...]) -> None:
    one = draw(machine(curve))
    assert isinstance(one, Missing)
    assert "needs two of each" in one.reason


def test_cells_that_are_no_neighbours_make_no_surface() -> None:
    apart = tuple(
        {"bytes": float(KIB << k), "stride_bytes": float(8 << k), "bytes_per_second": 1e9 * (k + 1)} for k in range(6)
    )
    one = mountain(machine(apart))
    assert isinstance(one, Missing)
    assert "no four neighbouring cells" in one.reason
    render.vega(drawn(mountain_flat(machine(apart))))


def test_values_that_no_machine_has_are_left_out_and_counted() -> None:
    odd: list[Point] = [
        {"bytes": 0.0, "stride_bytes": 8.0, "bytes_per_second": 1e9},
        {"bytes": MIB, "stride_bytes": -8.0, "bytes_per_second": 1e9},
        {"bytes": MIB, "stride_bytes": 8.0, "bytes_per_second": 1e308},
        {"bytes": MIB, "stride_bytes": 8.0, "bytes_per_second": math.nan},
        {"bytes": math.inf, "stride_bytes": 8.0, "bytes_per_second": 1e9},
        {"bytes": MIB},
    ]
    picture = surface((*points(), *odd))
    assert data_of(picture.spec, "quads") == data_of(surface().spec, "quads")
    assert "6 values that cannot be" in picture.caption
    json.dumps(picture.spec, allow_nan=False)


def test_a_plain_as_flat_as_can_be_is_drawn() -> None:
    level = tuple({**point, "bytes_per_second": 5e9} for point in points((MIB, 2 * MIB), (8, 16)))
    assert len(data_of(surface(level).spec, "quads")) == 1
    for picture in (surface(level), drawn(mountain_flat(machine(level)))):
        assert "NaN" not in render.inline_svg(render.vega(picture))


def test_thousands_of_sizes_are_thinned_and_that_is_said() -> None:
    many = tuple(
        {"bytes": 4096.0 * k, "stride_bytes": float(stride), "bytes_per_second": 1e9 + k * stride}
        for k in range(1, 300)
        for stride in range(8, 8 * 21, 8)
    )
    picture = surface(many)
    assert len(data_of(picture.spec, "quads")) == 39 * 15
    assert "footprints, 40 are drawn. Of 20 strides, 16 are drawn." in picture.caption
    assert len(render.inline_svg(render.vega(picture))) < 150_000


def test_sizes_that_are_written_alike_are_one_row() -> None:
    octaves = points(sizes=SIZES[::2])
    alike = tuple({**point, "bytes": point["bytes"] + 0.001} for point in octaves)
    assert len(cells(drawn(mountain_flat(machine((*octaves, *alike)))))) == len(octaves)


def test_a_profile_is_all_that_is_needed() -> None:
    record: MachineProfile = profile(curves={"mountain": points()})
    assert isinstance(mountain(Machine("<script>" * 50, record)), Picture)
