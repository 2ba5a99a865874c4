"""The study's operations: what an engine is asked, what the right answer is, and how many answers one time is divided by.

The article's one "SELECT over 1M rows" is three of them: a look-up by primary key, a count of the rows that a condition holds
of, and all rows fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from hwbench.engines.data import LOOKUPS, Data
from hwbench.engines.protocol import Engine, Row
from hwbench.errors import unknown

BATCH: Final = 10_000  # rows of an insert


class Operation(NamedTuple):
    """One thing that engines are asked.

    `question(data, repeat)` makes what no repeat before asked, `ask(engine, question)` is what is timed, `answer(data, question)`
    what plain Python answers; `parts` is how many of it are in one call; `tables` what it needs; `sizes` the usual ones; `weighed` at
    how many rows at most the sixteen variants are compared, the worst being quadratic or waiting for the disk once a row.
    """

    name: str
    question: Callable[[Data, int], Any]
    ask: Callable[[Engine, Any], Any]
    answer: Callable[[Data, Any], Any]
    parts: int = 1
    tables: tuple[str, ...] = ("items",)
    is_durable: bool = False
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    weighed: int = 100_000


def _nothing(_data: Data, _repeat: int) -> None:
    """Ask without a key: an engine that kept its results could answer from them; none that we know does."""


def _batch(data: Data, repeat: int) -> list[Row]:
    return data.batch(repeat, min(BATCH, data.n))


OPERATIONS: Final = (
    Operation("lookup", Data.keys, lambda engine, keys: engine.lookup(keys), Data.looked_up, parts=LOOKUPS),
    Operation("count", Data.bound, lambda engine, bound: engine.count(bound), Data.counted),
    Operation("fetch", _nothing, lambda engine, _nothing: engine.fetch(), lambda data, _nothing: data.items),
    Operation("maximum", _nothing, lambda engine, _nothing: engine.maximum(), lambda data, _nothing: data.n - 1),
    Operation(
        "join",
        Data.bound,
        lambda engine, bound: engine.join(bound),
        Data.joined,
        tables=("items", "orders"),
        sizes=(1_000, 10_000, 100_000),
        weighed=10_000,
    ),
    Operation(
        "insert",
        _batch,
        lambda engine, rows: engine.insert(rows),
        lambda _data, _rows: None,
        is_durable=True,
        sizes=(1_000, 10_000, 100_000),
        weighed=1_000,
    ),
)
BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}


def operation_named(name: str) -> Operation:
    """Return an operation by its name; raises UsageError where there is none."""
    if name not in BY_NAME:
        raise unknown("operation", name, BY_NAME)
    return BY_NAME[name]


def is_right(found: Any, wanted: Any) -> bool:
    """Whether an answer is the right one: rows in any order, reals exactly (they are halves)."""
    if isinstance(wanted, list):
        return isinstance(found, Sequence) and sorted(map(tuple, found)) == sorted(wanted)
    return bool(tuple(found) == wanted if isinstance(wanted, tuple) else found == wanted)
