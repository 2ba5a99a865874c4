"""Engines and interpreters under study, and our own plausible engine among them."""
