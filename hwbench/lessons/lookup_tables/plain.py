"""The same in plain Python: the fewer bytecodes a byte takes, the better, whatever the processor guesses."""

LOWER, UPPER, DIGIT, SPACE, MARK, OTHER = range(1, 7)


def arguments(function, arguments):
    """Turn the array into bytes."""
    text, length = arguments
    return text.tobytes(), length


def kind_of(byte):
    """Test for one kind after the other."""
    if 97 <= byte <= 122:
        return LOWER
    if 65 <= byte <= 90:
        return UPPER
    if 48 <= byte <= 57:
        return DIGIT
    if byte == 32:
        return SPACE
    if 33 <= byte <= 47:
        return MARK
    return OTHER


def by_tests(text, length):
    """Ask for every byte of the text what it is."""
    shape = 2166136261
    for i in range(length):
        shape = ((shape ^ kind_of(text[i])) * 16777619) & 0xFFFFFFFF
    return shape


def by_table(text, length):
    """Ask once for every byte that there can be, and look up those of the text."""
    kinds = [kind_of(byte) for byte in range(256)]
    shape = 2166136261
    for i in range(length):
        shape = ((shape ^ kinds[text[i]]) * 16777619) & 0xFFFFFFFF
    return shape
