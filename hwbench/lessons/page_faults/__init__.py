"""Page faults: memory that is fresh from the system, and memory that was used before."""

import mmap

import numpy as np

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
    doubling,
)
from hwbench.units import significant

WORD = 8
OFTEN = 1000
HUGE = 2 << 20


def pair(here: Here, passes: int, random: np.random.Generator) -> tuple[Case, Case]:
    """Return the filling of fresh memory and of memory that was kept, so many times over; a unit of work is a page filled."""
    pages = max(here.sizes.l2 // here.page, 1)
    words = pages * here.page // WORD
    key = random.integers(1, 1 << 20, 1)
    slow, fast = (
        Case(function, (array(words), words, passes, key.copy()), work=pages * passes, least_bytes=words * WORD / 8)
        for function in ("fresh", "kept")
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: each page is used once; the control: a thousand times before it is given back."""
    slow, fast = pair(here, 1, random)
    control_slow, control_fast = pair(here, OFTEN, random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def predict(here: Here) -> Prediction:
    """Each page is written once; a fresh one costs a fault on top."""
    page = here.page
    filling = here.prices.item(
        "lines of a page, written in the second-level cache", "l2.write_bandwidth", page, "cache"
    )
    fault = here.prices.item("a page fault", "page_fault.cost", 1, "system")
    return Prediction(
        slow=(fault, filling),
        fast=(filling,),
        how="a fault for each page, and each line of it is moved once; to give pages back costs a fraction of a fault",
    )


def applies(here: Here) -> str:
    """Whether memory can be given back."""
    return "" if hasattr(mmap, "MADV_DONTNEED") else "this system does not take memory back by madvise"


def dear(seen: Seen) -> Claim:
    """A fault against writing the page."""
    fault = seen.prices["page_fault.cost"]
    writing = seen.here.page / seen.prices["l2.write_bandwidth"] * 1e9
    return Claim(
        "the first write to a page takes longer than to fill the whole page in a near cache",
        f"{significant(fault)} ns, and {significant(writing)} ns",
        fault > writing,
    )


def trap(seen: Seen) -> Claim:
    """A fault against a system call."""
    fault, call = seen.prices["page_fault.cost"], seen.prices["syscall.cost"]
    return Claim(
        "a fault costs more than a system call",
        f"{significant(fault)} ns, a call {significant(call)} ns",
        fault > call,
    )


def spread_out(seen: Seen) -> Claim:
    """Fresh memory that is used often."""
    once, often = seen.ns("slow"), seen.ns("control_slow")
    return Claim(
        "used a thousand times before it is given back, fresh memory costs less than a third a pass",
        f"{significant(often)} ns a page instead of {significant(once)} ns",
        often < once / 3,
    )


def huge(seen: Seen) -> Claim:
    """A huge page against as many small ones."""
    small, large = seen.prices["page_fault.cost"], seen.prices["page_fault.huge_cost"]
    pages = HUGE // seen.here.page
    return Claim(
        "a fault for a huge page costs more than one fault but much less than those for as much memory in small pages",
        f"{significant(large / 1000)} µs, {pages} faults {significant(pages * small / 1000)} µs",
        small < large < pages * small / 2,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Fresh and kept memory, used so many times."""
    slow, fast = pair(here, int(value), random)
    return {"fresh": slow, "kept": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Have other numbers written."""
    arguments[3][0] = random.integers(1, 1 << 20)


LESSON = Lesson(
    title="Page faults: what the first touch costs",
    chapter="Translation",
    cause="system",
    unit="page",
    cases=cases,
    predict=predict,
    claims={"dear": dear, "trap": trap, "spread_out": spread_out, "huge": huge},
    sweep=Sweep(
        axis="passes",
        unit="",
        title="to fill a page, by how often that is done before the memory is given back",
        values=lambda here: doubling(1, 1024),
        cases=sweep_cases,
    ),
    exercise=Exercise(
        task="`solve` gives its working memory back to the system at each call, as an allocator might, and so gets it fresh page "
        "by page. It overwrites all that it reads later, so it has no need of fresh memory: spare the faults.",
        renew=renew,
    ),
    absent=lambda seen: (
        f"a page fault costs only {significant(seen.prices['page_fault.cost'])} ns here, or the system hands out several pages "
        "at a fault"
    ),
    applies=applies,
    machine_code={"fresh": ("loop", "call", "branchless", "scalar"), "kept": ("loop", "branchless", "scalar")},
    needs=("page_fault.cost", "l2.write_bandwidth"),
)
