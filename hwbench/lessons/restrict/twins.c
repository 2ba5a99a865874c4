/* A sum that is kept where a pointer points to. May that place be among the numbers that are summed? */
#include "lesson.h"

/* It may: so it is written after each addition, for the next number could be the sum itself. Vectors are out of the question. */
LESSON int64_t add_behind(const int64_t *values, int64_t count, int64_t passes, int64_t *sum)
{
    *sum = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            *sum += values[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return *sum;
}

/* It may not, `restrict` says: the sum stays in a register until the loop is done, or in several, on vectors. */
LESSON int64_t add_apart(const int64_t *restrict values, int64_t count, int64_t passes, int64_t *restrict sum)
{
    *sum = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            *sum += values[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return *sum;
}

/* Without the word: a variable of our own has no address that anybody could know. */
LESSON int64_t add_local(const int64_t *values, int64_t count, int64_t passes, int64_t *sum)
{
    int64_t total = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            total += values[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    *sum = total;
    return *sum;
}

/* Numbers of another type: C says that an int32_t is never part of an int64_t, so the compiler knows without being told. */
LESSON int64_t add_narrow_behind(const int32_t *values, int64_t count, int64_t passes, int64_t *sum)
{
    *sum = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            *sum += values[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return *sum;
}

/* The same, and told: nothing is gained. */
LESSON int64_t add_narrow_apart(const int32_t *restrict values, int64_t count, int64_t passes, int64_t *restrict sum)
{
    *sum = 0;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            *sum += values[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    return *sum;
}
