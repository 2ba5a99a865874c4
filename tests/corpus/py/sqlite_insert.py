"""Insert n rows with random keys into an sqlite table of 40 MB in memory: in the order of their keys, or shuffled."""

import random
import sqlite3

import marks

ROWS, STEP, MOST = 100_000, 50, 80_000  # rows that are there, how far apart their keys are, and how many may come

variant, n = marks.arguments()
database = sqlite3.connect(":memory:", isolation_level=None)
database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text BLOB)")
database.execute("CREATE TABLE new (id INTEGER)")
database.execute("BEGIN")
database.execute(
    "WITH RECURSIVE count(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM count WHERE i + 1 < ?)"
    " INSERT INTO rows SELECT i * ?, zeroblob(400) FROM count",
    (ROWS, STEP),
)
places = random.Random(1).sample(range(ROWS * (STEP - 1)), MOST)
keys = [(place + place // (STEP - 1) + 1,) for place in places]  # none that is there
chosen, rest = keys[:n], keys[n:]
database.executemany("INSERT INTO new VALUES (?)", (sorted(chosen) if variant == "ordered" else chosen) + rest)
with marks.region():
    database.execute("INSERT INTO rows SELECT id, zeroblob(40) FROM new WHERE rowid <= ?", (n,))
database.execute("COMMIT")
marks.answer(database.execute("SELECT count(*), sum(id) FROM rows").fetchone())
