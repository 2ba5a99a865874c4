/* Look up n random keys in a sorted table of n, ROUNDS times: by halving, or (SCAN) from its start. */
#include "corpus.h"

enum { ROUNDS = 400 };

#ifdef SCAN
static NOINLINE size_t place_of(const uint32_t *table, size_t n, uint32_t key) {
    size_t i = 0;
    while (i < n && table[i] < key) i++;
    return i;
}
#else
static NOINLINE size_t place_of(const uint32_t *table, size_t n, uint32_t key) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle] < key) low = middle + 1;
        else high = middle;
    }
    return low;
}
#endif

int main(int count, char **arguments) {
    size_t n = size_argument(count, arguments);
    uint32_t *table = malloc((n + 1) * sizeof *table);
    must(table != NULL, "malloc");
    for (size_t i = 0; i < n; i++) table[i] = (uint32_t)(3 * i);
    uint64_t sum = 0, seed = 1;
    REGION_BEGIN();
    for (size_t i = 0; i < ROUNDS * n; i++) sum += place_of(table, n, (uint32_t)random_below(&seed, 3 * n));
    REGION_END();
    free(table);
    return answer(sum);
}
