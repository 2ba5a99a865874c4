/* A hash table's first step: from a key to a bucket, by division and by two multiplications, and the look-up in the bucket. */
#include "lesson.h"

/* The remainder of a division by a number that the compiler does not know: the divider takes its time for every key. */
LESSON int64_t by_division(const uint32_t *keys, int64_t count, const uint32_t *table, int64_t buckets)
{
    uint32_t divisor = (uint32_t)buckets;
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++)
        total += table[keys[i] % divisor];
    return total;
}

/* One division for all keys, for the reciprocal in 64 bits. A key times the reciprocal is the quotient and, in the lower 64
 * bits, its fraction; the fraction times the divisor is the remainder. */
LESSON int64_t by_reciprocal(const uint32_t *keys, int64_t count, const uint32_t *table, int64_t buckets)
{
    uint64_t divisor = (uint64_t)buckets, reciprocal = UINT64_MAX / divisor + 1;
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t fraction = reciprocal * keys[i];
        total += table[(uint64_t)(((unsigned __int128)fraction * divisor) >> 64)];
    }
    return total;
}

enum { BUCKETS = 1000 };

/* A divisor that the compiler knows: it finds the reciprocal itself, and there is no division either. */
LESSON int64_t by_constant(const uint32_t *keys, int64_t count, const uint32_t *table)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++)
        total += table[keys[i] % BUCKETS];
    return total;
}

/* A power of two: the remainder is the lowest bits. */
LESSON int64_t by_mask(const uint32_t *keys, int64_t count, const uint32_t *table, int64_t buckets)
{
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++)
        total += table[keys[i] & (uint32_t)(buckets - 1)];
    return total;
}
