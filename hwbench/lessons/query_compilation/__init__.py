"""Query compilation: a condition as a tree that is walked for every row, and as the few instructions that it comes to."""

import numpy as np
from numpy.typing import NDArray

from hwbench.lessons.kit import (
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
from hwbench.units import format_time, significant

ROW_WORDS, ROW_BYTES, NODE_WORDS = 4, 32, 3
MOST_ROWS = 8192  # more would make a call of the interpreter last too long
LIMITS = 8
LIVE = 4  # rows of the control that were not deleted
COLUMN, CONSTANT, LIMIT, PLUS, LESS, AND, OR = range(7)
A, B, C = 1, 2, 3
Node = tuple["Node | int", ...]
CONDITION: Node = (
    OR,
    (AND, (LESS, (PLUS, (COLUMN, A), (COLUMN, B)), (LIMIT, 0)), (LESS, (CONSTANT, 250), (COLUMN, C))),
    (LESS, (COLUMN, A), (CONSTANT, 50)),
)
NODES = 13
PER_NODE = 32  # instructions: to save and restore registers, to find out the operation, to call for what is below
PER_ROW = 21  # to go to the next live row, to compute the condition, to add up


def numbered(root: Node) -> NDArray[np.int64]:
    """Return a tree as words, three a node: its operation, and what it applies to."""
    nodes: list[list[int]] = []

    def add(node: Node) -> int:
        number = len(nodes)
        nodes.append([int(str(node[0])), 0, 0])
        for place, one in enumerate(node[1:], start=1):
            nodes[number][place] = add(one) if isinstance(one, tuple) else one
        return number

    add(root)
    return np.array(nodes, dtype=np.int64).ravel()


def pair(rows: NDArray[np.int64], random: np.random.Generator, limits: int = LIMITS) -> tuple[Case, Case]:
    """Return the query over the same rows both ways."""
    arguments = placed(rows), len(rows), numbered(CONDITION), random.integers(200, 1800, limits), limits
    work = limits * len(rows)
    return Case("interpreted", arguments, work=work), Case("compiled", arguments, work=work)


def rows_of(here: Here) -> int:
    """Return the rows of a table that fits the second level."""
    return min(here.sizes.l2 // ROW_BYTES, MOST_ROWS)


def table(count: int, live: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return rows of which the first `live` were not deleted."""
    rows = random.integers(0, 1000, (count, ROW_WORDS))
    rows[:, 0] = np.arange(count) >= live
    return rows


def cases(here: Here, random: np.random.Generator) -> Cases:
    """Slow and fast: no row was deleted; the control: nearly all were, so that there is hardly a condition to evaluate."""
    count = here.in_python(rows_of(here), 500)
    slow, fast = pair(table(count, count, random), random)
    control_slow, control_fast = pair(table(10 * count if here.language == "python" else count, LIVE, random), random)
    return {"slow": slow, "fast": fast, "control_slow": control_slow, "control_fast": control_fast}


def evaluated(here: Here) -> Item:
    """Return the price of the tree for a row."""
    return here.prices.instructions(NODES * PER_NODE, f"instructions to walk {NODES} nodes")


def predict(here: Here) -> Prediction:
    """Every node is a call with all that goes with it; compiled, it is an instruction or two."""
    row = (here.prices.instructions(PER_ROW, "instructions of a row"), here.prices.item("a call", "call.direct"))
    return Prediction(
        slow=(evaluated(here), *row),
        fast=row,
        how=f"the tree has {NODES} nodes, at some {PER_NODE} instructions each; all rows go the same way through it, so that "
        "no jump is mispredicted, and rows do not wait for each other: what counts is the number of instructions",
    )


def same_way(seen: Seen) -> Claim:
    """What a node took by the run, against a mispredicted jump."""
    node = (seen.ns("slow", "c") - seen.ns("fast", "c")) / NODES
    missed = seen.prices["branch.mispredict_cost"]
    return Claim(
        "a node takes less than a single mispredicted jump would: the predictor knows the way through the tree by heart",
        f"{format_time(node)} a node, {format_time(missed)} a wrong guess",
        node < missed,
    )


def per_node(seen: Seen) -> Claim:
    """What a node took by the run, in additions."""
    node = (seen.ns("slow", "c") - seen.ns("fast", "c")) / NODES
    additions = node / seen.prices.instructions(1).price_ns
    return Claim(
        "to walk past a node takes as long as ten or more plain instructions, for one that does the work",
        f"{format_time(node)}, as long as {significant(additions)} instructions",
        additions >= 10,
    )


def python_shows(seen: Seen) -> Claim:
    """The ratio of plain Python."""
    ratio = seen.gain("python")
    return Claim(
        "plain Python gains, too, when the tree is written out as source and compiled once by `eval`",
        f"×{significant(ratio)}",
        ratio > 1.5,
    )


def python_interprets(seen: Seen) -> Claim:
    """What Python has compiled against what C interprets."""
    python, native = seen.ns("fast", "python"), seen.ns("slow", "c")
    return Claim(
        "what Python has compiled is still slower than what C interprets, since it is bytecode that is interpreted again",
        f"{format_time(python)} a row against {format_time(native)}",
        python > native,
    )


def sweep_cases(here: Here, value: float, random: np.random.Generator) -> Cases:
    """Both ways over a table of which a share was not deleted."""
    count = rows_of(here)
    slow, fast = pair(table(count, max(int(value * count), LIVE), random), random)
    return {"interpreted": slow, "compiled": fast}


LESSON = Lesson(
    title="Query compilation: what a tree costs for every row",
    chapter="Engines",
    cause="instructions",
    unit="row",
    cases=cases,
    predict=predict,
    claims={
        "same_way": same_way,
        "per_node": per_node,
        "python_shows": python_shows,
        "python_interprets": python_interprets,
    },
    sweep=Sweep(
        axis="rows to evaluate",
        unit="%",
        title="a row of the table, by the share of rows that the condition is evaluated for",
        values=lambda _: [step / 10 for step in range(11)],
        cases=sweep_cases,
        logarithmic=False,
    ),
    exercise=Exercise(
        task="The tree is always that of (a + b < limit AND 250 < c) OR a < 50; only the limit changes. Write the condition "
        "out, so that no tree is walked. Mind that && and || may become jumps that depend on the data.",
    ),
    absent=lambda seen: (
        f"the {NODES} nodes are walked in {format_time(evaluated(seen.here).ns)} by the price list, and what else is done for a "
        "row takes longer here"
    ),
    machine_code={
        "interpreted": ("loop", "call", "scalar"),
        "compiled": ("loop", "call", "scalar"),
    },
    needs=("core.width", "call.direct", "branch.mispredict_cost"),
)
