/* Two threads that count side by side, each in a cell of its own; what matters is how far apart the cells lie. */
#define _GNU_SOURCE
#include "lesson.h"
#include <pthread.h>
#include <sched.h>

enum { APART = 64 }; /* words: far more than a line of any CPU */

struct part {
    const int64_t *items;
    int64_t count, rounds, cpu;
    int64_t *cell;
};

/* Add all items, so many times over, to a cell in memory: each addition loads the cell and stores it again. */
static void add_to(volatile int64_t *cell, const int64_t *items, int64_t count, int64_t rounds)
{
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t item = 0; item < count; item++)
            *cell = *cell + items[item];
}

static void *add_part(void *given)
{
    struct part *part = given;
    add_to(part->cell, part->items, part->count, part->rounds);
    return 0;
}

/* Do one part here and the other on a second thread, on its own CPU where the system lets us; return the sum of both cells. */
static int64_t add_both(struct part here, struct part there)
{
    pthread_t second;
    pthread_attr_t how;
    pthread_attr_init(&how);
#if defined(__linux__)
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(there.cpu, &own);
    pthread_attr_setaffinity_np(&how, sizeof own, &own);
#endif
    int failed = pthread_create(&second, &how, add_part, &there);
    pthread_attr_destroy(&how);
    if (failed)
        return -1;
    add_to(here.cell, here.items, here.count, here.rounds);
    pthread_join(second, 0);
    return *here.cell + *there.cell;
}

/* Count in cells[place]: the core needs the cell's line for itself, whoever else writes to another part of it. */
LESSON int64_t count_up(int64_t *cells, int64_t place, int64_t times)
{
    volatile int64_t *cell = cells + place;
    int64_t before = *cell;
    for (int64_t time = 0; time < times; time++)
        *cell = *cell + 1;
    return *cell - before;
}

/* The same by atomic additions: each has to hold the line while it adds, and no store buffer can put that off. */
LESSON int64_t count_atomically(int64_t *cells, int64_t place, int64_t times)
{
    int64_t *cell = cells + place, before = __atomic_load_n(cell, __ATOMIC_SEQ_CST);
    for (int64_t time = 0; time < times; time++)
        __atomic_fetch_add(cell, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(cell, __ATOMIC_SEQ_CST) - before;
}

/* Two threads add one half of the items each, to two cells side by side: their line goes to and fro between the cores. */
LESSON int64_t halves_together(const int64_t *items, int64_t count, int64_t rounds, int64_t cpu)
{
    int64_t cells[2] = {0};
    struct part here = {items, count / 2, rounds, 0, &cells[0]};
    struct part there = {items + count / 2, count - count / 2, rounds, cpu, &cells[1]};
    return add_both(here, there);
}

/* The same with the cells far apart: each core keeps the line of its own. */
LESSON int64_t halves_apart(const int64_t *items, int64_t count, int64_t rounds, int64_t cpu)
{
    int64_t cells[3 * APART] = {0};
    struct part here = {items, count / 2, rounds, 0, &cells[APART / 2]};
    struct part there = {items + count / 2, count - count / 2, rounds, cpu, &cells[2 * APART + APART / 2]};
    return add_both(here, there);
}
