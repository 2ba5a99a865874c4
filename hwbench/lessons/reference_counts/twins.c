/* A list of objects, copied piece by piece: `list` holds the number of each object, and an object begins with a count of the
 * references to it. Every copy of a reference is counted, and every one that is dropped. */
#include "lesson.h"

enum { OBJECT_WORDS = 4, VALUE = 3 };

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Copy a list as CPython does. To copy a reference, it writes to the object: if objects lie scattered, every one is a miss. */
LESSON int64_t copy(const int64_t *list, int64_t count, int64_t *heap, int64_t *part, int64_t piece)
{
    int64_t total = 0;
    for (int64_t at = 0; at < count; at += piece) {
        int64_t size = smaller(piece, count - at);
        for (int64_t i = 0; i < size; i++) {
            part[i] = list[at + i];
            heap[OBJECT_WORDS * part[i]]++;
        }
        total += heap[OBJECT_WORDS * part[size - 1] + VALUE];
        for (int64_t i = 0; i < size; i++)
            heap[OBJECT_WORDS * part[i]]--;
    }
    return total;
}

/* Copy a list whose objects are sure to live on: the references are borrowed, and only the list itself is read. */
LESSON int64_t borrow(const int64_t *list, int64_t count, int64_t *heap, int64_t *part, int64_t piece)
{
    int64_t total = 0;
    for (int64_t at = 0; at < count; at += piece) {
        int64_t size = smaller(piece, count - at);
        for (int64_t i = 0; i < size; i++)
            part[i] = list[at + i];
        total += heap[OBJECT_WORDS * part[size - 1] + VALUE];
    }
    return total;
}
