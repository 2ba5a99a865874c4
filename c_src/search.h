/* Look-ups of many keys in one set of keys, by the layout of the set. One repeat is one look-up, of queries[p], p going round
 * `query_count` queries from position[0] on; look-ups do not depend on each other. What is found is the value that stands in
 * `values` at the key's place, or -1 if the key is absent; every kernel returns the sum of what it found. Slots that hold no
 * key have the key INT64_MAX (tree) or INT64_MIN (hash), which nobody may look up. */
#ifndef HWBENCH_SEARCH_H
#define HWBENCH_SEARCH_H
#include <stdint.h>

/* `count` sorted keys: binary search with a branch for each comparison, and with a conditional move. */
int64_t search_branchy(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);
int64_t search_branchless(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);

/* Keys in breadth-first order of a binary tree, the root at keys[1], the children of k at 2k and 2k + 1 (keys[0] is unused),
 * without and with a prefetch of the descendants four levels down. */
int64_t search_eytzinger(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);
int64_t search_eytzinger_prefetch(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);

/* `count` slots in nodes of 8 or 16 keys (one or two lines of 64 bytes), the root first, the children of node k at
 * k * 9 + 1 ... k * 9 + 9 (17 instead of 9). */
int64_t search_btree_8(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);
int64_t search_btree_16(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);

/* A hash table of `count` slots, a power of two and at least one of them free, probed one by one from the place that
 * multiplication by the golden ratio gives. */
int64_t search_hash(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);

/* A list in order of the keys, in nodes of four words: key, value, index of the next node's first word (-1: none), unused.
 * The first node is at word `values[0]`; `count` is the number of nodes. */
int64_t search_list(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, int64_t query_count, int64_t repeats);
#endif
