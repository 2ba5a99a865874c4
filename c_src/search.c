#include "search.h"
#include "keep.h"
#include "vector.h"

/* Returns yes if a < b, else no, without a branch: left to itself a compiler makes either of a ternary. */
static inline int64_t select_less(int64_t a, int64_t b, int64_t yes, int64_t no) {
#if defined(__x86_64__)
    __asm__("cmp %2, %1\n\tcmovl %3, %0" : "+r"(no) : "r"(a), "rm"(b), "r"(yes) : "cc");
    return no;
#elif defined(__aarch64__)
    __asm__("cmp %1, %2\n\tcsel %0, %3, %0, lt" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
#else
    int64_t all = -(int64_t)(a < b);
    return (yes & all) | (no & ~all);
#endif
}

static inline int64_t find_branchy(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) {
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (keys[middle] < query) {
            low = middle + 1;
            KEEP_WORD_AS("above", low);
        } else {
            high = middle;
            KEEP_WORD_AS("below", high);
        }
    }
    return low < count && keys[low] == query ? values[low] : -1;
}

static inline int64_t find_branchless(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) {
    int64_t low = 0;
    for (int64_t length = count; length > 1;) {
        int64_t half = length / 2;
        low = select_less(keys[low + half - 1], query, low + half, low);
        length -= half;
    }
    return keys[low] == query ? values[low] : -1;
}

#define DESCEND(LOOK_AHEAD)                                                                                           \
    int64_t k = 1;                                                                                                    \
    while (k <= count) {                                                                                              \
        LOOK_AHEAD;                                                                                                   \
        k = 2 * k + (keys[k] < query);                                                                                \
    }                                                                                                                 \
    /* The last step to the left was at the smallest key that is not less: strip the steps to the right after it. */  \
    k >>= __builtin_ctzll(~(uint64_t)k) + 1;                                                                          \
    return k > 0 && keys[k] == query ? values[k] : -1;

static inline int64_t find_eytzinger(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) {
    DESCEND()
}

static inline int64_t find_eytzinger_prefetch(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) {
    DESCEND(__builtin_prefetch(keys + 16 * k))
}

/* Returns how many of the eight keys of a line are less than the query. Baseline x86 cannot compare 64-bit words in vectors. */
static inline int64_t count_less(const int64_t *keys, int64_t query) {
#if defined(__AVX512F__)
    return __builtin_popcount(_mm512_cmplt_epi64_mask(_mm512_loadu_si512(keys), _mm512_set1_epi64(query)));
#elif defined(__AVX2__)
    __m256i wanted = _mm256_set1_epi64x(query);
    __m256i low = _mm256_cmpgt_epi64(wanted, _mm256_loadu_si256((const __m256i *)keys));
    __m256i high = _mm256_cmpgt_epi64(wanted, _mm256_loadu_si256((const __m256i *)(keys + 4)));
    int bits = _mm256_movemask_pd(_mm256_castsi256_pd(low)) | _mm256_movemask_pd(_mm256_castsi256_pd(high)) << 4;
    return __builtin_popcount((unsigned)bits);
#else
    int64_t less = 0;
    for (int k = 0; k < 8; k++) less += keys[k] < query;
    return less;
#endif
}

#define TREE(NODE)                                                                                                    \
    static inline int64_t find_btree_##NODE(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) { \
        int64_t found = 0;                                                                                            \
        for (int64_t node = 0; node * NODE < count;) {                                                                \
            const int64_t *in = keys + node * NODE;                                                                   \
            int64_t less = 0;                                                                                         \
            for (int k = 0; k < NODE; k += 8) less += count_less(in + k, query);                                      \
            found = select_less(less, NODE, node * NODE + less, found);                                               \
            node = node * (NODE + 1) + less + 1;                                                                      \
        }                                                                                                             \
        return keys[found] == query ? values[found] : -1;                                                             \
    }
TREE(8)
TREE(16)

static inline int64_t find_hash(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) {
    int64_t slot = (int64_t)((uint64_t)query * 0x9E3779B97F4A7C15u >> 20) & (count - 1);
    while (keys[slot] != query) {
        if (keys[slot] == INT64_MIN) return -1;
        slot = (slot + 1) & (count - 1);
    }
    return values[slot];
}

static inline int64_t find_list(const int64_t *keys, const int64_t *values, int64_t count, int64_t query) {
    int64_t node = count > 0 ? values[0] : -1;
    while (node >= 0 && keys[node] < query) node = keys[node + 2];
    return node >= 0 && keys[node] == query ? keys[node + 1] : -1;
}

#define SEARCH(HOW)                                                                                                   \
    int64_t search_##HOW(const int64_t *keys, const int64_t *values, int64_t count, const int64_t *queries, int64_t *position, \
                         int64_t query_count, int64_t repeats) {                                                      \
        int64_t p = position[0], sum = 0;                                                                             \
        for (int64_t r = 0; r < repeats; r++) {                                                                       \
            int64_t found = find_##HOW(keys, values, count, queries[p]);                                              \
            sum += found;                                                                                             \
            p = p + 1 < query_count ? p + 1 : 0;                                                                      \
        }                                                                                                             \
        position[0] = p;                                                                                              \
        return sum;                                                                                                   \
    }
SEARCH(branchy)
SEARCH(branchless)
SEARCH(eytzinger)
SEARCH(eytzinger_prefetch)
SEARCH(btree_8)
SEARCH(btree_16)
SEARCH(hash)
SEARCH(list)
