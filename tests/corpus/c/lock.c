/* Two threads add n numbers each, every addition under a lock: each thread its own lock and sum, or (ONE_LOCK) the same. */
#include "threads.h"

#ifdef ONE_LOCK
enum { APART = 0 };
#else
enum { APART = 1 };
#endif
static struct {
    pthread_mutex_t lock;
    uint64_t sum;
    char rest[256];
} guarded[2] __attribute__((aligned(256))) = {{PTHREAD_MUTEX_INITIALIZER, 0, {0}}, {PTHREAD_MUTEX_INITIALIZER, 0, {0}}};

static void add_up(struct worker *worker) {
    int mine = worker->number * APART;
    for (uint64_t i = 0; i < worker->n; i++) {
        pthread_mutex_lock(&guarded[mine].lock);
        guarded[mine].sum += i;
        pthread_mutex_unlock(&guarded[mine].lock);
    }
}

int main(int count, char **arguments) {
    run_two(size_argument(count, arguments), add_up);
    return answer(guarded[0].sum + guarded[1].sum);
}
