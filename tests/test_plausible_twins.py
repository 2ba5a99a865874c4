"""The typed loops of the plausible engine give in numba what they give in C, and a compiled condition what it gives uncompiled."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sql_cases import are_same, random_query, random_table, sqlite_with

from hwbench.catalog.twins import numba_module
from hwbench.engines import plausible
from hwbench.engines.library import is_built, library
from hwbench.engines.plausible import Connection, Mistake, Statement
from hwbench.errors import EngineError

pytestmark = pytest.mark.skipif(
    not is_built(), reason="the plausible engine was not built"
)
EXTREMES = (-(2**63), 2**63 - 1, -1, 0, 1)
INTEGERS = st.one_of(st.sampled_from(EXTREMES), st.integers(-(2**63), 2**63 - 1))
REALS = st.floats(allow_nan=False)
FEW_KEYS = st.lists(st.integers(-3, 3), max_size=12)
MASKED = st.lists(st.tuples(INTEGERS, st.booleans()), max_size=50)
twin_settings = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def twins() -> Any:
    return numba_module("plausible")


def lib() -> Any:
    return library().lib


def at(array: Any) -> Any:
    """Return an array's address, as C is told of it."""
    ffi = library().ffi
    return ffi.cast("void *", array.ctypes.data)


def words(values: Any, kind: type = np.int64) -> Any:
    return np.array(list(values), dtype=kind)


@pytest.mark.parametrize("operation", range(6))
@twin_settings
@given(pairs=st.lists(st.tuples(INTEGERS, INTEGERS), max_size=40), same=st.booleans())
def test_integers_compare_alike(twins: Any, operation: int, pairs: list[tuple[int, int]], same: bool) -> None:
    first, second = words(one for one, _ in pairs), words(one if same else other for one, other in pairs)
    found, other = words([7] * len(pairs)), words([7] * len(pairs))
    lib().plausible_compare_i64(at(first), at(second), len(pairs), operation, at(found))
    twins.compare(first, second, len(pairs), operation, other)
    assert found.tolist() == other.tolist()


@pytest.mark.parametrize("operation", range(6))
@twin_settings
@given(pairs=st.lists(st.tuples(st.floats(), st.floats()), max_size=40), same=st.booleans())
def test_reals_compare_alike_even_those_that_are_none(
    twins: Any, operation: int, pairs: list[tuple[float, float]], same: bool
) -> None:
    first = words((one for one, _ in pairs), np.float64)
    second = words((one if same else other for one, other in pairs), np.float64)
    found, other = words([7] * len(pairs)), words([7] * len(pairs))
    lib().plausible_compare_f64(at(first), at(second), len(pairs), operation, at(found))
    twins.compare(first, second, len(pairs), operation, other)
    assert found.tolist() == other.tolist()


@twin_settings
@given(masked=MASKED)
def test_rows_are_chosen_gathered_and_counted_alike(twins: Any, masked: list[tuple[int, bool]]) -> None:
    values, mask = words(value for value, _ in masked), words(held for _, held in masked)
    wanted = [value for value, held in masked if held]
    for choose, gather, count_rows, place in (
        (lib().plausible_choose, lib().plausible_gather_i64, lib().plausible_count, at),
        (twins.choose, twins.gather, twins.count_rows, lambda array: array),
    ):
        chosen, gathered = np.zeros_like(mask), np.zeros_like(mask)
        found = choose(place(mask), len(masked), place(chosen))
        gather(place(values), place(chosen), found, place(gathered))
        assert gathered[:found].tolist() == wanted
        assert count_rows(place(mask), len(masked)) == found == len(wanted)


@twin_settings
@given(masked=MASKED)
def test_sums_of_integers_wrap_around_alike(twins: Any, masked: list[tuple[int, bool]]) -> None:
    values, mask = words(value for value, _ in masked), words(held for _, held in masked)
    total = sum(value for value, held in masked if held)
    wanted = (total + 2**63) % 2**64 - 2**63
    assert lib().plausible_sum_i64(at(values), at(mask), len(masked)) == wanted
    assert twins.sum_rows(values, mask, len(masked)) == wanted


@twin_settings
@given(masked=st.lists(st.tuples(REALS, st.booleans()), max_size=50))
def test_sums_of_reals_are_added_up_in_the_same_order(twins: Any, masked: list[tuple[float, bool]]) -> None:
    values, mask = words((value for value, _ in masked), np.float64), words(held for _, held in masked)
    found = lib().plausible_sum_f64(at(values), at(mask), len(masked))
    assert np.array_equal(found, twins.sum_rows(values, mask, len(masked)), equal_nan=True)


