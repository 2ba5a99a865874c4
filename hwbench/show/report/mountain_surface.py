"""The memory mountain as a surface that can be turned: a Vega specification, since Vega-Lite has no third axis.

The ground is the unit square about the middle: u is the stride, v the footprint, both by their logarithms; h, from 0 to 1, is
the bandwidth. Vega itself projects each corner (turned about the upright axis, then tilted, without perspective) whenever
the signals `turn` and `tilt` change. What is further from the viewer is drawn first: on a grid that is the order of the
middles of the cells, seen along the ground. The axes stand at the two edges of the ground that face the viewer, and at
its leftmost corner, so that nothing hides them; at edges seen end on, only as many labels are drawn as have room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor, log2, log10, prod
from typing import Any, Final

from hwbench.show.report import looks
from hwbench.show.report.looks import FONT, GRID, INK, MUTED, SURFACE
from hwbench.show.report.picture import Spec
from hwbench.units import format_bytes, format_rate

SCHEMA: Final = "https://vega.github.io/schema/vega/v6.json"
HEIGHT: Final = 400
TURN: Final = (
    45.0  # as on the book's cover: the peak at the back, the footprint growing to the left, the stride to the front
)
TILT: Final = 28.0
TILTS: Final = (10.0, 90.0)
DEGREES_A_PIXEL: Final = 0.4
LABEL: Final = 11  # pixels, the size of all writing at the axes but the titles
CORNERS: Final = (("u0", "v0", "h00"), ("u1", "v0", "h10"), ("u1", "v1", "h11"), ("u0", "v1", "h01"))

Rates = Mapping[tuple[float, float], float]


def spec(
    rows: Sequence[Mapping[str, Any]], sizes: Sequence[float], strides: Sequence[float], bounds: tuple[float, float]
) -> Spec:
    """Return the specification of the surface made of `quads`; `bounds` are the ends of the colours, in bytes a second."""
    heights = _heights(bounds[1])
    stride_ticks, size_ticks = _edge_ticks(strides, most=16), _edge_ticks(sizes, most=9)
    return {
        "$schema": SCHEMA,
        "width": looks.WIDTH,
        "height": HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 5,
        "config": _config(),
        "signals": _signals(stride_ticks, size_ticks),
        "data": [
            _data("quads", rows, _quad_formulas()),
            _data("walls", heights, _wall_formulas()),
            _data("heights", heights, _height_formulas()),
            _data("strides", stride_ticks, _edge_formulas("stride")),
            _data("sizes", size_ticks, _edge_formulas("size")),
            _data("titles", [{}], _title_formulas()),
        ],
        "scales": [
            {
                "name": "colour",
                "type": "log",
                "domain": list(bounds),
                "range": {"scheme": looks.SCHEME},
                "nice": False,
                "zero": False,
            }
        ],
        "legends": [_legend(bounds)],
        "marks": [*_ground(), _surface(), *_axes()],
    }


def quads(sizes: Sequence[float], strides: Sequence[float], rates: Rates) -> list[dict[str, Any]]:
    """Return the parts of the surface, of which all four corners were measured, with their places and their words."""
    us, vs = _places(strides, strides), _places(sizes, sizes)
    top = _top(max(rates.values()))[0]
    rows = []
    for row, (size, larger) in enumerate(pairwise(sizes)):
        for column, (stride, wider) in enumerate(pairwise(strides)):
            corners = [(size, stride), (size, wider), (larger, stride), (larger, wider)]
            if not all(corner in rates for corner in corners):
                continue
            four = [rates[corner] for corner in corners]
            heights = dict(zip(("h00", "h10", "h01", "h11"), (round(rate / top, 4) for rate in four), strict=True))
            rows.append(
                {"u0": us[column], "u1": us[column + 1], "v0": vs[row], "v1": vs[row + 1]}
                | heights
                | {"rate": float(f"{prod(rate**0.25 for rate in four):.4g}")}
                | {"footprint": _between(size, larger), "stride": _between(stride, wider), "told": _rates(four)}
            )
    return rows


def _between(low: float, high: float) -> str:
    return f"{format_bytes(low)} to {format_bytes(high)}"


def _rates(rates: Sequence[float]) -> str:
    low, high = format_rate(min(rates)), format_rate(max(rates))
    return low if low == high else f"{low} to {high}"


def _places(values: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Return where values stand along an edge, by their logarithms: from -0.5 to 0.5 between the first and the last of `ends`."""
    low, high = log2(ends[0]), log2(ends[-1])
    return [round((log2(value) - low) / (high - low) - 0.5, 4) for value in values]


