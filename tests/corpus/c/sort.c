/* Sort n values, ROUNDS times: by merging, or (INSERTION) by insertion. */
#include "corpus.h"

enum { ROUNDS = 250 };

#ifdef INSERTION
static uint32_t *sorted(uint32_t *values, uint32_t *spare, size_t n) {
    (void)spare;
    for (size_t i = 1; i < n; i++) {
        uint32_t value = values[i];
        size_t j = i;
        for (; j > 0 && values[j - 1] > value; j--) values[j] = values[j - 1];
        values[j] = value;
    }
    return values;
}
#else
static uint32_t *sorted(uint32_t *values, uint32_t *spare, size_t n) {
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t start = 0; start < n; start += 2 * run) {
            size_t i = start, middle = start + run < n ? start + run : n, end = middle + run < n ? middle + run : n;
            size_t j = middle;
            for (size_t k = start; k < end; k++) spare[k] = (j >= end || (i < middle && values[i] <= values[j])) ? values[i++] : values[j++];
        }
        uint32_t *kept = values;
        values = spare;
        spare = kept;
    }
    return values;
}
#endif

int main(int count, char **arguments) {
    size_t n = size_argument(count, arguments);
    uint32_t *values = malloc((n + 1) * sizeof *values), *spare = malloc((n + 1) * sizeof *spare);
    must(values != NULL && spare != NULL, "malloc");
    uint64_t sum = 0, seed = 1;
    REGION_BEGIN();
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) values[i] = (uint32_t)random_next(&seed);
        const uint32_t *in_order = sorted(values, spare, n);
        for (size_t i = 0; i < n; i++) sum = sum * 31 + in_order[i];
    }
    REGION_END();
    free(values);
    free(spare);
    return answer(sum);
}
