"""The plausible engine: sixteen variants with the same answers, files that last, refusals that leave nothing behind."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sql_cases import are_same, random_query, random_table, sqlite_with

from hwbench.engines.library import is_built
from hwbench.engines.plausible import Connection, Mistake
from hwbench.errors import EngineError

VARIANTS = [Mistake(mistakes) for mistakes in range(16)]
COLUMNS = "id INTEGER PRIMARY KEY, price REAL, name TEXT"
ROOT = Path(__file__).resolve().parent.parent
ENGINE, DRIVER = ROOT / "c_src" / "plausible", ROOT / "tests" / "plausible_driver.c"
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1", "PATH": os.environ["PATH"]}
ROWS = [(3, 1.5, "c"), (1, -2.0, "a"), (2, 0.0, "")]

pytestmark = pytest.mark.skipif(not is_built(), reason="the plausible engine was not built")


def opened(path: Path | None, mistakes: Mistake) -> Connection:
    connection = Connection(path, mistakes)
    connection.execute(f"CREATE TABLE t ({COLUMNS})")
    return connection


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_all_sixteen_variants_answer_as_sqlite_does(seed: int) -> None:
    random = Random(seed)
    tables = (random_table(random, "t"), random_table(random, "u"))
    engines = [Connection(None, mistakes) for mistakes in VARIANTS]
    for engine in engines:
        for table in tables:
            engine.execute(table.create)
            assert engine.insert(table.insert, table.rows) == len(table.rows)
    sqlite = sqlite_with(tables)
    for _ in range(8):
        sql, values = random_query(random, tables)
        wanted = sqlite.execute(sql, values).fetchall()
        for engine in engines:
            assert are_same(engine.execute(sql, values), wanted), (engine.mistakes, sql, values)
    for engine in engines:
        engine.close()


@pytest.mark.parametrize("mistakes", VARIANTS, ids=str)
def test_a_table_larger_than_a_block_is_read_whole(mistakes: Mistake) -> None:
    with opened(None, mistakes & ~Mistake.ALGORITHM) as engine:
        rows = [(i, i / 2, f"n{i % 7}") for i in range(5000)]
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", rows)
        assert sorted(engine.execute("SELECT * FROM t")) == rows
        assert engine.execute("SELECT count(*), sum(id) FROM t WHERE name = ?", ("n3",)) == [
            (len(range(3, 5000, 7)), sum(range(3, 5000, 7)))
        ]


@pytest.mark.parametrize(
    ("mistake", "sql"),
    [
        (Mistake.ALGORITHM, "SELECT name FROM t WHERE id = 19000"),
        (Mistake.MEMORY, "SELECT count(*) FROM t WHERE price < 1.5"),
        (Mistake.ABSTRACTION, "SELECT count(*) FROM t WHERE price < 1.5"),
    ],
    ids=str,
)
def test_each_mistake_costs_what_it_is_said_to(mistake: Mistake, sql: str) -> None:
    rows = [(i, i / 2, f"n{i % 7}") for i in range(20_000)]
    seconds = []
    for mistakes in (Mistake.NONE, mistake):
        with opened(None, mistakes) as engine:
            engine.insert("INSERT INTO t VALUES (?, ?, ?)", rows)
            times = []
            for _ in range(9):
                started = time.perf_counter()
                engine.execute(sql)
                times.append(time.perf_counter() - started)
            seconds.append(min(times))  # the one that was disturbed least
    assert seconds[1] > 1.5 * seconds[0]


def test_the_mistake_system_prepares_each_time_and_commits_each_row(tmp_path: Path) -> None:
    sizes = []
    for mistakes in (Mistake.NONE, Mistake.SYSTEM):
        path = tmp_path / str(int(mistakes))
        with opened(path, mistakes) as engine:
            sql = "SELECT id FROM t"
            assert (engine.statement(sql) is engine.statement(sql)) is (mistakes == Mistake.NONE)
            before = path.stat().st_size
            engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS)
            sizes.append(path.stat().st_size - before)
    assert sizes[1] > sizes[0], "a mark for each row"


@pytest.mark.parametrize("mistakes", VARIANTS, ids=str)
def test_a_join_of_many_to_many_hands_out_every_pair_once(mistakes: Mistake) -> None:
    with Connection(None, mistakes) as engine:
        for name in "tu":
            engine.execute(f"CREATE TABLE {name} (k INTEGER, {name}v INTEGER)")
            engine.insert(f"INSERT INTO {name} VALUES (?, ?)", [(i % 2, i) for i in range(80)])
        pairs = engine.execute("SELECT tv, uv FROM t JOIN u ON t.k = u.k")
        assert sorted(pairs) == [(a, b) for a in range(80) for b in range(80) if a % 2 == b % 2]


def up_and_down(count: int) -> list[int]:
    """Return numbers that go up and down by turns, ever farther."""
    return [-i if i % 2 else i for i in range(count)]


@pytest.mark.parametrize(
    "keys",
    [range(30_000), range(30_000, 0, -1), Random(2).sample(range(90_000), 30_000), up_and_down(30_000)],
    ids=["up", "down", "at random", "up and down"],
)
def test_keys_are_found_in_whichever_order_they_came(keys: Sequence[int]) -> None:
    with opened(None, Mistake.NONE) as engine:
        engine.insert("INSERT INTO t VALUES (?, 0.5, 'x')", [(key,) for key in keys])
        assert all(engine.execute("SELECT id FROM t WHERE id = ?", (key,)) == [(key,)] for key in keys)
        assert engine.execute("SELECT max(id), min(id) FROM t") == [(max(keys), min(keys))]
        for key in (min(keys) - 1, max(keys) + 1):
            assert engine.execute("SELECT id FROM t WHERE id = ?", (key,)) == []
        for key in keys[::1000]:
            with pytest.raises(EngineError, match="already"):
                engine.execute("INSERT INTO t VALUES (?, 0.5, 'x')", (key,))


@pytest.mark.parametrize("mistakes", VARIANTS, ids=str)
def test_the_least_and_the_most_key_are_told_of_tables_of_any_size(mistakes: Mistake) -> None:
    both = "SELECT max(id), min(t.id), max(id) FROM t"
    with opened(None, mistakes) as engine:
        assert engine.execute(both) == [(None, None, None)]
        keys: list[int] = []
        for key in Random(1).sample(range(-400, 400), 500):
            engine.execute("INSERT INTO t VALUES (?, 0.5, 'x')", (key,))
            keys.append(key)
            if len(keys) in (1, 2, 70, 500):
                assert engine.execute(both) == [(max(keys), min(keys), max(keys))]
                assert engine.execute("SELECT min(id), count(*) FROM t") == [(min(keys), len(keys))]
                some = [key for key in keys if key > -10]
                assert engine.execute("SELECT min(id) FROM t WHERE id > -10") == [(min(some, default=None),)]
        with pytest.raises(EngineError, match="already"):
            engine.insert("INSERT INTO t VALUES (?, 0.5, 'x')", [(1000,), (-1000,), (keys[0],)])
        assert engine.execute(both) == [(max(keys), min(keys), max(keys))]


@pytest.mark.parametrize("mistakes", [each for each in VARIANTS if not each & Mistake.ALGORITHM], ids=str)
def test_the_most_key_is_found_without_looking_at_every_row(mistakes: Mistake) -> None:
    with opened(None, mistakes) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", [(i, 0.5, "") for i in range(100_000)])
        assert 5 * seconds(engine, "SELECT max(id) FROM t") < seconds(engine, "SELECT max(id + 0) FROM t")


def seconds(engine: Connection, sql: str) -> float:
    """Return the least time of five that a SELECT takes."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        engine.execute(sql)
        taken.append(time.perf_counter() - started)
    return min(taken)


