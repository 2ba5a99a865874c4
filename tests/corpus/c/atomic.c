/* One thread adds to eight counters in turn, n times: by plain additions to memory, or (ATOMIC) by atomic ones, although
 * nobody else looks. */
#include "corpus.h"
#include <stdatomic.h>

static _Atomic uint64_t counters[64];

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        _Atomic uint64_t *counter = &counters[i % 8 * 8];
#ifdef ATOMIC
        atomic_fetch_add_explicit(counter, i, memory_order_relaxed);
#else
        atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + i, memory_order_relaxed);
#endif
    }
    REGION_END();
    for (size_t i = 0; i < 64; i += 8) sum = sum * 31 + counters[i];
    return answer(sum);
}
