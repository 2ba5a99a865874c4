/* Reduce n numbers to one of 1,024 places: by a mask, or (DIVIDE) by the remainder of a division by a number that the
 * compiler does not know. The places are the same. */
#include "corpus.h"

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, places = 1024, mask = 1023;
    HIDE(places);
    HIDE(mask);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        uint64_t number = i * UINT64_C(0x9e3779b97f4a7c15);
#ifdef DIVIDE
        sum += number % places;
#else
        sum += number & mask;
#endif
    }
    REGION_END();
    (void)places;
    (void)mask;
    return answer(sum);
}
