"""The ruler: clock, core frequency, pinning, interleaved samples, memory to measure in, pyperf workers."""
