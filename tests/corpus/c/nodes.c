/* Keep the newest 64 of n small records in a ring: each written over the oldest, or (MALLOC) allocated while the oldest is
 * freed. The sizes vary, so that the allocator has some work to do. */
#include "corpus.h"

enum { KEPT = 64, LARGEST = 6 };

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    uint64_t *ring[KEPT];
    for (size_t i = 0; i < KEPT; i++) {
        ring[i] = calloc(1 << LARGEST, sizeof **ring);
        must(ring[i] != NULL, "calloc");
    }
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        size_t words = (size_t)2 << (i % LARGEST);
        uint64_t *record = ring[i % KEPT];
        sum += record[0];
#ifdef MALLOC
        free(record);
        record = malloc(words * sizeof *record);
        HIDE(record);
        ring[i % KEPT] = record;
#endif
        record[0] = i;
        record[1] = words;
    }
    REGION_END();
    for (size_t i = 0; i < KEPT; i++) free(ring[i]);
    return answer(sum);
}
