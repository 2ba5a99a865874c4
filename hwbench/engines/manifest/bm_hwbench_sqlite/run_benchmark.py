"""Sqlite: rows looked up by key, counted by a condition, and joined."""

from hwbench.engines.suite import run_engine

if __name__ == "__main__":
    run_engine("sqlite")
