"""What the plausible engine is told that it cannot take: an error in a line, and nothing of it is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hwbench.engines import plausible
from hwbench.engines.library import is_built
from hwbench.engines.plausible import Connection, Mistake
from hwbench.errors import EngineError

pytestmark = pytest.mark.skipif(
    not is_built(), reason="the plausible engine was not built"
)
INSERT = "INSERT INTO t VALUES (?, ?, ?)"
EACH = [Mistake.NONE, Mistake.MEMORY, Mistake.ABSTRACTION, Mistake.SYSTEM, Mistake.ALL]


@pytest.fixture(params=EACH, ids=str)
def engine(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with Connection(None, request.param) as made:
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL, name TEXT)")
        yield made


@pytest.mark.parametrize(
    ("rows", "trouble"),
    [
        ([(1, 0.5, "a"), (2, math.nan, "b")], "NaN is no value"),
        ([(1, 0.5, "a"), (2, 0.5, 3)], "not all integers of 64 bits, reals or texts"),
        ([(1, 0.5, "a"), (2, 0.5, None)], "not all integers of 64 bits, reals or texts"),
        ([(None, 0.5, "a")], "not all integers of 64 bits, reals or texts"),
        ([(2**63, 0.5, "a")], "not all integers of 64 bits, reals or texts"),
        ([(1, 0.5, "\ud800")], "surrogates not allowed"),
        ([(1, 0.5, "a"), (2.5, 0.5, "b")], "another type than column id"),
        ([(1, 0.5, "a"), (2, 0.5)], "takes 3 values, not 2"),
        ([()], "takes 3 values, not 0"),
    ],
)
def test_rows_that_do_not_fit_are_refused_all_together(engine: Connection, rows: list[Any], trouble: str) -> None:
    with pytest.raises(EngineError, match=trouble):
        engine.insert(INSERT, rows)
    assert engine.execute("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize("last", [(0, 0.5, "a"), (-1, "no price", "a"), (-1, 0.5, 7)], ids=str)
def test_a_large_insert_is_one_transaction(last: Any, tmp_path: Path) -> None:
    rows = [(i, i / 2, "some text") for i in range(3 * plausible.CHUNK_ROWS)]
    for mistakes in (Mistake.NONE, Mistake.MEMORY):
        with Connection(tmp_path / str(mistakes), mistakes) as engine:
            engine.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL, name TEXT)")
            with pytest.raises(EngineError):
                engine.insert(INSERT, [*rows, last])
            assert engine.execute("SELECT count(*), max(id) FROM t") == [(0, None)]
            assert engine.insert(INSERT, rows) == len(rows)
        with Connection(tmp_path / str(mistakes), mistakes) as engine:
            assert engine.execute("SELECT count(*), max(id) FROM t") == [(len(rows), len(rows) - 1)]


def test_integers_beside_reals_in_a_column_are_reals(engine: Connection) -> None:
    engine.insert(INSERT, [(1, 2, "a"), (2, 0.5, "b")])
    engine.insert(INSERT, [(3, 7, "c"), (4, 8, "d")])
    assert sorted(engine.execute("SELECT id, price FROM t")) == [(1, 2.0), (2, 0.5), (3, 7.0), (4, 8.0)]


def test_texts_of_any_bytes_come_back_as_they_were(engine: Connection) -> None:
    rows = [(i, 0.0, text) for i, text in enumerate(("", "\0", "a\0b", "é", "😀" * 300, "'", "plain"))]
    engine.insert(INSERT, rows)
    assert sorted(engine.execute("SELECT * FROM t")) == rows
    assert engine.execute("SELECT id FROM t WHERE name = ?", ("a\0b",)) == [(2,)]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "\ud800", b"a", [1]])
def test_a_value_that_is_none_of_ours_is_refused(engine: Connection, value: Any) -> None:
    with pytest.raises(EngineError):
        engine.execute("SELECT * FROM t WHERE id = ?", (value,))


@pytest.mark.parametrize("sql", ["SELECT id FROM t\0 nonsense", "SELECT '\ud800' FROM t"])
def test_a_statement_that_is_no_text_is_refused(engine: Connection, sql: str) -> None:
    with pytest.raises(EngineError, match="the statement"):
        engine.execute(sql)


def test_what_is_no_number_is_unequal_to_everything(engine: Connection) -> None:
    engine.insert(INSERT, [(1, math.inf, "a"), (2, -math.inf, "b"), (3, 0.5, "c")])
    answers = {"= 0": [3], "<> 0": [1, 2], "< 1": [3], ">= 0": [3], "> 0": [], "<= 0": [3]}
    for comparison, wanted in answers.items():
        found = engine.execute(f"SELECT id FROM t WHERE price - price {comparison}")
        assert sorted(row[0] for row in found) == wanted, comparison


def test_what_is_left_of_a_closed_connection_says_so(engine: Connection) -> None:
    engine.insert(INSERT, [(i, 0.5, "text") for i in range(5000)])
    select, insert = engine.statement("SELECT * FROM t"), engine.statement(INSERT)
    select.execute()
    rows = select.rows()
    next(rows)
    engine.close()
    engine.close()
    for use in (
        select.execute,
        lambda: insert.bind((1, 0.5, "a")),
        lambda: insert.insert([(1, 0.5, "a")]),
        lambda: engine.execute("SELECT * FROM t"),
        lambda: list(rows),
    ):
        with pytest.raises(EngineError, match="the connection is closed"):
            use()


def test_columns_that_were_inserted_are_not_looked_at_again(engine: Connection) -> None:
    insert = engine.statement(INSERT)
    insert.insert([(i, 0.5, "text") for i in range(100)])
    with pytest.raises(EngineError, match="a parameter has no value"):
        insert.execute()
    assert engine.execute("SELECT count(*) FROM t") == [(100,)]


def test_a_connection_keeps_so_many_statements_and_no_more() -> None:
    with Connection() as engine:
        engine.execute("CREATE TABLE t (id INTEGER)")
        first = engine.statement("SELECT id FROM t")
        for bound in range(plausible.MOST_STATEMENTS):
            engine.execute(f"SELECT id FROM t WHERE id = {bound}")
        assert engine.statement("SELECT id FROM t") is not first
        assert first.execute() == 0
