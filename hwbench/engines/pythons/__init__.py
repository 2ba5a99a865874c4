"""Python interpreters under study: pyperformance's benchmarks under each, and why they differ."""
