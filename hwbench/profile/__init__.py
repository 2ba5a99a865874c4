"""The machine profile: planned, measured in worker processes, journalled as it comes, pooled, judged and kept.

plan      which probes, in which order, in which worker processes
worker    one process that measures; `workers` is the campaign's side of it
campaign  the whole run: `hwbench.characterize`
journal   every event on disk at once, so that nothing is lost and a run can be resumed
pooling   several processes' figures into one; `ledger` holds what is known so far
store     profiles kept by host and date: `hwbench.load_profile`
findings  the three things worth knowing
"""
