/* Strides: one word is read, the next so many words further on. */
#ifndef HWBENCH_STRIDE_H
#define HWBENCH_STRIDE_H
#include <stdint.h>

/* Sum words 0, stride, 2 * stride, … below `words`, `repeats` times; one plain 8-byte load each, whatever the variant.
 * Returns the sum over all passes (it wraps). */
int64_t stride_read(const int64_t *from, int64_t words, int64_t stride, int64_t repeats);

/* Add 1 to the same words, `repeats` times; returns word 0. */
int64_t stride_update(int64_t *words_in, int64_t words, int64_t stride, int64_t repeats);
#endif