@twin_settings
@given(values=st.lists(INTEGERS, max_size=50))
def test_where_there_is_no_mask_all_rows_are_meant(values: list[int]) -> None:
    ffi, held, reals = library().ffi, words([1] * len(values)), words(values, np.float64)
    count, integers = len(values), words(values)
    assert lib().plausible_count(ffi.NULL, count) == count
    assert lib().plausible_sum_i64(at(integers), ffi.NULL, count) == lib().plausible_sum_i64(
        at(integers), at(held), count
    )
    assert lib().plausible_sum_f64(at(reals), ffi.NULL, count) == lib().plausible_sum_f64(at(reals), at(held), count)


def steps_of(probe: Any, start: int, left_count: int, most: int) -> Iterator[tuple[Any, ...]]:
    """Yield what each call finds, `most` pairs at a time, and where it will go on."""
    position, left_rows, right_rows = words([0, start]), words([0] * most), words([0] * most)
    while position[0] < left_count:
        found = probe(position, left_rows, right_rows)
        yield found, *position.tolist(), *left_rows[:found].tolist(), *right_rows[:found].tolist()


@twin_settings
@given(left=FEW_KEYS, right=FEW_KEYS, most=st.integers(1, 9), bits=st.integers(0, 5))
def test_joins_hand_out_the_same_pairs_in_the_same_steps(
    twins: Any, left: list[int], right: list[int], most: int, bits: int
) -> None:
    first, second, count, other_count = words(left), words(right), len(left), len(right)
    heads, following = words([9] * (1 << bits)), words([9] * other_count)
    twin_heads, twin_following = heads.copy(), following.copy()
    lib().plausible_join_build(at(second), other_count, bits, at(heads), at(following))
    twins.join_build(second, other_count, bits, twin_heads, twin_following)
    assert (heads.tolist(), following.tolist()) == (twin_heads.tolist(), twin_following.tolist())
    hashed = steps_of(
        lambda position, *rows: lib().plausible_join_probe(
            at(first), count, at(second), bits, at(heads), at(following), at(position), most, *map(at, rows)
        ),
        -1,
        count,
        most,
    )
    nested = steps_of(
        lambda position, *rows: lib().plausible_join_nested(
            at(first), count, at(second), other_count, at(position), most, *map(at, rows)
        ),
        0,
        count,
        most,
    )
    twin_hashed = steps_of(
        lambda position, *rows: twins.join_probe(first, count, second, bits, heads, following, position, most, *rows),
        -1,
        count,
        most,
    )
    twin_nested = steps_of(
        lambda position, *rows: twins.join_nested(first, count, second, other_count, position, most, *rows),
        0,
        count,
        most,
    )
    wanted = Counter((i, j) for i, one in enumerate(left) for j, other in enumerate(right) if one == other)
    for steps, twin_steps in ((list(hashed), list(twin_hashed)), (list(nested), list(twin_nested))):
        assert steps == twin_steps
        assert Counter(pair for step in steps for pair in pairs_of(step)) == wanted


def pairs_of(step: tuple[Any, ...]) -> Iterator[tuple[int, int]]:
    found, _, _, *rows = step
    return zip(rows[:found], rows[found:], strict=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_compiled_conditions_answer_as_sqlite_does(seed: int) -> None:
    random = Random(seed)
    tables = (random_table(random, "t"), random_table(random, "u"))
    sqlite = sqlite_with(tables)
    with pytest.MonkeyPatch.context() as patch, Connection() as engine, Connection(None, Mistake.MEMORY) as boxed:
        patch.setattr(plausible, "WORTH_COMPILING", 0)
        for one in (engine, boxed):
            for table in tables:
                one.execute(table.create)
                one.insert(table.insert, table.rows)
        for _ in range(6):
            sql, values = random_query(random, tables)
            wanted = sqlite.execute(sql, values).fetchall()
            for one in (engine, boxed):
                assert are_same(one.execute(sql, values), wanted), (sql, values)
                assert not isinstance(one.statement(sql).filter, EngineError), sql


@pytest.fixture
def engine() -> Iterator[Connection]:
    with Connection() as made:
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL, name TEXT)")
        made.insert("INSERT INTO t VALUES (?, ?, ?)", [(i, i / 2, f"n{i % 7}") for i in range(3000)])
        yield made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plausible, "WORTH_COMPILING", 0)


def test_a_condition_is_compiled_when_its_operators_have_yielded_enough(
    engine: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plausible, "WORTH_COMPILING", 2 * 3 * 3000)
    sql, seen = "SELECT count(*) FROM t WHERE id >= ? AND price < ?", []
    for low in (10, 20, 30):
        assert engine.execute(sql, (low, 50.0)) == [(100 - low,)]
        seen.append(engine.statement(sql).filter is not None)
    assert seen == [False, False, True]


