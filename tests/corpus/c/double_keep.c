/* Two causes: of COUNT values those above the middle are kept as records, n times over; a record is written over the oldest
 * or (FIRST) allocated while the oldest is freed, and the values come in order or (SECOND) shuffled. */
#include "corpus.h"
#ifndef FIRST
#define FIRST 0
#endif
#ifndef SECOND
#define SECOND 0
#endif

enum { COUNT = 1 << 15, KEPT = 64 };
static uint8_t sorted[COUNT], mixed[COUNT];
static uint64_t *ring[KEPT];

static NOINLINE uint64_t keep(size_t place, uint64_t value) {
    uint64_t *record = ring[place];
    uint64_t before = record[0];
#if FIRST
    free(record);
    record = malloc(64);
    HIDE(record);
    ring[place] = record;
#endif
    record[0] = value;
    return before;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    size_t place = 0;
    for (size_t i = 0; i < COUNT; i++) sorted[i] = mixed[i] = (uint8_t)(i / (COUNT / 256));
    shuffle_bytes(mixed, COUNT, 1);
    for (size_t i = 0; i < KEPT; i++) {
        ring[i] = calloc(1, 64);
        must(ring[i] != NULL, "calloc");
    }
    const uint8_t *values = chosen((const void *[]){sorted, mixed}, SECOND);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        for (size_t i = 0; i < COUNT; i++) {
            if (values[i] >= 128) sum += keep(place++ % KEPT, values[i]);
        }
    }
    REGION_END();
    for (size_t i = 0; i < KEPT; i++) { /* what is still kept counts too, so that the order leaves the sum as it is */
        sum += ring[i][0];
        free(ring[i]);
    }
    return answer(sum);
}
