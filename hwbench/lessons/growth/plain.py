"""The same table in SQLite, twice: without an index a query reads the table, with one it goes down a B-tree."""

import sqlite3

ROW_WORDS = 2
PRIME = 1000003


def arguments(function, arguments):
    """Load the rows into a database in memory; the index is made for `search` alone."""
    rows, _, count, wanted, queries = arguments
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE data (key INTEGER, value INTEGER)")
    database.executemany("INSERT INTO data VALUES (?, ?)", rows.reshape(count, ROW_WORDS).tolist())
    if function == "search":
        database.execute("CREATE INDEX by_key ON data (key)")
    return database, wanted[:queries].tolist()


def scan(database, wanted):
    """Look up every wanted key."""
    total = 0
    for key in wanted:
        (value,) = database.execute("SELECT value FROM data WHERE key = ?", (key,)).fetchone()
        total = (31 * total + value) % PRIME
    return total


def search(database, wanted):
    """Look up every wanted key with the very same query: the engine finds the index by itself."""
    return scan(database, wanted)
