/* A control: a hash table is filled and probed n times; with REWORDED other names are used and independent statements stand
 * in another order. Nothing should come of it. */
#include "corpus.h"

enum { SLOTS = 4096 };

#ifdef REWORDED
static uint64_t cells[SLOTS], hits;
static NOINLINE void visit(uint64_t it) {
    size_t where = (it * UINT64_C(0x9e3779b97f4a7c15)) >> 52;
    uint64_t was = cells[where];
    cells[where] = it;
    hits += was & 15;
}
#define VISIT visit
#define SEEN hits
#else
static uint64_t found, slots[SLOTS];
static NOINLINE void probe(uint64_t key) {
    size_t slot = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 52;
    uint64_t old = slots[slot];
    found += old & 15;
    slots[slot] = key;
}
#define VISIT probe
#define SEEN found
#endif

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) VISIT(i);
    REGION_END();
    return answer(SEEN);
}
