#include "chase.h"

static inline int64_t next(int64_t address) { return *(const int64_t *)address; }

int64_t chase_one(const int64_t *ring, int64_t *position, int64_t repeats) {
    int64_t p = (int64_t)(ring + position[0]), r = repeats;
    for (; r >= 16; r -= 16) {
        p = next(p), p = next(p), p = next(p), p = next(p), p = next(p), p = next(p), p = next(p), p = next(p);
        p = next(p), p = next(p), p = next(p), p = next(p), p = next(p), p = next(p), p = next(p), p = next(p);
    }
    for (; r > 0; r--) p = next(p);
    position[0] = (p - (int64_t)ring) / 8;
    return p - (int64_t)ring;
}

/* One loop a number of chains, so that each chain's position can live in a register. */
#define CHASE(K)                                                                                                      \
    static int64_t chase_##K(const int64_t *ring, int64_t *positions, int64_t repeats) {                           \
        int64_t p[K], sum = 0;                                                                                        \
        for (int k = 0; k < K; k++) p[k] = (int64_t)(ring + positions[k]);                                               \
        for (int64_t r = 0; r < repeats; r++) {                                                                       \
            _Pragma("GCC unroll 32") for (int k = 0; k < K; k++) p[k] = next(p[k]);                                   \
        }                                                                                                             \
        for (int k = 0; k < K; k++) sum += p[k] - (int64_t)ring, positions[k] = (p[k] - (int64_t)ring) / 8;          \
        return sum;                                                                                                   \
    }
#define EACH_COUNT(DO)                                                                                                \
    DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15) DO(16)            \
    DO(17) DO(18) DO(19) DO(20) DO(21) DO(22) DO(23) DO(24) DO(25) DO(26) DO(27) DO(28) DO(29) DO(30) DO(31) DO(32)
EACH_COUNT(CHASE)

#define ENTRY(K) chase_##K,
int64_t chase_many(const int64_t *ring, int64_t *positions, int64_t chains, int64_t repeats) {
    static int64_t (*const by_count[])(const int64_t *, int64_t *, int64_t) = {EACH_COUNT(ENTRY)};
    if (chains < 1 || chains > 32) return -1;
    return by_count[chains - 1](ring, positions, repeats);
}
