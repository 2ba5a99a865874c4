"""Bandwidth: arrays larger than the caches, read, written and copied."""

from hwbench.engines.suite import run_kernels

if __name__ == "__main__":
    run_kernels("stream.read", "stream.write", "stream.copy", sizes=(128 << 20,))
