"""Virtual calls: the same objects asked in any order, and kind by kind."""

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
    placed,
)
from hwbench.units import significant

SHAPE_WORDS = 4
KINDS = 4
LARGEST = 100


def shapes_of(kinds: int, here: Here, random: np.random.Generator) -> NDArray[np.int16]:
    """Return shapes of so many kinds in no order, a row each."""
    count = here.in_python(here.unlearnable_targets, 1 << 17)
    kind = random.integers(0, kinds, count)
    width, height = random.integers(2, LARGEST, (2, count))
    return np.stack([kind, width, height, np.zeros(count)], axis=1).astype(np.int16)


def both(shapes: NDArray[np.int16], column: int = 0) -> tuple[Case, Case]:
    """Return the total over the shapes as they are, and over the same by kind (or by another column)."""
    ordered = shapes[np.argsort(shapes[:, column], kind="stable")]
    slow, fast = (
        Case("total_area", (placed(each), len(each)), work=len(each), least_bytes=8 * len(each))
        for each in (shapes, ordered)
    )
    return slow, fast


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: shapes of all kinds, mixed and by kind; the control: shapes of one kind, mixed and by width."""
    slow, fast = both(shapes_of(KINDS, here, random))
    control_slow, control_fast = both(shapes_of(1, here, random), column=1)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def call_of(here: Here) -> tuple[Item, ...]:
    """A turn of the loop with a call that is foreseen, from a place that always calls the same."""
    return (
        here.prices.item("jumps back", "branch.taken.throughput", 1.0, "execution"),
        here.prices.item("calls through a pointer, foreseen", "call.indirect", 1.0, "dispatch"),
    )


def changing(here: Here, share: float) -> tuple[Item, ...]:
    """What a foreseen call costs more, on some cores, from a place that has called other functions before."""
    if not here.prices.has("call.changing"):
        return ()
    return (here.prices.item("foreseen calls from a place of several targets", "call.changing", share, "dispatch"),)


def predict(here: Here) -> Prediction:
    """In a mixed array each call is a surprise, unless it happens to be the one before again."""
    wrong = here.prices.item("wrong targets", "indirect.mispredict_cost", 1 - 1 / KINDS, "branch")
    call = call_of(here)
    return Prediction(
        slow=(*call, *changing(here, 1 / KINDS), wrong),
        fast=(*call, *changing(here, 1.0)),
        how="of four functions, all as likely, three in four are guessed wrong; the call itself is the same in both",
    )


def pointer_is_cheap(seen: Seen) -> Claim:
    """A call through a pointer that is foreseen against a plain one."""
    pointer, plain = seen.prices["call.indirect"], seen.prices["call.direct"]
    return Claim(
        "a call through a pointer that is foreseen costs about as much as a plain one",
        f"{significant(pointer)} ns through a pointer, {significant(plain)} ns plain",
        pointer < 1.5 * plain + 0.1,
    )


def surprise(seen: Seen) -> Claim:
    """A wrong guess against the call itself."""
    wrong, call = seen.prices["indirect.mispredict_cost"], seen.prices["call.indirect"]
    return Claim(
        "a call that goes elsewhere than was guessed costs several times as much as one that was foreseen",
        f"{significant(wrong)} ns more, on top of {significant(call)} ns",
        wrong > 2 * call,
    )


def several_targets(seen: Seen) -> Claim:
    """What is left where calls are foreseen, but went to several functions; there is no saying what is right here."""
    more = seen.prices["call.changing"]
    return Claim(
        "a foreseen call may cost more where others were called from the same place before",
        f"{significant(more)} ns more" if more > 0 else "it does not",
        None,
    )


def python_feels_it(seen: Seen) -> Claim:
    """Python's interpreter remembers the class that it saw at each call."""
    mixed, by_kind = seen.ns("slow", "python"), seen.ns("fast", "python")
    return Claim(
        "a list of mixed objects takes longer in plain Python, too",
        f"{significant(mixed)} ns mixed, {significant(by_kind)} ns by kind",
        mixed > 1.05 * by_kind,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both orders, where such a share of the shapes is of the second kind and the rest of the first."""
    shapes = shapes_of(1, here, random)
    shapes[:, 0] = random.random(len(shapes)) < value
    slow, fast = both(shapes)
    return {"mixed": slow, "by kind": fast}


def renew(arguments: tuple[Argument, ...], random: np.random.Generator) -> None:
    """Give some shapes another width."""
    shapes = arguments[0].reshape(-1, SHAPE_WORDS)
    shapes[random.integers(0, len(shapes), 64), 1] = random.integers(2, LARGEST, 64)


LESSON = Lesson(
    title="Virtual calls: it is not the pointer",
    chapter="Branches",
    cause="branch",
    unit="object",
    cases=cases,
    predict=predict,
    claims={
        "pointer_is_cheap": pointer_is_cheap,
        "surprise": surprise,
        "several_targets": several_targets,
        "python_feels_it": python_feels_it,
    },
    sweep=Sweep(
        axis="share",
        unit="%",
        title="an object, by the share of objects of a second kind",
        values=lambda here: [step / 10 for step in range(11)],
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="Lay out the shapes so that the calls in `solve` can be foreseen. `arrange` gets them mixed, with the number of "
        "words (four a shape), and writes them anew; `solve` sums their areas.",
        arrange=("keep", "by_kind"),
        renew=renew,
    ),
    absent=lambda seen: (
        f"a wrong target costs only {significant(seen.prices['indirect.mispredict_cost'])} ns on this CPU, "
        f"a call that is foreseen {significant(seen.prices['call.indirect'])} ns"
    ),
    machine_code={"total_area": ("loop", "indirect", "call"), "numba:total_area": ("loop", "indirect")},
    needs=("indirect.mispredict_cost", "call.indirect", "branch.taken.throughput"),
)
