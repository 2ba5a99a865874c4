/* Sixteen times of one event, one in each model of the machine: 32-bit counts of 1/120 cycle. */
#ifndef HWBENCH_COUNTING_LANES_H
#define HWBENCH_COUNTING_LANES_H

#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" /* all that takes or returns vectors is inlined or in our own files */
#endif

enum { LANES = 16, UNIT = 120 };

typedef int32_t eight __attribute__((vector_size(32)));
typedef uint32_t unsigned_eight __attribute__((vector_size(32)));
typedef struct {
    eight low, high;
} lanes;

static inline eight eight_max(eight a, eight b)
{
#if defined(__AVX2__)
    return (eight)_mm256_max_epi32((__m256i)a, (__m256i)b);
#else
    eight larger = a > b;
    return (a & larger) | (b & ~larger);
#endif
}

/* Four numbers of instructions. */
typedef int32_t four __attribute__((vector_size(16)));

static inline four four_max(four a, four b)
{
#if defined(__AVX2__)
    return (four)_mm_max_epi32((__m128i)a, (__m128i)b);
#else
    four larger = a > b;
    return (a & larger) | (b & ~larger);
#endif
}

/* Read and written by halves: a compiler that copies the whole by other pieces makes the next read wait for the write. */
static inline lanes lanes_at(const lanes *from)
{
    return (lanes){from->low, from->high};
}

static inline void lanes_put(lanes *to, lanes value)
{
    to->low = value.low;
    to->high = value.high;
}

static inline lanes lanes_max(lanes a, lanes b)
{
    return (lanes){eight_max(a.low, b.low), eight_max(a.high, b.high)};
}

static inline lanes lanes_add(lanes a, lanes b)
{
    return (lanes){a.low + b.low, a.high + b.high};
}

static inline lanes lanes_less(lanes a, lanes b)
{
    return (lanes){a.low - b.low, a.high - b.high};
}

static inline int32_t lanes_get(const lanes *value, int lane)
{
    return lane < 8 ? value->low[lane] : value->high[lane - 8];
}

#endif
