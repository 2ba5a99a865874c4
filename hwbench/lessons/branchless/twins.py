"""Values cut off at a limit and hashed, the cut made by a jump and by a selection."""

from numba import int64

from hwbench.kernels._machine import keep_above, select_less
from hwbench.lessons.jit import twin


@twin
def with_value(state, value):
    """One step of the FNV-1a hash: the same chain, whichever way the cut was made."""
    return ((state ^ value) * 16777619) & 0xFFFFFFFF


@twin
def clip_by_jump(values, count, limit):
    """Let a jump decide which value is hashed: cheap while it can be foreseen."""
    state = 2166136261
    for i in range(count):
        value = int64(values[i])
        if value > limit:
            value = keep_above(limit)
        state = with_value(state, value)
    return state


@twin
def clip_by_selection(values, count, limit):
    """Pick one of two values by a conditional move: nothing to foresee, and always the same price."""
    state = 2166136261
    for i in range(count):
        value = int64(values[i])
        state = with_value(state, select_less(limit, value, limit, value))
    return state
