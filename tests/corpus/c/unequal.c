/* Hash n numbers into a sum; with SKIP the program leaves out one number in sixteen, and so prints another answer. */
#include "corpus.h"

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    REGION_BEGIN();
#ifdef SKIP
    for (uint64_t i = 0; i < n; i += 1 + (i % 16 == 6)) {
#else
    for (uint64_t i = 0; i < n; i++) {
#endif
        uint64_t hash = i;
        for (int round = 0; round < 8; round++) hash = (hash ^ hash >> 27) * UINT64_C(0x9e3779b97f4a7c15);
        sum += hash >> 40;
    }
    REGION_END();
    return answer(sum);
}
