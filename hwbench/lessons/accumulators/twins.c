/* A sum of doubles, so many places apart, gone through so many times, in one accumulator and in eight. The number of values
 * is a multiple of eight. */
#include "lesson.h"

/* Every addition waits for the one before, since the compiler must not add in another order than is written. */
LESSON double one_accumulator(const double *values, int64_t count, int64_t apart, int64_t times)
{
    double total = 0;
    for (int64_t time = 0; time < times; time++) {
        for (int64_t i = 0; i < count; i += 8) {
            const double *v = values + i * apart;
            total += v[0];
            total += v[apart];
            total += v[2 * apart];
            total += v[3 * apart];
            total += v[4 * apart];
            total += v[5 * apart];
            total += v[6 * apart];
            total += v[7 * apart];
        }
    }
    return total;
}

/* The same additions in eight chains: each waits as long, but they wait at the same time. */
LESSON double eight_accumulators(const double *values, int64_t count, int64_t apart, int64_t times)
{
    double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    for (int64_t time = 0; time < times; time++) {
        for (int64_t i = 0; i < count; i += 8) {
            const double *v = values + i * apart;
            a += v[0];
            b += v[apart];
            c += v[2 * apart];
            d += v[3 * apart];
            e += v[4 * apart];
            f += v[5 * apart];
            g += v[6 * apart];
            h += v[7 * apart];
        }
    }
    return ((a + b) + (c + d)) + ((e + f) + (g + h));
}
