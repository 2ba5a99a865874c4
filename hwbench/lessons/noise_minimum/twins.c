/* Work that always takes the same number of cycles; and what to do with readings that are never too small. */
#include "lesson.h"

enum { MOST_WINDOW = 1024 };

static const int64_t FACTOR = 1103515245, MASK = 0x7fffffff;

/* Steps of which each waits for the one before, on numbers that fit the first level: nothing in the core varies. */
LESSON int64_t mix(const int64_t *values, int64_t count, int64_t passes)
{
    int64_t state = 1;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int64_t i = 0; i < count; i++)
            state = (state * FACTOR + values[i]) & MASK;
    return state;
}

/* The lower envelope: the sum of what is, at each reading, the least of the last `window`; all of them looked at each time. */
LESSON int64_t envelope(const int64_t *readings, int64_t count, int64_t window)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t least = readings[i];
        for (int64_t k = i + 1 < window ? 0 : i + 1 - window; k < i; k++)
            least = readings[k] < least ? readings[k] : least;
        total += least;
    }
    return total;
}

/* The same with a queue of those readings that may still become the least: each enters once and leaves once. */
LESSON int64_t envelope_queue(const int64_t *readings, int64_t count, int64_t window)
{
    int64_t places[MOST_WINDOW], first = 0, end = 0, total = 0;
    for (int64_t i = 0; i < count; i++) {
        while (end > first && readings[places[(end - 1) % MOST_WINDOW]] >= readings[i])
            end--;
        places[end++ % MOST_WINDOW] = i;
        if (places[first % MOST_WINDOW] <= i - window)
            first++;
        total += readings[places[first % MOST_WINDOW]];
    }
    return total;
}
