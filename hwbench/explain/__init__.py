"""The bill: a pure function of records, from what was measured to what it means. Nothing is timed or read here."""

from hwbench.explain.explaining import explain

__all__ = ["explain"]
