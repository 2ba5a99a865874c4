/* Follow a linked list of NODES nodes, a cache line each, for n steps: the nodes in the order of their addresses, or
 * (SHUFFLED) at random. SEED picks another random order of the same kind. Same instructions, same misses at each level:
 * in order, a prefetcher runs ahead; shuffled, each step waits for the one before. */
#include "corpus.h"

#ifndef NODES
#define NODES (1 << 15)
#endif
#ifndef SEED
#define SEED 1
#endif
#ifndef PAGES
#define PAGES ANY_PAGES
#endif

#ifdef SHUFFLED
enum { FOLLOWED = 1 };
#else
enum { FOLLOWED = 0 };
#endif

struct node {
    struct node *next;
    uint64_t value;
    char rest[LINE - 16];
};

int main(int count, char **arguments) {
    uint64_t n = size_argument(count, arguments), sum = 0;
    struct node *nodes = memory_of(NODES * sizeof *nodes, PAGES);
    uint32_t *in_order = malloc(NODES * sizeof *in_order), *shuffled = malloc(NODES * sizeof *shuffled);
    must(in_order != NULL && shuffled != NULL, "malloc");
    for (uint32_t i = 0; i < NODES; i++) in_order[i] = shuffled[i] = i;
    shuffle(shuffled + 1, NODES - 1, SEED);
    const uint32_t *order = chosen((const void *[]){in_order, shuffled}, FOLLOWED);
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = i % 7;
    }
    const struct node *node = nodes;
    REGION_BEGIN();
    for (uint64_t i = 0; i < n; i++) {
        sum += node->value;
        node = node->next;
    }
    REGION_END();
    return answer(sum);
}
