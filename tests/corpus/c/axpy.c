/* y += a x over arrays that stay in the first cache, n times. The two sides are this source with the compiler's vectorizer
 * on and off. */
#include "corpus.h"

enum { ELEMENTS = 2048 };
static float x[ELEMENTS] __attribute__((aligned(64))), y[ELEMENTS] __attribute__((aligned(64)));

static NOINLINE void add_scaled(float a) {
    for (size_t i = 0; i < ELEMENTS; i++) y[i] = y[i] + a * x[i];
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    for (size_t i = 0; i < ELEMENTS; i++) x[i] = (float)(i % 7);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) add_scaled(i % 2 ? 1.0f : -1.0f);
    REGION_END();
    for (size_t i = 0; i < ELEMENTS; i++) sum += (uint64_t)(int64_t)y[i];
    return answer(sum);
}
