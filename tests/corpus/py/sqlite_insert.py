"""Insert n rows with random keys into an sqlite table of 40 MB in memory: in the order of their keys, or shuffled."""

import random
import sqlite3

import marks

ROWS = 100_000
STEP = 50  # between the keys that are there

variant, n = marks.arguments()
database = sqlite3.connect(":memory:", isolation_level=None)
database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text BLOB)")
database.execute("BEGIN")
database.execute(
    "WITH RECURSIVE count(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM count WHERE i + 1 < ?)"
    " INSERT INTO rows SELECT i * ?, zeroblob(400) FROM count",
    (ROWS, STEP),
)
places = random.Random(1).sample(range(ROWS * (STEP - 1)), n)
keys = [(place + place // (STEP - 1) + 1,) for place in places]  # none that is there
if variant == "ordered":
    keys.sort()
with marks.region():
    database.executemany("INSERT INTO rows VALUES (?, zeroblob(40))", keys)
database.execute("COMMIT")
marks.answer(database.execute("SELECT count(*), sum(id) FROM rows").fetchone())
