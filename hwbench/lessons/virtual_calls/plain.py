"""The same with Python's own objects: a class for each kind, a method of the same name in all of them."""

SHAPE_WORDS = 4


class Rectangle:
    """A shape of a width and a height; the others are kinds of it."""

    __slots__ = ("height", "width")

    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        """Return the area."""
        return self.width * self.height


class Triangle(Rectangle):
    """One that has a right angle."""

    __slots__ = ()

    def area(self):
        """Return the area, rounded down."""
        return self.width * self.height // 2


class Frame(Rectangle):
    """A rim that is one wide."""

    __slots__ = ()

    def area(self):
        """Return the area."""
        return 2 * (self.width + self.height) - 4


class Cross(Rectangle):
    """Two bars that are one wide."""

    __slots__ = ()

    def area(self):
        """Return the area."""
        return self.width + self.height - 1


def arguments(function, arguments):
    """Turn the array into objects, made in the order in which they lie in it."""
    words, count = arguments
    kinds = (Rectangle, Triangle, Frame, Cross)
    rows = words.reshape(-1, SHAPE_WORDS).tolist()
    return [kinds[kind](width, height) for kind, width, height, _ in rows], count


def total_area(shapes, count):
    """Call a method of each shape."""
    total = 0
    for i in range(count):
        total += shapes[i].area()
    return total
