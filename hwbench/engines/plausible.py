"""The plausible engine from Python: a connection, statements, rows as tuples.

The engine itself is C (`c_src/plausible`, its header says what it does); here its statements are bound, carried out and read.
Without the mistake `system` a statement is prepared once and kept, and a condition of numbers is compiled by numba when that is
worth it.
"""

from __future__ import annotations

import functools
import operator
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from enum import IntFlag
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

from hwbench.engines.library import library
from hwbench.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    Value = int | float | str
    Row = tuple[Any, ...]

    Condition = tuple[Any, ...]

INTEGER: Final = 0
REAL: Final = 1
TEXT: Final = 2
CONSTANT: Final = 0
PARAMETER: Final = 1

CHUNK_ROWS: Final = 10_000  # of a transaction, that are turned into columns at a time
CLOSED: Final = "the connection is closed"
MOST_STATEMENTS: Final = 128  # that a connection keeps prepared: as many as Python's sqlite3 does

# So many values the operators of a condition yield, each a column for the next one, before numba makes one loop of them. Where this
# was written that spared 0.9 ns a value and cost 0.6 s, most of it numba's import: it is done when about as much has been lost as it
# costs, so that a statement never takes much more than twice as long as it would have with the better choice from the beginning.
WORTH_COMPILING = 1_000_000_000


class Mistake(IntFlag):
    """What the engine does wrong: each by itself, or any of them together."""

    NONE = 0
    ALGORITHM = 1
    MEMORY = 2
    ABSTRACTION = 4
    SYSTEM = 8
    ALL = 15

    @classmethod
    def named(cls, names: str) -> Mistake:
        """Return mistakes by their names, joined by +; KeyError where there is no such mistake."""
        return functools.reduce(operator.or_, (cls[name.strip().upper()] for name in names.split("+")))


@functools.cache
def compiled(condition: Condition) -> Any | EngineError:
    """Return a condition (as `kernels/plausible.py` has it) compiled by numba, or why it is not."""
    from hwbench.catalog.twins import numba_module  # noqa: PLC0415 - numba is heavy: only where it compiles

    try:
        return numba_module("plausible").compile_condition(condition)
    except Exception as error:  # whatever it is that numba fails with, the engine can do without
        return EngineError(f"the condition was not compiled: {error}")


class Statement:
    """A prepared statement of a connection.

    `filter` is its condition as numba compiled it, or why it could not; None as long as that is not worth it.
    """

    def __init__(self, connection: Connection, sql: str) -> None:
        self._library = connection.library
        self._connection = connection
        if connection.handle is None:
            raise EngineError(CLOSED)
        made = self._library.lib.plausible_prepare(connection.handle, _encoded(sql))
        if made == self._library.ffi.NULL:
            raise connection.trouble()
        self.handle = self._library.ffi.gc(made, self._library.lib.plausible_let_go)
        self.parameters = self._library.lib.plausible_parameters(made)
        self.filter: Any | EngineError | None = None

    def bind(self, values: Sequence[Value]) -> None:
        """Give the parameters their values; raises EngineError where there are more or fewer, or a type is none of ours."""
        if len(values) != self.parameters:
            raise EngineError(f"the statement takes {self.parameters} values, not {len(values)}")
        try:
            for place, value in enumerate(values):
                if self._bind(place, value) < 0:
                    raise self._connection.trouble()
        except (OverflowError, UnicodeError) as error:
            raise EngineError(f"a value is none of the engine's: {error}") from error

    def _bind(self, place: int, value: Value) -> int:
        lib, handle = self._library.lib, self._live()
        if isinstance(value, int):
            return lib.plausible_bind_integer(handle, place, value)  # type: ignore[no-any-return]
        if isinstance(value, float):
            return lib.plausible_bind_real(handle, place, value)  # type: ignore[no-any-return]
        if isinstance(value, str):
            encoded = value.encode()
            return lib.plausible_bind_text(handle, place, encoded, len(encoded))  # type: ignore[no-any-return]
        raise EngineError(f"a value is an int, a float or a str, not {type(value).__name__}")

    def _live(self) -> Any:
        """Return the handle, as long as the connection is open."""
        if self._connection.handle is None:
            raise EngineError(CLOSED)
        return self.handle

    def execute(self) -> int:
        """Carry out a CREATE or an INSERT, or begin a SELECT; returns rows added."""
        lib, handle = self._library.lib, self._live()
        top = lib.plausible_condition(handle, WORTH_COMPILING)
        if top >= 0:
            self._compile(top)
        added = lib.plausible_execute(handle)
        if added < 0:
            raise self._connection.trouble()
        return int(added)

    def _compile(self, top: int) -> None:
        self.filter = compiled(self._condition(top))
        if not isinstance(self.filter, EngineError):
            address = self._library.ffi.cast("plausible_filter *", self.filter.address)
            self._library.lib.plausible_compiled(self.handle, address)

    def _condition(self, node: int) -> Condition:
        """Return a condition of the statement as nested tuples, in which constants are told by their types only."""
        told = self._library.ffi.new("struct plausible_node *")
        self._library.lib.plausible_condition_node(self.handle, node, told)
        operation = PARAMETER if told.operation == CONSTANT else told.operation
        operands = (self._condition(operand) for operand in (told.first, told.second) if operand >= 0)
        return (operation, told.type, told.column, *operands)

    def insert(self, rows: Sequence[Sequence[Value]]) -> int:
        """INSERT all of the rows, or none; raises EngineError where a column's values are not all of one type."""
        if not rows:
            return 0
        if widths := set(map(len, rows)) - {self.parameters}:
            raise EngineError(f"the statement takes {self.parameters} values, not {min(widths)}")
        try:
            for start in range(0, len(rows), CHUNK_ROWS):
                self._insert(rows[start : start + CHUNK_ROWS], is_last=start + CHUNK_ROWS >= len(rows))
        except BaseException:
            self._library.lib.plausible_take_back(self._live())
            raise
        return len(rows)

    def _insert(self, rows: Sequence[Sequence[Value]], *, is_last: bool) -> None:
        lib, handle = self._library.lib, self._live()
        kept = []  # what the engine is told the addresses of
        for place in range(self.parameters):
            kind, values, ends = self._column([row[place] for row in rows])
            kept.append((values, ends))
            if lib.plausible_bind_column(handle, place, kind, values, ends) < 0:
                raise self._connection.trouble()
        if lib.plausible_insert(handle, len(rows), is_last) < 0:
            raise self._connection.trouble()

    def _column(self, column: list[Any]) -> tuple[int, Any, Any]:
        """Return a column's type, its values and, of texts, the places where each ends, as the engine takes them."""
        ffi = self._library.ffi
        try:
            if isinstance(column[0], str):
                encoded, ends = _joined(column)
                return TEXT, ffi.from_buffer(encoded), ffi.from_buffer("int64_t[]", ends)
            numbers = _numbers(column)
        except (TypeError, OverflowError, UnicodeError) as error:
            raise EngineError(
                f"the values of a column are not all integers of 64 bits, reals or texts: {error}"
            ) from error
        return INTEGER if numbers.typecode == "q" else REAL, ffi.from_buffer(numbers), ffi.NULL

    def blocks(self) -> Iterator[list[list[Any]]]:
        """Yield what is selected, block by block, as columns."""
        lib = self._library.lib
        while count := lib.plausible_fetch(self._live()):
            if count < 0:
                raise self._connection.trouble()
            yield [self._values(column, count) for column in range(lib.plausible_columns(self.handle))]

    def rows(self) -> Iterator[Row]:
        """Yield what is selected, row by row."""
        for block in self.blocks():
            yield from zip(*block, strict=True)

    def _values(self, column: int, count: int) -> list[Any]:
        ffi, lib, handle = self._library.ffi, self._library.lib, self.handle
        if lib.plausible_is_null(handle, column):
            return [None]
        kind = lib.plausible_type(handle, column)
        if kind == INTEGER:
            return ffi.unpack(lib.plausible_integers(handle, column), count)  # type: ignore[no-any-return]
        if kind == REAL:
            return ffi.unpack(lib.plausible_reals(handle, column), count)  # type: ignore[no-any-return]
        return self._texts(column, count)

    def _texts(self, column: int, count: int) -> list[str]:
        ffi, lib, handle = self._library.ffi, self._library.lib, self.handle
        room = ffi.new("char[]", max(lib.plausible_texts(handle, column, ffi.NULL, ffi.NULL), 1))
        ends = ffi.new("int64_t[]", count)
        length = lib.plausible_texts(handle, column, room, ends)
        places = [0, *ffi.unpack(ends, count)]
        encoded = bytes(ffi.buffer(room, length))
        if encoded.isascii():
            text = encoded.decode("ascii")
            return [text[start:end] for start, end in pairwise(places)]
        return [encoded[start:end].decode() for start, end in pairwise(places)]


