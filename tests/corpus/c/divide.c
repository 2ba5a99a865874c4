/* Scale n numbers that do not wait for each other: by multiplying by one half, or (DIVIDE) by dividing by two. Both are
 * exact, so the sums agree to the last bit. */
#include "corpus.h"

enum { NUMBERS = 1024 };
static double numbers[NUMBERS];

static NOINLINE double scaled(double by) {
    double a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < NUMBERS; i += 4) {
#ifdef DIVIDE
#define SCALED(number) ((number) / by)
#else
#define SCALED(number) ((number) * by)
#endif
        a += SCALED(numbers[i]);
        b += SCALED(numbers[i + 1]);
        c += SCALED(numbers[i + 2]);
        d += SCALED(numbers[i + 3]);
    }
    return (a + b) + (c + d);
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments);
#ifdef DIVIDE
    double by = 2.0, sum = 0;
#else
    double by = 0.5, sum = 0;
#endif
    for (size_t i = 0; i < NUMBERS; i++) numbers[i] = (double)(i % 100);
    HIDE_FLOAT(by);
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        sum += scaled(by);
        MEMORY_CHANGES(); /* else one call would do for all */
    }
    REGION_END();
    return answer((uint64_t)sum);
}
