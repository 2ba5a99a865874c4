"""FACTS: what the operating system and the processor say of themselves; never timed, and reading them never raises.

    from hwbench.host import read_host
    host = read_host(cpuid=native.cpu.cpuid)

`read_host` asks a chain of sources, each of which may know a part; `look_around` (in `hwbench.host.look`) says what
the host permits a benchmark to do.
"""

from hwbench.host.read import OwnFacts, read_host

__all__ = ["OwnFacts", "read_host"]
