"""The ruler: a chain of dependent additions, and a call that does nothing. Twin of c_src/clock.c."""

from hwbench.kernels._jit import kernel
from hwbench.kernels._opaque import keep


@kernel
def adds(step, repeats):
    """Run `repeats` times a chain of 256 dependent additions of `step`; return their sum."""
    total = 0
    for _ in range(repeats):
        for _ in range(256):
            total = keep(total + step)
    return total


@kernel
def nothing(repeats):
    """Return `repeats`."""
    return repeats
