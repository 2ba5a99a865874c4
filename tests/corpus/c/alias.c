/* Store a word and load the next place of a short ring, n times, each step waiting for the one before: the loads from
 * places that have nothing in common with the stores', or (ALIASED) 4,096 bytes and more off them, so that the addresses
 * agree in their low 12 bits. Cores that compare only those take the load for a reader of the store, and make it wait. */
#include "corpus.h"

enum { PLACES = 16 };
#ifdef ALIASED
#define APART (4 * PAGE)
#else
#define APART (4 * PAGE + 2048)
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), place = 0;
    char *memory = memory_of(8 * PAGE, ANY_PAGES);
    volatile uint64_t *from = (volatile uint64_t *)(void *)memory, *to = (volatile uint64_t *)(void *)(memory + APART);
    for (uint64_t i = 0; i < PLACES; i++) from[i * 8] = (i + 1) % PLACES * 8;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        to[place] = i;
        place = from[place];
    }
    REGION_END();
    return answer(place + to[0] + to[8]);
}
