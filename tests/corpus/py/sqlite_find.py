"""Find a hundred rows by number in an sqlite table of n rows: by its primary key, or by `+id`, which no index serves.

The table is made by the first run and kept beside this file: making it would grow with n on both sides.
"""

import os
import sqlite3
from pathlib import Path

import marks

FOUND = 100

variant, n = marks.arguments()
kept = Path(__file__).parent / "kept" / f"rows-{n}.db"
if not kept.exists():
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    database = sqlite3.connect(unfinished)
    database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, value INTEGER)")
    database.executemany("INSERT INTO rows VALUES (?, ?)", ((i, i % 97) for i in range(n)))
    database.commit()
    database.close()
    unfinished.replace(kept)
database = sqlite3.connect(f"file:{kept}?mode=ro", uri=True)
find = "SELECT value FROM rows WHERE +id = ?" if variant == "scan" else "SELECT value FROM rows WHERE id = ?"
with marks.region():
    total = 0
    for i in range(FOUND):
        total += database.execute(find, (i * 7919 % n,)).fetchone()[0]
marks.answer(total)
