/* Numbers in boxes as CPython makes them: a list of references, each to an object of a count of references, a type, a size and
 * the value. The heap is one array: first the list, then the objects; a reference is where in the heap an object begins. */
#include "lesson.h"

enum { VALUE = 3 };

/* Sum numbers in boxes: a load for the reference, and one for the value that has to wait for it; 40 bytes for each 8. */
LESSON int64_t add_boxed(const int64_t *heap, int64_t count, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++) {
        for (int64_t i = 0; i < count; i++)
            total += heap[heap[i] + VALUE];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* Sum packed numbers: a load each, several of them to a line. */
LESSON int64_t add_packed(const int64_t *numbers, int64_t count, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++) {
        for (int64_t i = 0; i < count; i++)
            total += numbers[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}
