/* Two threads add n times to a word of their own, atomically since others may read it: the words 256 bytes apart, or
 * (SHARED_LINE) on one line, which has to travel though no word is shared. */
#include "threads.h"

#ifdef SHARED_LINE
enum { APART = 1 };
#else
enum { APART = 32 };
#endif
static _Atomic uint64_t words[64] __attribute__((aligned(256)));

static void count_up(struct worker *worker) {
    _Atomic uint64_t *word = &words[worker->number * APART];
    for (uint64_t i = 0; i < worker->n; i++) atomic_fetch_add_explicit(word, 1, memory_order_relaxed);
    worker->result = *word;
}

int main(int count, char **arguments) { return answer(run_two(size_argument(count, arguments), count_up)); }
