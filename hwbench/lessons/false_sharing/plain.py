"""The same in plain Python: where one lock lets a single thread run at a time, no line is fought for."""


def arguments(function, arguments):
    """Let Python reach the cells without numpy's detour."""
    cells, *others = arguments
    return memoryview(cells), *others


def count_up(cells, place, times):
    """Count in cells[place], each step written to memory."""
    before = cells[place]
    for _ in range(times):
        cells[place] += 1
    return cells[place] - before
