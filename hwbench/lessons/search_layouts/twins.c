/* The first key that is not less than a query, out of the same keys in three layouts. A look-up takes its last bit from what the
 * one before found, so that look-ups cannot overlap and each shows its whole latency. */
#include "lesson.h"

enum { LINE_KEYS = 16, LINE_LEVELS = 4, FANOUT = LINE_KEYS + 1 };

/* Return `yes` if a < b, else `no`, without a jump: a compiler left to itself may think that this can be guessed. */
static inline const int32_t *select_less(int32_t a, int32_t b, const int32_t *yes, const int32_t *no)
{
#if defined(__x86_64__)
    __asm__("cmp %2, %1\n\tcmovl %3, %0" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
#elif defined(__aarch64__)
    __asm__("cmp %w1, %w2\n\tcsel %0, %3, %0, lt" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
#else
    return a < b ? yes : no;
#endif
}

/* Halve a sorted array by conditional moves: every step waits for its load, and nobody knows where the next one goes. */
LESSON int64_t find_sorted(const int32_t *keys, int64_t count, const int32_t *queries, int64_t lookups)
{
    int64_t total = 0;
    int32_t found = 0;
    for (int64_t i = 0; i < lookups; i++) {
        int32_t query = queries[i] ^ (found & 1);
        const int32_t *first = keys;
        for (int64_t left = count; left > 1; left -= left / 2)
            first = select_less(first[left / 2 - 1], query, first + left / 2, first);
        found = *first;
        total += found;
    }
    return total;
}

/* The same with a branch: the core guesses which half and loads ahead, right one time in two. */
LESSON int64_t find_branchy(const int32_t *keys, int64_t count, const int32_t *queries, int64_t lookups)
{
    int64_t total = 0;
    int32_t found = 0;
    for (int64_t i = 0; i < lookups; i++) {
        int32_t query = queries[i] ^ (found & 1);
        const int32_t *first = keys;
        for (int64_t left = count; left > 1; left -= left / 2)
            if (first[left / 2 - 1] < query) {
                first += left / 2;
                KEEP(first);
            }
        found = *first;
        total += found;
    }
    return total;
}

/* Go down a binary tree stored level by level (Eytzinger): the sixteen heirs four levels down share a line, so that it can be
 * asked for before it is known which of them will be needed. */
LESSON int64_t find_eytzinger(const int32_t *tree, int64_t count, const int32_t *queries, int64_t lookups)
{
    int64_t total = 0, lowest = (int64_t)1 << (64 - __builtin_clzll((uint64_t)count));
    int32_t found = 0;
    for (int64_t i = 0; i < lookups; i++) {
        int32_t query = queries[i] ^ (found & 1);
        int64_t place = 1;
        for (; place < lowest >> LINE_LEVELS; place = 2 * place + (tree[place] < query))
            __builtin_prefetch(tree + LINE_KEYS * place);
        for (; place < lowest; place = 2 * place + (tree[place] < query))
            ;
        place >>= __builtin_ctzll(~(uint64_t)place) + 1;
        found = tree[place];
        total += found;
    }
    return total;
}

/* Go down a tree whose nodes are whole lines of sixteen keys: one load from afar decides between seventeen ways. */
LESSON int64_t find_btree(const int32_t *tree, const int64_t *starts, int64_t levels, const int32_t *queries, int64_t lookups)
{
    int64_t total = 0;
    int32_t found = 0;
    for (int64_t i = 0; i < lookups; i++) {
        int32_t query = queries[i] ^ (found & 1);
        int64_t node = 0;
        int32_t less = 0;
        for (int64_t level = 0; level < levels; level++) {
            const int32_t *keys = tree + starts[level] + LINE_KEYS * node;
            less = 0;
            for (int32_t key = 0; key < LINE_KEYS; key++)
                less += keys[key] < query;
            node = FANOUT * node + less;
        }
        found = tree[starts[levels - 1] + LINE_KEYS * (node / FANOUT) + less];
        total += found;
    }
    return total;
}

/* Leave the keys sorted. */
LESSON void keep(const int32_t *keys, int64_t words, int32_t *out)
{
    for (int64_t word = 0; word < words; word++)
        out[word] = keys[word];
}

/* Write the keys level by level: the middle one at 1, those of a quarter and three quarters at 2 and 3, and so on. */
LESSON void by_level(const int32_t *keys, int64_t words, int32_t *out)
{
    out[0] = 0;
    for (int64_t level = 1; level < words; level *= 2) {
        int64_t apart = words / level;
        for (int64_t place = 0; place < level; place++)
            out[level + place] = keys[apart * place + apart / 2 - 1];
    }
}
