"""The sources of the event-counting plugin and the trace runtime: C, built on demand with the host's compiler."""
