"""Find a hundred rows by number in an sqlite table of n rows: by its primary key, or by `+id`, which no index serves."""

import sqlite3

import marks

FOUND = 100

variant, n = marks.arguments()
database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, value INTEGER)")
database.executemany("INSERT INTO rows VALUES (?, ?)", ((i, i % 97) for i in range(n)))
find = "SELECT value FROM rows WHERE +id = ?" if variant == "scan" else "SELECT value FROM rows WHERE id = ?"
with marks.region():
    total = 0
    for i in range(FOUND):
        total += database.execute(find, (i * 7919 % n,)).fetchone()[0]
marks.answer(total)
