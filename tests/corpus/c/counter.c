/* Two threads count events by atomic additions, n each: each in a counter of its own, or (ONE_COUNTER) in the same one. */
#include "threads.h"

#ifdef ONE_COUNTER
enum { APART = 0 };
#else
enum { APART = 32 };
#endif
static _Atomic uint64_t counters[64] __attribute__((aligned(256)));

static void count_up(struct worker *worker) {
    _Atomic uint64_t *counter = &counters[worker->number * APART];
    for (uint64_t i = 0; i < worker->n; i++) atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    worker->result = worker->n;
}

int main(int count, char **arguments) {
    uint64_t sum = run_two(size_argument(count, arguments), count_up);
    must(sum == atomic_load(&counters[0]) + (APART ? atomic_load(&counters[APART]) : 0), "the counters");
    return answer(sum);
}
