"""The machine as a drawing: memory, sockets, caches over the cores that share them, claimed sizes against measured ones.

In the manner of hwloc's lstopo (F. Broquedis et al., "hwloc: a generic framework for managing hardware affinities in HPC
applications", PDP 2010). Boxes stand at a share of the width plus some pixels, so that one drawing fits every screen; a
narrow one has fewer columns and more that is alike drawn once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

import altair as alt

from hwbench.records import CacheClaim, MachineProfile
from hwbench.show.report import looks
from hwbench.show.report import topology_words as words
from hwbench.show.report.looks import INK, MUTED, SURFACE
from hwbench.show.report.machines import Machine
from hwbench.show.report.picture import Drawn, Missing, Picture, Spec
from hwbench.show.report.topology_parts import PAD, Core, Part, cores_of, fitted, together, tree
from hwbench.show.words import one_line

TITLE: Final = "What the machine is made of"
LAYOUTS: Final = (288, 440, 700, 860)  # pixels: one for each width from which it is shown
MOST_BOXES: Final = 400
LINE: Final = 15  # pixels a line of text
LETTERS: Final = (6.2, 6.9)  # pixels that a letter takes as a rule: plain, bold
STYLES: Final = {
    "frame": SURFACE,
    "memory": looks.colour("c1"),
    "L3": looks.colour("c3"),
    "L2": looks.colour("c5"),
    "L1": looks.colour("c4"),
    "core": looks.colour("c6"),
    "efficiency core": looks.colour("left"),
    "performance core": looks.colour("c2"),
}
TOLD: Final = {
    "what": "part",
    "name": "name",
    "number": "number",
    "nominal": "claimed",
    "measured": "measured",
    "agreement": "agreement",
    "associativity": "associativity",
    "line_size": "line size",
    "shared": "shared by",
    "instances": "instances",
    "cpus": "CPUs",
    "usable": "usable",
    "available": "available",
    "limit": "limit",
    "pages": "pages",
    "source": "said by",
    "caution": "caution",
}


class Edge(NamedTuple):
    """Where a box begins or ends: a part of the whole width, and pixels."""

    part: float
    pixels: float

    def moved(self, pixels: float) -> Edge:
        """Return the edge so many pixels to the right."""
        return Edge(self.part, self.pixels + pixels)


def between(left: Edge, right: Edge, share: float) -> Edge:
    """Return the place at a share of the way from `left` to `right`."""
    part, pixels = (one + (other - one) * share for one, other in zip(left, right, strict=True))
    return Edge(part, pixels)


@dataclass(frozen=True)
class Box:
    """A box of the drawing: its place, its lines of text (long, and short where it is narrow), and what it tells."""

    left: Edge
    right: Edge
    top: float
    bottom: float
    style: str
    lines: Sequence[tuple[str, str]]
    tells: Mapping[str, str] = field(default_factory=dict)
    differs: bool = False
    usable: bool = True


def topology(machine: Machine) -> Drawn:
    """Draw one machine as nested boxes; hosts that describe neither cores nor caches have no drawing."""
    profile = machine.profile
    host = profile.host
    cores = cores_of(host)
    caches = words.caches_of(profile)
    if not (cores or caches):
        reasons = [host.missing[name] for name in ("cores", "caches") if name in host.missing]
        return Missing(TITLE, "; ".join(reasons) or "the host describes neither its cores nor its caches")
    parts = tree(cores, caches) or (Part("cpus", "", host.usable_cpus, host.usable_cpus, tuple(caches)),)
    boxes = _layouts(profile, parts, cores)
    if max(map(len, boxes.values())) > MOST_BOXES:
        return Missing(TITLE, f"its cores differ so much that more than {MOST_BOXES} boxes would be drawn")
    return Picture(
        name="topology",
        title=TITLE,
        spec=_spec(boxes),
        alternative=words.alternative(profile, cores, caches),
        caption=words.caption(profile, cores, caches),
        table=words.table(profile, cores, caches),
    )


def _layouts(profile: MachineProfile, parts: Sequence[Part], cores: Sequence[Core]) -> dict[int, list[Box]]:
    """Return the boxes by the width from which they are shown; a width at which nothing changes is left out."""
    layouts: dict[int, list[Box]] = {}
    last: list[Box] = []
    for pixels in LAYOUTS:
        inner = pixels - 2 * PAD
        boxes = Drawing(profile, inner).whole(fitted(parts, inner), cores)
        if boxes != last:
            layouts[pixels] = last = boxes
    return layouts


# ── the boxes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Drawing:
    """Places the boxes of one machine, in rows for which so many pixels are enough."""

    profile: MachineProfile
    pixels: int

    def whole(self, parts: Sequence[Part], cores: Sequence[Core]) -> list[Box]:
        """Return the boxes of the machine, each after those that it stands in."""
        host = self.profile.host
        left, right = Edge(0, 1), Edge(1, -1)
        inner = (left.moved(PAD), right.moved(-PAD))
        head, held = words.machine_lines(host, cores), words.memory_lines(host)
        memory = Box(*inner, *_span(1 + len(head) * LINE + PAD, held), "memory", held, words.memory_tells(host))
        inside, bottom = self.row(parts, *inner, memory.bottom + PAD, is_merged=False)
        tells = {"what": "machine", "name": one_line(host.name)}
        return [Box(left, right, 1, bottom + PAD, "frame", head, tells), memory, *inside]

    def row(
        self, parts: Sequence[Part], left: Edge, right: Edge, top: float, *, is_merged: bool
    ) -> tuple[list[Box], float]:
        """Return the boxes of parts side by side, in several rows where they are too many, and where they end."""
        boxes: list[Box] = []
        for line in self.lines(parts):
            whole = sum(part.width + PAD for part in line)
            place, bottoms = 0, [top]
            for part in line:
                begin = between(left, right.moved(PAD), place / whole)
                place += part.width + PAD
                end = between(left, right.moved(PAD), place / whole).moved(-PAD)
                found, bottom = self.part(part, begin, end, top, is_merged=is_merged)
                boxes += found
                bottoms.append(bottom)
            top = max(bottoms) + PAD
        return boxes, top - PAD

    def lines(self, parts: Sequence[Part]) -> list[list[Part]]:
        """Return the parts in rows that are no wider than what there is."""
        rows: list[list[Part]] = []
        for part in parts:
            if rows and together([*rows[-1], part]) <= self.pixels:
                rows[-1].append(part)
            else:
                rows.append([part])
        return rows

    def part(self, part: Part, left: Edge, right: Edge, top: float, *, is_merged: bool) -> tuple[list[Box], float]:
        """Return the boxes of a part: a frame where it has a name to tell, its caches, then its own parts or its CPUs."""
        if not part.has_frame:
            return self.inside(part, left, right, top, is_merged=is_merged)
        is_inner = is_merged or part.times > 1
        lines = words.frame_lines(part, is_merged=is_merged)
        start = top + len(lines) * LINE + PAD
        boxes, bottom = self.inside(part, left.moved(PAD), right.moved(-PAD), start, is_merged=is_inner)
        frame = Box(left, right, top, bottom + PAD, "frame", lines, words.part_tells(part))
        return [frame, *boxes], frame.bottom

    def inside(self, part: Part, left: Edge, right: Edge, top: float, *, is_merged: bool) -> tuple[list[Box], float]:
        """Return a part's caches, each as wide as what shares it, over its own parts or its CPUs."""
        boxes = []
        for claim in part.caches:
            box = self.cache(claim, left, right, top)
            boxes.append(box)
            top = box.bottom + PAD / 2
        if part.children:
            inner, bottom = self.row(part.children, left, right, top, is_merged=is_merged)
            return boxes + inner, bottom
        lines = words.core_lines(part, is_merged=is_merged)
        style = part.name if part.name in STYLES else "core"
        usable = bool(part.usable) or not part.cpus
        core = Box(left, right, *_span(top, lines), style, lines, words.part_tells(part), usable=usable)
        return [*boxes, core], core.bottom

    def cache(self, claim: CacheClaim, left: Edge, right: Edge, top: float) -> Box:
        """Return the box of a cache: its name and claimed size, and beneath what was measured."""
        lines = words.cache_lines(self.profile, claim)
        quantity = words.measured(self.profile, claim)
        differs = quantity is not None and quantity.agrees is False
        style = f"L{min(max(claim.level, 1), 3)}"
        return Box(left, right, *_span(top, lines), style, lines, words.cache_tells(self.profile, claim), differs)


