/* Events of a few cycles each, and a clock that is read around them: around each one, or around all. */
#define _POSIX_C_SOURCE 200809L
#include "lesson.h"
#include <time.h>

static const int64_t FACTOR = 1103515245, MASK = 0x7fffffff;

static inline int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1000000000 * (int64_t)time.tv_sec + time.tv_nsec;
}

/* An event: so many steps of a generator of numbers, of which each waits for the one before. */
static inline int64_t event(int64_t state, int64_t value, int64_t steps)
{
    for (int64_t step = 0; step < steps; step++)
        state = (state * FACTOR + value) & MASK;
    return state;
}

/* Two readings for each event: the core spends its time on the clock, and waits until all that came before is done. */
LESSON int64_t time_each(const int64_t *values, int64_t events, int64_t steps)
{
    int64_t state = 1, spent = 0;
    for (int64_t i = 0; i < events; i++) {
        int64_t before = now();
        state = event(state, values[i], steps);
        KEEP(state);
        spent += now() - before;
    }
    KEEP(spent);
    return state;
}

/* Two readings for all: the mean of an event is as exact, and hardly anything is spent on the clock. */
LESSON int64_t time_all(const int64_t *values, int64_t events, int64_t steps)
{
    int64_t state = 1, before = now();
    for (int64_t i = 0; i < events; i++) {
        state = event(state, values[i], steps);
        KEEP(state);
    }
    int64_t spent = now() - before;
    KEEP(spent);
    return state;
}