def _encoded(sql: str) -> bytes:
    if "\0" in sql:
        raise EngineError("the statement has a NUL in it")
    try:
        return sql.encode()
    except UnicodeError as error:
        raise EngineError(f"the statement is no text: {error}") from error


def _joined(texts: list[str]) -> tuple[bytes, array[int]]:
    """Return texts in UTF-8, one after the other, and the places where each ends."""
    whole = "".join(texts)
    encoded = whole.encode()
    lengths = map(len, texts) if len(encoded) == len(whole) else (len(text.encode()) for text in texts)
    return encoded, array("q", accumulate(lengths))


def _numbers(column: list[Any]) -> array[Any]:
    """Return a column of integers, or of reals where one of them is none."""
    try:
        return array("q", column)
    except TypeError:
        return array("d", column)


class Connection:
    """An open engine: in memory, or on a file that is made if need be."""

    def __init__(self, path: Path | str | None = None, mistakes: Mistake = Mistake.NONE) -> None:
        self.library = library()
        self.mistakes = mistakes
        self._statements: dict[str, Statement] = {}
        lib, ffi = self.library.lib, self.library.ffi
        self.handle = lib.plausible_open(ffi.NULL if path is None else os.fsencode(path), int(mistakes))
        if not lib.plausible_is_open(self.handle):
            error = self.trouble()
            lib.plausible_close(self.handle)
            raise error

    def trouble(self) -> EngineError:
        """Return the last failure as an exception."""
        lib, ffi = self.library.lib, self.library.ffi
        return EngineError(ffi.string(lib.plausible_trouble(self.handle)).decode(errors="replace"))

    def statement(self, sql: str) -> Statement:
        """Return a statement, prepared once; with the mistake `system` it is prepared each time."""
        if self.mistakes & Mistake.SYSTEM:
            return Statement(self, sql)
        found = self._statements.get(sql)
        if found is None:
            if len(self._statements) == MOST_STATEMENTS:
                del self._statements[next(iter(self._statements))]
            found = self._statements[sql] = Statement(self, sql)
        return found

    def execute(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Carry out a statement and return its rows."""
        statement = self.statement(sql)
        statement.bind(values)
        statement.execute()
        rows: list[Row] = []
        for block in statement.blocks():
            rows.extend(zip(*block, strict=True))
        return rows

    def insert(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        """INSERT all of the rows, or none of them; returns how many."""
        return self.statement(sql).insert(list(rows))

    def close(self) -> None:
        """End the connection and its statements."""
        if self.handle is None:
            return
        self._statements.clear()
        self.library.lib.plausible_close(self.handle)
        self.handle = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
