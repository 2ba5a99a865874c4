/* A list of objects: `list` holds the number of each, `heap` the objects, each a count of references, a type, a size, a value. */
#include "lesson.h"

enum { OBJECT_WORDS = 4, VALUE = 3 };

/* Sum what a list refers to. The list is read in order; where its objects lie decides whether they are fetched ahead. */
LESSON int64_t walk(const int64_t *list, int64_t count, const int64_t *heap, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++) {
        for (int64_t i = 0; i < count; i++)
            total += heap[OBJECT_WORDS * list[i] + VALUE];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* Write a list as it is. */
LESSON void keep(const int64_t *list, int64_t count, int64_t *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = list[i];
}

/* Write a list of the same objects in the order in which they lie: each is in it once, so its number is its place. */
LESSON void by_address(const int64_t *list, int64_t count, int64_t *out)
{
    for (int64_t i = 0; i < count; i++)
        out[list[i]] = list[i];
}
