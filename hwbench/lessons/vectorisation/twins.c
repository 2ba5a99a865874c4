/* One loop: to every sum a share of a value is added. Which instructions it becomes is for the compiler to say. */
#include "lesson.h"

static const float SHARE = 1.0f / 4096;

/* Every turn of the loop is free of all others: a compiler that may use vectors does 4, 8 or 16 of them at once. */
LESSON double add(const float *values, int64_t count, int64_t passes, float *sums)
{
    double total = 0;
    for (int64_t i = 0; i < count; i++)
        sums[i] = 1.0f;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++)
            sums[i] += SHARE * values[i];
        EVERYTHING_MAY_HAVE_CHANGED;
    }
    for (int64_t i = 0; i < count; i++)
        total += sums[i];
    return total;
}

/* The same, but the compiler does not know which place the next turn will be for: it has to take them one by one. */
LESSON double add_one_by_one(const float *values, int64_t count, int64_t passes, float *sums)
{
    double total = 0;
    for (int64_t i = 0; i < count; i++)
        sums[i] = 1.0f;
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t i = 0; i < count; i++) {
            KEEP(i);
            sums[i] += SHARE * values[i];
        }
    }
    for (int64_t i = 0; i < count; i++)
        total += sums[i];
    return total;
}
