"""Insert n rows into an sqlite database on disk: in one transaction, or in one each, every one of which is made durable."""

import sqlite3
import tempfile
from pathlib import Path

import marks

variant, n = marks.arguments()
with tempfile.TemporaryDirectory() as folder:
    database = sqlite3.connect(Path(folder) / "rows.db", isolation_level=None)
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, value INTEGER)")
    with marks.region():
        if variant == "once":
            database.execute("BEGIN")
        for i in range(n):
            value = sum(j & 7 for j in range(i, i + 500)) % 97  # some work of the program's own
            database.execute("INSERT INTO rows (value) VALUES (?)", (value,))
        if variant == "once":
            database.execute("COMMIT")
    marks.answer(database.execute("SELECT sum(value), count(*) FROM rows").fetchone())
    database.close()
