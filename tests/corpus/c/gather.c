/* Read n entries of a table by an index array that is itself read in order: the index ascending, or (RANDOM) shuffled.
 * The reads do not wait for each other. Both orders are made; the table holds the same small numbers in the same order. */
#include "corpus.h"

#ifndef ENTRIES
#define ENTRIES (1 << 21)
#endif
#ifndef PAGES
#define PAGES ANY_PAGES
#endif

#ifdef RANDOM
enum { READ = 1 };
#else
enum { READ = 0 };
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    uint64_t *table = memory_of(ENTRIES * sizeof *table, PAGES);
    uint32_t *ascending = memory_of(ENTRIES * sizeof *ascending, PAGES), *mixed = memory_of(ENTRIES * sizeof *mixed, PAGES);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        table[i] = 3;
        ascending[i] = mixed[i] = i;
    }
    shuffle(mixed, ENTRIES, 1);
    const uint32_t *index = chosen((const void *[]){ascending, mixed}, READ);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) sum += table[index[i % ENTRIES]];
    REGION_END();
    return answer(sum);
}
