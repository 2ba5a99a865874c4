/* Do n portions of arithmetic; with WAIT, sleep 100 µs after each: slow, though it does no more work. */
#include "corpus.h"
#include <time.h>

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1;
#ifdef WAIT
    const struct timespec pause = {0, 100000};
#endif
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        for (int step = 0; step < 20000; step++) sum += random_next(&seed) & 1;
#ifdef WAIT
        nanosleep(&pause, NULL);
#endif
    }
    REGION_END();
    return answer(sum);
}
