"""The study's tables, questions and right answers, by exact values and by sqlite."""

from __future__ import annotations

import sqlite3

import pytest

from hwbench.engines.data import BOUNDS, TABLES, Data
from hwbench.engines.operations import OPERATIONS, is_right

N = 200


@pytest.fixture(scope="module")
def data() -> Data:
    return Data(N)


def test_tables_are_the_same_each_time_and_their_keys_count_up(data: Data) -> None:
    assert data.items == Data(N).items
    assert [row[0] for row in data.items] == list(range(N))
    assert [row[0] for row in data.orders] == list(range(N))
    assert all(0 <= row[1] < N for row in data.orders)
    assert {len(row) for row in data.items} == {len(TABLES["items"])}
    assert data.items != Data(N, seed=2).items


def test_answers_are_those_of_sqlite(data: Data) -> None:
    connection = sqlite3.connect(":memory:")
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", getattr(data, table))
    for repeat in range(5):
        bound, keys = data.bound(repeat), data.keys(repeat)
        counted = connection.execute("SELECT count(*) FROM items WHERE value < ?", (bound,)).fetchone()[0]
        assert data.counted(bound) == counted
        assert 0 < counted < N
        joined = "SELECT count(*), sum(amount) FROM orders JOIN items ON item = items.id WHERE value < ?"
        assert data.joined(bound) == connection.execute(joined, (bound,)).fetchone()
        assert data.looked_up(keys) == [
            connection.execute("SELECT * FROM items WHERE id = ?", (k,)).fetchone() for k in keys
        ]


def test_no_question_with_a_key_is_asked_twice(data: Data) -> None:
    assert len({data.bound(repeat) for repeat in range(BOUNDS)}) == BOUNDS
    assert len({tuple(data.keys(repeat)) for repeat in range(BOUNDS)}) == BOUNDS
    keys = [row[0] for repeat in range(5) for row in data.batch(repeat, 30)]
    assert keys == list(range(N, N + 150))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_only_the_right_answer_is_right(operation: object, data: Data) -> None:
    answer = operation.answer(data, operation.question(data, 0))  # type: ignore[attr-defined]
    if answer is None:
        return
    assert is_right(answer, answer)
    if isinstance(answer, list):
        assert is_right(list(reversed(answer)), answer), "rows may come in any order"
        assert not is_right(answer[:-1], answer)
        assert not is_right([*answer[:-1], answer[0]], answer)
        assert not is_right(3, answer)
    elif isinstance(answer, tuple):
        assert is_right(list(answer), answer)
        assert not is_right((answer[0] + 1, answer[1]), answer)
    else:
        assert not is_right(answer + 1, answer)
