"""Run one small sqlite statement n times: prepared once and kept, or prepared again each time (no statement is kept)."""

import sqlite3

import marks

ROWS = 100

variant, n = marks.arguments()
database = sqlite3.connect(":memory:", cached_statements=0 if variant == "again" else 128)
database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, kind INTEGER, value INTEGER)")
database.executemany("INSERT INTO rows VALUES (?, ?, ?)", ((i, i % 7, i % 97) for i in range(ROWS)))
statement = "SELECT value FROM rows WHERE id = ? AND kind < 9 ORDER BY value LIMIT 1"
with marks.region():
    total = 0
    for i in range(n):
        total += database.execute(statement, (i % ROWS,)).fetchone()[0]
marks.answer(total)
