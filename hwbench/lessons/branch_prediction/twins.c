/* The sum of those values that reach a threshold, with a branch that the compiler may not turn into anything else. */
#include "lesson.h"

/* One conditional jump a value: the core guesses its way and runs on; a wrong guess throws away what it ran ahead. */
LESSON int64_t sum_of_large(const int32_t *values, int64_t count, int64_t threshold)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        KEEP(i); /* one jump back for each value: no two turns of the loop in one */
        if (values[i] >= threshold) {
            total += values[i];
            KEEP(total); /* or a compiler would select instead of jump */
        }
    }
    return total;
}

/* Lay out the values as they are. */
LESSON void keep(const int32_t *values, int64_t count, int32_t *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = values[i];
}

/* Lay out the values (bytes in size) in order, by counting how often each occurs. */
LESSON void sort(const int32_t *values, int64_t count, int32_t *out)
{
    int64_t times[256] = {0};
    for (int64_t i = 0; i < count; i++)
        times[values[i] & 255]++;
    for (int32_t value = 0; value < 256; value++) {
        for (int64_t n = 0; n < times[value]; n++)
            *out++ = value;
    }
}
