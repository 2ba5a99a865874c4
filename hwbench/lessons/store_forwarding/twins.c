/* A queue in memory: each turn pushes the state of a calculation and pops what was pushed `lag` turns before. A cell of it
 * is a number of 8 bytes, or the two of 4 bytes that it is made of; the first `lag` cells hold what is there at first. */
#include "lesson.h"

typedef union {
    volatile uint64_t whole;
    volatile uint32_t half[2];
} Cell;

enum { TURNS = 1024 };
#define MIX 6364136223846793005u

/* Push halves, pop them together: no one store holds what the load wants, so it waits until both have reached the cache. */
LESSON int64_t halves(const int64_t *items, int64_t *cells, int64_t lag, int64_t passes)
{
    Cell *pop = (Cell *)cells, *push = pop + lag;
    uint64_t state = 0;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int turn = 0; turn < TURNS; turn++) {
            push[turn].half[0] = (uint32_t)state;
            push[turn].half[1] = (uint32_t)(state >> 32);
            state = state * MIX + (uint64_t)items[turn] + pop[turn].whole;
        }
    return (int64_t)state;
}

/* Push and pop the whole: the load is served by the store that still waits for its turn at the cache. */
LESSON int64_t whole(const int64_t *items, int64_t *cells, int64_t lag, int64_t passes)
{
    Cell *pop = (Cell *)cells, *push = pop + lag;
    uint64_t state = 0;
    for (int64_t pass = 0; pass < passes; pass++)
        for (int turn = 0; turn < TURNS; turn++) {
            push[turn].whole = state;
            state = state * MIX + (uint64_t)items[turn] + pop[turn].whole;
        }
    return (int64_t)state;
}
