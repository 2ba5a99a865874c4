"""Mispredicted branches: always the same way, by fair coins, and to one of 64 targets at random."""

from hwbench.engines.suite import run_kernels

if __name__ == "__main__":
    run_kernels("branch.always", "branch.random", "branch.indirect_random")
