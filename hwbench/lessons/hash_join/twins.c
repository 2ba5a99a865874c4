/* A join of two tables: the outer one is a column of keys, the inner one rows of a key and a value. For every pair of equal
 * keys the value is added up. */
#include "lesson.h"

#define RARELY(condition) __builtin_expect(condition, 0) /* the compiler puts what follows out of the way */
enum { ROW_WORDS = 2 };

/* Add up the values of the rows from `first` to before `end` that have this key: both joins call this very loop. */
static __attribute__((noinline)) int64_t matches(const int64_t *rows, int64_t first, int64_t end, int64_t key)
{
    int64_t total = 0;
    for (int64_t row = first; row < end; row++)
        if (RARELY(rows[ROW_WORDS * row] == key))
            total += rows[ROW_WORDS * row + 1];
    return total;
}

/* The bucket of a key, of a power of two: its lowest bits, which are all different where keys are handed out one by one. */
static inline int64_t bucket_of(int64_t key, int64_t buckets)
{
    return key & (buckets - 1);
}

/* Nested loop join: every outer row against every inner row. Nothing in it ever waits; there is only so much of it. */
LESSON int64_t nested(const int64_t *outer, int64_t outer_count, const int64_t *inner, int64_t inner_count, int64_t buckets,
                      int64_t *starts, int64_t *grouped)
{
    int64_t total = 0;
    (void)buckets, (void)starts, (void)grouped; /* room for a hash table that is not made */
    for (int64_t row = 0; row < outer_count; row++)
        total += matches(inner, 0, inner_count, outer[row]);
    return total;
}

/* Hash join: lay out the inner rows bucket by bucket, those of bucket b from grouped[starts[b]] to before grouped[starts[b + 1]];
 * then every outer row against those of its own bucket. A few passes, in which hardly a jump is not foreseen. */
LESSON int64_t hashed(const int64_t *outer, int64_t outer_count, const int64_t *inner, int64_t inner_count, int64_t buckets,
                      int64_t *starts, int64_t *grouped)
{
    int64_t total = 0, sum = 0;
    for (int64_t bucket = 0; bucket < buckets + 2; bucket++)
        starts[bucket] = 0;
    for (int64_t row = 0; row < inner_count; row++)
        starts[bucket_of(inner[ROW_WORDS * row], buckets) + 2]++; /* counted two places on: see below */
    for (int64_t bucket = 0; bucket < buckets + 2; bucket++)
        starts[bucket] = sum += starts[bucket];
    for (int64_t row = 0; row < inner_count; row++) {
        int64_t key = inner[ROW_WORDS * row];
        int64_t place = starts[bucket_of(key, buckets) + 1]++; /* begins as the start of b, and ends as that of b + 1 */
        grouped[ROW_WORDS * place] = key;
        grouped[ROW_WORDS * place + 1] = inner[ROW_WORDS * row + 1];
    }
    for (int64_t row = 0; row < outer_count; row++) {
        int64_t bucket = bucket_of(outer[row], buckets);
        total += matches(grouped, starts[bucket], starts[bucket + 1], outer[row]);
    }
    return total;
}