def test_the_engine_asks_what_was_compiled_and_nothing_else(engine: Connection) -> None:
    engine_library = library()
    asked = []

    @engine_library.ffi.callback("plausible_filter *")
    def every_third(columns: Any, known: Any, count: int, mask: Any) -> None:
        ids = engine_library.ffi.cast("const int64_t *", columns[0])
        constants = engine_library.ffi.cast("const int64_t *", known), engine_library.ffi.cast("const double *", known)
        asked.append((count, (constants[0][0], constants[1][1], constants[0][2])))
        for row in range(count):
            mask[row] = ids[row] % 3 == 0

    select = Statement(engine, "SELECT id FROM t WHERE id > 11 AND price <> ? AND id < ?")
    select.bind((2.5, 13))
    assert engine_library.lib.plausible_condition(select.handle, 0) >= 0
    engine_library.lib.plausible_compiled(select.handle, every_third)
    select.execute()
    assert [row for (row,) in select.rows()] == list(range(0, 3000, 3))
    assert [count for count, _ in asked] == [1024, 1024, 952]
    assert {constants for _, constants in asked} == {(11, 2.5, 13)}


@pytest.mark.usefixtures("at_once")
def test_parameters_can_be_bound_anew_to_other_values_and_other_types(engine: Connection) -> None:
    sql = "SELECT count(*) FROM t WHERE price < ? AND NOT id = ?"
    for bound, taken in ((5.0, 3), (7.5, 3), (7, 3), (6, 100), (-1.0, 3)):
        wanted = sum(i / 2 < bound and i != taken for i in range(3000))
        assert engine.execute(sql, (bound, taken)) == [(wanted,)]
        assert hasattr(engine.statement(sql).filter, "address")


@pytest.mark.usefixtures("at_once")
def test_integers_wrap_around_in_a_compiled_condition_too(engine: Connection) -> None:
    sql = "SELECT count(*) FROM t WHERE id + ? < 0"
    assert engine.execute(sql, (2**63 - 1,)) == [(2999,)]
    assert engine.execute(sql, (2**63 - 1000,)) == [(2000,)]


@pytest.mark.usefixtures("at_once")
def test_what_differs_in_its_constants_only_is_compiled_once(engine: Connection) -> None:
    engine.execute("SELECT count(*) FROM t WHERE id * 2 > 7 OR price = ?", (1.5,))
    before = plausible.compiled.cache_info().misses
    assert engine.execute("SELECT id, price, name FROM t WHERE id * ? > 5993 OR price = 2.0", (2,)) == [
        (4, 2.0, "n4"),
        *((i, i / 2, f"n{i % 7}") for i in range(2997, 3000)),
    ]
    assert plausible.compiled.cache_info().misses == before


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("mistakes", [Mistake.SYSTEM, Mistake.ABSTRACTION, Mistake.ALL], ids=str)
def test_nothing_is_compiled_where_a_mistake_forbids_it(mistakes: Mistake) -> None:
    with Connection(None, mistakes) as made:
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        made.insert("INSERT INTO t VALUES (?)", [(i,) for i in range(10)])
        select = made.statement("SELECT id FROM t WHERE id > 7")
        select.execute()
        assert sorted(select.rows()) == [(8,), (9,)]
        assert select.filter is None


@pytest.mark.usefixtures("at_once")
def test_a_condition_of_texts_is_left_as_it_is(engine: Connection) -> None:
    sql = "SELECT count(*) FROM t WHERE name = 'n3' AND id < 7"
    assert engine.execute(sql) == [(1,)]
    assert engine.statement(sql).filter is None


@pytest.mark.usefixtures("at_once")
def test_where_numba_fails_the_engine_goes_on_without(engine: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "hwbench.kernels.plausible", raising=False)
    plausible.compiled.cache_clear()
    sql = "SELECT count(*) FROM t WHERE id < 5"
    assert engine.execute(sql) == [(5,)]
    assert isinstance(engine.statement(sql).filter, EngineError)
    assert "numba" in str(engine.statement(sql).filter)
    plausible.compiled.cache_clear()


NOTHING_HEAVY = """
import sys
from hwbench.engines.plausible import Connection
with Connection() as engine:
    engine.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL)")
    engine.insert("INSERT INTO t VALUES (?, ?)", [(i, 0.5) for i in range(2000)])
    print(engine.execute("SELECT count(*) FROM t WHERE price < ? AND id > 9", (2,)))
print(sorted({"numba", "llvmlite", "numpy", "scipy"} & set(sys.modules)))
"""


def test_nothing_heavy_is_imported_before_it_is_worth_it() -> None:
    done = subprocess.run([sys.executable, "-c", NOTHING_HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[(1990,)]", "[]"]