def _span(top: float, lines: Sequence[object]) -> tuple[float, float]:
    return top, top + len(lines) * LINE + PAD


# ── the picture ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _spec(boxes: Mapping[int, Sequence[Box]]) -> Spec:
    """Return the boxes of all layouts as one specification, which shows those that suit its width."""
    widths = [0, *list(boxes)[1:], 1_000_000]
    spans = [{"from": least, "to": most} for least, most in pairwise(widths)]
    placed = [(box, span) for span, found in zip(spans, boxes.values(), strict=True) for box in found]
    rows = [_row(box) | span for box, span in placed]
    texts = [row | span for box, span in placed for row in _lines(box)]
    height = min(max(box.bottom for box in found) for found in boxes.values())
    layers = [
        *(
            _rectangles([row for row in rows if row["may_be_used"] == usable], usable=usable)
            for usable in (True, False)
        ),
        *(
            _text([row for row in texts if row["is_title"] == is_title], is_title=is_title)
            for is_title in (True, False)
        ),
    ]
    return looks.finished(alt.layer(*layers), round(height))


def _row(box: Box) -> dict[str, Any]:
    """Return a box as data."""
    return {
        "left_part": box.left.part,
        "left_pixels": box.left.pixels,
        "right_part": box.right.part,
        "right_pixels": box.right.pixels,
        "top": box.top,
        "bottom": box.bottom,
        "style": box.style,
        "differs": box.differs,
        "may_be_used": box.usable,
        **box.tells,
    }


