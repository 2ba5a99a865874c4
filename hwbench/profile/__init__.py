"""The machine profile: planned, measured in worker processes, journalled, kept and read again."""
