/* Gather and scatter: words read or written in the order of an index array. The index is known ahead, so accesses do not
 * wait for each other: what a chase pays in full is here paid many at a time. */
#ifndef HWBENCH_GATHER_H
#define HWBENCH_GATHER_H
#include <stdint.h>

/* Sum values[index[k]] for k < count, `repeats` times, with plain 8-byte loads; returns the sum over all passes (it wraps). */
int64_t gather_read(const int64_t *values, const int64_t *index, int64_t count, int64_t repeats);

/* Set values[index[k]] = k + the number of the pass; returns the word written last. */
int64_t gather_write(int64_t *values, const int64_t *index, int64_t count, int64_t repeats);
#endif
