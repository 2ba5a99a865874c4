"""Our plausible engine without its mistakes: rows looked up, counted and joined."""

from hwbench.engines.suite import run_engine

if __name__ == "__main__":
    run_engine("tuned")
