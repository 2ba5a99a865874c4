/* Keys with values, to be looked up. A table is one array: a word that says how many buckets there are, less one; from the second
 * line on a word for each bucket, its first node; then the nodes, a line each: key, value, next node of the same bucket. With
 * one bucket that is a list. A look-up takes its last bit from the value found before, so that look-ups cannot overlap. */
#include "lesson.h"

enum { NODE_WORDS = 8, NONE = -1 };
#define GOLDEN 0x9E3779B97F4A7C15u

/* Scatter keys over buckets: the upper half of a product depends on every bit of the key. */
static inline int64_t bucket_of(int64_t key, int64_t mask)
{
    return (int64_t)((uint64_t)key * GOLDEN >> 32) & mask;
}

/* Return `yes` if a < b, else `no`, without a jump: a compiler left to itself may think that this can be guessed. */
static inline const int64_t *select_less(int64_t a, int64_t b, const int64_t *yes, const int64_t *no)
{
#if defined(__x86_64__)
    __asm__("cmp %2, %1\n\tcmovl %3, %0" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
#elif defined(__aarch64__)
    __asm__("cmp %1, %2\n\tcsel %0, %3, %0, lt" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
#else
    return a < b ? yes : no;
#endif
}

/* Go to the key's bucket and along its chain: a load for each node passed, and each waits for the one before. */
LESSON int64_t look_up(const int64_t *table, int64_t count, const int64_t *queries, int64_t lookups)
{
    const int64_t *heads = table + NODE_WORDS, *nodes = heads + count;
    int64_t total = 0, value = 0, mask = table[0];
    for (int64_t i = 0; i < lookups; i++) {
        int64_t query = queries[i] ^ (value & 1), node = heads[bucket_of(query, mask)];
        while (node != NONE && nodes[NODE_WORDS * node] != query)
            node = nodes[NODE_WORDS * node + 2];
        value = node == NONE ? 0 : nodes[NODE_WORDS * node + 1];
        total += value;
    }
    return total;
}

/* Halve an array of keys in order, each followed by its value: as many loads as the number of keys has bits. */
LESSON int64_t look_up_sorted(const int64_t *pairs, int64_t count, const int64_t *queries, int64_t lookups)
{
    int64_t total = 0, value = 0;
    for (int64_t i = 0; i < lookups; i++) {
        int64_t query = queries[i] ^ (value & 1);
        const int64_t *first = pairs;
        for (int64_t left = count; left > 1; left -= left / 2) {
            const int64_t *middle = first + 2 * (left / 2);
            first = select_less(query, middle[0], first, middle);
        }
        value = first[0] == query ? first[1] : 0;
        total += value;
    }
    return total;
}

/* Leave the table as it is. */
LESSON void keep(const int64_t *table, int64_t words, int64_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = table[word];
}

/* Give the same nodes as many buckets as there are nodes. */
LESSON void rehash(const int64_t *table, int64_t words, int64_t *out)
{
    int64_t count = (words - NODE_WORDS) / (1 + NODE_WORDS), *heads = out + NODE_WORDS, *nodes = heads + count;
    keep(table, words, out);
    out[0] = count - 1;
    for (int64_t bucket = 0; bucket < count; bucket++)
        heads[bucket] = NONE;
    for (int64_t node = 0; node < count; node++) {
        int64_t bucket = bucket_of(nodes[NODE_WORDS * node], out[0]);
        nodes[NODE_WORDS * node + 2] = heads[bucket];
        heads[bucket] = node;
    }
}
