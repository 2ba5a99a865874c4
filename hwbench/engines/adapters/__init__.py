"""One engine a file: what `hwbench.engines.protocol` asks of an engine, in that engine's own words."""
