/* Look up n random keys in a table of 1,024 (or another power of two) that stays in the first cache, always ten halvings:
 * each step chosen by a conditional move, or (BRANCH) by a branch. */
#include "corpus.h"

#ifndef ENTRIES
#define ENTRIES 1024
#endif
static uint32_t table[ENTRIES];

static NOINLINE uint32_t place_of(uint32_t key) {
    uint32_t low = 0;
    for (uint32_t step = ENTRIES / 2; step > 0; step /= 2) {
#ifdef BRANCH
        if (table[low + step] <= key) {
            low += step;
            HIDE(low);
        }
#else
        uint32_t further = table[low + step] <= key;
        HIDE(further);
        low += step & (0 - further);
#endif
    }
    return low;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1;
    for (uint32_t i = 0; i < ENTRIES; i++) table[i] = 3 * i;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) sum += place_of((uint32_t)random_below(&seed, 3 * ENTRIES));
    REGION_END();
    return answer(sum);
}
