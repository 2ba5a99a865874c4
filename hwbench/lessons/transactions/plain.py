"""The same in SQLite, on a disk: a transfer is two updates, and a commit waits for the log of the database."""

import sqlite3
import tempfile
from pathlib import Path

from hwbench.catalog.system import working_folder

TRANSFER_WORDS, ACCOUNTS = 3, 100
folders = []  # removed when this process ends


def arguments(function, arguments):
    """Make a database of accounts in a folder of its own; give the transfers as tuples."""
    transfers, count, *others = arguments
    folder = tempfile.TemporaryDirectory(dir=working_folder(), prefix="hwbench-")
    folders.append(folder)
    database = sqlite3.connect(Path(folder.name) / "accounts", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")  # a log of changes, as in C
    database.execute("PRAGMA synchronous = FULL")  # a commit waits for the disk
    database.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER)")
    database.executemany("INSERT INTO accounts VALUES (?, 0)", [(account,) for account in range(ACCOUNTS)])
    rows = transfers[: TRANSFER_WORDS * count].reshape(count, TRANSFER_WORDS).tolist()
    return database, rows, *others[1:]


def balances(database):
    """Return the sum of all balances, each times the number of its account."""
    return database.execute("SELECT sum(id * balance) FROM accounts").fetchone()[0]


def transfer(database, source, target, amount):
    """Move an amount from one account to another."""
    database.execute("UPDATE accounts SET balance = balance - ? WHERE id = ?", (amount, source))
    database.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", (amount, target))


def commit_each(database, transfers):
    """Make every transfer a transaction of its own."""
    return commit_every(database, transfers, 1)


def commit_once(database, transfers):
    """Make all transfers in one transaction."""
    return commit_every(database, transfers, len(transfers))


def commit_every(database, transfers, group):
    """Make a transaction of every so many transfers; return what the balances have changed by."""
    before = balances(database)
    for first in range(0, len(transfers), group):
        database.execute("BEGIN")
        for each in transfers[first : first + group]:
            transfer(database, *each)
        database.execute("COMMIT")
    return balances(database) - before
