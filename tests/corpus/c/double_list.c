/* Two causes: a list whose nodes lie in order or (FIRST) shuffled, and a bit count in each that is quick or (SECOND) done
 * bit by bit. The next address waits for the count, so that the two costs add up instead of hiding each other. */
#include "corpus.h"
#ifndef FIRST
#define FIRST 0
#endif
#ifndef SECOND
#define SECOND 0
#endif

enum { NODES = 1 << 15 };
struct node {
    struct node *next;
    uint64_t value;
    char rest[LINE - 16];
};

/* The set bits of a word of 20 bits. */
static NOINLINE uint64_t set_bits(uint64_t word) {
#if SECOND
    uint64_t bits = 0;
    for (int bit = 0; bit < 20; bit++) bits += (word >> bit) & 1;
    return bits;
#else
    word -= (word >> 1) & UINT64_C(0x55555);
    word = (word & UINT64_C(0x33333)) + ((word >> 2) & UINT64_C(0x33333));
    word = (word + (word >> 4)) & UINT64_C(0xf0f0f);
    return (word + (word >> 8) + (word >> 16)) & 31;
#endif
}

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0, seed = 1, nothing = 0;
    char *memory = memory_of(NODES * sizeof(struct node), ANY_PAGES);
    struct node *nodes = (struct node *)(void *)memory;
    static uint32_t in_order[NODES], shuffled[NODES];
    for (uint32_t i = 0; i < NODES; i++) in_order[i] = shuffled[i] = i;
    shuffle(shuffled + 1, NODES - 1, 1);
    const uint32_t *order = chosen((const void *[]){in_order, shuffled}, FIRST);
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = random_next(&seed) & UINT64_C(0xfffff);
    }
    const char *node = memory;
    HIDE(nothing);
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        const struct node *here = (const struct node *)(const void *)node;
        uint64_t bits = set_bits(here->value);
        sum += bits;
        node = (const char *)here->next + (bits & nothing);
    }
    REGION_END();
    return answer(sum);
}
