"""The bill: a pure function of records, from what was measured to what it means. Nothing is timed or read here."""
