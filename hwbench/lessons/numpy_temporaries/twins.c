/* A polynomial by Horner's rule, in operations on whole stretches of an array, as numpy has them; and in one loop. */
#include "lesson.h"

enum { LANES = 8 };

static inline void fill(double *restrict out, int64_t count, double value)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = value;
}

static inline void multiply(double *restrict out, const double *restrict x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        out[i] *= x[i];
}

static inline void add(double *restrict out, int64_t count, double value)
{
    for (int64_t i = 0; i < count; i++)
        out[i] += value;
}

static inline double sum(const double *out, int64_t count)
{
    double sums[LANES] = {0}, total = 0;
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int64_t lane = 0; lane < LANES; lane++)
            sums[lane] += out[i + lane];
    for (; i < count; i++)
        total += out[i];
    for (int64_t lane = 0; lane < LANES; lane++)
        total += sums[lane];
    return total;
}

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Each operation for all blocks before the next: by the time it comes back to a block, that has left the cache. */
LESSON double by_operation(const double *x, double *out, int64_t count, const double *coefficients, int64_t terms, int64_t block)
{
    double total = 0;
    for (int64_t at = 0; at < count; at += block)
        fill(out + at, smaller(block, count - at), coefficients[0]);
    for (int64_t term = 1; term < terms; term++) {
        for (int64_t at = 0; at < count; at += block)
            multiply(out + at, x + at, smaller(block, count - at));
        for (int64_t at = 0; at < count; at += block)
            add(out + at, smaller(block, count - at), coefficients[term]);
    }
    for (int64_t at = 0; at < count; at += block)
        total += sum(out + at, smaller(block, count - at));
    return total;
}

/* All operations for one block before the next: the block is fetched once, and stays in the cache until it is done. */
LESSON double by_block(const double *x, double *out, int64_t count, const double *coefficients, int64_t terms, int64_t block)
{
    double total = 0;
    for (int64_t at = 0; at < count; at += block) {
        int64_t size = smaller(block, count - at);
        fill(out + at, size, coefficients[0]);
        for (int64_t term = 1; term < terms; term++) {
            multiply(out + at, x + at, size);
            add(out + at, size, coefficients[term]);
        }
        total += sum(out + at, size);
    }
    return total;
}

/* All operations for one value before the next, eight values side by side: what lies between the operations stays in registers,
 * and only the result is stored. */
LESSON double fused(const double *restrict x, double *restrict out, int64_t count, const double *restrict coefficients,
                    int64_t terms, int64_t block)
{
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        double values[LANES];
        fill(values, LANES, coefficients[0]);
        for (int64_t term = 1; term < terms; term++)
            for (int64_t lane = 0; lane < LANES; lane++)
                values[lane] = values[lane] * x[at + lane] + coefficients[term];
        for (int64_t lane = 0; lane < LANES; lane++)
            out[at + lane] = values[lane];
    }
    return sum(out, at) + by_block(x + at, out + at, count - at, coefficients, terms, block);
}
