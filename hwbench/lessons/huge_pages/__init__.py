"""Huge pages: the same ring of nodes at random in memory, on pages of 4 KiB and on pages of 2 MiB."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
    Argument,
    Case,
    Cases,
    Claim,
    Exercise,
    Here,
    Item,
    Lesson,
    Prediction,
    Seen,
    Sweep,
    array,
    doubling,
    shuffled,
)
from hwbench.units import MIB, format_bytes, significant

STEPS = 40_000
PART = 8  # of a ring is walked in a call: even so it fits no cache
ENOUGH = 256 * MIB
MEMORY_PART = 24  # of the memory, that each of the two rings may take
RENEWED = 4096
COPIED_STEPS = 300_000
WORD = 8
HUGE = 2 << 20


def pair(places: NDArray[np.int64], random: np.random.Generator, steps: int = STEPS) -> tuple[Case, Case]:
    """Return the walk through a ring of nodes at those places in a random order, on base pages and on huge ones."""
    order = places[shuffled(len(places), random)]
    values = np.arange(len(places)) % 1009
    size = int(places.max()) + 2
    made = array(size), array(size, pages="huge")
    for words in made:
        words[order] = np.roll(order, -1)
        words[order + 1] = values
    slow, fast = (Case("walk", (words, steps), work=steps) for words in made)
    return slow, fast


def far(here: Here) -> int:
    """Return a size that fits no cache and has far more pages than any TLB has entries."""
    allowed = max(here.host.memory.total_bytes // MEMORY_PART, here.sizes.far)
    return int(min(4 * here.sizes.far, max(ENOUGH, here.sizes.far), allowed)) // HUGE * HUGE


def every_line(here: Here, size: int) -> NDArray[np.int64]:
    """Return places for a node on every line of so many bytes."""
    return np.arange(size // here.sizes.line) * (here.sizes.line // WORD)


def line_a_page(here: Here, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return places for a node in each of so many pages of the usual kind, on any of its lines."""
    page, line = here.page, here.sizes.line
    lines = random.integers(0, page // line, count) * line
    lines[0] = 0
    return (np.arange(count) * page + lines) // WORD


def near(here: Here) -> int:
    """Return a number of pages that the first level of the TLB does not hold, though the caches hold a line of each."""
    return int(min(8 * here.prices["dtlb.l1.entries"], here.sizes.l2 / here.sizes.line))


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: far more than any cache holds; the control: few pages; beside them a line in each of many pages."""
    everywhere = every_line(here, far(here))
    slow, fast = pair(everywhere, random, len(everywhere) // PART)
    few = max(int(here.prices["dtlb.l1.entries"] / 4), 2)
    control_slow, control_fast = pair(every_line(here, few * here.page), random)
    near_base, near_huge = pair(line_a_page(here, near(here), random), random)
    return {
        "slow": slow,
        "fast": fast,
        "control_slow": control_slow,
        "control_fast": control_fast,
        "near_base": near_base,
        "near_huge": near_huge,
    }


def predict(here: Here) -> Prediction:
    """What a random chase over so much memory takes on either kind of pages."""
    size = far(here)
    base = here.prices.load(size, "loads that wait for a walk, then for memory", curve="latency_base")
    huge = here.prices.load(size, "loads that wait for memory, on huge pages", curve="latency_huge")
    return Prediction(
        slow=(base.called(base.text, "tlb"),),
        fast=(huge,),
        how=f"the profile has walked {format_bytes(size)} on both kinds of pages",
    )


def applies(here: Here) -> str:
    """Whether the system gives huge pages; `Missing` if not."""
    array(HUGE, np.uint8, pages="huge")
    return ""


def gain(seen: Seen) -> Claim:
    """What huge pages gain where every load misses the caches as well."""
    factor = seen.ratio.value
    return Claim(
        "where every load waits for memory, huge pages gain between a twentieth and a half of the time",
        f"{significant(100 * (1 - 1 / factor))}% of the time",
        1.05 < factor < 2,
    )


def scattered(seen: Seen) -> Claim:
    """What they gain where the lines are near, and only the pages are many."""
    base, huge = seen.ns("near_base"), seen.ns("near_huge")
    return Claim(
        "where the data are in a near cache, huge pages gain more than a quarter of the time "
        "(not so in a virtual machine whose host has no huge pages)",
        f"{significant(huge)} ns a step instead of {significant(base)} ns",
        huge < 0.75 * base,
    )


def reaches(seen: Seen) -> Claim:
    """What the first level of the TLB reaches by each kind of page, if an entry holds one."""
    base = seen.prices["dtlb.l1.entries"] * seen.here.page
    huge = seen.prices["dtlb.l1.entries_huge"] * HUGE
    return Claim(
        "by huge pages the first level of the TLB reaches a hundred times as far, or further",
        f"{format_bytes(huge)} instead of {format_bytes(base)}",
        huge > 100 * base,
    )


def first_touch(seen: Seen) -> Claim:
    """What it costs to get memory, by the byte."""
    base = seen.prices["page_fault.cost"] / seen.here.page
    huge = seen.prices["page_fault.huge_cost"] / HUGE
    return Claim(
        "fresh memory comes cheaper, byte for byte, by the huge page",
        f"{significant(1024 * huge)} ns a KiB instead of {significant(1024 * base)} ns",
        huge < base,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """The walk over so much memory, on both kinds of pages."""
    everywhere = every_line(here, int(value))
    slow, fast = pair(everywhere, random, max(len(everywhere) // PART, 8192))
    return {"4 KiB pages": slow, "2 MiB pages": fast}


def copied_bytes(here: Here) -> int:
    """Return how much the exercise copies."""
    return min(here.sizes.far, 64 * MIB)


def exercise_inputs(here: Here, random: np.random.Generator) -> Cases:
    """Less memory, of which a copy is walked; with so many steps that to copy it is the smaller part."""

    def copied(size: int, steps: int) -> tuple[Case, Case]:
        words = pair(every_line(here, size), random)[0].arguments[0]
        slow, fast = (
            Case(function, (words, steps, words.size), work=steps) for function in ("on_base_pages", "on_huge_pages")
        )
        return slow, fast

    slow, fast = copied(copied_bytes(here), COPIED_STEPS)
    control_slow, control_fast = copied(16 * here.page, COPIED_STEPS)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict_exercise(here: Here) -> Prediction:
    """A step of the walk, and its share of the faults of the fresh memory."""
    prices, size = here.prices, copied_bytes(here)
    steps: dict[str, Item] = {
        pages: prices.load(size, f"loads out of {pages} pages", curve=f"latency_{pages}") for pages in ("base", "huge")
    }
    return Prediction(
        slow=(
            steps["base"],
            prices.item("page faults", "page_fault.cost", size / here.page / COPIED_STEPS, "allocation"),
        ),
        fast=(
            steps["huge"],
            prices.item("faults of huge pages", "page_fault.huge_cost", size / HUGE / COPIED_STEPS, "allocation"),
        ),
        how="besides the walk, fresh memory has to be faulted in, page by page",
    )


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some nodes other values."""
    words = arguments[0]
    nodes = random.integers(0, words.size // WORD, RENEWED)
    words[WORD * nodes + 1] = random.integers(0, 1009, RENEWED)


LESSON = Lesson(
    title="Huge pages: fewer translations for the same memory",
    chapter="Translation",
    cause="tlb",
    unit="step",
    cases=cases,
    predict=predict,
    claims={"gain": gain, "scattered": scattered, "reaches": reaches, "first_touch": first_touch},
    sweep=Sweep(
        axis="bytes",
        unit="B",
        title="a step through a ring at random in memory, by its size",
        values=lambda here: doubling(MIB / 8, far(here)),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` copies a ring into fresh memory and walks the copy. The copy lies on thousands of pages of 4 KiB. Have it "
        "lie on a few of 2 MiB, which the system must be asked for before the memory is touched.",
        functions=("on_base_pages", "on_huge_pages"),
        inputs=exercise_inputs,
        renew=renew,
        predict=predict_exercise,
    ),
    absent=lambda seen: (
        "huge pages gain little here, as the profile says too: "
        f"×{significant(seen.prices['huge_pages.gain'])}; in a virtual machine the host may back them with small ones"
    ),
    applies=applies,
    machine_code={
        "walk": ("loop", "dependent", "scalar", "branchless"),
        "numba:walk": ("loop", "dependent", "scalar"),
    },
    needs=("huge_pages.gain", "dtlb.l1.entries"),
)