def _lines(box: Box) -> Iterator[dict[str, Any]]:
    """Return the lines of text in a box as data."""
    for number, (long, short) in enumerate(box.lines):
        place = {"line": box.top + 4 + LINE * number, "is_title": number == 0}
        yield _row(box) | {"long": long, "short": short} | place


def _shown(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return a chart of the rows that suit the width, with `left` and `right` in pixels."""
    return (
        alt.Chart(looks.data(rows))
        .transform_filter("width >= datum.from && width < datum.to")
        .transform_calculate(
            left="datum.left_part * width + datum.left_pixels", right="datum.right_part * width + datum.right_pixels"
        )
    )


def _rectangles(rows: Sequence[Mapping[str, Any]], *, usable: bool) -> Any:
    """Return the layer of boxes; a frame has no filling, nor has what may not be used, which is dashed."""
    styles = alt.Scale(domain=list(STYLES), range=list(STYLES.values()))
    return (
        _shown(rows)
        .mark_rect(cornerRadius=3, strokeDash=[1, 0] if usable else [4, 3])
        .encode(
            x=_pixels(alt.X, "left"),
            x2="right:Q",
            y=_pixels(alt.Y, "top"),
            y2="bottom:Q",
            fill=alt.Fill("style:N", scale=styles, legend=None),
            fillOpacity=alt.condition("datum.style == 'frame' || !datum.may_be_used", alt.value(0), alt.value(0.2)),
            stroke=alt.condition("datum.differs", alt.value(looks.colour("warn")), alt.value(MUTED)),
            strokeWidth=alt.condition("datum.differs", alt.value(2), alt.value(1)),
            tooltip=looks.tips(**TOLD),
        )
    )


def _text(rows: Sequence[Mapping[str, Any]], *, is_title: bool) -> Any:
    """Return the layer of the first lines of boxes, which are bold, or of the others: each line short where it is narrow."""
    room = "datum.right - datum.left - 6"
    fits = f"length(datum.long) * {LETTERS[is_title]} < {room}"
    return (
        _shown(rows)
        .mark_text(
            align="left",
            baseline="top",
            dx=5,
            fontWeight="bold" if is_title else "normal",
            color=INK,
            text=alt.ExprRef(f"{fits} ? datum.long : datum.short"),
            limit=alt.ExprRef(room),
        )
        .encode(x=_pixels(alt.X, "left"), y=_pixels(alt.Y, "line"), tooltip=looks.tips(**TOLD))
    )


def _pixels(channel: Any, field_: str) -> Any:
    return channel(f"{field_}:Q", scale=None, axis=None)
