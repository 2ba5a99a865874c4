/* Two threads, each on a CPU of its own where there are two, that begin together. */
#ifndef THREADS_H
#define THREADS_H
#include "corpus.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#ifdef __linux__
static inline void stay_on_cpu(int number) {
    cpu_set_t usable, one;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0) return;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &usable) || number-- > 0) continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof one, &one);
        return;
    }
}
#else
static inline void stay_on_cpu(int number) { (void)number; }
#endif

struct worker {
    uint64_t n, result;
    int number;
    void (*work)(struct worker *);
};

static atomic_int ready;

static inline void *worker_main(void *argument) {
    struct worker *worker = argument;
    stay_on_cpu(worker->number);
    atomic_fetch_add(&ready, 1);
    while (atomic_load(&ready) < 2) sched_yield();
    worker->work(worker);
    return NULL;
}

/* Run the work in two threads; return the sum of their results. */
static inline uint64_t run_two(uint64_t n, void (*work)(struct worker *)) {
    pthread_t thread[2];
    struct worker worker[2] = {{n, 0, 0, work}, {n, 0, 1, work}};
    REGION_BEGIN();
    for (int i = 0; i < 2; i++) must(pthread_create(&thread[i], NULL, worker_main, &worker[i]) == 0, "pthread_create");
    for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
    REGION_END();
    return worker[0].result + worker[1].result;
}

#endif
