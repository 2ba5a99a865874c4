#include "share.h"

int64_t share_increment(int64_t *cells, int64_t place, int64_t repeats) {
    volatile int64_t *cell = cells + place;
    int64_t start = *cell;
    for (int64_t r = 0; r < repeats; r++) *cell = *cell + 1;
    return *cell - start;
}

int64_t share_add(int64_t *cells, int64_t place, int64_t repeats) {
    int64_t *cell = cells + place, start = __atomic_load_n(cell, __ATOMIC_SEQ_CST);
    for (int64_t r = 0; r < repeats; r++) __atomic_fetch_add(cell, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(cell, __ATOMIC_SEQ_CST) - start;
}

/* No pause instruction: on some cores it lasts longer than the line needs to come over. */
int64_t share_ping_pong(int64_t *cells, int64_t *rounds, int64_t parity, int64_t patience, int64_t repeats) {
    int64_t made = 0, expected = 2 * rounds[0] + parity;
    for (; made < repeats; made++, expected += 2) {
        int64_t looks = patience;
        while (__atomic_load_n(cells, __ATOMIC_ACQUIRE) != expected && looks > 0) looks--;
        if (looks <= 0) break;
        __atomic_store_n(cells, expected + 1, __ATOMIC_RELEASE);
    }
    rounds[0] += made;
    return made;
}
