"""Split loads: links that lie over the ends of lines, and links that do not."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    array,
    shuffled,
)
from hwbench.units import significant

STEPS = 40_000
PAGE = 4096
WORD = 8


def linked(count: int, line: int, place: int, order: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return records of a line each with their links, 8 bytes at byte `place` of each, in that order."""
    records = array((count + 1) * line + WORD, np.uint8)
    records[:WORD] = np.array([place], np.int64).view(np.uint8)
    links = np.empty(count, np.int64)
    links[order] = np.roll(order, -1) * line
    bytes_at = place + line * np.arange(count)[:, None] + np.arange(WORD)
    records[bytes_at] = links.view(np.uint8).reshape(count, WORD)
    return records


def walks(here: Here, size: int, places: tuple[int, ...], random: np.random.Generator) -> list[Case]:
    """Return the walk through a ring of so many bytes, with the links at one place and another."""
    line = here.sizes.line
    count = size // line
    order = shuffled(count, random)
    return [
        Case("walk", (linked(count, line, place, order), STEPS), work=STEPS, least_bytes=float(WORD * count))
        for place in places
    ]


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: over the ends of lines and right before; the control: misaligned and aligned inside a line."""
    line, size = here.sizes.line, here.sizes.l1 // 2
    slow, fast = walks(here, size, (line - WORD // 2, line - WORD), random)
    control_slow, control_fast = walks(here, size, (20, 24), random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """A step is a load that waits for the one before, and what the second line adds to it."""
    pages = here.sizes.line / PAGE
    load = here.prices.item("a load from the first level, which the next one waits for", "l1d.latency", cause="cache")
    line_end = here.prices.item("a load over the end of a line", "split_line.penalty", 1 - pages, "cache")
    page_end = here.prices.item("a load over the end of a page", "split_page.penalty", pages, "cache")
    return Prediction(
        slow=(load, line_end, page_end),
        fast=(load,),
        how="each link is loaded when the one before it is there; a page has a last line too",
    )


def split(seen: Seen) -> Claim:
    """What the end of a line costs."""
    penalty, load = seen.prices["split_line.penalty"], seen.prices["l1d.latency"]
    return Claim(
        "a load over the end of a line takes longer than one inside a line, by a tenth at least",
        f"{significant(penalty)} ns on top of {significant(load)} ns",
        penalty > load / 10,
    )


def misaligned(seen: Seen) -> Claim:
    """Misaligned inside a line."""
    odd, even = seen.ns("control_slow"), seen.ns("control_fast")
    return Claim(
        "a misaligned load that stays inside a line costs the same as an aligned one, within a twentieth",
        f"{significant(odd)} and {significant(even)} ns",
        abs(odd / even - 1) < 0.05,
    )


def page(seen: Seen) -> Claim:
    """What the end of a page costs."""
    at_page, at_line = seen.prices["split_page.penalty"], seen.prices["split_line.penalty"]
    load = seen.prices["l1d.latency"]
    return Claim(
        "the end of a page costs no more than three loads from the first level",
        f"{significant(at_page)} ns more at the end of a page, {significant(at_line)} ns at that of a line",
        at_page < 3 * load,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """The links at a place, in the first level and in the second."""
    (near,) = walks(here, here.sizes.l1 // 2, (int(value),), random)
    (further,) = walks(here, here.sizes.l2, (int(value),), random)
    return {"in the first level": near, "in the second level": further}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Link the records in another order."""
    records = arguments[0]
    place = int(records[:WORD].view(np.int64)[0])
    places = [place]
    while (link := _link(records, places[-1])) != 0:
        places.append(place + link)
    order = np.array([places[0], *random.permutation(places[1:])])
    for here, after in zip(order, np.roll(order, -1), strict=True):
        records[here : here + WORD] = np.array([after - place], np.int64).view(np.uint8)


def _link(records: NDArray[np.uint8], at: int) -> int:
    return int.from_bytes(records[at : at + WORD].tobytes(), "little")


LESSON = Lesson(
    title="Split loads: eight bytes on two lines",
    chapter="Caches",
    cause="cache",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"split": split, "misaligned": misaligned, "page": page},
    sweep=Sweep(
        axis="byte",
        unit="",
        title="a step along links of 8 bytes, by the byte of its line at which a link begins",
        values=lambda here: [float(here.sizes.line + step) for step in range(-14, 5)],
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="The links lie over the ends of lines. `arrange` gets the records and may lay them out anew, in as many bytes: put "
        "the links where no line ends, and say so in the first word. `solve` walks what `arrange` wrote.",
        arrange=("keep", "align"),
        renew=renew,
    ),
    absent=lambda seen: (
        "this core serves a load from two lines as it does from one: "
        f"{significant(max(seen.prices['split_line.penalty'], 0.0))} ns more"
    ),
    machine_code={
        "walk": ("loop", "dependent", "scalar", "branchless"),
        "numba:walk": ("loop", "dependent", "scalar"),
    },
    needs=("split_line.penalty", "split_page.penalty", "l1d.latency"),
)
