/* The ruler: a chain of dependent additions, one core cycle each, and a call that does nothing. */
#ifndef HWBENCH_CLOCK_H
#define HWBENCH_CLOCK_H
#include <stdint.h>

/* `repeats` times a chain of CLOCK_CHAIN (256) dependent register additions of `step`; returns 256 * step * repeats. */
int64_t clock_adds(int64_t step, int64_t repeats);

/* Returns `repeats`: what is left is the cost of calling a kernel. */
int64_t clock_nothing(int64_t repeats);
#endif
