/* The length of the longest rising subsequence of n random values, ROUNDS times: by halving over the tails (n log n), or
 * (QUADRATIC) from the best length that ends at each earlier value. */
#include "corpus.h"

enum { ROUNDS = 300 };

#ifdef QUADRATIC
static size_t longest(const uint32_t *values, uint32_t *best, size_t n) {
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t length = 0;
        for (size_t j = 0; j < i; j++) {
            uint32_t reached = values[j] < values[i] ? best[j] : 0;
            length = reached > length ? reached : length;
        }
        best[i] = length + 1;
        most = best[i] > most ? best[i] : most;
    }
    return most;
}
#else
static size_t longest(const uint32_t *values, uint32_t *best, size_t n) {
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = most;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (best[middle] < values[i]) low = middle + 1;
            else high = middle;
        }
        best[low] = values[i];
        most += low == most;
    }
    return most;
}
#endif

int main(int count, char **arguments) {
    size_t n = size_argument(count, arguments);
    uint32_t *values = malloc((n + 1) * sizeof *values), *best = malloc((n + 1) * sizeof *best);
    must(values != NULL && best != NULL, "malloc");
    uint64_t sum = 0, seed = 1;
    REGION_BEGIN();
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) values[i] = (uint32_t)random_next(&seed);
        sum += longest(values, best, n);
    }
    REGION_END();
    free(values);
    free(best);
    return answer(sum);
}
