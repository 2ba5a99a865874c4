/* Multiply and add n pairs of integers: in four chains that do not wait for each other, or (ONE_CHAIN) in one. The same
 * multiplications and additions, and the same sum, since integers may be added in any order. */
#include "corpus.h"

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), seed = 1;
    uint64_t w = 1, x = 0, y = 0, z = 0, factor = 1, a = random_next(&seed);
    HIDE(factor); /* one, which the compiler may not know: the products are waited for, and change nothing */
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
#ifdef ONE_CHAIN
        w = w * factor + a;
        w = w * factor + i;
        w = w * factor + a;
        w = w * factor + 1;
        HIDE(w);
#else
        w = w * factor + a;
        x = x * factor + i;
        y = y * factor + a;
        z = z * factor + 1;
        HIDE(w);
        HIDE(x);
        HIDE(y);
        HIDE(z);
#endif
    }
    REGION_END();
    return answer(w + x + y + z);
}
