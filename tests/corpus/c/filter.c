/* Sum the values above the middle, by a branch, n times over COUNT bytes: the bytes SORTED, alternating above and below the
 * middle in a PERIOD of sixteen, or shuffled (the default). All orders hold the same bytes and are all made. With
 * WITHOUT_BRANCH the shuffled bytes are summed by a mask instead. */
#include "corpus.h"

enum { COUNT = 1 << 17, MIDDLE = 128 };
#if defined(SORTED)
enum { FILTERED = 0 };
#elif defined(PERIOD)
enum { FILTERED = 1 };
#else
enum { FILTERED = 2 };
#endif
static uint8_t sorted[COUNT], period[COUNT], mixed[COUNT];

static NOINLINE uint64_t sum_above(const uint8_t *bytes) {
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t value = bytes[i];
#ifdef WITHOUT_BRANCH
        uint64_t mask = 0 - (value >> 7);
        HIDE(mask);
        sum += value & mask;
#else
        if (value >= MIDDLE) {
            HIDE(value); /* keeps the branch a branch: the compiler may not move or convert this */
            sum += value;
        }
#endif
    }
    return sum;
}

static void make_orders(void) {
    static const uint8_t PATTERN[] = {1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0}; /* half are ones */
    size_t above = COUNT / 2, below = 0;
    for (size_t i = 0; i < COUNT; i++) sorted[i] = mixed[i] = (uint8_t)(i / (COUNT / 256));
    shuffle_bytes(mixed, COUNT, 1);
    for (size_t i = 0; i < COUNT; i++) period[i] = PATTERN[i % 16] ? sorted[above++] : sorted[below++];
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    make_orders();
    const uint8_t *bytes = chosen((const void *[]){sorted, period, mixed}, FILTERED);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) sum += sum_above(bytes);
    REGION_END();
    return answer(sum);
}