@pytest.mark.parametrize("mistakes", VARIANTS, ids=str)
def test_rows_last_in_their_file(mistakes: Mistake, tmp_path: Path) -> None:
    with opened(tmp_path / "file", mistakes) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS)
        engine.execute("INSERT INTO t VALUES (9, 2, 'nine')")
    with Connection(tmp_path / "file", ~mistakes & Mistake.ALL) as engine:
        assert sorted(engine.execute("SELECT * FROM t")) == sorted([*ROWS, (9, 2.0, "nine")])
        assert engine.execute("SELECT name FROM t WHERE id = ?", (3,)) == [("c",)]


@pytest.mark.parametrize("mistakes", VARIANTS, ids=str)
def test_a_key_that_is_there_already_undoes_the_whole_insert(mistakes: Mistake, tmp_path: Path) -> None:
    path = tmp_path / "file"
    with opened(path, mistakes) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS)
        with pytest.raises(EngineError, match="primary key 2 already"):
            engine.insert("INSERT INTO t VALUES (?, ?, ?)", [(7, 0.5, "x"), (8, 0.5, "y"), (2, 0.5, "z")])
        assert sorted(engine.execute("SELECT * FROM t")) == sorted(ROWS)
        assert engine.execute("SELECT * FROM t WHERE id = 7") == []
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", [(7, 1.0, "again")])
    with Connection(path, mistakes) as engine:
        assert sorted(engine.execute("SELECT * FROM t")) == sorted([*ROWS, (7, 1.0, "again")])


