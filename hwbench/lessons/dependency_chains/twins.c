/* Polynomials by Horner's rule at many points, modulo 2^64: the same multiplications and additions, in one chain after the
 * other and in four chains at once. */
#include "lesson.h"

enum { AT_ONCE = 4 }; /* points, and terms in a turn of the loop: the numbers of both are multiples of it */

/* Hash the values in order: a chain as well, but one link a point and not one a step. */
static uint64_t with(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
}

/* Point after point: each step waits for the multiplication and the addition before it, and the units stand idle. */
LESSON int64_t one_chain(const uint64_t *terms, int64_t degree, const uint64_t *points, int64_t count)
{
    uint64_t hash = 0;
    for (int64_t p = 0; p < count; p++) {
        uint64_t x = points[p], y = 0;
        for (int64_t t = 0; t < degree; t += AT_ONCE) {
            y = y * x + terms[t];
            y = y * x + terms[t + 1];
            y = y * x + terms[t + 2];
            y = y * x + terms[t + 3];
        }
        hash = with(hash, y);
    }
    return (int64_t)hash;
}

/* Four points at once: while one chain waits, the core works on the other three. */
LESSON int64_t four_chains(const uint64_t *terms, int64_t degree, const uint64_t *points, int64_t count)
{
    uint64_t hash = 0;
    for (int64_t p = 0; p < count; p += AT_ONCE) {
        const uint64_t *x = points + p;
        uint64_t a = 0, b = 0, c = 0, d = 0;
        for (int64_t t = 0; t < degree; t++) {
            a = a * x[0] + terms[t];
            b = b * x[1] + terms[t];
            c = c * x[2] + terms[t];
            d = d * x[3] + terms[t];
        }
        hash = with(with(with(with(hash, a), b), c), d);
    }
    return (int64_t)hash;
}
