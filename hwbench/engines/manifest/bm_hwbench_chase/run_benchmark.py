"""Load latency: a random pointer chase in the first cache, in the second, and in memory."""

from hwbench.engines.suite import run_kernels

if __name__ == "__main__":
    run_kernels("chase.random", sizes=(16 << 10, 256 << 10, 64 << 20))
