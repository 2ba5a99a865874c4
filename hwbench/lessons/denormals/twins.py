"""A filter that smooths its input: what it holds decays by the factor `keep` at each step, and the input is added."""

from hwbench.lessons.jit import twin

OFFSET = 1e-30


@twin
def smooth(signal, count, passes, keep):
    """Filter as it is written in books: when the input falls silent, the state decays until it can get no smaller."""
    state, total = 0.0, 0.0
    for _ in range(passes):
        for step in range(count):
            state = state * keep + signal[step]
            total += state
    return total


@twin
def smooth_offset(signal, count, passes, keep):
    """Add far too little to matter to each input: the state decays to that, which is still a normal number."""
    state, total = 0.0, 0.0
    for _ in range(passes):
        for step in range(count):
            state = state * keep + (signal[step] + OFFSET)
            total += state
    return total