def _top(highest: float) -> tuple[float, float]:
    """Return the upper end of the axis of bandwidth, and the step of its ticks: 3 to 6 of them."""
    power = 10.0 ** floor(log10(highest))
    step = next(power * part for part in (0.2, 0.5, 1, 2) if highest <= 6 * power * part)
    return step * -(-highest // step), step


def _heights(highest: float) -> list[dict[str, Any]]:
    top, step = _top(highest)
    return [
        {"h": round(number * step / top, 4), "number": number, "label": format_rate(number * step) if number else "0"}
        for number in range(round(top / step) + 1)
    ]


def _edge_ticks(values: Sequence[float], most: int) -> list[dict[str, Any]]:
    """Return the ticks of an edge of the ground: powers of two, or both ends where there are none."""
    ticks = looks.octaves(values, most)
    ticks = ticks if len(ticks) > 1 else [values[0], values[-1]]
    return [
        {"at": place, "label": format_bytes(value), "number": number}
        for number, (place, value) in enumerate(zip(_places(ticks, values), ticks, strict=True))
    ]


# ── the projection ────────────────────────────────────────────────────────────────────────────────────────────────────


def _signals(stride_ticks: Sequence[Mapping[str, Any]], size_ticks: Sequence[Mapping[str, Any]]) -> list[Spec]:
    """Return the signals: those that are set from outside, and what the projection needs of them, in pixels and parts."""
    edges = _edge_signals("stride", len(stride_ticks)) | _edge_signals("size", len(size_ticks))
    computed = {**_PROJECTION, **edges, **_corner_signals(stride_ticks)}
    dragged, by_mouse = (
        {
            "source": "window",
            "type": "pointermove",
            "filter": kind,
            "between": [{"type": "pointerdown"}, {"source": "window", "type": "pointerup"}],
        }
        for kind in ("event.buttons", "event.buttons&&event.pointerType!='touch'")  # a finger up or down moves the page
    )
    move = f"{DEGREES_A_PIXEL}*(event.client"
    return [
        {
            "name": "grip",
            "value": {"x": 0, "y": 0, "turn": 0, "tilt": 0},
            "on": [{"events": "pointerdown", "update": "{x:event.clientX,y:event.clientY,turn:turn,tilt:tilt}"}],
        },
        {
            "name": "turn",
            "value": TURN,
            "on": [{"events": dragged, "update": f"(grip.turn-{move}X-grip.x)+3780)%360-180"}],
        },
        {
            "name": "tilt",
            "value": TILT,
            "on": [{"events": by_mouse, "update": f"clamp(grip.tilt+{move}Y-grip.y),{TILTS[0]},{TILTS[1]})"}],
        },
        *({"name": name, "update": update} for name, update in computed.items()),
    ]


# c, s: the turn; up, down: what tilting leaves of heights and of depths; ku, kv, kh: pixels of the ground's side across and
# in depth, and of the height 1; x0, y0: the ground's middle; fu, fv: the two edges at the front; lu, lv: the leftmost corner.
_PROJECTION: Final[Mapping[str, str]] = {
    "c": "cos(turn*PI/180)",
    "s": "sin(turn*PI/180)",
    "up": "cos(tilt*PI/180)",
    "down": "sin(tilt*PI/180)",
    "fit": "min(1,330/(320*down+210*up))",
    "ku": "fit*1.4142*clamp(width/2-60,40,390)",
    "kv": "min(ku,fit*1.4142*160)*down",
    "kh": "fit*210*up",
    "x0": "width/2",
    "y0": "190+kh/2",
    "fu": "s>=0?0.5:-0.5",
    "fv": "c>=0?0.5:-0.5",
    "lu": "-fv",
    "lv": "fu",
}


def _edge_signals(edge: str, ticks: int) -> dict[str, str]:
    """Return the signals of an edge at the front: its way on the screen, the way outwards, and every which label has room."""
    right, below, outward = ("ku*c", "kv*s", "2*fv") if edge == "stride" else ("-ku*s", "kv*c", "-2*fu")
    room = f"min(48/max(abs({edge}_right),.1),13/max(abs({edge}_below),.1))"
    return {
        f"{edge}_right": right,
        f"{edge}_below": below,
        f"{edge}_length": f"max(sqrt({edge}_right*{edge}_right+{edge}_below*{edge}_below),1)",
        f"{edge}_out_x": f"-{outward}*{edge}_below/{edge}_length".removeprefix("--"),
        f"{edge}_out_y": f"{outward}*{edge}_right/{edge}_length",
        f"{edge}_every": f"ceil(max(1,{ticks - 1}*{room}))",
    }


def _corner_signals(ticks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return where the label of the edge of strides is that is next to the front corner."""
    first, second, last = ticks[0]["at"], ticks[1]["at"], len(ticks) - 1
    return {
        "corner_u": f"{first}+{round(second - first, 4)}*(fu>0?{last}-{last}%stride_every:0)",
        "corner_x": f"{_x('corner_u', 'fv')}+stride_out_x*25",
        "corner_y": f"{_y('corner_u', 'fv')}+stride_out_y*14",
    }


def _x(u: str, v: str) -> str:
    return f"x0+ku*(({u})*c-({v})*s)"


def _y(u: str, v: str, h: str = "0") -> str:
    return f"y0+kv*(({u})*s+({v})*c)-kh*({h})"


def _path(points: Sequence[tuple[str, str, str]], *, is_closed: bool = False) -> str:
    """Return the expression of a path through points of the space, rounded to tenths of a pixel."""
    parts = [f"round(10*({_x(u, v)}))/10+','+round(10*({_y(u, v, h)}))/10" for u, v, h in points]
    return "'M'+" + "+'L'+".join(parts) + ("+'Z'" if is_closed else "")


def _data(name: str, rows: Sequence[Mapping[str, Any]], formulas: Mapping[str, str]) -> Spec:
    return {
        "name": name,
        "values": list(rows),
        "transform": [{"type": "formula", "as": field, "expr": expression} for field, expression in formulas.items()],
    }


def _quad_formulas() -> dict[str, str]:
    corners = [(f"datum.{u}", f"datum.{v}", f"datum.{h}") for u, v, h in CORNERS]
    depth = "10+(datum.u0+datum.u1)*s+(datum.v0+datum.v1)*c"
    return {"depth": depth, "path": _path(corners, is_closed=True)}


def _wall_formulas() -> dict[str, str]:
    return {"path": _path([(u, v, "datum.h") for u, v in (("lu", "lv"), ("-fu", "-fv"), ("-lu", "-lv"))])}


def _height_formulas() -> dict[str, str]:
    """Place the ticks at the leftmost corner; a nought where a label of an edge would touch it is not written."""
    beside = "(s*c>0?stride_out_x:size_out_x)<-0.6"
    every = "ceil(max(1,13/max(kh*datum.h/max(datum.number,1),.1)))"
    text = f"datum.number%({every})||(kh<20)||(datum.number==0&&{beside})?'':datum.label"
    return {"x": _x("lu", "lv"), "y": _y("lu", "lv", "datum.h"), "text": text}


def _edge_formulas(edge: str) -> dict[str, str]:
    """Place the ticks of an edge of the ground, and their labels beside them, outwards by half of what they measure."""
    u, v = ("datum.at", "fv") if edge == "stride" else ("fu", "datum.at")
    written = f"datum.number%{edge}_every==0"
    if edge == "size":  # where both edges end, a label gives way to that of the other edge
        written += "&&!(abs(datum.label_x-corner_x)<46&&abs(datum.label_y-corner_y)<13)"
    return {
        "x": _x(u, v),
        "y": _y(u, v),
        "label_x": f"datum.x+{edge}_out_x*(9+3.1*length(datum.label))",
        "label_y": f"datum.y+{edge}_out_y*14",
        "text": f"{written}?datum.label:''",
    }


def _title_formulas() -> dict[str, str]:
    """Place the titles along the two edges, further out than their labels."""
    formulas = {"height_x": _x("lu", "lv"), "height_y": f"{_y('lu', 'lv', '1')}-16"}
    for edge, (u, v) in {"stride": ("0", "fv"), "size": ("fu", "0")}.items():
        out = f"(26+48*abs({edge}_out_x)+8*abs({edge}_out_y))"
        angle = f"atan2({edge}_right<0?-{edge}_below:{edge}_below,abs({edge}_right))*180/PI"
        formulas |= {
            f"{edge}_x": f"{_x(u, v)}+{edge}_out_x*{out}",
            f"{edge}_y": f"{_y(u, v)}+{edge}_out_y*{out}",
            f"{edge}_angle": angle,
        }
    return formulas


# ── marks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _config() -> Spec:
    """Return our looks as Vega's own configuration, which knows no font for all."""
    keys = ("aria", "background", "legend", "title")
    config: Spec = {key: looks.CONFIG[key] for key in keys}
    config["legend"] = config["legend"] | {"labelFont": FONT, "titleFont": FONT}
    config["title"] = config["title"] | {"font": FONT}
    return config | {"text": looks.CONFIG["text"] | {"font": FONT}}


def _legend(bounds: tuple[float, float]) -> Spec:
    return {
        "fill": "colour",
        "type": "gradient",
        "title": "GB/s",
        "values": [rate for rate in looks.decades(bounds) if bounds[0] <= rate <= bounds[1]],
        "encode": {"labels": {"update": {"text": {"signal": "format(datum.value/1e9,'.3~r')"}}}},
    }


def _drawn(kind: str, data: str | None, **channels: Any) -> Spec:
    """Return a mark: fields by their names, numbers and colours as they are, expressions in `{"signal": …}`."""
    mark: Spec = {"type": kind, "encode": {"update": channels}}
    return mark | ({"from": {"data": data}, "interactive": False} if data else {"interactive": False})


def _field(name: str) -> Spec:
    return {"field": name}


def _value(value: Any) -> Spec:
    return {"value": value}


def _ground() -> list[Spec]:
    """Return what stands behind the surface: the floor, and on the two walls at the back the lines of the ticks."""
    floor_path = _path([("-.5", "-.5", "0"), (".5", "-.5", "0"), (".5", ".5", "0"), ("-.5", ".5", "0")], is_closed=True)
    posts = [_path([(u, v, "0"), (u, v, "1")]) for u, v in (("-fu", "-fv"), ("-lu", "-lv"))]
    return [
        _drawn(
            "path", None, path={"signal": floor_path}, fill=_value(GRID), fillOpacity=_value(0.4), stroke=_value(MUTED)
        ),
        _drawn("path", "walls", path=_field("path"), stroke=_value(GRID)),
        *(_drawn("path", None, path={"signal": post}, stroke=_value(GRID)) for post in posts),
    ]


def _surface() -> Spec:
    """Return the quads, each over those behind it, with its values under the pointer."""
    told = "{'footprint':datum.footprint,'stride':datum.stride,'bandwidth of used bytes':datum.told}"
    outline = {"stroke": _value(SURFACE), "strokeWidth": _value(0.5), "strokeOpacity": _value(0.6)}
    return {
        "type": "path",
        "name": "surface",
        "from": {"data": "quads"},
        "encode": {
            "enter": {"strokeJoin": _value("round")},
            "update": {
                "path": _field("path"),
                "zindex": _field("depth"),
                "fill": {"scale": "colour", "field": "rate"},
                "tooltip": {"signal": told},
                "cursor": _value("grab"),
                **outline,
            },
            "hover": {"stroke": _value(INK), "strokeWidth": _value(1.5), "strokeOpacity": _value(1)},
        },
    }


def _axes() -> list[Spec]:
    """Return the three axes: ticks, labels and titles."""
    upright = _path([("lu", "lv", "0"), ("lu", "lv", "1")])
    marks = [_drawn("path", None, path={"signal": upright}, stroke=_value(MUTED))]
    left: dict[str, Any] = {"x": _field("x"), "y": _field("y")}
    marks += [
        _drawn("rule", "heights", **left, x2={"field": "x", "offset": -5}, stroke=_value(MUTED)),
        _drawn(
            "text", "heights", x={"field": "x", "offset": -8}, y=_field("y"), text=_field("text"), **_writing("right")
        ),
    ]
    for edge in ("stride", "size"):
        end = {name: {"signal": f"datum.{name}+5*{edge}_out_{name}"} for name in ("x", "y")}
        marks += [
            _drawn("rule", f"{edge}s", **left, x2=end["x"], y2=end["y"], stroke=_value(MUTED)),
            _drawn(
                "text", f"{edge}s", x=_field("label_x"), y=_field("label_y"), text=_field("text"), **_writing("center")
            ),
        ]
    return marks + [_title(name, title) for name, title in _TITLES.items()]


_TITLES: Final = {"height": "bandwidth", "stride": "stride", "size": "footprint"}


def _writing(align: str) -> Spec:
    return {
        "align": _value(align),
        "baseline": _value("middle"),
        "fontSize": _value(LABEL),
        "fill": _value(MUTED),
    }


def _title(name: str, title: str) -> Spec:
    """Return a title of an axis; that of the upright axis stands above it, and not at all where it is seen from above."""
    place: Spec = {"x": _field(f"{name}_x"), "y": _field(f"{name}_y")}
    if name == "height":
        place |= _writing("right") | {"text": {"signal": f"kh<20?'':'{title}'"}}
    else:
        place |= _writing("center") | {"text": _value(title), "angle": _field(f"{name}_angle")}
    return _drawn("text", "titles", **place | {"fontSize": _value(12), "fontWeight": _value(500), "fill": _value(INK)})
