/* Probe a table n times at hashed places: through a mask that keeps the places within 8 KiB, or (LARGE) one that spreads
 * them over TABLE bytes. Both have the large table, on huge pages where there are such, all of it filled. */
#include "corpus.h"

#ifndef TABLE
#define TABLE (32 << 20)
#endif
#ifdef LARGE
#define REACH TABLE
#else
#define REACH 8192
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    uint64_t *table = memory_of(TABLE, HUGE_PAGES);
    for (size_t i = 0; i < TABLE / 8; i++) table[i] = 3;
    uint64_t mask = REACH / 8 - 1;
    HIDE(mask);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        uint64_t hash = i * UINT64_C(0x9e3779b97f4a7c15);
        sum += table[(hash ^ hash >> 29) & mask];
    }
    REGION_END();
    return answer(sum);
}
