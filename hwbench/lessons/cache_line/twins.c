/* All the words of an array, summed `stride` words apart: as many passes as the stride is long, each from the next word on. */
#include "lesson.h"

/* A stride of one uses up each line as it comes; a stride of a line takes one word of it, and fetches it again next pass. */
LESSON int64_t sum_by_stride(const int64_t *values, int64_t count, int64_t stride, int64_t rounds)
{
    int64_t total = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t first = 0; first < stride; first++)
            for (int64_t place = first; place < count; place += stride)
                total += values[place];
    return total;
}

/* One pass, whatever the stride was: every line comes once, and all of its words are used while it is there. */
LESSON int64_t sum_in_order(const int64_t *values, int64_t count, int64_t stride, int64_t rounds)
{
    int64_t total = 0;
    (void)stride;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t place = 0; place < count; place++)
            total += values[place];
    return total;
}
