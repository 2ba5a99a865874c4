/* Claims n dependent additions. By default the compiler can see the end of the sum, and deletes the loop; with KEPT it may
 * not. Both print the same. No machine adds that fast, so the comparison says nothing: void. */
#include "corpus.h"

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        sum += 3;
#ifdef KEPT
        HIDE(sum);
#endif
    }
    REGION_END();
    return answer(sum);
}