def test_a_file_that_was_cut_anywhere_holds_whole_transactions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with opened(path, Mistake.NONE) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS[:1])
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS[1:])
    whole = path.read_bytes()
    counts = set()
    for length in range(8, len(whole) + 1):
        path.write_bytes(whole[:length])
        with Connection(path) as engine:
            try:
                counts.add(engine.execute("SELECT count(*) FROM t")[0][0])
            except EngineError as error:
                counts.add(str(error))
    assert counts == {"there is no table t", 0, 1, 3}


def test_a_bit_that_turned_ends_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with opened(path, Mistake.NONE) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    spoilt = bytearray(path.read_bytes())
    spoilt[-40] ^= 1
    path.write_bytes(spoilt)
    with Connection(path) as engine:
        assert engine.execute("SELECT count(*) FROM t") == [(0,)]


def test_what_follows_a_cut_is_written_where_the_cut_is(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with opened(path, Mistake.NONE) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    path.write_bytes(path.read_bytes()[:-3])
    with Connection(path) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", ROWS[:2])
    with Connection(path) as engine:
        assert sorted(engine.execute("SELECT * FROM t")) == sorted(ROWS[:2])


FULL_DISK = """
import sys
from hwbench.engines.plausible import Connection, Mistake
from hwbench.errors import EngineError
with Connection(sys.argv[1], Mistake(int(sys.argv[2]))) as engine:
    engine.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    engine.insert("INSERT INTO t VALUES (?, ?)", [(0, "kept")])
    try:
        engine.insert("INSERT INTO t VALUES (?, ?)", [(i, "x" * int(sys.argv[3])) for i in range(1, 200)])
    except EngineError as error:
        print(error)
    print(engine.execute("SELECT * FROM t"))
with Connection(sys.argv[1]) as engine:
    print(engine.execute("SELECT * FROM t"))
"""


def limited() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


@pytest.mark.parametrize("length", [1000, 6000, 30_000])
@pytest.mark.parametrize("mistakes", [Mistake.NONE, Mistake.SYSTEM, Mistake.ALL], ids=str)
def test_a_full_disk_undoes_the_insert_and_loses_nothing(mistakes: Mistake, length: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "file"), str(int(mistakes)), str(length)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=limited)
    trouble, now, again = done.stdout.splitlines()
    assert "cannot be written" in trouble
    assert now == again == "[(0, 'kept')]"


@pytest.mark.parametrize(
    ("sql", "trouble"),
    [
        ("DROP TABLE t", "expected SELECT, INSERT or CREATE at 'DROP TABLE t'"),
        ("SELECT", "expected a name at the end of the statement"),
        ("SELECT id FROM", "expected a name at the end"),
        ("SELECT id FROM t WHERE", "expected a name at the end"),
        ("SELECT id FROM t WHERE id = 'a", "expected a text in quotes"),
        ("SELECT id FROM t WHERE id = 99999999999999999999", "expected an integer of 64 bits"),
        ("SELECT id FROM t nonsense", "expected the end of the statement at 'nonsense'"),
        ("SELECT " + "(" * 200 + "1" + ")" * 200 + " FROM t", "expected a flatter expression"),
        ("SELECT id FROM t WHERE " + " AND ".join(["id = 1"] * 100), "more than 128 expressions"),
        ("CREATE TABLE v (a INTEGER PRIMARY KEY, b INTEGER PRIMARY KEY)", "one primary key"),
        ("CREATE TABLE v (a BLOB)", "expected TEXT"),
        ("SELECT nothing FROM t", "there is no column nothing"),
        ("SELECT id FROM nowhere", "there is no table nowhere"),
        ("SELECT id, count(*) FROM t", "some of what is selected is an aggregate"),
        ("SELECT sum(name) FROM t", "texts have no sum"),
        ("SELECT id + name FROM t", "a text and a number"),
        ("SELECT id FROM t WHERE price", "WHERE is no condition"),
        ("SELECT id FROM t WHERE NOT name", "NOT is asked of what is no condition"),
        ("INSERT INTO t VALUES (1, 2)", "more or fewer values than columns"),
        ("INSERT INTO t VALUES (1, 'x', 'y')", "a value is of another type than column price"),
        ("INSERT INTO t VALUES (1.5, 1.0, 'y')", "a value is of another type than column id"),
        ("INSERT INTO t VALUES (id, 1.0, 'y')", "the values of an INSERT have no columns"),
        ("INSERT INTO t VALUES (1 + 1, 1.0, 'y')", "constants and parameters only"),
        ("CREATE TABLE t (a INTEGER)", "there is a table of that name already"),
        ("CREATE TABLE v (a INTEGER, A INTEGER)", "two columns have the same name"),
    ],
)
@pytest.mark.parametrize("mistakes", [Mistake.NONE, Mistake.ALL], ids=str)
def test_what_cannot_be_done_is_said_in_a_line(sql: str, trouble: str, mistakes: Mistake) -> None:
    with opened(None, mistakes) as engine:
        with pytest.raises(EngineError) as caught:
            engine.execute(sql)
        assert trouble in str(caught.value)
        assert "\n" not in str(caught.value)


