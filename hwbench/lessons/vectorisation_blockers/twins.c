/* Readings are summed up to the first that is out of bounds: where a vector would have to stop in its middle. */
#include "lesson.h"

enum { BLOCK = 256 };

/* Whether there is a next turn is known only after this one: a compiler will not read or add ahead of that. */
LESSON int64_t sum_to(const int32_t *readings, int64_t count, int64_t passes, int32_t bound)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++) {
            if (readings[i] >= bound)
                break;
            total += readings[i];
        }
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* A block is summed to its end whatever is in it, on vectors; if something was out of bounds, it is gone through once more. */
LESSON int64_t sum_to_in_blocks(const int32_t *readings, int64_t count, int64_t passes, int32_t bound)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        int64_t i = 0;
        for (; i + BLOCK <= count; i += BLOCK) {
            int32_t largest = readings[i];
            uint32_t part = 0;
            for (int64_t k = i; k < i + BLOCK; k++) {
                part += (uint32_t)readings[k];
                largest = readings[k] > largest ? readings[k] : largest;
            }
            if (largest >= bound)
                break;
            total += (int32_t)part;
        }
        for (; i < count; i++) {
            if (readings[i] >= bound)
                break;
            total += readings[i];
        }
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

/* The same comparison without the exit: readings out of bounds are left out, and all are looked at. No obstacle to vectors. */
LESSON int64_t sum_below(const int32_t *readings, int64_t count, int64_t passes, int32_t bound)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            total += readings[i] < bound ? readings[i] : 0;
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}

__attribute__((noinline)) static int32_t checked(int32_t reading, int32_t bound)
{
    KEEP(bound);
    return reading < bound ? reading : 0;
}

/* The same again with a call for each reading: the compiler cannot put on vectors what it does not see into. */
LESSON int64_t sum_called(const int32_t *readings, int64_t count, int64_t passes, int32_t bound)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            total += checked(readings[i], bound);
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return total;
}
