"""The same sum in plain Python: every bytecode is a jump of its own, so one more wrong guess is a smaller part of it."""


def arguments(function, arguments):
    """Turn the array into a list."""
    values, count, threshold = arguments
    return values.tolist(), count, threshold


def sum_of_large(values, count, threshold):
    """Sum the values that reach the threshold."""
    total = 0
    for i in range(count):
        if values[i] >= threshold:
            total += values[i]
    return total
