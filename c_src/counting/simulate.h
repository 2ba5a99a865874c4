/* The second pass over a buffer of the log: follows the log of each thread, block by block and access by access.
 *
 * Caches and TLBs see everything, as the branch predictors of the first pass (outcomes.h) do. The flow model, which costs many times more, sees the first
 * instructions (`flow_first`) and then one buffer of each group, chosen at random; groups grow with the program's length,
 * from two buffers to `flow_every`. What it says of the rest is scaled from those, with a standard error.
 */
#ifndef HWBENCH_COUNTING_SIMULATE_H
#define HWBENCH_COUNTING_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "caches.h"
#include "flow.h"
#include "outcomes.h"

enum { ACCESSES_MOST = 8192 };

/* What was counted of one thread; the rest follows from the blocks' executions. */
struct counts {
    uint64_t loads, stores; /* of blocks that are not plain */
    uint64_t misses[LEVELS], streamed[LEVELS], store_misses[LEVELS]; /* of loads, and of stores */
    uint64_t tlb[2];
};

/* Sums over the windows of the flow model, each weighted by how many it stands for; `spread` holds what the error is made of. */
struct stratum {
    double windows, modelled; /* instructions that were modelled */
    double instructions, cycles[LANES], kinds[LEVELS][KINDS];
    struct {
        double squared, cycles_squared[LANES], cycles_times[LANES];
        double dependent_squared[LEVELS], dependent_times[LEVELS], misses_squared[LEVELS];
    } spread;
};

struct thread {
    struct counts counts[2]; /* those before and after the region, which nobody asks for, come first */
    uint64_t now; /* the number of accesses so far */
    struct near tlb, l1;
    struct cache tlb2, l2;
    struct streams streams;
    struct flow flow;
    bool was_sampled;
    struct access accesses[ACCESSES_MOST];
};

extern struct thread *threads[THREADS_MOST];
extern struct stratum stratum_first, stratum_later;
extern unsigned simulated_threads; /* that live now */
extern uint64_t simulated_instructions; /* that count, up to the last whole buffer */

/* After outcomes_write; `is_marked`: the region that counts may begin or end here. */
void simulate(unsigned cpu, const uint64_t *word, const uint64_t *end, bool is_marked);
/* From now on (or no longer) what lies between two addresses is on huge pages, as far as whole ones fit. */
void simulate_huge(uint64_t low, uint64_t high, bool is_huge);
void simulate_unmapped(uint64_t low, uint64_t high); /* what the program gave back: its pages are fresh when they come again */
void simulate_begin(void);         /* once the options are known */
void simulate_forget_counts(void); /* in a forked child */

#endif
