/* Jobs that several threads do, each adding its result to one total: job after job, or once at the end. */
#include "lesson.h"
#include <pthread.h>

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;

/* One job: the sum of `size` items. */
static inline int64_t job(const int64_t *items, int64_t size)
{
    int64_t sum = 0;
    for (int64_t item = 0; item < size; item++) {
        sum += items[item];
        KEEP(sum);
    }
    return sum;
}

/* Add each job's result to the total atomically: the core must hold the total's line, whoever else wants it, for each job. */
LESSON int64_t add_each(const int64_t *items, int64_t jobs, int64_t size, int64_t rounds, int64_t *total)
{
    int64_t before = __atomic_load_n(total, __ATOMIC_SEQ_CST);
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t one = 0; one < jobs; one++)
            __atomic_fetch_add(total, job(items + one * size, size), __ATOMIC_SEQ_CST);
    return __atomic_load_n(total, __ATOMIC_SEQ_CST) - before;
}

/* Add up the results in a register and add that to the total once: nobody is asked for anything in between. */
LESSON int64_t add_once(const int64_t *items, int64_t jobs, int64_t size, int64_t rounds, int64_t *total)
{
    int64_t before = __atomic_load_n(total, __ATOMIC_SEQ_CST), mine = 0;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t one = 0; one < jobs; one++)
            mine += job(items + one * size, size);
    __atomic_fetch_add(total, mine, __ATOMIC_SEQ_CST);
    return __atomic_load_n(total, __ATOMIC_SEQ_CST) - before;
}

/* Add each job's result under a lock: two atomic accesses to the lock's line, and sleep for those who find it shut. */
LESSON int64_t add_locked(const int64_t *items, int64_t jobs, int64_t size, int64_t rounds, int64_t *total)
{
    int64_t before = *total;
    for (int64_t round = 0; round < rounds; round++)
        for (int64_t one = 0; one < jobs; one++) {
            int64_t result = job(items + one * size, size);
            pthread_mutex_lock(&door);
            *total += result;
            pthread_mutex_unlock(&door);
        }
    return *total - before;
}
