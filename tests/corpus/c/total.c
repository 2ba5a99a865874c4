/* Add up 2,048 floats, n times, in the order in which they stand: each addition waits for the one before. */
#include "corpus.h"

enum { NUMBERS = 2048 };
static float numbers[NUMBERS];

static NOINLINE float total(void) {
    float sum = 0;
    for (size_t i = 0; i < NUMBERS; i++) sum += numbers[i];
    return sum;
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    for (size_t i = 0; i < NUMBERS; i++) numbers[i] = (float)(i % 5);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        sum += (uint64_t)total();
        MEMORY_CHANGES();
    }
    REGION_END();
    return answer(sum);
}
