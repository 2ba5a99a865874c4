/* The sum of absolute differences of two byte images in the first cache, n times. The two sides are this source with the
 * compiler's vectorizer on and off. */
#include "corpus.h"

enum { BYTES = 8192 };
static uint8_t x[BYTES] __attribute__((aligned(64))), y[BYTES] __attribute__((aligned(64)));

static NOINLINE uint32_t difference(void) {
    uint32_t sum = 0;
    for (size_t i = 0; i < BYTES; i++) sum += (uint32_t)abs(x[i] - y[i]);
    return sum;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1;
    for (size_t i = 0; i < BYTES; i++) {
        x[i] = (uint8_t)random_next(&seed);
        y[i] = (uint8_t)random_next(&seed);
    }
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        sum += difference();
        MEMORY_CHANGES(); /* else one call would do for all */
    }
    REGION_END();
    return answer(sum);
}
