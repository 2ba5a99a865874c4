/* Store a word beside its twin and load it again, n times, each time waiting for the load: from where the word was stored,
 * so that the core hands it on from the store queue, or (ACROSS) from four bytes on, where half of it comes from each of
 * the two stores, which no queue can hand on. Both halves of the word are equal, so the loads bring the same. */
#include "corpus.h"

#ifdef ACROSS
enum { FROM = 4 };
#else
enum { FROM = 8 };
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), word = UINT64_C(0x0000000700000007);
    static char cells[64] __attribute__((aligned(64)));
    char *to = cells, *from = cells + FROM;
    HIDE(to);
    HIDE(from);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        memcpy(to, &word, 8);
        memcpy(to + 8, &word, 8);
        MEMORY_CHANGES();
        memcpy(&word, from, 8);
    }
    REGION_END();
    return answer(word + n);
}
