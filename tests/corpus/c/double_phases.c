/* Two causes, one after the other in each of n rounds: bytes filtered by a branch, in order or (FIRST) shuffled, and then a
 * sum of numbers that are scaled by multiplying by a half or (SECOND) dividing by two, each waiting for the one before. */
#include "corpus.h"
#ifndef FIRST
#define FIRST 0
#endif
#ifndef SECOND
#define SECOND 0
#endif

enum { BYTES = 1 << 15, NUMBERS = 6000 };
static uint8_t sorted[BYTES], mixed[BYTES];

static NOINLINE uint64_t sum_above(const uint8_t *bytes) {
    uint64_t sum = 0;
    for (size_t i = 0; i < BYTES; i++) {
        uint64_t value = bytes[i];
        if (value >= 128) {
            HIDE(value);
            sum += value;
        }
    }
    return sum;
}

static NOINLINE double halved(double by, double sum) {
    for (size_t i = 0; i < NUMBERS; i++) {
#if SECOND
        sum = (sum + 16) / by;
#else
        sum = (sum + 16) * by;
#endif
    }
    return sum;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    for (size_t i = 0; i < BYTES; i++) sorted[i] = mixed[i] = (uint8_t)(i / (BYTES / 256));
    shuffle_bytes(mixed, BYTES, 1);
    const uint8_t *bytes = chosen((const void *[]){sorted, mixed}, FIRST);
    double by = SECOND ? 2.0 : 0.5, number = 4;
    HIDE_FLOAT(by);
    REGION_BEGIN();
    for (uint64_t round = 0; round < n; round++) {
        sum += sum_above(bytes);
        number = halved(by, number);
    }
    REGION_END();
    return answer(sum + (uint64_t)number);
}
