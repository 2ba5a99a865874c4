"""The run: two subjects, sizes, timings in turns, spot prices, evidence and toggles, put together into one explanation."""
