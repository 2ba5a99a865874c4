/* The simulator: follows the log of each thread, block by block and access by access. */
#ifndef HWBENCH_COUNTING_SIMULATE_H
#define HWBENCH_COUNTING_SIMULATE_H

#include <stdint.h>

void simulate(unsigned cpu, const uint64_t *word, const uint64_t *end);
void simulate_forget_counts(void); /* in a forked child */

#endif
