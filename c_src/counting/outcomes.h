/* The first pass over a buffer of the log: counts executions, and guesses how each block's branch goes.
 *
 * What was guessed is written into the marks, for the second pass (simulate.h). The consumer does both passes; a vCPU that would
 * have to wait for it does the first of them meanwhile. Buffers are guessed in the order in which they were filled.
 */
#ifndef HWBENCH_COUNTING_OUTCOMES_H
#define HWBENCH_COUNTING_OUTCOMES_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"

enum { THREADS_MOST = 4096, OUTCOME_SHIFT = 48 };

struct wrong_guesses {
    uint64_t direction, target, back; /* back: of returns */
};

static inline enum guess outcome_guess(uint64_t mark)
{
    return (enum guess)(mark >> OUTCOME_SHIFT & 3);
}

static inline enum way outcome_way(uint64_t mark)
{
    return (enum way)(mark >> (OUTCOME_SHIFT + 2) & 3);
}

void outcomes_begin(void); /* once the options are known */
void outcomes_write(unsigned cpu, uint64_t *word, const uint64_t *end);
struct wrong_guesses outcomes_wrong(void); /* of all threads, within the region */
void outcomes_forget(void);

#endif
