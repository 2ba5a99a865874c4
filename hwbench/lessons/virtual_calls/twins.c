/* Shapes of several kinds in one array, each asked for its area through a pointer to its kind's function. A shape is four
 * numbers: kind, width, height, and one that is not used. */
#include "lesson.h"

enum { KIND, WIDTH, HEIGHT, SHAPE_WORDS = 4, KINDS = 4 };

static int64_t rectangle(const int16_t *shape)
{
    return shape[WIDTH] * shape[HEIGHT];
}

static int64_t triangle(const int16_t *shape)
{
    return shape[WIDTH] * shape[HEIGHT] / 2;
}

static int64_t frame(const int16_t *shape)
{
    return 2 * (shape[WIDTH] + shape[HEIGHT]) - 4;
}

static int64_t cross(const int16_t *shape)
{
    return shape[WIDTH] + shape[HEIGHT] - 1;
}

/* What a virtual method is: the kind of the object says which function to call, and the core has to guess it. */
static int64_t (*const area_of[KINDS])(const int16_t *shape) = {rectangle, triangle, frame, cross};

/* One call through a pointer for each shape. */
LESSON int64_t total_area(const int16_t *shapes, int64_t count)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        const int16_t *shape = shapes + SHAPE_WORDS * i;
        total += area_of[shape[KIND]](shape);
    }
    return total;
}

/* Lay out the shapes as they are. */
LESSON void keep(const int16_t *shapes, int64_t words, int16_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = shapes[word];
}

/* Lay out the shapes by kind. */
LESSON void by_kind(const int16_t *shapes, int64_t words, int16_t *out)
{
    for (int16_t kind = 0; kind < KINDS; kind++) {
        for (int64_t shape = 0; shape < words; shape += SHAPE_WORDS) {
            if (shapes[shape + KIND] != kind)
                continue;
            for (int64_t word = 0; word < SHAPE_WORDS; word++)
                *out++ = shapes[shape + word];
        }
    }
}