def test_columns_of_both_tables_need_their_tables_name() -> None:
    with opened(None, Mistake.NONE) as engine:
        engine.execute("CREATE TABLE u (id INTEGER, other TEXT)")
        with pytest.raises(EngineError, match="both tables have a column id"):
            engine.execute("SELECT id FROM t JOIN u ON t.id = u.id")
        with pytest.raises(EngineError, match="no column of one table with one of the other"):
            engine.execute("SELECT t.id FROM t JOIN u ON t.id = t.id")
        with pytest.raises(EngineError, match="compares a text with a number"):
            engine.execute("SELECT t.id FROM t JOIN u ON t.id = u.other")


def test_parameters_are_as_many_as_the_marks_and_of_our_types() -> None:
    with opened(None, Mistake.NONE) as engine:
        for values, trouble in (
            ((), "takes 1 values, not 0"),
            ((1, 2), "takes 1 values, not 2"),
            ((None,), "not NoneType"),
        ):
            with pytest.raises(EngineError, match=trouble):
                engine.execute("SELECT id FROM t WHERE id = ?", values)  # type: ignore[arg-type]
        with pytest.raises(EngineError, match="NaN is no value"):
            engine.execute("SELECT id FROM t WHERE price = ?", (float("nan"),))
        assert engine.execute("SELECT id FROM t WHERE price = ?", (2,)) == []
        assert engine.execute("SELECT id FROM t WHERE price = ?", (2.5,)) == []


def test_rows_that_were_added_end_a_select_that_is_under_way() -> None:
    with opened(None, Mistake.NONE) as engine:
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", [(i, 0.0, "") for i in range(3000)])
        select = engine.statement("SELECT id FROM t")
        select.execute()
        rows = select.rows()
        next(rows)
        engine.insert("INSERT INTO t VALUES (?, ?, ?)", [(9999, 0.0, "")])
        with pytest.raises(EngineError, match="rows were added since the SELECT began"):
            list(rows)


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"SQLite format 3\0 and more")
    with pytest.raises(EngineError, match="not one of this engine"):
        Connection(path)
    assert path.read_bytes() == b"SQLite format 3\0 and more"
    with pytest.raises(EngineError, match="cannot be opened"):
        Connection(tmp_path / "nowhere" / "file")


def compiled(folder: Path, compiler: str, *flags: str) -> Path:
    """Compile the engine and its driver; a warning fails."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    program = folder / "driver"
    words = [compiler, "-std=c11", "-g", *flags, "-Wall", "-Wextra", "-Werror", f"-I{ENGINE}"]
    subprocess.run([*words, *sorted(map(str, ENGINE.glob("*.c"))), str(DRIVER), "-o", str(program), "-lm"], check=True)
    return program


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_all_variants_are_clean_under_the_sanitizers_and_agree(compiler: str, tmp_path: Path) -> None:
    program = compiled(tmp_path, compiler, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    done = subprocess.run([program, tmp_path / "file"], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 16
    assert len(set(lines)) == 1
    in_memory, refused, after, _ = lines[0].split()
    assert refused == "-1"
    assert in_memory == after


def test_the_engine_is_the_same_on_aarch64(tmp_path: Path) -> None:
    if shutil.which("qemu-aarch64") is None:
        pytest.skip("qemu-aarch64 is not installed")
    native_program = compiled(tmp_path, "gcc", "-O2")
    wanted = subprocess.run([native_program, tmp_path / "file"], capture_output=True, text=True, check=True).stdout
    crossed = compiled(tmp_path, "aarch64-linux-gnu-gcc", "-O2", "-static")
    words = ["qemu-aarch64", str(crossed), str(tmp_path / "other")]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == wanted
