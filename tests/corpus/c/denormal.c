/* Take three quarters of NUMBERS numbers and add them up, n times: numbers of ordinary size, or (TINY) so small that they are
 * denormal, which some cores hand to microcode and others take in their stride. The answer is the number of times. */
#include "corpus.h"

enum { NUMBERS = 512 };
#ifdef TINY
#define SCALE 1e-310
#else
#define SCALE 1.0
#endif
static double numbers[NUMBERS];

static NOINLINE double weighed(double by) {
    double a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < NUMBERS; i += 4) {
        a += numbers[i] * by;
        b += numbers[i + 1] * by;
        c += numbers[i + 2] * by;
        d += numbers[i + 3] * by;
    }
    return (a + b) + (c + d);
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), positive = 0;
    double scale = SCALE, by = 0.75;
    HIDE_FLOAT(scale);
    HIDE_FLOAT(by);
    for (size_t i = 0; i < NUMBERS; i++) numbers[i] = (double)(1 + i % 9) * scale;
    REGION_BEGIN();
    for (uint64_t pass = 0; pass < n; pass++) {
        positive += weighed(by) > 0;
        MEMORY_CHANGES(); /* else one call would do for all */
    }
    REGION_END();
    return answer(positive);
}
